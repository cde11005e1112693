//! Which key means what: the file, the names of keys, and the table that hints and help are made from.

mod file;
mod key;
mod map;

pub use file::KeymapError;
pub use key::{is_plain, key_of, shown};
pub use map::{Binding, HelpLine, Hint, Keymap, Section};

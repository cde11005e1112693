//! Compose: the fields of a message and its text, at two levels. Esc never loses anything.

mod act;
mod body;
mod draw;
mod files;
mod header;
mod prompt;
mod writing;

pub use files::File;
pub use writing::Compose;

//! Opens the connection: looks the name up, tries every address, and says how each try went.

mod call;
mod link;
mod race;
mod resolve;

pub(super) use call::call_again;
pub use call::{call, dial};
pub use link::{Link, Stream};

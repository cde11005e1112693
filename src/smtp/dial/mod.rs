//! Opens the connection: looks the name up, tries every address, and says how each try went.

mod call;
mod ear;
mod introduction;
mod link;
mod pipe;
mod race;
mod resolve;
mod tries;

pub use call::{call, dial};
pub(crate) use call::{call_again, call_telling};
pub(crate) use ear::Ear;
pub use link::{Link, Stream};
pub(crate) use resolve::resolve;
pub use tries::{Try, TryEnd};

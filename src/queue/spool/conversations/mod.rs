//! What was said in the attempts, kept beside the messages: for people who look later. Mail never waits for it.

mod book;
mod file;
mod ledger;
mod waiting;

#[cfg(test)]
mod tests;

pub(super) use book::Book;
pub(in crate::queue) use waiting::Said;
pub(super) use waiting::Waiting;

/// The folder in the spool. A spool without it is whole; it is made when there is something to be kept.
pub(super) const FOLDER: &str = "transcripts";
/// Conversations kept of a message, where nobody says how many: the first, and the latest seven.
pub const USUAL: usize = 8;
/// The most that can be asked for.
pub const MOST: usize = 50;

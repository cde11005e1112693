//! The conversation of one attempt, line by line, with what came of each recipient.

pub mod conversation;
pub mod draw;
pub mod lines;
pub mod moves;
pub mod page;
pub mod state;
pub mod summary;
pub mod timing;

pub use conversation::Conversation;
pub use state::TranscriptScreen;

//! A session by hand: a walk that stays where it ends, and then whatever is typed.

mod hand;
mod words;

pub use hand::{Answer, Manual, Wants};
pub use words::HELP;

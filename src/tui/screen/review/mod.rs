//! The last look before sending.

mod checks;
mod look;

pub use checks::{Check, checks};
pub use look::Review;

//! The last look before sending.

mod checks;
mod look;

pub use look::Review;

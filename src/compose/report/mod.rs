//! Reports to the author about mail that could not be delivered, or not yet (RFC 3464, RFC 6533).

mod about;
mod build;
mod facts;
mod fields;
mod words;

pub use about::About;
pub use build::{Options, report};

//! Reports to the author about mail that could not be delivered, or not yet (RFC 3464, RFC 6533).

mod build;
mod facts;
mod fields;
mod words;

pub use crate::mail::dsn::About;
pub use build::{Options, report};

//! Remedies: what can be changed in the settings so that the next walk comes further, ready to be applied.

mod change;
mod envelope;
mod login;
mod near;
mod network;
mod offered;
mod seen;
mod tls;

pub use change::Change;
pub use offered::{Remedy, remedies};

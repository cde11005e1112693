//! Remedies: what can be changed in the settings so that the next walk comes further, ready to be applied.

mod change;
mod envelope;
mod login;
mod near;
mod network;
mod offered;
mod offers;
mod seen;
mod tls;

pub use change::Change;
pub use offered::remedies;
pub use offers::Remedy;

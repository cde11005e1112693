//! From what a person wrote to the server that is meant: a provider's name, a mail domain or an address lead to a submission server.

#[cfg(feature = "names")]
mod asked;
mod written;

pub use written::{Place, PlaceError, read};

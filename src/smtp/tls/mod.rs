//! TLS: which servers are trusted, why one is not, who this side is, and what is known of a connection's protection.

mod binding;
mod chain;
mod client;
mod facts;
mod identity;
mod stream;
mod verifier;
mod words;

pub(super) use binding::Binding;
pub use client::Tls;
pub(super) use client::{Secured, Unsecured};

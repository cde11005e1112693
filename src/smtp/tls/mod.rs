//! TLS: which servers are trusted, why one is not, and what is known of a connection's protection.

mod client;
mod facts;
mod verifier;
mod words;

pub use client::Tls;

//! Unit tests of the state machine, rule by rule.

mod bench;
mod byhand;
mod claims;
mod connections;
mod hosts;
mod outcomes;
mod owed;
mod rhythm;
mod warnings;

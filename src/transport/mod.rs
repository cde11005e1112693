//! How a message leaves: one contract, a row of equals, one registry.

mod carrier;
pub mod contract;
pub mod debug;
mod inquiry;
mod largest;
pub mod lmtp;
pub mod registry;
pub mod smtp;

pub use crate::smtp::script::ScriptError;

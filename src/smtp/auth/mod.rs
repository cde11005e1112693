//! Login (RFC 4954): the mechanisms, and where the password comes from.

mod mechanism;
mod secret;

pub(super) use mechanism::{Login, Mechanism, choose};
pub(super) use secret::fetch;

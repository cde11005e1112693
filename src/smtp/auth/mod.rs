//! Login (RFC 4954): the mechanisms, where the secret comes from, and how often a refused one may be tried.

mod bearer;
mod choice;
mod command;
mod counterpart;
mod hash;
mod logins;
mod mechanism;
mod prepare;
mod scram;
mod secret;
mod simple;

pub(super) use choice::{choose, start};
pub(super) use hash::Hash;
pub use logins::Logins;
pub(super) use logins::Turn;
pub(super) use mechanism::{Answer, Fault, Login, Mechanism};
pub(super) use secret::{fetch, kind};
pub(super) use simple::hmac_md5;

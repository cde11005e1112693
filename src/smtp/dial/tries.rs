//! How the try of each address went.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::mail::outcome::Cause;

/// The try of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// The address.
    pub address: SocketAddr,
    /// How long it took.
    pub took: Duration,
    /// What came of it.
    pub end: TryEnd,
}

impl Try {
    pub(super) fn new(address: SocketAddr, begun: Instant, end: TryEnd) -> Self {
        Self {
            address,
            took: begun.elapsed(),
            end,
        }
    }
}

/// What came of the try of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TryEnd {
    /// It let us in.
    Connected,
    /// It did not.
    Failed(Cause),
    /// Another one was quicker.
    GivenUp,
    /// It let us in, and was of no use: it did not greet, or TLS did not come about. The next one was tried.
    NoUse(Cause),
}

//! What a walk says while it goes on, so that a screen can draw its ladder.

use std::time::Duration;

use super::check::Check;
use crate::mail::stage::Stage;

/// Hears what happens on a walk, at once. It must not block.
pub type Watcher<'a> = dyn FnMut(&Event) + Send + 'a;

/// One happening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A stage has begun. A stage may begin again: EHLO behind STARTTLS, and everything from connect on at another address.
    Entered {
        /// The stage.
        stage: Stage,
        /// How long each reply of it may take.
        limit: Duration,
    },
    /// A stage is over, or was left out.
    Ended(Check),
    /// The server says nothing in clear, and one more connection looks whether it waits for TLS.
    SecondLook {
        /// How long it may take at the most, to connect and for the handshake each.
        limit: Duration,
    },
    /// This address is of no use, and the next is tried: what was said of its stages from connect on no longer counts.
    NextAddress,
}

//! The manager for tests and rehearsals: everything is queued as it would be, and nothing is ever sent.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::contract::{Desk, Manager};
use crate::mail::rhythm::Rhythm;

/// Queues and never sends. The queue knows it ([`Rhythm::Never`]) and hands nothing out, whoever asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct QueueOnly;

impl QueueOnly {
    /// The kind's name in the configuration.
    pub const KIND: &'static str = "queue-only";
}

impl Manager for QueueOnly {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn rhythm(&self) -> Rhythm {
        Rhythm::Never
    }

    fn run(&self, desk: Desk) -> BoxFuture<'static, ()> {
        async move { desk.stop.leave.cancelled().await }.boxed()
    }
}

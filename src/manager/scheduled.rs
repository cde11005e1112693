//! The scheduled manager: all that is due goes out together, on a timer, so that the server and the line are left alone in between.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::contract::{Desk, Manager};
use super::ondemand::supervise;
use super::options::ManagerOptions;
use crate::mail::rhythm::Rhythm;

/// Delivers in batches, one at every interval.
///
/// The queue itself knows the interval ([`Rhythm::Every`]): nothing is due in between, so that the countdown of a message, of its
/// retry and of a host's pause ends when its batch begins. What a person wants to be tried now is due now and goes at once.
#[derive(Clone, Debug)]
pub struct Scheduled {
    options: ManagerOptions,
}

impl Scheduled {
    /// The kind's name in the configuration.
    pub const KIND: &'static str = "scheduled";

    /// A scheduled manager with these options. Workers end, and close their connections, when nothing more is due: `idle` is not
    /// used.
    #[must_use]
    pub fn new(options: &ManagerOptions) -> Self {
        Self {
            options: ManagerOptions {
                idle: Duration::ZERO,
                ..options.clone()
            },
        }
    }
}

impl Manager for Scheduled {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn rhythm(&self) -> Rhythm {
        Rhythm::Every(self.options.interval)
    }

    fn run(&self, desk: Desk) -> BoxFuture<'static, ()> {
        supervise(desk, self.options.clone()).boxed()
    }
}

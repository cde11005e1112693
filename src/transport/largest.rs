//! The largest message that a smart host takes, as far as it is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::smtp::Session;

/// The largest message that a smart host has last said to take; shared by a transport and its carriers.
#[derive(Clone, Debug, Default)]
pub(super) struct Largest(Arc<AtomicU64>);

impl Largest {
    /// Remembers what the server has just promised.
    pub(super) fn learn(&self, session: &Session) {
        let size = session.capabilities().size();
        self.0.store(size.unwrap_or_default(), Ordering::Relaxed);
    }

    /// The size in octets; `None` where the server names none, or was not asked yet.
    pub(super) fn known(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|size| *size > 0)
    }
}

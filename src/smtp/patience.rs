//! More time for a reply, granted while it is waited for.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// More time for the replies of a session, granted by whoever looks on and wants to wait longer than was set. Clones share it.
#[derive(Clone, Default)]
pub struct Patience(Arc<AtomicU64>);

impl Patience {
    /// No more time than was set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Grants the reply that is waited for so much more time, in whole milliseconds, beside what was granted for it before.
    pub fn grant(&self, more: Duration) {
        let more = u64::try_from(more.as_millis()).unwrap_or(u64::MAX);
        let add = |granted: u64| Some(granted.saturating_add(more));
        // The closure never says no.
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add)
            .ok();
    }

    /// What was granted and not used is granted no more: it was meant for a reply that has come.
    pub(crate) fn forget(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// What was granted, which is used up with this.
    pub(super) fn take(&self) -> Option<Duration> {
        let granted = self.0.swap(0, Ordering::Relaxed);
        (granted > 0).then(|| Duration::from_millis(granted))
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patience").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_add_up_and_are_used_once() {
        let patience = Patience::new();
        assert_eq!(patience.take(), None);
        patience.grant(Duration::from_secs(1));
        patience.clone().grant(Duration::from_secs(2));
        assert_eq!(patience.take(), Some(Duration::from_secs(3)));
        assert_eq!(patience.take(), None);
        patience.grant(Duration::MAX);
        patience.grant(Duration::MAX);
        assert_eq!(patience.take(), Some(Duration::from_millis(u64::MAX)));
        patience.grant(Duration::from_secs(1));
        patience.forget();
        assert_eq!(patience.take(), None);
    }
}

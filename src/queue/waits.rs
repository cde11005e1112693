//! Ways to wait for the queue: for work, for the ends of lives, for a message to be as wanted.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::handle::Queue;
use crate::mail::entry::{Entry, Route};
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::Snapshot;

/// The longest sleep: the calendar's clock may be set, and a suspended machine's monotonic clock stands still.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// The time for which changes are let come before the ends of lives are looked at again.
const LULL: Duration = Duration::from_millis(5);

impl Queue {
    /// How long until one more entry of the route falls due; a minute where none will for longer.
    #[must_use]
    pub fn next_due(&self, route: &Route) -> Duration {
        let due = self.read(|state, now| state.next_due(route, now));
        due.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP)
    }

    /// Returns when a claim on the route would get something. Expires what has to expire meanwhile.
    pub async fn wait_for_work(&self, route: &Route) {
        let mut changed = self.changed();
        loop {
            changed.mark_unchanged();
            let sleep = self.with(|state, now| {
                state.expire(now);
                if state.is_claimable(route, now) {
                    return None;
                }
                Some(state.next_wake(route, now).map(|wake| wake.since(now.tick)))
            });
            let Some(sleep) = sleep else {
                return;
            };
            rest(&mut changed, sleep).await;
        }
    }

    /// Expires what has to expire, on time and for ever, whatever the workers do. Meant for a task of its own.
    pub async fn keep_time(&self) {
        let mut changed = self.changed();
        loop {
            changed.mark_unchanged();
            let sleep = self.with(|state, now| {
                state.expire(now);
                state.next_expiry(now).map(|end| end.since(now.tick))
            });
            rest(&mut changed, sleep).await;
            // In a busy queue every message is a change or more, and none of them has to be looked at alone.
            tokio::time::sleep(LULL).await;
        }
    }

    /// Waits until the entry, seen together with the whole queue, is as wanted; `None` where it is no longer kept.
    pub async fn wait_for(
        &self,
        id: EntryId,
        mut is_so: impl FnMut(&Snapshot, &Entry) -> bool,
    ) -> Option<Arc<Entry>> {
        let mut changed = self.changed();
        loop {
            changed.mark_unchanged();
            let snapshot = self.snapshot();
            let entry = snapshot.entry(id)?;
            if is_so(&snapshot, entry) {
                return Some(Arc::clone(entry));
            }
            // The sender lives in this queue, so this can only be a change.
            changed.changed().await.ok()?;
        }
    }
}

/// Waits for a change, or for this long.
async fn rest(changed: &mut watch::Receiver<u64>, sleep: Option<Duration>) {
    // A deadline on the calendar may be less than a timer's grain away.
    let sleep = sleep
        .unwrap_or(LONGEST_SLEEP)
        .clamp(Duration::from_millis(1), LONGEST_SLEEP);
    drop(tokio::time::timeout(sleep, changed.changed()).await);
}

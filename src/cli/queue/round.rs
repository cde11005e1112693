//! A round of delivery: when everything that was due has had its turn, and what came of it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cli::exit::Exit;
use crate::mail::clock::{Now, Tick};
use crate::mail::entry::{Entry, Route};
use crate::mail::snapshot::Snapshot;
use crate::mailer::Mailer;

/// The time for which changes are let come before the queue is looked at again.
const LULL: Duration = Duration::from_millis(10);
/// The pause of a host may end without a change.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Waits until every message that is due has been tried once since `began`, or cannot be for now, and nothing is being sent.
pub(super) async fn over(mailer: &Mailer, ours: &BTreeSet<Route>, began: Tick) {
    let mut changed = mailer.changed();
    loop {
        changed.mark_unchanged();
        if is_over(&mailer.snapshot(), ours, began, mailer.now()) {
            return;
        }
        // Whether it timed out or not, the next look tells.
        drop(tokio::time::timeout(LOOK_AGAIN, changed.changed()).await);
        tokio::time::sleep(LULL).await;
    }
}

fn is_over(snapshot: &Snapshot, ours: &BTreeSet<Route>, began: Tick, now: Now) -> bool {
    let had_its_turn = |entry: &Entry| {
        let pause = snapshot.routes.get(&entry.route);
        let pause = pause.and_then(|route| route.pause.as_ref());
        entry.held.is_some()
            || entry.due > now.tick
            || pause.is_some_and(|pause| pause.until > now.tick)
            || entry
                .attempts
                .iter()
                .any(|one| one.end.is_some() && one.started.tick >= began)
    };
    snapshot.routes.values().all(|route| route.sending == 0)
        && snapshot
            .live
            .values()
            .filter(|entry| ours.contains(&entry.route))
            .all(|entry| had_its_turn(entry))
}

/// What is still to be delivered of what was due. What was held before, or is scheduled for later and was never tried, does not
/// count.
pub(super) fn left(snapshot: &Snapshot, ours: &BTreeSet<Route>, now: Now) -> usize {
    let counts = |entry: &&std::sync::Arc<Entry>| {
        // Attempts are known since this process began.
        let tried = !entry.attempts.is_empty();
        let was_due = entry.held.is_none() && (entry.due <= now.tick || entry.tries > 0);
        ours.contains(&entry.route) && (tried || was_due)
    };
    snapshot.live.values().filter(counts).count()
}

/// The status after a round: a failure, of which `worst` is the one that counts, is worse than what is still deferred.
pub(super) fn status(snapshot: &Snapshot, worst: Option<Exit>, left: usize) -> Exit {
    let failed = snapshot.totals.failed + snapshot.totals.expired > 0;
    match worst {
        Some(worst) => worst,
        // It is kept no longer; more than a thousand have ended since.
        None if failed => Exit::Unavailable,
        None if left > 0 => Exit::TempFail,
        None => Exit::Ok,
    }
}

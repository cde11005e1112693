//! Closing: finish what can be finished, end the rest in order, and say what is left.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::Instant;

use super::door::Mailer;
use crate::mail::clock::{Now, Tick};
use crate::mail::entry::Entry;
use crate::mail::rhythm::Rhythm;
use crate::mail::snapshot::Snapshot;
use crate::manager::worker::LAST_REPLY;

/// What background tasks may take to end once nothing is on its way any more.
const LAST_TASKS: Duration = Duration::from_secs(1);
/// How long the disk may take to write down how everything ended.
const LAST_FLUSH: Duration = Duration::from_secs(5);

/// How long a disk may take for the last lines of the delivery log.
const LAST_LINES: Duration = Duration::from_secs(2);

/// How to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Whether to go on delivering what falls due until the deadline. Otherwise only attempts that are running are waited for.
    pub drain: bool,
    /// How long running attempts, and with `drain` the queue, are waited for.
    pub deadline: Duration,
}

impl Mailer {
    /// Stops taking messages, waits for transactions that are half-way, ends all work and returns what is left unsent: entries
    /// with an open recipient, oldest first.
    ///
    /// A transaction that is prepared and not decided by the deadline keeps its promise: what it commits later is in the queue,
    /// as unsent as what this returns.
    ///
    /// Attempts that still run at the deadline are cut and their messages left unsent. Only where the final dot is already on
    /// the network is the reply waited for, up to 10 s more; without it those recipients are uncertain. With nothing to do this
    /// takes less than a second.
    ///
    /// Reports to authors on what has ended are queued until the last moment; with `drain` they are delivered too. The delivery log
    /// is written when this returns, unless the disk takes longer than two seconds.
    pub async fn close(&self, leaving: Leaving) -> Vec<Arc<Entry>> {
        let (queue, stop) = (&self.0.queue, &self.0.stop);
        queue.close();
        let began = Instant::now();
        // What was promised to a transaction may still come in.
        self.until(leaving.deadline, |_, _| !queue.has_prepared())
            .await;
        if leaving.drain {
            let rest = leaving.deadline.saturating_sub(began.elapsed());
            self.drain(rest).await;
        }
        stop.leave.cancel();
        let rest = leaving.deadline.saturating_sub(began.elapsed());
        self.until(rest, is_quiet).await;
        stop.cut.cancel();
        self.until(LAST_REPLY + LAST_TASKS, is_quiet).await;
        let tasks =
            std::mem::take(&mut *self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for mut task in tasks {
            if tokio::time::timeout(LAST_TASKS, &mut task).await.is_err() {
                task.abort();
                // Its guards put back what it still had.
                drop(task.await);
            }
        }
        // What has ended last is told of too.
        self.caught_up().await;
        if let Some(log) = &self.0.log {
            log.flush(LAST_LINES).await;
        }
        if queue.has_prepared() {
            tracing::warn!(
                "a transaction is still undecided; what it commits now is queued, and this mailer does not send it"
            );
        }
        if let Some(control) = self.0.control.get() {
            control.close(LAST_TASKS).await;
        }
        if let Some(spool) = queue.spool() {
            // Where the disk refuses or does not answer, the snapshot says so and nothing can be done about it here.
            drop(tokio::time::timeout(LAST_FLUSH, spool.close()).await);
        }
        queue.snapshot().live.values().cloned().collect()
    }

    /// Goes on delivering what falls due until the deadline, and the reports on that.
    async fn drain(&self, limit: Duration) {
        let (began, deadline) = (Instant::now(), self.now().tick + limit);
        loop {
            let over = |snapshot: &Snapshot, now: Now| !can_go_on(snapshot, now, deadline);
            let rest = limit.saturating_sub(began.elapsed());
            self.until(rest, over).await;
            self.caught_up().await;
            if rest.is_zero() || !can_go_on(&self.snapshot(), self.now(), deadline) {
                return;
            }
        }
    }

    /// Waits until there is a report on everything that has ended, where reports are wanted.
    async fn caught_up(&self) {
        let clerks = { self.0.clerks.lock() }
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for clerk in clerks {
            clerk.caught_up().await;
        }
    }

    /// Waits until the queue is as wanted, no longer than `limit`.
    async fn until(&self, limit: Duration, is_so: impl Fn(&Snapshot, Now) -> bool) {
        let mut changed = self.changed();
        let wait = async {
            loop {
                changed.mark_unchanged();
                if is_so(&self.snapshot(), self.now()) || changed.changed().await.is_err() {
                    return;
                }
            }
        };
        drop(tokio::time::timeout(limit, wait).await);
    }
}

/// Whether nothing is being sent.
fn is_quiet(snapshot: &Snapshot, _now: Now) -> bool {
    snapshot.routes.values().all(|route| route.sending == 0)
}

/// Whether something is being sent or will fall due before the deadline, with its host not paused for longer.
fn can_go_on(snapshot: &Snapshot, now: Now, deadline: Tick) -> bool {
    if !is_quiet(snapshot, now) {
        return true;
    }
    snapshot.paused.is_none()
        && snapshot.live.values().any(|entry| {
            let route = snapshot.routes.get(&entry.route);
            let pause = route.and_then(|route| route.pause.as_ref());
            let never = route.is_some_and(|route| route.rhythm == Rhythm::Never);
            let open = pause.map_or(entry.due, |pause| pause.until.max(entry.due));
            entry.held.is_none() && !never && open < deadline
        })
}

//! The immediate manager: the first attempt in the sender's own task, retries by one task in the background.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::contract::{Desk, Manager};
use super::options::ManagerOptions;
use super::worker::{Limits, Way, work};
use crate::mail::parcel::EntryId;
use crate::queue::Claimed;

/// How often a sender who waits for its turn looks again, whatever happens.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Delivers while the sender waits, so that the result comes back to the one who sends.
#[derive(Clone, Copy, Debug)]
pub struct Immediate {
    limits: Limits,
}

impl Immediate {
    /// The kind's name in the configuration.
    pub const KIND: &'static str = "immediate";

    /// An immediate manager; of the options it uses `count` and `idle`, for the background task's connection.
    #[must_use]
    pub fn new(options: &ManagerOptions) -> Self {
        Self {
            limits: Limits {
                count: options.count,
                idle: Some(options.idle),
            },
        }
    }
}

impl Manager for Immediate {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn is_at_once(&self) -> bool {
        true
    }

    fn admitted<'a>(
        &'a self,
        desk: &'a Desk,
        id: EntryId,
        first: Option<Claimed>,
    ) -> BoxFuture<'a, ()> {
        async move {
            let first = match first {
                Some(claimed) => Some(claimed),
                None => turn(desk, id).await,
            };
            if let Some(claimed) = first {
                let mut way = Way::default();
                if way.deliver(desk, &claimed).await {
                    // What was not reported goes back before the connection is closed.
                    drop(claimed);
                    way.close(desk).await;
                }
            }
        }
        .boxed()
    }

    fn run(&self, desk: Desk) -> BoxFuture<'static, ()> {
        let limits = self.limits;
        async move {
            while !desk.stop.leave.is_cancelled() {
                // Without work there is no worker, and no connection.
                tokio::select! {
                    biased;
                    () = desk.stop.leave.cancelled() => return,
                    () = desk.queue.wait_for_work(&desk.route) => work(&desk, limits).await,
                }
            }
        }
        .boxed()
    }
}

/// Waits for the entry's turn: another parcel may be out to see whether the host is well. Gives up where it would have to
/// wait for something else; the background task takes the message then.
async fn turn(desk: &Desk, id: EntryId) -> Option<Claimed> {
    let mut changed = desk.queue.changed();
    while !desk.stop.leave.is_cancelled() {
        changed.mark_unchanged();
        if let Some(claimed) = desk.queue.claim_one(id) {
            return Some(claimed);
        }
        let (snapshot, now) = (desk.queue.snapshot(), desk.queue.now());
        let entry = snapshot.live.get(&id)?;
        let tried = entry.attempts.iter().any(|attempt| attempt.end.is_some());
        let pause = snapshot.routes.get(&entry.route)?.pause.as_ref();
        if tried
            || entry.held.is_some()
            || entry.due > now.tick && entry.running().is_none()
            || pause.is_some_and(|pause| pause.until > now.tick)
            || snapshot.paused.is_some()
        {
            return None;
        }
        tokio::select! {
            () = desk.stop.leave.cancelled() => return None,
            change = changed.changed() => change.ok()?,
            // The route may be allowed one connection more by the passing of time alone.
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
    None
}

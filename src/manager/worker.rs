//! One worker: claims, delivers through a carrier of its own, settles each report at once, and survives what a transport does.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;

use super::contract::Desk;
use crate::mail::parcel::Report;
use crate::queue::Claimed;
use crate::transport::contract::{Carrier, Reports};

/// How long a reply to the final dot is still waited for after everything was told to end.
pub const LAST_REPLY: Duration = Duration::from_secs(10);
/// How long a polite end of the connection may take while everything is told to end.
const LAST_QUIT: Duration = Duration::from_millis(500);

/// When a worker ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages after which it is tired.
    pub count: usize,
    /// Time without work after which it ends; `None` for never.
    pub idle: Option<Duration>,
}

/// Works until it is idle, tired or stopped, or until its transport panics.
pub async fn work(desk: &Desk, limits: Limits) {
    let mut way = Way::default();
    let mut left = limits.count.max(1);
    while left > 0 && has_work(desk, limits.idle).await {
        let most = desk.transport.count().clamp(1, left);
        // Another worker may have been quicker.
        let Some(claimed) = desk.queue.claim(&desk.route, most) else {
            continue;
        };
        left = left.saturating_sub(claimed.parcels().len());
        if !way.deliver(desk, &claimed).await {
            return;
        }
        // There are connections enough; those that are open do the work.
        if claimed.was_turned_away() {
            break;
        }
    }
    way.close(desk).await;
}

async fn has_work(desk: &Desk, idle: Option<Duration>) -> bool {
    let idle = async {
        match idle {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = desk.stop.leave.cancelled() => false,
        () = desk.queue.wait_for_work(&desk.route) => true,
        () = idle => false,
    }
}

/// A carrier that is made when it is first needed and never used again after a panic or a cut.
#[derive(Default)]
pub struct Way(Option<Box<dyn Carrier>>);

impl Way {
    /// Delivers what was claimed. Returns whether the carrier is still good for more.
    pub async fn deliver(&mut self, desk: &Desk, claimed: &Claimed) -> bool {
        let mut carrier = self.0.take();
        let run = async {
            let carrier = carrier.get_or_insert_with(|| desk.transport.carrier());
            let parcels = claimed.load().await;
            if !parcels.is_empty() {
                carrier.deliver(parcels, &Settling(claimed)).await;
            }
        };
        let ended = tokio::select! {
            // First whether to stop: after a report in the middle of a batch the next message must not begin.
            biased;
            () = cut(desk, claimed) => None,
            ended = AssertUnwindSafe(run).catch_unwind() => Some(ended),
        };
        match ended {
            Some(Ok(())) => {
                self.0 = carrier;
                true
            }
            Some(Err(panic)) => {
                claimed.worker_died(&words(panic.as_ref()));
                discard(carrier);
                false
            }
            None => {
                discard(carrier);
                false
            }
        }
    }

    /// Ends the connection politely.
    pub async fn close(&mut self, desk: &Desk) {
        let Some(mut carrier) = self.0.take() else {
            return;
        };
        let leaving = async {
            desk.stop.leave.cancelled().await;
            tokio::time::sleep(LAST_QUIT).await;
        };
        let closed = tokio::select! {
            closed = AssertUnwindSafe(async { carrier.close().await }).catch_unwind() => closed,
            () = leaving => Ok(()),
        };
        if let Err(panic) = closed {
            desk.queue
                .worker_panicked(&desk.route, &words(panic.as_ref()));
        }
        discard(Some(carrier));
    }
}

/// Returns when a running delivery has to be given up: told so, and no reply to a final dot to wait for any longer.
async fn cut(desk: &Desk, claimed: &Claimed) {
    desk.stop.cut.cancelled().await;
    let last = async {
        let mut changed = desk.queue.changed();
        while claimed.is_past_the_dot() && changed.changed().await.is_ok() {}
    };
    // When the time is over the guard marks what is left as uncertain.
    drop(tokio::time::timeout(LAST_REPLY, last).await);
}

/// Drops a carrier that may panic even then.
fn discard(carrier: Option<Box<dyn Carrier>>) {
    drop(std::panic::catch_unwind(AssertUnwindSafe(|| drop(carrier))));
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the worker panicked: {}", text.unwrap_or("without words"))
}

/// Settles each report as it comes.
struct Settling<'a>(&'a Claimed);

impl Reports for Settling<'_> {
    fn ready(&self) {
        self.0.ready();
    }

    fn settled(&self, report: Report) {
        if !self.0.settle(report) {
            tracing::warn!("a transport reported on a parcel that it does not have");
        }
    }
}

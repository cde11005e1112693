//! The on-demand manager: workers come with the backlog, die when idle, and are replaced when they tire.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::task::JoinSet;

use super::contract::{Desk, Manager};
use super::options::ManagerOptions;
use super::worker::{Limits, work};

/// The rest after a panic that took a whole worker along.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// The time for which changes are let come before the backlog is looked at again.
const LULL: Duration = Duration::from_millis(5);

/// Delivers in the background with as many workers as the backlog deserves.
#[derive(Clone, Debug)]
pub struct OnDemand {
    options: ManagerOptions,
}

impl OnDemand {
    /// The kind's name in the configuration.
    pub const KIND: &'static str = "on-demand";

    /// An on-demand manager with these options.
    #[must_use]
    pub fn new(options: &ManagerOptions) -> Self {
        Self {
            options: options.clone(),
        }
    }
}

/// How many workers a backlog deserves: one for every `divisor` messages or part of it, and no more than `workers`.
#[must_use]
pub fn wanted(backlog: usize, options: &ManagerOptions) -> usize {
    backlog
        .div_ceil(options.divisor.max(1))
        .min(options.workers.max(1))
}

impl Manager for OnDemand {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run(&self, desk: Desk) -> BoxFuture<'static, ()> {
        supervise(desk, self.options.clone()).boxed()
    }
}

/// Sees to it that there are as many workers as wanted. Whatever a worker dies of, the next look replaces it.
pub(super) async fn supervise(desk: Desk, options: ManagerOptions) {
    let limits = Limits {
        count: options.count,
        idle: Some(options.idle),
    };
    // Beyond this a longer backlog changes nothing.
    let most = options
        .workers
        .max(1)
        .saturating_mul(options.divisor.max(1));
    let mut workers = JoinSet::new();
    let mut changed = desk.queue.changed();
    loop {
        changed.mark_unchanged();
        let wanted = || {
            let workers = wanted(desk.queue.backlog(&desk.route, most), &options);
            workers.min(desk.queue.connections(&desk.route))
        };
        let enough = !workers.is_empty() && workers.len() >= wanted();
        let call = async {
            if enough {
                // More workers are worth while when the queue changes, or when more of it falls due.
                let due = desk.queue.next_due(&desk.route);
                drop(tokio::time::timeout(due, changed.changed()).await);
                // In a busy queue every message is a change or more; they are looked at together.
                tokio::time::sleep(LULL).await;
                false
            } else {
                desk.queue.wait_for_work(&desk.route).await;
                true
            }
        };
        let call = tokio::select! {
            biased;
            () = desk.stop.leave.cancelled() => break,
            Some(ended) = workers.join_next() => {
                if let Err(error) = ended && error.is_panic() {
                    after_panic(&desk, &error.to_string()).await;
                }
                false
            }
            call = call => call,
        };
        // While waiting, others may have done what there was to do.
        if call && workers.len() < wanted() {
            let desk = desk.clone();
            workers.spawn(async move { work(&desk, limits).await });
        }
    }
    while workers.join_next().await.is_some() {}
}

/// A worker contains the panics of its deliveries, so this one came from elsewhere and no back-off was stored for it.
async fn after_panic(desk: &Desk, words: &str) {
    desk.queue.worker_panicked(&desk.route, words);
    tokio::select! {
        () = desk.stop.leave.cancelled() => {}
        () = tokio::time::sleep(AFTER_PANIC) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backlog_says_how_many_workers_are_wanted() {
        let options = ManagerOptions::default();
        let wants = [0, 1, 10, 11, 30, 31, 41, usize::MAX].map(|backlog| wanted(backlog, &options));
        assert_eq!(wants, [0, 1, 1, 2, 3, 4, 4, 4]);
        let odd = ManagerOptions {
            workers: 0,
            divisor: 0,
            ..options
        };
        assert_eq!((wanted(0, &odd), wanted(5, &odd)), (0, 1));
    }
}

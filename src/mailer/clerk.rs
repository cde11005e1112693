//! The clerk: tells authors by mail what could not be delivered, or not yet, where their account wants that.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

use crate::compose::report::{Options, report};
use crate::mail::dsn::Return;
use crate::mail::entry::{Entry, Route};
use crate::mail::event::Kind;
use crate::mail::outcome::Status;
use crate::queue::{Owed, Queue, QueueError, WeakQueue};

/// How long the clerk is waited for, who never waits for anything else.
const LONGEST: Duration = Duration::from_secs(5);
/// The rest before a report is tried again that the disk did not take.
const AGAIN: Duration = Duration::from_mins(1);

/// The clerk as the mailer holds it. The queue knows which reports are owed; the clerk hears from it when to look, and ends with it.
#[derive(Clone, Debug)]
pub(super) struct Clerk(mpsc::UnboundedSender<Heard>);

enum Heard {
    /// There may be a report to be written.
    Look,
    /// To be answered when all that came before is done.
    Flush(oneshot::Sender<()>),
}

impl Clerk {
    /// Hires a clerk for the accounts that want reports, each with how much of a message comes back; nobody where none does.
    pub(super) fn hire(
        queue: &Queue,
        accounts: BTreeMap<Route, Return>,
        host: Option<String>,
        runtime: &tokio::runtime::Handle,
    ) -> Option<Self> {
        if accounts.is_empty() {
            return None;
        }
        let (sender, receiver) = mpsc::unbounded_channel();
        let ear = sender.clone();
        let routes: Vec<Route> = accounts.keys().cloned().collect();
        queue.witness(move |event, entry| {
            let may_owe = |entry: &Arc<Entry>| match event.kind {
                Kind::Settled(_) => has_failed(entry),
                Kind::Delayed(_) => true,
                _ => false,
            };
            if entry.is_some_and(|entry| may_owe(entry) && routes.contains(&entry.route)) {
                drop(ear.send(Heard::Look));
            }
        });
        let work = Work {
            queue: queue.downgrade(),
            accounts,
            host: host.unwrap_or_default(),
        };
        runtime.spawn(work.run(receiver));
        let clerk = Self(sender);
        // What was owed before anybody could hear of it.
        clerk.look();
        Some(clerk)
    }

    /// Has the clerk look which reports are owed.
    pub(super) fn look(&self) {
        drop(self.0.send(Heard::Look));
    }

    /// Waits until there is a report on everything that has happened so far.
    pub(super) async fn caught_up(&self) {
        let (done, answer) = oneshot::channel();
        if self.0.send(Heard::Flush(done)).is_ok() {
            drop(tokio::time::timeout(LONGEST, answer).await);
        }
    }
}

/// Whether a recipient was given up.
fn has_failed(entry: &Entry) -> bool {
    let given_up = |status: &Status| matches!(status, Status::Failed(_) | Status::Expired(_));
    entry.recipients.iter().any(|one| given_up(&one.status))
}

struct Work {
    queue: WeakQueue,
    accounts: BTreeMap<Route, Return>,
    host: String,
}

impl Work {
    async fn run(self, mut receiver: mpsc::UnboundedReceiver<Heard>) {
        let mut behind = false;
        loop {
            let heard = if behind {
                let heard = tokio::time::timeout(AGAIN, receiver.recv()).await;
                heard.unwrap_or(Some(Heard::Look))
            } else {
                receiver.recv().await
            };
            let Some(heard) = heard else { return };
            behind = !self.look().await;
            if let Heard::Flush(done) = heard {
                // Who asked may have lost patience.
                let _ = done.send(());
            }
        }
    }

    /// Writes what is owed. Returns whether the disk took all of it; what it did not take is owed as before.
    async fn look(&self) -> bool {
        let Some(queue) = self.queue.get() else {
            return true;
        };
        for owed in queue.owed(|route| self.accounts.contains_key(route)) {
            let short = owed.entry.id.short();
            match AssertUnwindSafe(self.tell(&queue, &owed))
                .catch_unwind()
                .await
            {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(
                        "the report on message {short} cannot be queued for now: {error}"
                    );
                    return false;
                }
                Err(_) => {
                    let words = format!("the report on message {short} could not be written");
                    queue.worker_panicked(&owed.entry.route, &words);
                    queue.write_off(&owed);
                }
            }
        }
        true
    }

    /// Queues a report through the account's own route, where there is one to be made.
    async fn tell(&self, queue: &Queue, owed: &Owed) -> Result<(), QueueError> {
        let Some(ret) = self.accounts.get(&owed.entry.route) else {
            return Ok(());
        };
        let options = Options {
            about: owed.about,
            ret: *ret,
            now: queue.now().wall,
            host: self.host.clone(),
        };
        let (reading, of) = (queue.clone(), Arc::clone(&owed.entry));
        let read = tokio::task::spawn_blocking(move || reading.message_of(&of)).await;
        // What cannot be read does not come back with the report, and the report is worth having without it.
        let whole = read.ok().and_then(Result::ok);
        let octets = whole.as_ref().map_or(&[][..], |message| message.octets());
        let Some(message) = report(&owed.entry, octets, &options) else {
            queue.write_off(owed);
            return Ok(());
        };
        // By the manager's own background work, as every retry.
        queue.pay(owed, message).await
    }
}

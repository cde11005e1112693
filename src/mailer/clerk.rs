//! The clerk: tells authors by mail what could not be delivered, or not yet, where their account wants that.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

use crate::compose::report::{About, Options, report};
use crate::mail::dsn::Return;
use crate::mail::entry::{Entry, Route};
use crate::mail::event::Kind;
use crate::mail::parcel::EntryId;
use crate::queue::{Queue, Terms, WeakQueue};

/// How long the clerk is waited for, who never waits for anything else.
const LONGEST: Duration = Duration::from_secs(5);

/// The clerk as the mailer holds it. It hears from the queue itself, so that nothing is missed, and ends with the queue.
#[derive(Clone, Debug)]
pub(super) struct Clerk(mpsc::UnboundedSender<Heard>);

enum Heard {
    Ended(About, Arc<Entry>),
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
            let about = match event.kind {
                Kind::Settled(_) => About::Failed,
                Kind::Delayed(_) => About::Delayed,
                _ => return,
            };
            if let Some(entry) = entry.filter(|entry| routes.contains(&entry.route)) {
                drop(ear.send(Heard::Ended(about, Arc::clone(entry))));
            }
        });
        let work = Work {
            queue: queue.downgrade(),
            accounts,
            host: host.unwrap_or_default(),
        };
        runtime.spawn(work.run(receiver));
        Some(Self(sender))
    }

    /// Waits until there is a report on everything that has happened so far.
    pub(super) async fn caught_up(&self) {
        let (done, answer) = oneshot::channel();
        if self.0.send(Heard::Flush(done)).is_ok() {
            drop(tokio::time::timeout(LONGEST, answer).await);
        }
    }
}

struct Work {
    queue: WeakQueue,
    accounts: BTreeMap<Route, Return>,
    host: String,
}

impl Work {
    async fn run(self, mut receiver: mpsc::UnboundedReceiver<Heard>) {
        while let Some(heard) = receiver.recv().await {
            match heard {
                Heard::Ended(about, entry) => {
                    let told = AssertUnwindSafe(self.tell(about, &entry)).catch_unwind();
                    if told.await.is_err()
                        && let Some(queue) = self.queue.get()
                    {
                        let short = entry.id.short();
                        let words = format!("the report on message {short} could not be written");
                        queue.worker_panicked(&entry.route, &words);
                    }
                }
                // Who asked may have lost patience.
                Heard::Flush(done) => _ = done.send(()),
            }
        }
    }

    /// Queues a report through the account's own route, where there is one to be made.
    async fn tell(&self, about: About, entry: &Arc<Entry>) {
        let (Some(queue), Some(ret)) = (self.queue.get(), self.accounts.get(&entry.route)) else {
            return;
        };
        let options = Options {
            about,
            ret: *ret,
            now: queue.now().wall,
            host: self.host.clone(),
        };
        let (reading, of) = (queue.clone(), Arc::clone(entry));
        let read = tokio::task::spawn_blocking(move || reading.message_of(&of)).await;
        // What cannot be read does not come back with the report, and the report is worth having without it.
        let whole = read.ok().and_then(Result::ok);
        let octets = whole.as_ref().map_or(&[][..], |message| message.octets());
        let Some(message) = report(entry, octets, &options) else {
            return;
        };
        // By the manager's own background work, as every retry.
        let (id, route) = (EntryId::new(), &entry.route);
        let queued = queue.enqueue(id, route, Arc::new(message), Terms::default());
        if let Err(error) = queued.await {
            let short = entry.id.short();
            tracing::error!("the report on message {short} could not be queued: {error}");
        }
    }
}

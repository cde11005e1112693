//! What the console needs of the queue, the drafts and the accounts, whoever has them: this process or another.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{broadcast, watch};

use crate::config::NewAccount;
use crate::mail::clean::Clean;
use crate::mail::draft::Draft;
use crate::mail::event::Event;
use crate::mail::kept::KeptAttempt;
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::Snapshot;

use super::answer::Refusal;
use super::effect::{Outgoing, Parting};
use super::world::{Account, KeptDraft};

/// What the console needs of everything below it. Calls may wait for a disk, unless they say otherwise.
pub trait Core: Send + Sync + 'static {
    /// The accounts, in the configuration's order. Never waits.
    fn accounts(&self) -> Vec<Account>;

    /// The queue at this moment. Never waits.
    fn snapshot(&self) -> Snapshot;

    /// Tells of every change of the queue. Never waits.
    fn changed(&self) -> watch::Receiver<u64>;

    /// Tells what happens in the queue. Never waits.
    fn events(&self) -> broadcast::Receiver<Event>;

    /// A message with its content and what it was written from.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn message(&self, id: EntryId) -> Result<Arc<Message>, Clean>;

    /// The attempts at a message of which the conversation is kept, oldest first.
    ///
    /// # Errors
    /// Why they cannot be read.
    fn conversations(&self, id: EntryId) -> Result<Vec<KeptAttempt>, Clean>;

    /// Builds the message and queues it; ready as soon as the queue owns it.
    fn send(&self, outgoing: Outgoing) -> BoxFuture<'_, Result<EntryId, Refusal>>;

    /// Does one of the queue's verbs: hold, release, drop, restore, retry one or all, pause, resume.
    ///
    /// # Errors
    /// Why nothing was done, in one sentence.
    fn act(&self, verb: Verb) -> Result<(), String>;

    /// Keeps a draft on disk; returns when.
    ///
    /// # Errors
    /// Why it is not on disk.
    fn keep(&self, key: &str, draft: &Draft) -> Result<Timestamp, String>;

    /// Deletes a kept draft; one that is not there is deleted.
    ///
    /// # Errors
    /// Why it is still on disk.
    fn forget(&self, key: &str) -> Result<(), String>;

    /// Every kept draft, latest first, and what was wrong with files that hold none.
    ///
    /// # Errors
    /// Why they cannot be read.
    fn drafts(&self) -> Result<(Vec<KeptDraft>, Vec<String>), String>;

    /// Appends an account to the configuration, and uses it from now on where that can be; returns what is to be said of it.
    ///
    /// # Errors
    /// Why it is not there.
    fn save_account(&self, account: &NewAccount) -> Result<String, String>;

    /// Ends the queue's work. [`Parting::Keep`] turns what still waits in a queue that is only in memory into drafts.
    /// Returns how many messages were kept as drafts, or lost.
    fn close(&self, parting: Parting) -> BoxFuture<'_, Result<usize, String>>;
}

impl fmt::Debug for dyn Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Core")
    }
}

/// A queue that is being opened while the first frame is already on the screen.
pub type Opening = tokio::task::JoinHandle<Result<Arc<dyn Core>, String>>;

/// What can be done to the queue at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Hold an entry.
    Hold(EntryId),
    /// Release a held entry.
    Release(EntryId),
    /// Drop an entry.
    Drop(EntryId),
    /// Bring back a dropped entry.
    Restore(EntryId),
    /// Try an entry now.
    RetryNow(EntryId),
    /// Try everything now, also where a host is paused.
    RetryAll,
    /// Pause or resume the whole queue.
    Pause(bool),
}

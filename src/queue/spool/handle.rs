//! The spool as the queue holds it, with its lock: what is written goes to its thread, what is read comes straight from the disk.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;

use bytes::Bytes;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::conversations::{Book, Said, Waiting};
use super::error::SpoolError;
use super::found::{Contents, Found};
use super::head::Head;
use super::journal::Journal;
use super::keeper::{Job, Keeper, News};
use super::layout::{Keep, Layout};
use super::place::Place;
use super::record::{Line, What, push};
use crate::mail::clean::Clean;
use crate::mail::kept::KeptAttempt;
use crate::mail::transaction::TransactionId;
use crate::store::lock::{Lock, NotTaken};

/// How much of a spool this process takes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that waits there and all that others put there later.
    All,
    /// Only what this process queues itself.
    Own,
}

/// The spool, held by this process alone. Clones share it; the last one to go writes what is left to be written.
#[derive(Clone, Debug)]
pub struct Spool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    layout: Layout,
    journal: Arc<Journal>,
    /// Taken out when it is closed.
    held: Mutex<Option<Held>>,
    /// Transactions that were found prepared and neither committed nor aborted.
    in_doubt: Mutex<Vec<TransactionId>>,
    /// What was said and is not written down yet.
    waiting: Arc<Waiting>,
}

/// What there is while the spool is held. The thread has the lock and frees it when it ends.
#[derive(Debug)]
struct Held {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

impl Held {
    /// Lets the thread do what it still has to do, and waits for it.
    fn end(self) {
        drop(self.jobs);
        // Who is told the news on the thread itself may be the last to let the spool go; it ends right behind that.
        if self.thread.thread().id() != std::thread::current().id() {
            // A panic in it was reported where it happened.
            drop(self.thread.join());
        }
    }
}

/// Knows a spool without holding it.
#[derive(Clone, Debug)]
pub(in crate::queue) struct Distant(Weak<Inner>);

impl Distant {
    /// Writes down that the end of a message's content is about to go out. That outlives this process at once, and a loss of
    /// power some milliseconds later. Nobody waits for the disk: over one connection a message takes 0.1 ms to a server nearby
    /// and a sync 0.3 to 8 ms. But while the server takes its time for the reply (RFC 1047) the mark is safe.
    pub(in crate::queue) fn note_dot(&self, id: Uuid) {
        if let Some(inner) = self.0.upgrade() {
            let spool = Spool(inner);
            spool.note(&[Line {
                id,
                what: What::Dot,
            }]);
            // One word for all that go out until the next sync.
            if !spool.0.journal.wants_sync() {
                spool.give(Job::Sync);
            }
        }
    }
}

/// A spool with what was found in it.
#[derive(Debug)]
pub struct Opened {
    /// The spool.
    pub spool: Spool,
    /// What was found in it.
    pub contents: Contents,
}

impl Drop for Inner {
    fn drop(&mut self) {
        let held = self.held.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.take() {
            held.end();
        }
    }
}

impl Spool {
    /// Opens a spool, alone.
    ///
    /// # Errors
    /// [`SpoolError`]; [`SpoolError::Held`] where another process delivers from it.
    pub fn open(dir: &Path, scope: Scope) -> Result<Opened, SpoolError> {
        let io = |problem| SpoolError::Io {
            dir: dir.to_owned(),
            problem,
        };
        let layout = Layout::open(dir)?;
        let lock = Lock::take(&layout.part("lock")).map_err(|why| match why {
            NotTaken::Held(pid) => SpoolError::Held {
                dir: dir.to_owned(),
                pid,
            },
            NotTaken::Io(problem) => io(problem),
        })?;
        let (mut contents, mut in_doubt) = (Contents::default(), Vec::new());
        if scope == Scope::All {
            layout.maildir().tidy(is_running).map_err(io)?;
            in_doubt = layout.recover(is_running).map_err(io)?;
            contents = layout.take_stock().map_err(io)?;
        }
        let journal = Arc::new(Journal::open(layout.part("journal")).map_err(io)?);
        let mut places = HashMap::new();
        let (jobs, todo) = mpsc::channel();
        for found in &mut contents.found {
            places.insert(found.head.id, found.place);
            if let Some(place) = found.belongs() {
                drop(jobs.send(Job::Move(found.head.id, place)));
                // It is taken up as what it is, wherever its file still lies.
                found.place = place;
            }
        }
        let (watches, waiting) = (scope == Scope::All, Arc::new(Waiting::default()));
        let book = Book::new(layout.clone(), Arc::clone(&waiting), watches);
        let keeper = Keeper::new(layout.clone(), Arc::clone(&journal), places, watches, book);
        let thread = std::thread::Builder::new()
            .name("spool".into())
            .spawn(move || {
                keeper.run(&todo);
                drop(lock);
            })
            .map_err(io)?;
        Ok(Opened {
            spool: Self(Arc::new(Inner {
                layout,
                journal,
                held: Mutex::new(Some(Held { jobs, thread })),
                in_doubt: Mutex::new(in_doubt.into_iter().map(TransactionId).collect()),
                waiting,
            })),
            contents,
        })
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.0.layout.dir().to_owned()
    }

    /// From now on says what happens in the spool by itself. It is said on the spool's own thread.
    pub fn tell(&self, tell: impl Fn(News) + Send + 'static) {
        self.give(Job::Tell(Box::new(tell)));
    }

    /// How many conversations are kept of a message from now on: the first, and the latest; 50 at the most, and none with 0. 8.
    /// Those that are kept already stay as long as their message.
    pub fn keep_conversations(&self, most: usize) {
        self.0.waiting.keep(most);
    }

    /// The conversations that are kept of a message, oldest first. It reads the disk.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn conversations(&self, id: Uuid) -> io::Result<Vec<KeptAttempt>> {
        self.0.layout.conversations(id)
    }

    /// Has a conversation written down that is over, some time soon. Nobody waits for that.
    pub(in crate::queue) fn say(&self, said: Said) {
        // Behind the end it may be another process's.
        if self.0.waiting.add(said) {
            self.give(Job::Said);
        }
    }

    /// Keeps a message. When this returns without an error the message outlives a loss of power.
    ///
    /// # Errors
    /// Where the disk does not take it; then it is nowhere.
    pub async fn keep(&self, keep: Keep) -> io::Result<()> {
        self.ask(|told| Job::Keep(Box::new(keep), told)).await
    }

    /// Keeps messages, all or none, also where the process dies meanwhile.
    ///
    /// # Errors
    /// As [`keep`](Self::keep).
    pub async fn keep_all(&self, transaction: Uuid, batch: Vec<Keep>) -> io::Result<()> {
        self.ask(|told| Job::KeepAll(transaction, batch, told))
            .await
    }

    /// Writes the messages of a transaction, which nobody sees yet.
    ///
    /// # Errors
    /// As [`keep`](Self::keep).
    pub async fn prepare(&self, transaction: Uuid, batch: Vec<Keep>) -> io::Result<()> {
        self.ask(|told| Job::Prepare(transaction, batch, told))
            .await
    }

    /// Keeps the messages of a prepared transaction, which has these entries.
    ///
    /// # Errors
    /// Where the system refuses; whoever opens the spool next knows whether it was decided.
    pub async fn commit(&self, transaction: Uuid, entries: Vec<Uuid>) -> io::Result<()> {
        self.ask(|told| Job::Commit(transaction, entries, told))
            .await
    }

    /// Transactions that a process has prepared and not lived to commit or abort.
    #[must_use]
    pub fn in_doubt(&self) -> Vec<TransactionId> {
        self.doubts().clone()
    }

    /// Takes a transaction out of the doubtful ones; whether it was one.
    #[must_use]
    pub fn no_longer_doubt(&self, transaction: TransactionId) -> bool {
        let mut doubts = self.doubts();
        let place = doubts.iter().position(|one| *one == transaction);
        place.map(|at| doubts.remove(at)).is_some()
    }

    fn doubts(&self) -> MutexGuard<'_, Vec<TransactionId>> {
        self.0
            .in_doubt
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a prepared transaction.
    pub fn abort(&self, transaction: Uuid) {
        self.give(Job::Abort(transaction));
    }

    /// The entries of a prepared transaction.
    ///
    /// # Errors
    /// Where there is none.
    pub fn prepared(&self, transaction: Uuid) -> io::Result<Vec<Found>> {
        self.0.layout.read_prepared(transaction)
    }

    /// Writes down how entries stand. It outlives this process at once.
    pub(in crate::queue) fn note(&self, lines: &[Line]) {
        let mut text = Vec::new();
        for line in lines {
            if let Err(error) = push(&mut text, line) {
                tracing::error!("a line of the journal cannot be written: {error}");
            }
        }
        // Behind the end it may be another process's.
        if !text.is_empty() && self.held().is_some() {
            self.0.journal.append(&text);
        }
    }

    pub(in crate::queue) fn distant(&self) -> Distant {
        Distant(Arc::downgrade(&self.0))
    }

    /// Moves a message's file, when all that was written down is durable.
    pub(in crate::queue) fn relocate(&self, id: Uuid, place: Place) {
        self.give(Job::Move(id, place));
    }

    /// Looks at these messages as at those of other processes.
    pub(in crate::queue) fn forget(&self, ids: Vec<Uuid>) {
        self.give(Job::Forget(ids));
    }

    /// Looks at once for messages of other processes.
    pub fn look(&self) {
        self.give(Job::Look);
    }

    /// Reads a message.
    ///
    /// # Errors
    /// Where it is gone or cannot be read.
    pub fn read(&self, id: Uuid) -> io::Result<(Head, Bytes)> {
        self.0.layout.read(id)
    }

    /// The messages that failed, oldest first, also those of which the queue no longer knows. It reads the disk.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn failed(&self) -> io::Result<Vec<Found>> {
        self.0.layout.failed()
    }

    /// Waits until all that was given to be written is durable, and every file is where it belongs.
    ///
    /// # Errors
    /// The reason, where the disk does not take it. It is tried again for as long as the spool is held.
    pub async fn flush(&self) -> Result<(), Clean> {
        let (told, answer) = oneshot::channel();
        self.give(Job::Flush(told));
        answer.await.unwrap_or_else(|_| Err(ENDED.into()))
    }

    /// Does what is still to be done and lets another process have the spool. Nothing is written down any more from then on.
    pub async fn close(&self) {
        let held = self.held().take();
        if let Some(held) = held {
            drop(tokio::task::spawn_blocking(move || held.end()).await);
        }
    }

    async fn ask(
        &self,
        job: impl FnOnce(oneshot::Sender<io::Result<()>>) -> Job,
    ) -> io::Result<()> {
        let (told, answer) = oneshot::channel();
        self.give(job(told));
        answer
            .await
            .unwrap_or_else(|_| Err(io::Error::other(ENDED)))
    }

    fn give(&self, job: Job) {
        if let Some(held) = &*self.held() {
            // The thread ends only with the spool, or by a fault of its own; who waits for an answer gets none then.
            drop(held.jobs.send(job));
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is said where the thread is gone.
const ENDED: &str = "the spool's thread has ended";

/// Whether a process is there.
fn is_running(pid: u32) -> bool {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    // Only "no such process" says that it is gone.
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests;

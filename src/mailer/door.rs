//! The mailer and its verbs.

use std::sync::{Arc, Mutex, OnceLock};

use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use super::account::AccountFacts;
use super::clerk::Clerk;
use super::control::Server;
use super::error::MailerError;
use super::log::LogBook;
use super::posts::{Post, Posts};
use super::receipt::Receipt;
use crate::compose;
use crate::mail::clean::Clean;
use crate::mail::clock::Now;
use crate::mail::draft::Draft;
use crate::mail::entry::{Entry, Route};
use crate::mail::event::Event;
use crate::mail::kept::KeptAttempt;
use crate::mail::mailbox::Mailbox;
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::Snapshot;
use crate::manager::Stop;
use crate::probe::Knowledge;
use crate::queue::{Admission, Queue, QueueError, Terms};

/// The right side of a Message-ID where neither author nor account says one. It is reserved (RFC 6761) and tells nothing.
const NO_HOST: &str = "turbomail.invalid";

/// Composes, queues and delivers. Clones share one queue.
#[derive(Clone, Debug)]
pub struct Mailer(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    /// First, since its file has to be gone before the spool is another's.
    pub(super) control: OnceLock<Server>,
    pub(super) queue: Queue,
    pub(super) stop: Stop,
    pub(super) posts: Posts,
    pub(super) default: Route,
    pub(super) on: bool,
    pub(super) host: Option<String>,
    pub(super) clerks: Mutex<Vec<Clerk>>,
    pub(super) log: Option<LogBook>,
    pub(super) tasks: Mutex<Vec<JoinHandle<()>>>,
    pub(super) runtime: Handle,
    pub(super) queue_only: bool,
    pub(super) kind: String,
    pub(super) knowledge: Option<Arc<Knowledge>>,
    /// How many conversations the spool keeps of a message.
    pub(super) transcripts: usize,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Nobody can close it any more; what runs ends, and guards put back what was out.
        self.stop.leave.cancel();
        self.stop.cut.cancel();
    }
}

impl Mailer {
    /// Sends from the default account, by its terms.
    ///
    /// # Errors
    /// See [`MailerError`]. Trouble on the way is no error here; it is in the receipt.
    pub async fn send(&self, draft: impl Into<Draft>) -> Result<Receipt, MailerError> {
        self.send_from(&self.0.default, draft).await
    }

    /// Sends from a named account, by its terms.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_from(
        &self,
        account: &str,
        draft: impl Into<Draft>,
    ) -> Result<Receipt, MailerError> {
        let message = self.compose(account, draft).await?;
        self.send_message(account, message, Terms::default()).await
    }

    /// Builds the message that a draft would become, without sending it.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn compose(
        &self,
        account: &str,
        draft: impl Into<Draft>,
    ) -> Result<Message, MailerError> {
        let post = self.open(account)?;
        let draft = draft.into();
        let from = post.facts.from.clone();
        let options = compose::Options {
            host: self.message_id_host(from.as_ref(), &draft),
            from,
            now: self.now().wall,
        };
        // It reads attachments.
        let built = tokio::task::spawn_blocking(move || compose::build(&draft, &options));
        match built.await {
            Ok(message) => Ok(message?),
            Err(error) => Err(MailerError::Broken(error.to_string())),
        }
    }

    /// Sends a ready-made message from an account. With a manager that delivers at once this returns when the first attempt is
    /// over.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_message(
        &self,
        account: &str,
        message: Message,
        terms: Terms,
    ) -> Result<Receipt, MailerError> {
        let post = self.open(account)?;
        let message_id = message.message_id.clone();
        let Admission {
            id,
            route,
            message,
            terms,
        } = post.admission(message, terms);
        let queue = &self.0.queue;
        let (ticket, first) = if post.manager.is_at_once() {
            queue.enqueue_and_claim(id, &route, message, terms).await?
        } else {
            (queue.enqueue(id, &route, message, terms).await?, None)
        };
        post.manager.admitted(&post.desk, id, first).await;
        Ok(Receipt {
            id,
            message_id,
            ticket,
        })
    }

    /// The account, where messages are taken at all.
    pub(super) fn open(&self, account: &str) -> Result<Arc<Post>, MailerError> {
        if !self.0.on {
            return Err(MailerError::Off);
        }
        if self.0.queue.is_closed() {
            return Err(MailerError::Closed);
        }
        let posts = &self.0.posts;
        let name = |post: &Arc<Post>| post.desk.route.to_string();
        posts
            .get(account)
            .ok_or_else(|| MailerError::UnknownAccount {
                name: account.to_owned(),
                known: posts.all().iter().map(name).collect(),
            })
    }

    /// The author's domain, so that the name of this machine stays here.
    fn message_id_host(&self, account: Option<&Mailbox>, draft: &Draft) -> String {
        if let Some(host) = &self.0.host {
            return host.clone();
        }
        let author = draft.from.parse::<Mailbox>().ok();
        let domain = author.as_ref().or(account).map(|m| m.address.domain());
        let host = domain.filter(|domain| !domain.starts_with('['));
        host.unwrap_or(NO_HOST).to_owned()
    }

    /// The accounts; the default one is first.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountFacts> {
        let posts = self.0.posts.all();
        let mut list: Vec<_> = posts.iter().map(|post| post.facts.clone()).collect();
        list.sort_by_key(|facts| facts.name != self.0.default);
        list
    }

    /// Whether messages are taken.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.on
    }

    /// The time by the mailer's clock.
    #[must_use]
    pub fn now(&self) -> Now {
        self.0.queue.now()
    }

    /// The queue as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.0.queue.snapshot()
    }

    /// An entry, live or done.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<Arc<Entry>> {
        self.0.queue.entry(id)
    }

    /// A message with its content and with what it was written from, which may have to be read from the disk.
    ///
    /// # Errors
    /// In words, where it is no longer kept or cannot be read.
    pub fn message(&self, id: EntryId) -> Result<Arc<Message>, Clean> {
        self.0.queue.message(id)
    }

    /// Looks at once for messages that other processes have put into the spool; otherwise it does so every second.
    pub fn look(&self) {
        if let Some(spool) = self.0.queue.spool() {
            spool.look();
        }
    }

    /// Whether other processes can ask about the queue and steer it.
    #[must_use]
    pub fn is_open_to_others(&self) -> bool {
        self.0.control.get().is_some()
    }

    /// The attempts at a message of which the conversation is kept in the spool, oldest first, also those of earlier programs. It
    /// reads the disk. The entry itself has those of this program, and the one that is running.
    ///
    /// # Errors
    /// In words, where they cannot be read.
    pub fn conversations(&self, id: EntryId) -> Result<Vec<KeptAttempt>, Clean> {
        self.0.queue.conversations(id)
    }

    /// Events from now on, as hints; who misses some reads the snapshot.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.queue.subscribe()
    }

    /// The number of the latest change, to wait for the next one.
    #[must_use]
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.0.queue.changed()
    }

    /// Why the delivery log cannot be written, while it cannot; its lines are kept meanwhile.
    #[must_use]
    pub fn log_trouble(&self) -> Option<String> {
        self.0.log.as_ref()?.trouble()
    }

    /// Why the disk does not take what became of the mail, while it does not. Said at the end, it is a warning: what was sent since
    /// may be sent again by the next program.
    #[must_use]
    pub fn spool_trouble(&self) -> Option<String> {
        let snapshot = self.snapshot();
        let words = snapshot.spool.as_ref()?.trouble.as_ref()?;
        Some(format!(
            "the spool does not take what became of the mail ({words}); what was sent last may be sent again"
        ))
    }

    /// Holds a message: it is neither tried nor expired. While it is being sent this waits for the attempt to end.
    ///
    /// # Errors
    /// Where there is nothing to hold.
    pub fn hold(&self, id: EntryId) -> Result<(), QueueError> {
        self.0.queue.hold(id)
    }

    /// Releases a held message, with as much life left as it had.
    ///
    /// # Errors
    /// Where it is not held.
    pub fn release(&self, id: EntryId) -> Result<(), QueueError> {
        self.0.queue.release(id)
    }

    /// Tries a message at once and cuts a pause of its host short.
    ///
    /// # Errors
    /// Where it is being sent, held or done.
    pub fn retry_now(&self, id: EntryId) -> Result<(), QueueError> {
        if let Some(entry) = self.0.queue.snapshot().live.get(&id) {
            self.0.posts.forgive(&entry.route);
        }
        self.0.queue.retry_now(id)
    }

    /// Takes a message out of the live queue. While it is being sent this waits for the attempt to end.
    ///
    /// # Errors
    /// Where it is done.
    pub fn drop_entry(&self, id: EntryId) -> Result<(), QueueError> {
        self.0.queue.drop_entry(id)
    }

    /// Brings a dropped message back.
    ///
    /// # Errors
    /// Where it was not dropped or is no longer kept.
    pub fn restore(&self, id: EntryId) -> Result<(), QueueError> {
        self.0.queue.restore(id)
    }

    /// Stops handing out on all accounts. What is being sent goes on.
    pub fn pause(&self) {
        self.0.queue.pause_all();
    }

    /// Ends [`pause`](Self::pause).
    pub fn resume(&self) {
        self.0.queue.resume_all();
    }

    /// Cuts the pause of a host in trouble short. Returns whether there was one.
    #[must_use]
    pub fn resume_route(&self, account: &str) -> bool {
        let route = Route::from(account);
        self.0.posts.forgive(&route);
        self.0.queue.resume_route(&route)
    }
}

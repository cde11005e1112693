//! Several messages that are sent together or not at all.

use std::fmt;
use std::time::Duration;

use super::door::Mailer;
use super::error::{MailerError, TransactionError};
use super::receipt::Receipt;
use super::veto::Veto;
use super::vote::{Vote, vote};
use crate::mail::draft::Draft;
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::mail::transaction::TransactionId;
use crate::queue::{Admission, Prepared, QueueError, Terms, Ticket};

/// How long smart hosts are asked by [`Transaction::check_server`], each.
const ASK: Duration = Duration::from_secs(30);
/// What became of a transaction that was not committed.
const ROLLED_BACK: &str = "rolled back";

/// A message that will be queued when its transaction is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// The identity that it will have in the queue.
    pub id: EntryId,
    /// Its Message-ID, with the angle brackets.
    pub message_id: String,
}

/// How far it has come.
enum Phase {
    /// Messages are staged, and nobody knows of them.
    Open(Vec<Admission>),
    /// The queue has promised to take them.
    Prepared(Prepared),
    /// It is over, in this way.
    Over(&'static str),
}

/// Several messages that are queued in one step, or not at all.
///
/// Messages are composed at once, and their identities are known at once; attachments are read now and not at the commit. Until
/// the commit nobody sees anything: no snapshot has them and no event tells of them. Dropping the transaction rolls it back.
///
/// ```
/// # use turbomail::mail::draft::Draft;
/// # use turbomail::mailer::Mailer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mailer = Mailer::debug()?;
/// let mut tx = mailer.transaction();
/// let invoice = tx.send(Draft::new("me@example.com", "you@example.com", "Invoice", "10 EUR")).await?;
/// tx.send(Draft::new("me@example.com", "books@example.com", "Copy", &invoice.message_id)).await?;
/// tx.vote(|batch| match batch.len() {
///     2 => Ok(()),
///     _ => Err(turbomail::mailer::Veto::new("an invoice and its copy go together")),
/// });
/// for receipt in tx.commit().await? {
///     receipt.settled().await;
/// }
/// # assert_eq!(mailer.snapshot().totals.delivered, 2);
/// # Ok(())
/// # }
/// ```
///
/// To join the transaction of another store see [`TwoPhase`](super::TwoPhase).
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Transaction {
    mailer: Mailer,
    id: TransactionId,
    phase: Phase,
    staged: Vec<Staged>,
    votes: Vec<Vote>,
    ask: Option<Duration>,
    receipts: Vec<Receipt>,
}

impl Mailer {
    /// Begins a transaction: messages that are sent together or not at all.
    pub fn transaction(&self) -> Transaction {
        Transaction {
            mailer: self.clone(),
            id: TransactionId::new(),
            phase: Phase::Open(Vec::new()),
            staged: Vec::new(),
            votes: Vec::new(),
            ask: None,
            receipts: Vec::new(),
        }
    }

    /// Transactions that were prepared by a process that ended before it committed or aborted them. Whoever knows what became of
    /// the other side [decides](Self::resolve). Without a spool there are none: they ended with their process.
    #[must_use]
    pub fn in_doubt(&self) -> Vec<TransactionId> {
        self.0.queue.in_doubt()
    }

    /// Decides about a transaction that is [in doubt](Self::in_doubt): its messages are queued now, or forgotten.
    ///
    /// # Errors
    /// [`QueueError::NotInDoubt`] within [`MailerError::Queue`].
    pub async fn resolve(
        &self,
        tx: TransactionId,
        commit: bool,
    ) -> Result<Vec<Receipt>, MailerError> {
        let tickets = self.0.queue.resolve(tx, commit).await?;
        let receipts: Vec<Receipt> = tickets.into_iter().map(receipt).collect();
        self.announce(&receipts).await;
        Ok(receipts)
    }

    /// Tells the managers of what has come in.
    async fn announce(&self, receipts: &[Receipt]) {
        for receipt in receipts {
            let route = receipt.entry().map(|entry| entry.route.clone());
            if let Some(post) = route.and_then(|route| self.0.posts.get(&route)) {
                post.manager.admitted(&post.desk, receipt.id, None).await;
            }
        }
    }
}

fn receipt(ticket: Ticket) -> Receipt {
    let message_id = ticket.entry().map(|entry| entry.message.message_id.clone());
    Receipt {
        id: ticket.id(),
        message_id: message_id.unwrap_or_default(),
        ticket,
    }
}

impl Transaction {
    /// Its identity, for the other store of a transaction in two phases.
    #[must_use]
    pub const fn id(&self) -> TransactionId {
        self.id
    }

    /// What is staged so far.
    #[must_use]
    pub fn staged(&self) -> &[Staged] {
        &self.staged
    }

    /// What the commit gave back; nothing before it. For whoever commits through [`TwoPhase`](super::TwoPhase).
    #[must_use]
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// Stages a draft from the default account.
    ///
    /// # Errors
    /// As [`Mailer::send`], and [`TransactionError::Over`]. What was staged before stays.
    pub async fn send(&mut self, draft: impl Into<Draft>) -> Result<Staged, TransactionError> {
        let account = self.mailer.0.default.clone();
        self.send_from(&account, draft).await
    }

    /// Stages a draft from a named account.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_from(
        &mut self,
        account: &str,
        draft: impl Into<Draft>,
    ) -> Result<Staged, TransactionError> {
        self.open()?;
        let message = self.mailer.compose(account, draft).await?;
        self.send_message(account, message, Terms::default())
    }

    /// Stages a ready-made message from an account.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_message(
        &mut self,
        account: &str,
        message: Message,
        terms: Terms,
    ) -> Result<Staged, TransactionError> {
        let admission = self.mailer.open(account)?.admission(message, terms);
        if admission.message.envelope.recipients.is_empty() {
            return Err(QueueError::NoRecipients.into());
        }
        let staged = Staged {
            id: admission.id,
            message_id: admission.message.message_id.clone(),
        };
        self.open()?.push(admission);
        self.staged.push(staged.clone());
        Ok(staged)
    }

    /// Adds a check that may veto the commit. It sees every message that is staged by then.
    pub fn vote(&mut self, vote: impl FnMut(&[Admission]) -> Result<(), Veto> + Send + 'static) {
        self.votes.push(Box::new(vote));
    }

    /// Whether each smart host is asked before the commit: it must let us in, login included, and offer to take messages as large
    /// as these, within 30 s. `false`; then only what it last said of its size limit counts.
    pub fn check_server(&mut self, on: bool) {
        self.ask = on.then_some(ASK);
    }

    /// As [`check_server`](Self::check_server), with another limit.
    pub fn check_server_within(&mut self, limit: Duration) {
        self.ask = Some(limit);
    }

    /// Takes the vote, and has the queue promise to take everything. From here on a commit does not fail for any reason that can
    /// be known now, and still nobody sees anything.
    ///
    /// # Errors
    /// [`TransactionError`]; the transaction is rolled back then. Preparing twice is [`TransactionError::Over`] and does no harm.
    pub async fn prepare(&mut self) -> Result<(), TransactionError> {
        let batch = self.ballot().await?;
        let prepared = self.mailer.0.queue.prepare(self.id, batch).await?;
        self.phase = Phase::Prepared(prepared);
        Ok(())
    }

    /// Queues everything, in one step; takes the vote first where it was not prepared. Receipts have the order of the messages.
    ///
    /// With a manager that delivers at once this returns when the first attempts are over. Who stops waiting for that changes
    /// nothing: everything is queued by then.
    ///
    /// # Errors
    /// [`TransactionError`]; nothing is queued then.
    pub async fn commit(mut self) -> Result<Vec<Receipt>, TransactionError> {
        self.complete().await?;
        Ok(std::mem::take(&mut self.receipts))
    }

    /// Rolls it back. Dropping it does the same.
    pub async fn abort(mut self) {
        self.roll_back().await;
    }

    /// The commit, for both who own the transaction and who only borrow it.
    pub(super) async fn complete(&mut self) -> Result<(), TransactionError> {
        let tickets = if let Some(prepared) = self.take_prepared() {
            self.mailer.0.queue.commit(prepared).await?
        } else {
            let batch = self.ballot().await?;
            self.mailer.0.queue.take(batch).await?
        };
        self.phase = Phase::Over("committed");
        self.receipts = tickets.into_iter().map(receipt).collect();
        self.mailer.announce(&self.receipts).await;
        Ok(())
    }

    /// The end without a commit, for both who own the transaction and who only borrow it.
    pub(super) async fn roll_back(&mut self) {
        if let Some(prepared) = self.take_prepared() {
            self.mailer.0.queue.abort(prepared).await;
        } else if let Phase::Open(_) = self.phase {
            self.phase = Phase::Over(ROLLED_BACK);
        }
    }

    /// What is staged, once everybody has voted for it. It is taken out first: where anybody is against it, or this future is
    /// dropped, nothing is left to be committed.
    async fn ballot(&mut self) -> Result<Vec<Admission>, TransactionError> {
        let batch = std::mem::take(self.open()?);
        self.phase = Phase::Over(ROLLED_BACK);
        vote(&self.mailer, &batch, &mut self.votes, self.ask).await?;
        Ok(batch)
    }

    fn open(&mut self) -> Result<&mut Vec<Admission>, TransactionError> {
        match &mut self.phase {
            Phase::Open(batch) => Ok(batch),
            Phase::Prepared(_) => Err(TransactionError::Over("prepared")),
            Phase::Over(how) => Err(TransactionError::Over(how)),
        }
    }

    /// What the queue has promised, where it has. Whoever takes it has to say what becomes of it.
    fn take_prepared(&mut self) -> Option<Prepared> {
        match std::mem::replace(&mut self.phase, Phase::Over(ROLLED_BACK)) {
            Phase::Prepared(prepared) => Some(prepared),
            other => {
                self.phase = other;
                None
            }
        }
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match &self.phase {
            Phase::Open(_) => "open",
            Phase::Prepared(_) => "prepared",
            Phase::Over(how) => how,
        };
        f.debug_struct("Transaction")
            .field("id", &self.id)
            .field("staged", &self.staged)
            .field("phase", &phase)
            .finish_non_exhaustive()
    }
}

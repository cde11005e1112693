//! Several messages at once: all of them come in or none does, in one step or in the two of a transaction.

use std::collections::HashSet;
use std::fmt;

use super::admission::Admission;
use super::error::QueueError;
use super::handle::{Left, Queue};
use super::state::State;
use super::ticket::Ticket;
use crate::mail::clock::Now;
use crate::mail::parcel::EntryId;
use crate::mail::transaction::TransactionId;

impl State {
    /// Takes in all or none, as one change.
    ///
    /// # Errors
    /// [`QueueError::Duplicate`] and [`QueueError::NoRecipients`] of the first message that has one.
    pub fn admit_all(&mut self, batch: Vec<Admission>, now: Now) -> Result<(), QueueError> {
        self.check_all(&batch)?;
        self.enter_all(batch, now);
        Ok(())
    }

    /// Promises a transaction that its messages can come in. Nobody sees anything of it.
    ///
    /// # Errors
    /// As [`admit_all`](Self::admit_all), and [`QueueError::Prepared`].
    pub fn prepare(&mut self, tx: TransactionId, batch: &[Admission]) -> Result<(), QueueError> {
        if self.reserved.has(tx) {
            return Err(QueueError::Prepared(tx));
        }
        self.check_all(batch)?;
        let ids = batch.iter().map(|admission| admission.id).collect();
        self.reserved.promise(tx, ids);
        Ok(())
    }

    /// Takes in what a transaction was promised, as one change.
    ///
    /// # Errors
    /// [`QueueError::NotPrepared`], the only one: a promise is kept.
    pub fn commit(
        &mut self,
        tx: TransactionId,
        batch: Vec<Admission>,
        now: Now,
    ) -> Result<(), QueueError> {
        if !self.reserved.end(tx) {
            return Err(QueueError::NotPrepared(tx));
        }
        self.enter_all(batch, now);
        Ok(())
    }

    /// Ends a promise without taking anything in.
    pub fn abort(&mut self, tx: TransactionId) {
        self.reserved.end(tx);
    }

    /// Whether a transaction is prepared and neither committed nor aborted.
    #[must_use]
    pub fn has_prepared(&self) -> bool {
        !self.reserved.is_empty()
    }

    fn check_all(&self, batch: &[Admission]) -> Result<(), QueueError> {
        let mut seen = HashSet::with_capacity(batch.len());
        batch.iter().try_for_each(|admission| {
            self.check(admission)?;
            if seen.insert(admission.id) {
                Ok(())
            } else {
                Err(QueueError::Duplicate(admission.id))
            }
        })
    }

    fn enter_all(&mut self, batch: Vec<Admission>, now: Now) {
        for admission in batch {
            self.enter(admission, now);
        }
        self.seal();
    }
}

/// Messages that the queue has promised to take. Dropped without a commit they are aborted.
#[must_use = "what is prepared and then dropped is aborted"]
pub struct Prepared {
    queue: Queue,
    tx: TransactionId,
    batch: Vec<Admission>,
    open: bool,
}

impl Prepared {
    /// The transaction.
    #[must_use]
    pub const fn transaction(&self) -> TransactionId {
        self.tx
    }

    /// The messages.
    #[must_use]
    pub fn batch(&self) -> &[Admission] {
        &self.batch
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.open) {
            self.queue.with(|state, _| state.abort(self.tx));
            // Who closes the queue waits for this.
            self.queue.nudge();
        }
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("tx", &self.tx)
            .field("messages", &self.batch.len())
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::unused_async,
    reason = "a queue with a spool waits for its disk here, and callers need not know which they have"
)]
impl Queue {
    /// Takes in all or none, in one change of the snapshot.
    ///
    /// # Errors
    /// [`QueueError::Closed`], and as [`State::admit_all`]. Nothing came in then.
    pub async fn take(&self, batch: Vec<Admission>) -> Result<Vec<Ticket>, QueueError> {
        let ids = ids(&batch);
        let left = self.take_batch(&ids, false, |state, now| state.admit_all(batch, now))?;
        Ok(self.tickets(ids, left))
    }

    /// The first of two steps: the messages are checked and kept, and nobody sees anything of them.
    ///
    /// # Errors
    /// [`QueueError::Closed`], and as [`State::prepare`]. Nothing is kept then.
    pub async fn prepare(
        &self,
        tx: TransactionId,
        batch: Vec<Admission>,
    ) -> Result<Prepared, QueueError> {
        self.take_batch(&[], false, |state, _| state.prepare(tx, &batch))?;
        Ok(Prepared {
            queue: self.clone(),
            tx,
            batch,
            open: true,
        })
    }

    /// The second step: everything comes in, in one change of the snapshot; also where the queue takes nothing else any more.
    ///
    /// # Errors
    /// None in memory: a promise is kept.
    pub async fn commit(&self, mut prepared: Prepared) -> Result<Vec<Ticket>, QueueError> {
        let (tx, batch) = (prepared.tx, std::mem::take(&mut prepared.batch));
        // From here on it is the state that ends the promise.
        prepared.open = false;
        let ids = ids(&batch);
        let left = self.take_batch(&ids, true, |state, now| state.commit(tx, batch, now))?;
        Ok(self.tickets(ids, left))
    }

    /// The other second step: nothing comes in.
    pub async fn abort(&self, mut prepared: Prepared) {
        prepared.end();
    }

    /// Decides about a transaction that is [in doubt](Self::in_doubt).
    ///
    /// # Errors
    /// [`QueueError::NotInDoubt`].
    pub async fn resolve(
        &self,
        tx: TransactionId,
        commit: bool,
    ) -> Result<Vec<Ticket>, QueueError> {
        // Memory keeps nothing of a process that has ended, whatever is decided.
        let _ = commit;
        Err(QueueError::NotInDoubt(tx))
    }
}

impl Queue {
    /// Transactions that were prepared by a process that ended before it committed or aborted them. A queue in memory has none.
    #[must_use]
    pub fn in_doubt(&self) -> Vec<TransactionId> {
        Vec::new()
    }

    /// Whether a transaction is prepared and neither committed nor aborted.
    #[must_use]
    pub fn has_prepared(&self) -> bool {
        self.read(|state, _| state.has_prepared())
    }

    fn tickets(&self, ids: Vec<EntryId>, left: Vec<Left>) -> Vec<Ticket> {
        let both = ids.into_iter().zip(left);
        both.map(|(id, left)| Ticket::new(self, id, left)).collect()
    }
}

fn ids(batch: &[Admission]) -> Vec<EntryId> {
    batch.iter().map(|admission| admission.id).collect()
}

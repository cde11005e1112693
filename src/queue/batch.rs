//! Several messages at once: all of them come in or none does, in one step or in the two of a transaction.

use std::fmt;

use uuid::Uuid;

use super::admission::Admission;
use super::error::QueueError;
use super::handle::{Left, Queue};
use super::keeping::{Undo, not_kept};
use super::spool::Spool;
use super::ticket::Ticket;
use crate::mail::parcel::EntryId;
use crate::mail::transaction::TransactionId;

/// Messages that the queue has promised to take. Dropped without a commit they are aborted.
#[must_use = "what is prepared and then dropped is aborted"]
pub struct Prepared {
    queue: Queue,
    tx: TransactionId,
    batch: Vec<Admission>,
    open: bool,
    /// Whether there is something of it in the spool.
    kept: bool,
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
            if let (Some(spool), true) = (self.queue.spool(), self.kept) {
                spool.abort(self.tx.0);
            }
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

impl Queue {
    /// Takes in all or none, in one change of the snapshot. What goes into the spool outlives a loss of power when this returns.
    ///
    /// # Errors
    /// [`QueueError::Closed`], [`QueueError::NotKept`], and as [`State::admit_all`](super::State::admit_all). Nothing came in then.
    pub async fn take(&self, batch: Vec<Admission>) -> Result<Vec<Ticket>, QueueError> {
        self.read(|state, _| state.check_all(&batch))?;
        if self.is_closed() {
            return Err(QueueError::Closed);
        }
        let (batch, keeps) = self.to_keep(batch, |route| self.is_durable(route))?;
        let mut undo = Undo::nothing();
        if let (Some(spool), false) = (self.spool(), keeps.is_empty()) {
            let kept = keeps.iter().map(|keep| keep.head.id).collect();
            undo = Undo::of(spool, kept);
            let kept = spool.keep_all(TransactionId::new().0, keeps).await;
            if let Err(error) = kept {
                undo.void();
                return Err(not_kept(&error));
            }
        }
        let ids = ids(&batch);
        let taken = self.take_batch(&ids, false, |state, now| state.admit_all(batch, now));
        Ok(self.tickets(ids, undo.stays_if(taken)?))
    }

    /// The first of two steps: the messages are checked and kept, and nobody sees anything of them. What goes into the spool is
    /// [in doubt](Self::in_doubt) when this process ends before the second step.
    ///
    /// # Errors
    /// [`QueueError::Closed`], [`QueueError::NotKept`], and as [`State::prepare`](super::State::prepare). Nothing is kept then.
    pub async fn prepare(
        &self,
        tx: TransactionId,
        batch: Vec<Admission>,
    ) -> Result<Prepared, QueueError> {
        let (batch, keeps) = self.to_keep(batch, |route| self.is_durable(route))?;
        self.take_batch(&[], false, |state, _| state.prepare(tx, &batch))?;
        let mut prepared = Prepared {
            queue: self.clone(),
            tx,
            batch,
            open: true,
            kept: false,
        };
        if let (Some(spool), false) = (self.spool(), keeps.is_empty()) {
            // From here on there may be something to be taken away again, also where this is cancelled.
            prepared.kept = true;
            let kept = spool.prepare(tx.0, keeps).await;
            kept.map_err(|error| not_kept(&error))?;
        }
        Ok(prepared)
    }

    /// The second step: everything comes in, in one change of the snapshot; also where the queue takes nothing else any more.
    ///
    /// # Errors
    /// [`QueueError::NotKept`] where the spool refuses the decision; then the transaction is aborted. None in memory: a promise is
    /// kept.
    pub async fn commit(&self, mut prepared: Prepared) -> Result<Vec<Ticket>, QueueError> {
        let (tx, ids) = (prepared.tx, ids(&prepared.batch));
        if let (Some(spool), true) = (self.spool(), prepared.kept) {
            let entries: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
            let strangers = Strangers(spool, Some(entries));
            let decided = spool.commit(tx.0, strangers.ids()).await;
            strangers.are_known();
            decided.map_err(|error| not_kept(&error))?;
        }
        // From here on it is the state that ends the promise.
        prepared.open = false;
        let batch = std::mem::take(&mut prepared.batch);
        let left = self.take_batch(&ids, true, |state, now| state.commit(tx, batch, now))?;
        Ok(self.tickets(ids, left))
    }

    /// The other second step: nothing comes in.
    pub async fn abort(&self, mut prepared: Prepared) {
        prepared.end();
        if let Some(spool) = self.spool() {
            // What the disk says is shown by the queue's snapshot.
            let _ = spool.flush().await;
        }
    }

    /// Decides about a transaction that is [in doubt](Self::in_doubt).
    ///
    /// # Errors
    /// [`QueueError::NotInDoubt`], and [`QueueError::NotKept`] where the spool refuses; then it is as much in doubt as before.
    pub async fn resolve(
        &self,
        tx: TransactionId,
        commit: bool,
    ) -> Result<Vec<Ticket>, QueueError> {
        let Some(spool) = self.spool().filter(|spool| spool.in_doubt().contains(&tx)) else {
            return Err(QueueError::NotInDoubt(tx));
        };
        let mut ids = Vec::new();
        if commit {
            let found = spool.prepared(tx.0).map_err(|error| not_kept(&error))?;
            ids.extend(found.iter().map(|found| found.head.id()));
            let entries = ids.iter().map(|id| id.0).collect();
            let decided = spool.commit(tx.0, entries).await;
            decided.map_err(|error| not_kept(&error))?;
            self.take_up(found, true);
        } else {
            spool.abort(tx.0);
        }
        if !spool.no_longer_doubt(tx) {
            tracing::warn!("transaction {tx} was decided twice");
        }
        let left = self.take_batch(&ids, true, |_, _| Ok(()))?;
        Ok(self.tickets(ids, left))
    }

    /// Transactions that were prepared by a process that ended before it committed or aborted them. A queue in memory has none.
    #[must_use]
    pub fn in_doubt(&self) -> Vec<TransactionId> {
        self.spool().map(Spool::in_doubt).unwrap_or_default()
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

/// Messages whose commit is under way. Where nobody waits for it any more, they are taken up as if they came from elsewhere, in
/// case that it was decided.
struct Strangers<'a>(&'a Spool, Option<Vec<Uuid>>);

impl Strangers<'_> {
    fn ids(&self) -> Vec<Uuid> {
        self.1.clone().unwrap_or_default()
    }

    fn are_known(mut self) {
        self.1 = None;
    }
}

impl Drop for Strangers<'_> {
    fn drop(&mut self) {
        if let Some(ids) = self.1.take() {
            self.0.forget(ids);
        }
    }
}

fn ids(batch: &[Admission]) -> Vec<EntryId> {
    batch.iter().map(|admission| admission.id).collect()
}

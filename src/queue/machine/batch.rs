//! Several messages at once, as one change: all of them come in or none does.

use std::collections::HashSet;

use super::state::State;
use crate::mail::clock::Now;
use crate::mail::transaction::TransactionId;
use crate::queue::admission::Admission;
use crate::queue::error::QueueError;

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

    pub(in crate::queue) fn check_all(&self, batch: &[Admission]) -> Result<(), QueueError> {
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

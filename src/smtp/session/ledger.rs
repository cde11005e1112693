//! Where each recipient of a message stands while it is being delivered.

use crate::mail::outcome::{Failure, Outcome};

/// One place for each recipient, filled once.
#[derive(Debug)]
pub(super) struct Ledger(Vec<Option<Outcome>>);

impl Ledger {
    pub(super) fn new(recipients: usize) -> Self {
        Self(std::iter::repeat_with(|| None).take(recipients).collect())
    }

    /// Settles a recipient. What is settled stays.
    pub(super) fn settle(&mut self, recipient: usize, outcome: Outcome) {
        if let Some(place @ None) = self.0.get_mut(recipient) {
            *place = Some(outcome);
        }
    }

    /// Settles several recipients alike.
    pub(super) fn settle_all(&mut self, recipients: &[usize], outcome: &Outcome) {
        for recipient in recipients {
            self.settle(*recipient, outcome.clone());
        }
    }

    /// The recipients that are not settled yet, at most so many.
    pub(super) fn open(&self, most: usize) -> Vec<usize> {
        let places = self.0.iter().enumerate();
        let open = places.filter(|(_, place)| place.is_none());
        open.map(|(recipient, _)| recipient).take(most).collect()
    }

    /// The outcomes, in order; those that were never settled are deferred for this reason.
    pub(super) fn close(self, reason: &Failure) -> Vec<Outcome> {
        let rest = || Outcome::Deferred(reason.clone());
        self.0
            .into_iter()
            .map(|place| place.unwrap_or_else(rest))
            .collect()
    }
}

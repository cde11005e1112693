//! Where each recipient of a message stands while it is being delivered.

use crate::mail::outcome::{Failure, Outcome};

/// One place for each recipient, settled once.
#[derive(Debug)]
pub(super) struct Ledger(Vec<Place>);

#[derive(Debug)]
enum Place {
    /// To be offered.
    Open,
    /// Part of a transaction that is under way.
    Offered,
    Settled(Outcome),
}

impl Ledger {
    pub(super) fn new(recipients: usize) -> Self {
        Self(
            std::iter::repeat_with(|| Place::Open)
                .take(recipients)
                .collect(),
        )
    }

    /// Settles a recipient. What is settled stays.
    pub(super) fn settle(&mut self, recipient: usize, outcome: Outcome) {
        if let Some(place @ (Place::Open | Place::Offered)) = self.0.get_mut(recipient) {
            *place = Place::Settled(outcome);
        }
    }

    /// Settles several recipients alike.
    pub(super) fn settle_all(&mut self, recipients: &[usize], outcome: &Outcome) {
        for recipient in recipients {
            self.settle(*recipient, outcome.clone());
        }
    }

    /// Settles those of several recipients whose transaction is under way.
    pub(super) fn settle_offered(&mut self, recipients: &[usize], outcome: &Outcome) {
        for recipient in recipients {
            if let Some(place @ Place::Offered) = self.0.get_mut(*recipient) {
                *place = Place::Settled(outcome.clone());
            }
        }
    }

    /// Takes recipients for a transaction: the open ones, in order, that fit.
    pub(super) fn take(&mut self, mut fits: impl FnMut(usize) -> bool) -> Vec<usize> {
        let mut taken = Vec::new();
        for (recipient, place) in self.0.iter_mut().enumerate() {
            if matches!(place, Place::Open) {
                if !fits(recipient) {
                    break;
                }
                *place = Place::Offered;
                taken.push(recipient);
            }
        }
        taken
    }

    /// Gives back recipients of a transaction that came to nothing; those that are settled stay so.
    pub(super) fn give_back(&mut self, recipients: &[usize]) {
        for recipient in recipients {
            if let Some(place @ Place::Offered) = self.0.get_mut(*recipient) {
                *place = Place::Open;
            }
        }
    }

    /// Whether every recipient is settled.
    pub(super) fn is_settled(&self) -> bool {
        self.0
            .iter()
            .all(|place| matches!(place, Place::Settled(_)))
    }

    /// Whether any recipient is settled.
    pub(super) fn is_touched(&self) -> bool {
        self.0
            .iter()
            .any(|place| matches!(place, Place::Settled(_)))
    }

    /// The recipients that are still to be offered.
    pub(super) fn open(&self) -> Vec<usize> {
        let places = self.0.iter().enumerate();
        let open = places.filter(|(_, place)| matches!(place, Place::Open));
        open.map(|(recipient, _)| recipient).collect()
    }

    /// Settles everyone who is left.
    pub(super) fn settle_rest(&mut self, outcome: &Outcome) {
        for place in &mut self.0 {
            if !matches!(place, Place::Settled(_)) {
                *place = Place::Settled(outcome.clone());
            }
        }
    }

    /// The outcomes, in order; those that were never settled are deferred for this reason.
    pub(super) fn outcomes(&self, otherwise: &Failure) -> Vec<Outcome> {
        let outcome = |place: &Place| match place {
            Place::Settled(outcome) => outcome.clone(),
            Place::Open | Place::Offered => Outcome::Deferred(otherwise.clone()),
        };
        self.0.iter().map(outcome).collect()
    }
}

//! What the queue keeps for each route: its rules, who waits in what order, and what is known of the host's health.

use std::collections::{BTreeMap, BTreeSet};

use super::allowance::Allowance;
use super::handout::ClaimId;
use crate::mail::clock::Tick;
use crate::mail::parcel::EntryId;
use crate::queue::terms::RouteRules;

/// The private side of a route; its public side is in the snapshot.
#[derive(Debug, Default)]
pub(in crate::queue) struct Book {
    pub(in crate::queue) rules: RouteRules,
    /// Who waits for an attempt, the one due for longest first. Held and sending entries are not here.
    pub(in crate::queue) due: BTreeSet<(Tick, EntryId)>,
    pub(in crate::queue) health: Health,
    /// Claims with a smaller number were made before the last host trouble and say nothing about what came after it.
    pub(in crate::queue) fresh_from: u64,
    /// Goes up with each parcel that had its turn; without it, parcels that only come back have to wait.
    pub(in crate::queue) turns: u64,
    /// What is out: parcels by the batch with which they went, each batch over a connection of its own.
    pub(in crate::queue) out: BTreeMap<ClaimId, usize>,
    /// How many batches may be out.
    pub(in crate::queue) allowance: Allowance,
}

/// What is known of the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::queue) enum Health {
    /// It may be in trouble: one parcel at a time.
    #[default]
    Unknown,
    /// One parcel is out to see.
    Probing(ClaimId),
    /// It let us in and took a message's turn.
    Good,
}

impl Book {
    /// Whether a claim was made after the last trouble.
    pub(in crate::queue) fn is_fresh(&self, claim: ClaimId) -> bool {
        claim.0 >= self.fresh_from
    }

    /// A parcel of this batch went out.
    pub(in crate::queue) fn went_out(&mut self, batch: ClaimId) {
        *self.out.entry(batch).or_default() += 1;
    }

    /// A parcel of this batch is back.
    pub(in crate::queue) fn is_back(&mut self, batch: ClaimId) {
        if let Some(left) = self.out.get_mut(&batch) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.out.remove(&batch);
            }
        }
    }

    /// Connections in use by others than this batch.
    pub(in crate::queue) fn others(&self, batch: ClaimId) -> usize {
        self.out.keys().filter(|other| **other != batch).count()
    }

    /// Whether one more connection may be used.
    pub(in crate::queue) fn has_room(&self, now: Tick) -> bool {
        self.out.len() < self.allowance.most(now)
    }

    /// The claim is over; where it was the probe, another may go out.
    pub(in crate::queue) fn is_over(&mut self, claim: ClaimId) {
        if self.health == Health::Probing(claim) {
            self.health = Health::Unknown;
        }
    }
}

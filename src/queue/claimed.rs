//! The guard around parcels that are out: each is reported once, and what is not reported comes back by itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::QueueError;
use super::handle::Queue;
use super::machine::is_crowded;
use super::machine::{ClaimId, Handout};
use super::terms::Terms;
use super::ticket::Ticket;
use crate::mail::entry::Route;
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Failure, Outcome};
use crate::mail::parcel::{Connection, EntryId, Parcel, Report, Verdict};
use crate::mail::stage::Stage;

/// Parcels in the hands of a worker.
///
/// When it is dropped, a parcel without a report goes back to the queue: as returned, or as uncertain where the end of its
/// content was already handed to the network. So neither a panic nor a cancelled task can lose a message.
pub struct Claimed {
    queue: Queue,
    route: Route,
    parcels: Vec<Parcel>,
    open: Mutex<BTreeMap<EntryId, ClaimId>>,
    /// The newest claim, which speaks for the connection.
    claim: Option<ClaimId>,
    turned_away: AtomicBool,
}

impl Claimed {
    pub(super) fn new(queue: &Queue, route: &Route, handouts: Vec<Handout>) -> Self {
        Self {
            queue: queue.clone(),
            route: route.clone(),
            open: Mutex::new(
                handouts
                    .iter()
                    .map(|handout| (handout.parcel.entry, handout.claim))
                    .collect(),
            ),
            turned_away: AtomicBool::new(false),
            claim: handouts.iter().map(|handout| handout.claim).max(),
            parcels: handouts.into_iter().map(|handout| handout.parcel).collect(),
        }
    }

    pub(super) const fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The parcels; their content may lie in the spool.
    #[must_use]
    pub fn parcels(&self) -> &[Parcel] {
        &self.parcels
    }

    /// The smart host has let us in.
    pub fn ready(&self) {
        if let Some(claim) = self.claim {
            self.queue
                .settle_with(|state, now| state.ready(claim, &self.route, now));
        }
    }

    /// Takes in a report. Returns whether it was for a parcel of this guard that had none yet.
    pub fn settle(&self, report: Report) -> bool {
        if let Verdict::HostTrouble(failure) = &report.verdict
            && is_crowded(failure)
        {
            self.turned_away.store(true, Ordering::Relaxed);
        }
        let claim = self.open().remove(&report.entry);
        claim.is_some_and(|claim| {
            self.queue
                .settle_with(|state, now| state.settle(claim, report, now))
        })
    }

    /// Whether a parcel without a report has had the end of its content handed to the network.
    #[must_use]
    pub fn is_past_the_dot(&self) -> bool {
        let open = self.open();
        self.parcels.iter().any(|parcel| {
            open.contains_key(&parcel.entry) && parcel.transcript.progress().committed
        })
    }

    /// Whether the server has turned the connection away because there were others.
    #[must_use]
    pub fn was_turned_away(&self) -> bool {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// Whether every parcel has its report.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.open().is_empty()
    }

    /// The worker died, for this reason. Parcels whose turn had begun wait for their next attempt; the others go back as they
    /// were. Where none had visibly begun, any of them may be the reason, and all wait.
    pub fn worker_died(&self, why: &str) {
        self.queue.worker_panicked(&self.route, why);
        let begun = |parcel: &Parcel| parcel.transcript.count() > 0;
        let any = self.unreported().iter().any(|(_, parcel)| begun(parcel));
        for (claim, parcel) in self.take_unreported() {
            if parcel.transcript.progress().committed {
                self.uncertain(claim, parcel, why);
            } else if any && !begun(parcel) {
                self.back(claim, parcel);
            } else {
                self.queue
                    .settle_with(|state, now| state.lost(claim, parcel.entry, why, now));
            }
        }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<EntryId, ClaimId>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unreported(&self) -> Vec<(ClaimId, &Parcel)> {
        let open = self.open();
        self.parcels
            .iter()
            .filter_map(|parcel| Some((*open.get(&parcel.entry)?, parcel)))
            .collect()
    }

    fn take_unreported(&self) -> Vec<(ClaimId, &Parcel)> {
        let list = self.unreported();
        self.open().clear();
        list
    }

    fn back(&self, claim: ClaimId, parcel: &Parcel) {
        self.report(claim, parcel, Verdict::Returned);
    }

    /// The server may have the message: it is tried again with the same Message-ID, and marked.
    fn uncertain(&self, claim: ClaimId, parcel: &Parcel, why: &str) {
        let failure = Failure::new(Stage::Content, Cause::Io(why.into()));
        let outcomes = vec![Outcome::Uncertain(failure); parcel.recipients.len()];
        self.report(claim, parcel, Verdict::Settled(outcomes));
    }

    fn report(&self, claim: ClaimId, parcel: &Parcel, verdict: Verdict) {
        self.queue.settle_with(|state, now| {
            let started = state
                .entry(parcel.entry)
                .and_then(|entry| entry.running().map(|attempt| attempt.started.tick));
            let report = Report {
                entry: parcel.entry,
                verdict,
                connection: Connection::default(),
                took: started.map_or_else(Default::default, |start| now.tick.since(start)),
            };
            state.settle(claim, report, now)
        });
    }
}

impl Queue {
    /// Takes a message in and hands it out in the same breath, where it may be tried now, so that no worker comes between.
    ///
    /// # Errors
    /// As [`State::admit`](super::State::admit).
    pub fn admit_and_claim(
        &self,
        id: EntryId,
        route: &Route,
        message: Arc<Message>,
        terms: Terms,
    ) -> Result<(Ticket, Option<Claimed>), QueueError> {
        let (left, handout) = self.take_in(id, route, message, terms, |state, now| {
            state.claim_one(id, now)
        })?;
        let claimed = self.claimed(route, handout.into_iter().collect());
        Ok((Ticket::new(self, id, left), claimed))
    }

    /// Hands out up to `max` parcels of a route. What is not reported comes back when the guard is dropped.
    #[must_use]
    pub fn claim(&self, route: &Route, max: usize) -> Option<Claimed> {
        let handouts = self.with(|state, now| state.claim(route, max, now));
        self.claimed(route, handouts)
    }

    /// Hands out one entry, where it may be tried now.
    #[must_use]
    pub fn claim_one(&self, id: EntryId) -> Option<Claimed> {
        let route = self.read(|state, _| state.entry(id).map(|entry| entry.route.clone()))?;
        let handout = self.with(|state, now| state.claim_one(id, now));
        self.claimed(&route, handout.into_iter().collect())
    }

    fn claimed(&self, route: &Route, handouts: Vec<Handout>) -> Option<Claimed> {
        self.watch_the_dots(&handouts);
        (!handouts.is_empty()).then(|| Claimed::new(self, route, handouts))
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.is_done() {
            self.worker_died("the worker panicked");
        }
        for (claim, parcel) in self.take_unreported() {
            if parcel.transcript.progress().committed {
                self.uncertain(
                    claim,
                    parcel,
                    "the attempt was cut off before the reply came",
                );
            } else {
                self.back(claim, parcel);
            }
        }
    }
}

impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claimed")
            .field("route", &self.route)
            .field("open", &*self.open())
            .finish_non_exhaustive()
    }
}

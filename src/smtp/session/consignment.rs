//! A parcel on its way through a session, with where each of its recipients stands.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::envelope;
use super::ledger::Ledger;
use super::limits::Limits;
use crate::mail::address::Address;
use crate::mail::outcome::{Cause, Failure, Outcome};
use crate::mail::parcel::Parcel;
use crate::mail::stage::Stage;
use crate::mail::transcript::By;
use crate::smtp::capabilities::Capabilities;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// One outcome for each recipient, in their order.
    Settled(Vec<Outcome>),
    /// The server would take no message at all, such as with 530; no recipient was at fault.
    HostTrouble(Failure),
}

/// A parcel that is being delivered. It may need several transactions, and where a connection comes to its end between them,
/// several sessions.
#[derive(Debug)]
pub struct Consignment {
    parcel: Parcel,
    pub(super) ledger: Ledger,
    /// Whether a server has judged anything of it yet.
    pub(super) heard: bool,
    begun: Option<Instant>,
    over: bool,
}

impl Consignment {
    /// A parcel of which nobody has heard yet.
    #[must_use]
    pub fn new(parcel: Parcel) -> Self {
        Self {
            ledger: Ledger::new(parcel.recipients.len()),
            parcel,
            heard: false,
            begun: None,
            over: false,
        }
    }

    /// The parcel.
    #[must_use]
    pub const fn parcel(&self) -> &Parcel {
        &self.parcel
    }

    /// Whether its report was made.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// Its attempt begins; what is waited for from now on is waited for on its account.
    pub fn begin(&mut self) {
        self.begun.get_or_insert_with(Instant::now);
    }

    /// How long its attempt has taken; zero where it has not begun.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.begun.map_or(Duration::ZERO, |begun| begun.elapsed())
    }

    /// Settles what this server cannot be offered at all, without asking it.
    pub(super) fn check(&mut self, offered: &Capabilities, secure: bool) {
        let transcript = &self.parcel.transcript;
        let note = |failure: &Failure| {
            transcript.push(failure.stage, By::Note, failure.text());
        };
        if let Some(failure) = envelope::refusal(&self.parcel.message, offered, secure) {
            note(&failure);
            self.ledger.settle_rest(&Outcome::Failed(failure));
            return;
        }
        if let Some(remark) = envelope::remark(&self.parcel.message, offered) {
            transcript.push(Stage::Mail, By::Note, remark);
        }
        for recipient in self.ledger.open() {
            if let Some(address) = self.parcel.recipients.get(recipient)
                && let Some(failure) = envelope::travels(address, offered, Stage::Rcpt)
            {
                note(&failure);
                self.ledger.settle(recipient, Outcome::Failed(failure));
            }
        }
    }

    /// Takes the recipients of the next transaction; none where there is nobody left to be offered.
    pub(super) fn take(&mut self, limits: &Limits) -> Vec<usize> {
        let recipients = &self.parcel.recipients;
        let (mut count, mut domains) = (0, HashSet::new());
        self.ledger.take(|recipient| {
            if limits.domains < usize::MAX {
                let domain = recipients.get(recipient).map(Address::domain);
                domains.insert(domain.unwrap_or_default().to_lowercase());
            }
            count += 1;
            count <= limits.recipients && domains.len() <= limits.domains
        })
    }

    /// The connection is of no more use to what is left of it.
    pub(super) fn defer_rest(&mut self, failure: &Failure) {
        self.ledger.settle_rest(&Outcome::Deferred(failure.clone()));
    }

    /// What became of it, once everyone is settled; said only once.
    pub(super) fn conclude(&mut self) -> Option<Delivery> {
        if self.over || !self.ledger.is_settled() {
            return None;
        }
        self.over = true;
        let outcomes = self
            .ledger
            .outcomes(&Failure::new(Stage::Mail, Cause::Closed));
        Some(match host_trouble(&outcomes) {
            Some(failure) => Delivery::HostTrouble(failure),
            None => Delivery::Settled(outcomes),
        })
    }

    /// There is no way on. Where a recipient is settled already this gives the outcomes, with the others deferred for this
    /// reason; otherwise nothing has happened to it.
    pub fn abandon(&mut self, failure: &Failure) -> Option<Vec<Outcome>> {
        let outcomes = self.defer(failure);
        self.ledger.is_touched().then_some(outcomes)
    }

    /// There is no way on: the outcomes, with everybody who is not settled deferred for this reason.
    pub(super) fn defer(&mut self, failure: &Failure) -> Vec<Outcome> {
        self.over = true;
        self.ledger.outcomes(failure)
    }

    pub(super) fn address(&self, recipient: usize) -> Option<&Address> {
        self.parcel.recipients.get(recipient)
    }
}

/// The trouble, where every recipient met trouble with the host and none was judged.
fn host_trouble(outcomes: &[Outcome]) -> Option<Failure> {
    let trouble = |outcome: &Outcome| match outcome {
        Outcome::Deferred(failure) if failure.is_host_trouble() => Some(failure.clone()),
        _ => None,
    };
    let first = trouble(outcomes.first()?)?;
    outcomes
        .iter()
        .all(|outcome| trouble(outcome).is_some())
        .then_some(first)
}

//! The course of a batch through a session: what comes next, what is over, and what a lost connection leaves untouched.

use super::consignment::{Consignment, Delivery};
use super::limits::Limits;
use super::opening::{Phase, Session};
use super::transaction::{Body, Transaction};
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reach::Protocol;
use crate::mail::stage::Stage;

/// Hears of each consignment as soon as its outcome is known.
pub type Reporter<'a> = dyn FnMut(&Consignment, Delivery) + Send + 'a;

/// A batch on its way through a session.
pub(super) struct Course<'a, 'r> {
    pub(super) session: &'a mut Session,
    pub(super) batch: &'a mut [Consignment],
    report: &'a mut Reporter<'r>,
    limits: Limits,
    pub(super) piped: bool,
    body: Body,
    /// The consignment whose transactions are made now.
    next: usize,
    /// The consignment that was last counted on this connection.
    begun: Option<usize>,
    /// Whether the server would take no message at all.
    is_stopped: bool,
    /// Whether RSET has to come before anything else.
    pub(super) dirty: bool,
}

impl<'a, 'r> Course<'a, 'r> {
    pub(super) fn new(
        session: &'a mut Session,
        batch: &'a mut [Consignment],
        report: &'a mut Reporter<'r>,
        dirty: bool,
    ) -> Self {
        Self {
            piped: session.capabilities.offers("PIPELINING"),
            body: if session.capabilities.offers("CHUNKING") {
                Body::Chunk
            } else {
                Body::Data
            },
            limits: Limits::read(&session.capabilities),
            session,
            batch,
            report,
            next: 0,
            begun: None,
            is_stopped: false,
            dirty,
        }
    }

    /// Whether several whole messages may be under way at a time: asked for, and possible.
    pub(super) fn is_bulk(&self) -> bool {
        // LMTP's verdicts for each recipient are read one message at a time.
        self.session.host.bulk_window > 1
            && self.piped
            && self.body == Body::Chunk
            && self.session.host.reach.protocol == Protocol::Smtp
    }

    /// The next transaction; none where the batch is over or this connection has had enough.
    pub(super) fn upcoming(&mut self, reset: bool) -> Option<Transaction> {
        while !self.is_stopped && self.session.mails < self.limits.mails {
            let full = self.session.count_left() == 0;
            let consignment = self.batch.get_mut(self.next)?;
            if self.begun != Some(self.next) {
                if consignment.is_over() {
                    self.next += 1;
                    continue;
                }
                if full {
                    return None;
                }
                consignment.begin();
                let secure = self.session.connection().tls.is_some();
                consignment.check(&self.session.capabilities, secure);
            }
            let open = consignment.take(&self.limits);
            if open.is_empty() {
                self.conclude(self.next);
                self.next += 1;
                continue;
            }
            if self.begun.replace(self.next) != Some(self.next) {
                self.session.messages += 1;
            }
            self.session.mails += 1;
            return Some(Transaction {
                of: self.next,
                open,
                accepted: Vec::new(),
                reset,
                body: self.body,
            });
        }
        None
    }

    /// Recipients of a consignment were given back after others had begun: it comes next.
    pub(super) fn come_back_to(&mut self, of: usize) {
        self.next = self.next.min(of);
    }

    /// Whether nothing more can be said on this connection but QUIT.
    pub(super) fn is_at_its_end(&self) -> bool {
        self.session.count_left() == 0 || self.session.mails >= self.limits.mails
    }

    /// Reports on a consignment, where it is over.
    pub(super) fn conclude(&mut self, of: usize) {
        let Some(consignment) = self.batch.get_mut(of) else {
            return;
        };
        if let Some(delivery) = consignment.conclude() {
            self.is_stopped |= matches!(delivery, Delivery::HostTrouble(_));
            (self.report)(consignment, delivery);
        }
    }

    /// The connection was lost while a transaction was under way: who is left of its consignment is deferred.
    pub(super) fn defer(&mut self, of: usize, failure: &Failure) {
        if let Some(consignment) = self.batch.get_mut(of) {
            consignment.defer_rest(failure);
        }
        self.conclude(of);
    }

    /// The connection was lost before the server had said anything of an envelope. On a connection that had been of use before
    /// this says nothing about the message, which may be offered again at once on another.
    pub(super) fn lose(&mut self, transaction: &Transaction, failure: &Failure) {
        let is_first = self.session.messages <= 1;
        let Some(consignment) = self.batch.get_mut(transaction.of) else {
            return;
        };
        if consignment.heard || is_first || !is_loss(failure) {
            self.defer(transaction.of, failure);
        } else {
            consignment.ledger.give_back(&transaction.open);
        }
    }

    /// An envelope that had left when the connection was lost for another message's sake.
    pub(super) fn take_back(&mut self, transaction: Option<Transaction>) {
        let Some(transaction) = transaction else {
            return;
        };
        if let Some(consignment) = self.batch.get_mut(transaction.of) {
            consignment.ledger.give_back(&transaction.open);
            self.session
                .wire
                .write_down_in(&consignment.parcel().transcript);
            let note = "the connection ended before its turn came: nothing of it was taken";
            self.session.wire.note(Stage::Mail, note);
        }
    }

    pub(super) const fn phase(&self) -> Phase {
        if self.dirty {
            Phase::Dirty
        } else {
            Phase::Ready
        }
    }
}

/// Whether a failure says something about the connection rather than about the message: it was lost or out of step, or the
/// server closed it with 421.
fn is_loss(failure: &Failure) -> bool {
    failure.stage == Stage::Mail
        && match &failure.cause {
            Cause::Refused(reply) => reply.code == 421,
            Cause::Local(_) => false,
            _ => true,
        }
}

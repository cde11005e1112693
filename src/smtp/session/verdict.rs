//! The server's word on a message: the reply to the end of its content, and what it means to each recipient.

use super::consignment::Consignment;
use super::content::Lost;
use super::opening::Session;
use super::transaction::Transaction;
use crate::mail::outcome::{Cause, Failure, Outcome};
use crate::mail::reply::{Reply, Severity};
use crate::mail::stage::Stage;

impl Session {
    /// Reads the reply to the end of the content and settles the recipients that were accepted.
    ///
    /// An error means that the connection is of no more use.
    pub(super) async fn verdict(
        &mut self,
        transaction: &Transaction,
        consignment: &mut Consignment,
    ) -> Result<(), Failure> {
        let (stage, limit) = (Stage::Content, self.host.timeouts.dot);
        let accepted = &transaction.accepted;
        let reply = match self.wire.reply(stage, limit).await {
            Ok(reply) => reply,
            Err(failure) => {
                let outcome = Outcome::Uncertain(failure.clone());
                consignment.ledger.settle_all(accepted, &outcome);
                return Err(failure);
            }
        };
        let (outcome, end) = match reply.severity() {
            Severity::Positive if is_about_an_address(&reply) => {
                let failure = self.stop(stage, reply, 250);
                (Outcome::Uncertain(failure.clone()), Some(failure))
            }
            // What may follow the verdict does not change it; it is met before the next command.
            Severity::Positive => (Outcome::Delivered(reply), None),
            Severity::Transient | Severity::Permanent => {
                let failure = Failure::refused(stage, reply);
                let end = (failure.code() == Some(421)).then(|| failure.clone());
                (Outcome::from(failure), end)
            }
            Severity::Intermediate | Severity::Unknown => {
                let failure = self.stop(stage, reply, 250);
                (Outcome::Uncertain(failure.clone()), Some(failure))
            }
        };
        consignment.ledger.settle_all(accepted, &outcome);
        match end {
            Some(failure) => {
                self.wire.give_up();
                Err(failure)
            }
            None => Ok(()),
        }
    }
}

/// Whether a consent speaks of an address (X.1.Y, RFC 3463 §3.2), as it does to MAIL and RCPT and never to content: a server
/// that is out of step. Behind a chunk there is no 354 that would show it.
pub(super) fn is_about_an_address(reply: &Reply) -> bool {
    reply.enhanced.is_some_and(|status| status.1 == 1)
}

/// What a connection that was lost while the content was under way means to the recipients that were accepted, and the
/// reason for the others.
pub(super) fn lost(
    transaction: &Transaction,
    consignment: &mut Consignment,
    lost: Lost,
) -> Failure {
    let ledger = &mut consignment.ledger;
    match lost {
        Lost::AfterEnd(failure) => {
            ledger.settle_all(&transaction.accepted, &Outcome::Uncertain(failure.clone()));
            failure
        }
        // The server's own refusal, given while it was still being sent to, is about this message and final.
        Lost::BeforeEnd(failure) => match failure.reply() {
            Some(reply) if reply.code != 421 => {
                let outcome = Outcome::from(failure.clone());
                ledger.settle_all(&transaction.accepted, &outcome);
                Failure::new(failure.stage, Cause::Closed)
            }
            _ => failure,
        },
    }
}

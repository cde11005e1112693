//! The server's word on a message: the reply to the end of its content, and what a lost connection means instead of one.

use super::consignment::Consignment;
use super::content::Lost;
use super::opening::Session;
use super::transaction::{Body, Transaction};
use crate::mail::outcome::{Cause, Failure, Outcome};
use crate::mail::reach::Protocol;
use crate::mail::reply::{Reply, Severity};
use crate::mail::stage::Stage;

impl Session {
    /// Reads what the server says to the end of the content and settles the recipients that were accepted.
    ///
    /// An error means that the connection is of no more use.
    pub(super) async fn verdict(
        &mut self,
        transaction: &Transaction,
        consignment: &mut Consignment,
    ) -> Result<(), Failure> {
        let (stage, limit) = (Stage::Content, self.host.timeouts.dot);
        let accepted = &transaction.accepted;
        let result = self.wire.reply(stage, limit).await.and_then(|reply| {
            let lmtp = self.host.reach.protocol == Protocol::Lmtp;
            if transaction.body == Body::Chunk && !lmtp && is_about_an_address(&reply) {
                return Err(self.stop(stage, reply, 250));
            }
            Ok(reply)
        });
        let reply = match result {
            Ok(reply) => reply,
            Err(failure) => {
                let outcome = Outcome::Uncertain(failure.clone());
                consignment.ledger.settle_all(accepted, &outcome);
                return Err(failure);
            }
        };
        if accepted.is_empty() && is_an_end(&reply) {
            return Err(self.stop(stage, reply, 250));
        }
        self.finish(reply, accepted, &mut consignment.ledger).await
    }
}

/// Whether the reply to a lone dot leaves nothing to go on with.
fn is_an_end(reply: &Reply) -> bool {
    reply.code == 421 || reply.severity() == Severity::Intermediate
}

/// Whether a consent speaks of an address (X.1.Y, RFC 3463 §3.2), as it does to MAIL and RCPT and never to content: a server
/// that is out of step. Behind a chunk there is no 354 that would show it.
pub(super) fn is_about_an_address(reply: &Reply) -> bool {
    reply.severity() == Severity::Positive && reply.enhanced.is_some_and(|status| status.1 == 1)
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

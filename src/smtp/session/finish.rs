//! What follows the final dot: one verdict for the message, or under LMTP one for each accepted recipient (RFC 2033 §4.2).

use super::ledger::Ledger;
use super::opening::Session;
use super::turns::out_of_step;
use crate::mail::outcome::{Failure, Outcome};
use crate::mail::reach::Protocol;
use crate::mail::reply::{Reply, Severity};
use crate::mail::stage::Stage;

impl Session {
    /// Settles the accepted recipients by the first reply to the final dot and, under LMTP, by those behind it.
    ///
    /// # Errors
    /// Why the connection is of no more use. Recipients whose verdict did not come are uncertain then: the server may have
    /// taken the message for them.
    pub(super) async fn finish(
        &mut self,
        first: Reply,
        accepted: &[usize],
        ledger: &mut Ledger,
    ) -> Result<(), Failure> {
        let share = match self.host.reach.protocol {
            Protocol::Smtp => accepted.len().max(1),
            Protocol::Lmtp => 1,
        };
        let mut end = Ok(());
        let mut first = Some(first);
        let mut rest = accepted;
        while !rest.is_empty() {
            let reply = if let Some(reply) = first.take() {
                Ok(reply)
            } else {
                let limit = self.host.timeouts.dot;
                self.wire.reply(Stage::Content, limit).await
            };
            let (these, behind) = rest.split_at(share.min(rest.len()));
            match reply.and_then(verdict) {
                Ok(outcome) => {
                    if let Outcome::Deferred(failure) = &outcome
                        && failure.code() == Some(421)
                    {
                        end = Err(failure.clone());
                    }
                    ledger.settle_all(these, &outcome);
                }
                Err(failure) => {
                    ledger.settle_all(rest, &Outcome::Uncertain(failure.clone()));
                    end = Err(failure);
                    break;
                }
            }
            rest = behind;
        }
        if end.is_err() {
            self.wire.give_up();
        }
        // What may follow the last verdict does not change it; it is met before the next command.
        end
    }
}

/// What a reply to the final dot means.
///
/// # Errors
/// For a reply that is none to a dot. What the server has done with the message is not known then.
fn verdict(reply: Reply) -> Result<Outcome, Failure> {
    match reply.severity() {
        Severity::Positive => Ok(Outcome::Delivered(reply)),
        Severity::Transient | Severity::Permanent => {
            Ok(Outcome::from(Failure::refused(Stage::Content, reply)))
        }
        Severity::Intermediate | Severity::Unknown => {
            Err(Failure::new(Stage::Content, out_of_step(&reply, 250)))
        }
    }
}

//! One transaction: MAIL, RCPT, DATA, in one flight where the server allows it (RFC 2920), and what each reply means.

use std::time::Duration;

use super::content::Lost;
use super::envelope;
use super::ledger::Ledger;
use super::opening::{Phase, Session};
use super::turns::{is_refusal, out_of_step};
use crate::mail::address::Address;
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Failure, Outcome};
use crate::mail::reach::Protocol;
use crate::mail::reply::{EnhancedStatus, Reply, Severity};
use crate::mail::stage::Stage;
use crate::smtp::wire::Flight;

/// A transaction for some of a message's recipients.
pub(super) struct Transaction<'a> {
    session: &'a mut Session,
    message: &'a Message,
    recipients: &'a [Address],
    open: &'a [usize],
    ledger: &'a mut Ledger,
    /// Whether all commands have left already and only replies are to be read.
    piped: bool,
    heard: bool,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(
        session: &'a mut Session,
        message: &'a Message,
        recipients: &'a [Address],
        open: &'a [usize],
        ledger: &'a mut Ledger,
    ) -> Self {
        let piped = session.capabilities.offers("PIPELINING");
        Self {
            session,
            message,
            recipients,
            open,
            ledger,
            piped,
            heard: false,
        }
    }

    /// Whether the server has judged anything of this message yet.
    pub(super) const fn was_heard(&self) -> bool {
        self.heard
    }

    fn address(&self, recipient: usize) -> Option<&'a Address> {
        self.recipients.get(recipient)
    }

    /// Runs the transaction and settles recipients in the ledger. Those that the server had no room for stay open.
    ///
    /// An error means that the connection is of no more use; recipients still open are deferred for that reason.
    pub(super) async fn run(&mut self, reset: bool) -> Result<Phase, Failure> {
        let addresses: Vec<_> = self
            .open
            .iter()
            .filter_map(|one| self.address(*one))
            .collect();
        let mail = envelope::mail(self.message, &addresses, &self.session.capabilities);
        if self.piped {
            self.take_off(reset, &mail, &addresses).await?;
        }
        let limit = self.session.host.timeouts.mail;
        if reset {
            let reply = self.ask(Stage::Mail, "RSET", limit).await?;
            if reply.severity() != Severity::Positive {
                return Err(self.stop(Stage::Mail, reply, 250));
            }
        }
        let reply = self.ask(Stage::Mail, &mail, limit).await?;
        self.heard |= reply.code != 421;
        if is_final(&reply) || reply.severity() == Severity::Intermediate {
            return Err(self.stop(Stage::Mail, reply, 250));
        }
        if is_refusal(&reply) {
            let outcome = Outcome::from(Failure::refused(Stage::Mail, reply));
            self.ledger.settle_all(self.open, &outcome);
            return self.leave(self.open.len()).await;
        }
        let accepted = self.rcpt().await?;
        if accepted.is_empty() {
            return self.leave(0).await.map(|_| Phase::Dirty);
        }
        self.data(&accepted).await
    }

    /// Sends the whole envelope in one write.
    async fn take_off(
        &mut self,
        reset: bool,
        mail: &str,
        addresses: &[&Address],
    ) -> Result<(), Failure> {
        let mut flight = Flight::default();
        if reset {
            flight.command(Stage::Mail, "RSET");
        }
        flight.command(Stage::Mail, mail);
        for address in addresses {
            let rcpt = envelope::rcpt(self.message, address, &self.session.capabilities);
            flight.command(Stage::Rcpt, &rcpt);
        }
        flight.command(Stage::Data, "DATA");
        self.session.quiet(Stage::Mail).await?;
        let limit = self.session.host.timeouts.mail;
        self.session.wire.send(&flight, limit).await
    }

    /// The reply to a command, which is sent now unless it left with the flight.
    async fn ask(
        &mut self,
        stage: Stage,
        command: &str,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        if self.piped {
            self.session.wire.reply(stage, limit).await
        } else {
            self.session.exchange(stage, command, limit).await
        }
    }

    fn stop(&mut self, stage: Stage, reply: Reply, due: u16) -> Failure {
        self.session.wire.give_up();
        if is_refusal(&reply) {
            Failure::refused(stage, reply)
        } else {
            Failure::new(stage, out_of_step(&reply, due))
        }
    }

    /// Offers every recipient; those accepted.
    async fn rcpt(&mut self) -> Result<Vec<usize>, Failure> {
        let limit = self.session.host.timeouts.rcpt;
        let mut accepted = Vec::with_capacity(self.open.len());
        for recipient in self.open.iter().copied() {
            let command = self
                .address(recipient)
                .map(|one| envelope::rcpt(self.message, one, &self.session.capabilities))
                .unwrap_or_default();
            let reply = self.ask(Stage::Rcpt, &command, limit).await?;
            if reply.severity() == Severity::Positive {
                accepted.push(recipient);
            } else if is_final(&reply) || reply.severity() == Severity::Intermediate {
                return Err(self.stop(Stage::Rcpt, reply, 250));
            } else if is_no_room(&reply) && !accepted.is_empty() {
                let note = "no room for more recipients: the rest follows in another transaction";
                self.session.wire.note(Stage::Rcpt, note);
            } else if matches!(reply.code, 452 | 552) {
                // RFC 5321 §4.5.3.1.10: old servers say 552 where 452 is meant.
                let failure = Failure::refused(Stage::Rcpt, reply);
                self.ledger.settle(recipient, Outcome::Deferred(failure));
            } else {
                let failure = Failure::refused(Stage::Rcpt, reply);
                self.ledger.settle(recipient, Outcome::from(failure));
            }
        }
        Ok(accepted)
    }

    /// Asks for the content's turn, and sends it when that is granted with exactly 354.
    async fn data(&mut self, accepted: &[usize]) -> Result<Phase, Failure> {
        let limit = self.session.host.timeouts.data;
        let reply = self.ask(Stage::Data, "DATA", limit).await?;
        self.session.settled(Stage::Data, &reply)?;
        if reply.code == 354 {
            return self.content(accepted).await;
        }
        if is_final(&reply) || !is_refusal(&reply) {
            return Err(self.stop(Stage::Data, reply, 354));
        }
        let outcome = Outcome::from(Failure::refused(Stage::Data, reply));
        self.ledger.settle_all(accepted, &outcome);
        Ok(Phase::Dirty)
    }

    async fn content(&mut self, accepted: &[usize]) -> Result<Phase, Failure> {
        let reply = match self.session.content(self.message).await {
            Ok(reply) => reply,
            Err(Lost::BeforeDot(failure)) => {
                // The server's own refusal, given while it was still being sent to, is about this message and final.
                if failure.reply().is_some_and(|reply| reply.code != 421) {
                    self.ledger
                        .settle_all(accepted, &Outcome::from(failure.clone()));
                }
                return Err(without_reply(failure));
            }
            Err(Lost::AfterDot(failure)) => {
                self.ledger
                    .settle_all(accepted, &Outcome::Uncertain(failure.clone()));
                return Err(failure);
            }
        };
        self.session.finish(reply, accepted, self.ledger).await
    }

    /// Ends a transaction without content. Where DATA left with the flight its reply is still to come, and after a 354
    /// nothing but a lone dot gets us out (RFC 2920 §3.1).
    async fn leave(&mut self, unread: usize) -> Result<Phase, Failure> {
        if !self.piped {
            return Ok(Phase::Ready);
        }
        let timeouts = self.session.host.timeouts.clone();
        for _ in 0..unread {
            let reply = self.session.wire.reply(Stage::Rcpt, timeouts.rcpt).await?;
            if reply.code == 421 {
                return Err(self.stop(Stage::Rcpt, reply, 250));
            }
        }
        let reply = self.session.wire.reply(Stage::Data, timeouts.data).await?;
        self.session.settled(Stage::Data, &reply)?;
        match reply.code {
            // Behind a lone dot nobody is left to have a verdict, and a server that said 354 is out of step (RFC 2033 §4.2).
            354 if self.session.host.reach.protocol == Protocol::Lmtp => {
                Err(self.stop(Stage::Data, reply, 503))
            }
            354 => {
                let dot = Flight::of(Stage::Content, ".");
                self.session.wire.send(&dot, timeouts.block).await?;
                let reply = self.session.wire.reply(Stage::Content, timeouts.dot);
                reply.await.map(|_| Phase::Ready)
            }
            421 => Err(self.stop(Stage::Data, reply, 354)),
            _ => Ok(Phase::Dirty),
        }
    }
}

/// Whether a refusal says that this transaction has recipients enough, not that this one is unwanted: 452 or 552 without an
/// enhanced status code, or with X.5.3 (RFC 3463 §3.6).
fn is_no_room(reply: &Reply) -> bool {
    matches!(reply.code, 452 | 552)
        && reply
            .enhanced
            .is_none_or(|EnhancedStatus(_, subject, detail)| (subject, detail) == (5, 3))
}

/// Whether a reply ends the session: 421 closes it, and 503 says that the two sides disagree about where they are.
fn is_final(reply: &Reply) -> bool {
    matches!(reply.code, 421 | 503)
}

/// The reason for recipients whose turn had not come when a refusal of the content ended the connection.
fn without_reply(failure: Failure) -> Failure {
    match failure.reply() {
        Some(reply) if reply.code != 421 => Failure::new(failure.stage, Cause::Closed),
        _ => failure,
    }
}

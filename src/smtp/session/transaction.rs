//! One transaction: MAIL, RCPT, DATA, in one flight where the server allows it (RFC 2920), and what each reply means.

use std::time::Duration;

use super::consignment::Consignment;
use super::envelope;
use super::opening::Session;
use super::turns::{is_refusal, out_of_step};
use crate::mail::outcome::{Failure, Outcome};
use crate::mail::reach::Protocol;
use crate::mail::reply::{EnhancedStatus, Reply, Severity};
use crate::mail::stage::Stage;
use crate::smtp::wire::Flight;

/// How the content of a transaction goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// After DATA and 354, up to the final dot.
    Data,
    /// As one last chunk (RFC 3030).
    Chunk,
    /// DATA was granted though nobody is there to receive: nothing but the dot.
    Dot,
}

/// A transaction for some of a consignment's recipients.
#[derive(Debug)]
pub(super) struct Transaction {
    /// The consignment's place in the batch.
    pub(super) of: usize,
    /// The recipients that it is for.
    pub(super) open: Vec<usize>,
    /// Those of them that the server has accepted.
    pub(super) accepted: Vec<usize>,
    /// Whether RSET has to come first: the server may have another transaction half open.
    pub(super) reset: bool,
    pub(super) body: Body,
}

/// What came of an envelope.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// The content has its turn.
    Granted,
    /// Nothing more is to be sent.
    Nothing,
    /// Nothing more is to be sent, and RSET has to come before anything else.
    Dirty,
}

impl Transaction {
    /// Adds its commands to a flight.
    pub(super) fn board(&self, session: &Session, consignment: &Consignment, flight: &mut Flight) {
        flight.write_down_in(&consignment.parcel().transcript);
        if self.reset {
            flight.command(Stage::Mail, "RSET");
        }
        flight.command(Stage::Mail, self.mail(session, consignment));
        let addresses = self.open.iter().filter_map(|one| consignment.address(*one));
        let message = &consignment.parcel().message;
        for address in addresses {
            let rcpt = envelope::rcpt(message, address, &session.capabilities);
            flight.command(Stage::Rcpt, rcpt);
        }
        if self.body == Body::Data {
            flight.command(Stage::Data, "DATA");
        }
    }

    fn mail(&self, session: &Session, consignment: &Consignment) -> String {
        let addresses: Vec<_> = { self.open.iter() }
            .filter_map(|one| consignment.address(*one))
            .collect();
        envelope::mail(
            &consignment.parcel().message,
            &addresses,
            &session.capabilities,
        )
    }
}

impl Session {
    /// Offers the envelope and settles the recipients that are refused. Those that the server has no room for are given back.
    /// With `piped` all commands have left already and only the replies are read.
    ///
    /// An error means that the connection is of no more use.
    pub(super) async fn offer(
        &mut self,
        transaction: &mut Transaction,
        consignment: &mut Consignment,
        piped: bool,
    ) -> Result<Offer, Failure> {
        self.wire.write_down_in(&consignment.parcel().transcript);
        let limit = self.host.timeouts.mail;
        if transaction.reset {
            let command = (!piped).then(|| "RSET".to_owned());
            let reply = self.tell(Stage::Mail, command, limit).await?;
            if reply.severity() != Severity::Positive {
                return Err(self.stop(Stage::Mail, reply, 250));
            }
        }
        let command = (!piped).then(|| transaction.mail(self, consignment));
        let reply = self.tell(Stage::Mail, command, limit).await?;
        consignment.heard |= reply.code != 421;
        if is_final(&reply) || reply.severity() == Severity::Intermediate {
            return Err(self.stop(Stage::Mail, reply, 250));
        }
        if is_refusal(&reply) {
            let outcome = Outcome::from(Failure::refused(Stage::Mail, reply));
            consignment.ledger.settle_all(&transaction.open, &outcome);
            let unread = transaction.open.len();
            return self.leave(transaction, unread, piped).await;
        }
        self.rcpt(transaction, consignment, piped).await?;
        if transaction.accepted.is_empty() {
            let left = self.leave(transaction, 0, piped).await?;
            return Ok(match left {
                Offer::Granted => Offer::Granted,
                _ => Offer::Dirty,
            });
        }
        match transaction.body {
            Body::Data => self.data(transaction, consignment, piped).await,
            Body::Chunk | Body::Dot => Ok(Offer::Granted),
        }
    }

    /// The reply to a command, which is sent now unless it left with the flight.
    async fn tell(
        &mut self,
        stage: Stage,
        command: Option<String>,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        match command {
            Some(command) => self.exchange(stage, &command, limit).await,
            None => self.wire.reply(stage, limit).await,
        }
    }

    /// Gives the wire up because of a reply that makes no sense here, or that ends the session.
    pub(super) fn stop(&mut self, stage: Stage, reply: Reply, due: u16) -> Failure {
        self.wire.give_up();
        if is_refusal(&reply) {
            Failure::refused(stage, reply)
        } else {
            Failure::new(stage, out_of_step(&reply, due))
        }
    }

    /// Offers every recipient.
    async fn rcpt(
        &mut self,
        transaction: &mut Transaction,
        consignment: &mut Consignment,
        piped: bool,
    ) -> Result<(), Failure> {
        let limit = self.host.timeouts.rcpt;
        for recipient in transaction.open.iter().copied() {
            let message = &consignment.parcel().message;
            let address = consignment.address(recipient).filter(|_| !piped);
            let command =
                address.map(|address| envelope::rcpt(message, address, &self.capabilities));
            let reply = self.tell(Stage::Rcpt, command, limit).await?;
            if reply.severity() == Severity::Positive {
                transaction.accepted.push(recipient);
            } else if is_final(&reply) || reply.severity() == Severity::Intermediate {
                return Err(self.stop(Stage::Rcpt, reply, 250));
            } else if is_no_room(&reply) && !transaction.accepted.is_empty() {
                let note = "no room for more recipients: the rest follows in another transaction";
                self.wire.note(Stage::Rcpt, note);
                consignment.ledger.give_back(&[recipient]);
            } else {
                let outcome = refused_recipient(reply);
                consignment.ledger.settle(recipient, outcome);
            }
        }
        Ok(())
    }

    /// Asks for the content's turn, which is granted with exactly 354.
    async fn data(
        &mut self,
        transaction: &mut Transaction,
        consignment: &mut Consignment,
        piped: bool,
    ) -> Result<Offer, Failure> {
        let limit = self.host.timeouts.data;
        let command = (!piped).then(|| "DATA".to_owned());
        let reply = self.tell(Stage::Data, command, limit).await?;
        self.settled(Stage::Data, &reply)?;
        if reply.code == 354 {
            return Ok(Offer::Granted);
        }
        if is_final(&reply) || !is_refusal(&reply) {
            return Err(self.stop(Stage::Data, reply, 354));
        }
        let outcome = Outcome::from(Failure::refused(Stage::Data, reply));
        let accepted = std::mem::take(&mut transaction.accepted);
        consignment.ledger.settle_all(&accepted, &outcome);
        Ok(Offer::Dirty)
    }

    /// Ends a transaction without content. Where DATA left with the flight its reply is still to come, and after a 354
    /// nothing but a lone dot gets us out (RFC 2920 §3.1).
    async fn leave(
        &mut self,
        transaction: &mut Transaction,
        unread: usize,
        piped: bool,
    ) -> Result<Offer, Failure> {
        if !piped {
            return Ok(Offer::Nothing);
        }
        for _ in 0..unread {
            let limit = self.host.timeouts.rcpt;
            let reply = self.wire.reply(Stage::Rcpt, limit).await?;
            if reply.code == 421 {
                return Err(self.stop(Stage::Rcpt, reply, 250));
            }
        }
        if transaction.body != Body::Data {
            return Ok(Offer::Dirty);
        }
        let limit = self.host.timeouts.data;
        let reply = self.wire.reply(Stage::Data, limit).await?;
        self.settled(Stage::Data, &reply)?;
        match reply.code {
            // Behind a lone dot nobody is left to have a verdict, and a server that said 354 is out of step (RFC 2033 §4.2).
            354 if self.host.reach.protocol == Protocol::Lmtp => {
                Err(self.stop(Stage::Data, reply, 503))
            }
            354 => {
                transaction.body = Body::Dot;
                Ok(Offer::Granted)
            }
            421 => Err(self.stop(Stage::Data, reply, 354)),
            _ => Ok(Offer::Dirty),
        }
    }
}

/// What a refusal means to its recipient. RFC 5321 §4.5.3.1.10: old servers say 552 where 452 is meant.
pub(super) fn refused_recipient(reply: Reply) -> Outcome {
    let is_full = matches!(reply.code, 452 | 552);
    let failure = Failure::refused(Stage::Rcpt, reply);
    if is_full {
        Outcome::Deferred(failure)
    } else {
        Outcome::from(failure)
    }
}

/// Whether a refusal says that this transaction has recipients enough, not that this one is unwanted: 452 or 552 without an
/// enhanced status code, or with X.5.3 (RFC 3463 §3.6).
pub(super) fn is_no_room(reply: &Reply) -> bool {
    matches!(reply.code, 452 | 552)
        && reply
            .enhanced
            .is_none_or(|EnhancedStatus(_, subject, detail)| (subject, detail) == (5, 3))
}

/// Whether a reply ends the session: 421 closes it, and 503 says that the two sides disagree about where they are.
fn is_final(reply: &Reply) -> bool {
    matches!(reply.code, 421 | 503)
}

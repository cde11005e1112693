//! Several whole messages under way at a time, as chunks (RFC 3030): for bulk, where the wait for each verdict costs too much.

use std::time::Duration;

use super::consignment::Consignment;
use super::content::Pieces;
use super::course::Course;
use super::opening::{Phase, Session};
use super::transaction::{Transaction, is_no_room, refused_recipient};
use super::turns::is_refusal;
use super::verdict::is_about_an_address;
use crate::mail::outcome::{Cause, Failure, Outcome};
use crate::mail::reply::{Reply, Severity};
use crate::mail::stage::Stage;
use crate::smtp::wire::{Flight, Surplus};

/// Octets of content after which a window takes no further message.
const OCTETS: usize = 1024 * 1024;
/// Recipients after which it takes none: their replies must fit into what the network holds while this side is still writing.
const RECIPIENTS: usize = 400;
/// Octets of one write.
const BLOCK: usize = 64 * 1024;

/// A window that is being written.
#[derive(Default)]
struct Writing {
    block: Vec<u8>,
    /// Octets handed over before this block.
    gone: usize,
    /// Where each message ends, in octets from the window's start.
    ends: Vec<usize>,
}

/// The recipients of a message that were accepted, and what becomes of them.
type Verdict = (Vec<usize>, Outcome);

/// A window that could not be written: why, and how many of its messages had left whole.
type Cut = (Failure, usize);

impl Course<'_, '_> {
    /// Goes through the batch, window after window. A connection that is lost leaves every message uncertain whose last chunk
    /// was written and not answered.
    pub(super) async fn bulk(&mut self) -> Result<Phase, Failure> {
        loop {
            let window = self.window();
            if window.is_empty() {
                return Ok(self.phase());
            }
            let farewell = self.is_at_its_end();
            if let Err((failure, handed)) = self.write_out(&window, farewell).await {
                self.cut_short(&window, 0, handed, &failure);
                return Err(failure);
            }
            let mut verdicts = Vec::with_capacity(window.len());
            let mut result = Ok(());
            for transaction in &window {
                match self.judge(transaction).await {
                    Ok(verdict) => verdicts.push(verdict),
                    Err(failure) => {
                        result = Err(failure);
                        break;
                    }
                }
            }
            let number = verdicts.len();
            result = result.and(self.is_in_step(&mut verdicts, farewell).await);
            for (transaction, (accepted, outcome)) in window.iter().zip(verdicts) {
                if let Some(consignment) = self.batch.get_mut(transaction.of) {
                    consignment.ledger.settle_all(&accepted, &outcome);
                    if !consignment.ledger.is_settled() {
                        self.come_back_to(transaction.of);
                    }
                }
                self.conclude(transaction.of);
            }
            if let Err(failure) = result {
                // After 421 the server has read nothing more (RFC 5321 §4.2.1).
                let closed = failure.code() == Some(421);
                let handed = if closed { number } else { window.len() };
                self.cut_short(&window, number, handed, &failure);
                return Err(failure);
            }
            // A message that was refused may have left its transaction half open.
            self.dirty = true;
            if farewell {
                return Ok(Phase::Leaving);
            }
        }
    }

    /// The transactions of the next window. Each but the first begins with RSET, so that none depends on the one before.
    fn window(&mut self) -> Vec<Transaction> {
        let (mut window, mut octets, mut recipients) = (Vec::new(), 0, 0);
        while window.len() < self.session.host.bulk_window
            && octets < OCTETS
            && recipients < RECIPIENTS
        {
            let reset = self.dirty || !window.is_empty();
            let Some(transaction) = self.upcoming(reset) else {
                break;
            };
            let consignment = self.batch.get(transaction.of);
            octets += consignment.map_or(0, |one| one.parcel().message.octets().len());
            recipients += transaction.open.len();
            window.push(transaction);
        }
        window
    }

    /// Writes the whole window in as few writes as it takes.
    async fn write_out(&mut self, window: &[Transaction], farewell: bool) -> Result<(), Cut> {
        let first = window.first().and_then(|one| self.batch.get(one.of));
        if let Some(consignment) = first {
            let transcript = &consignment.parcel().transcript;
            self.session.wire.write_down_in(transcript);
        }
        let quiet = self.session.quiet(Stage::Mail).await;
        quiet.map_err(|failure| (failure, 0))?;
        let mut writing = Writing {
            block: std::mem::take(&mut self.session.block),
            ..Writing::default()
        };
        writing.block.clear();
        for transaction in window {
            if let Some(consignment) = self.batch.get(transaction.of) {
                write_one(self.session, transaction, consignment, &mut writing).await?;
            }
        }
        if farewell {
            let flight = Flight::of(Stage::Quit, "QUIT");
            flight.write_down(self.session.wire.transcript());
            writing.block.extend_from_slice(flight.bytes());
        }
        hand_over(self.session, &mut writing).await?;
        self.session.block = writing.block;
        Ok(())
    }

    /// Makes sure that there were as many replies as commands. Where one was too many, nobody knows which of them was meant for
    /// which message, and what looked like consent is none.
    async fn is_in_step(
        &mut self,
        verdicts: &mut [Verdict],
        farewell: bool,
    ) -> Result<(), Failure> {
        let wire = &mut self.session.wire;
        if wire.is_broken() || wire.surplus().await != Surplus::Bytes {
            return Ok(());
        }
        if farewell {
            let limit = self.session.host.timeouts.quit;
            let reply = wire.reply(Stage::Quit, limit).await;
            wire.give_up();
            if !reply.is_ok_and(|reply| reply.code == 250) {
                return Ok(());
            }
        }
        let text = "the server sent more replies than there were commands";
        let failure = Failure::new(Stage::Content, Cause::OutOfStep(text.into()));
        for (_, outcome) in verdicts {
            if matches!(outcome, Outcome::Delivered(_)) {
                *outcome = Outcome::Uncertain(failure.clone());
            }
        }
        Err(failure)
    }

    /// Reads every reply to one message of the window, whatever the first of them say, and settles the recipients that are
    /// refused; the others wait for the end of the window with the outcome that comes back.
    async fn judge(&mut self, transaction: &Transaction) -> Result<Verdict, Failure> {
        let Some(consignment) = self.batch.get_mut(transaction.of) else {
            return Err(Failure::local(Stage::Mail, "there is no such message"));
        };
        let session = &mut *self.session;
        let transcript = &consignment.parcel().transcript;
        session.wire.write_down_in(transcript);
        let (mail, rcpt) = (session.host.timeouts.mail, session.host.timeouts.rcpt);
        if transaction.reset {
            let reply = session.next(Stage::Mail, mail, 250).await?;
            if reply.severity() != Severity::Positive {
                return Err(session.stop(Stage::Mail, reply, 250));
            }
        }
        let reply = session.next(Stage::Mail, mail, 250).await?;
        consignment.heard = true;
        let refused = is_refusal(&reply);
        if refused {
            let outcome = Outcome::from(Failure::refused(Stage::Mail, reply));
            consignment.ledger.settle_all(&transaction.open, &outcome);
        }
        let mut accepted = Vec::with_capacity(transaction.open.len());
        for recipient in transaction.open.iter().copied() {
            let reply = session.next(Stage::Rcpt, rcpt, 250).await?;
            if refused {
            } else if reply.severity() == Severity::Positive {
                accepted.push(recipient);
            } else if is_no_room(&reply) && !accepted.is_empty() {
                consignment.ledger.give_back(&[recipient]);
            } else {
                let outcome = refused_recipient(reply);
                consignment.ledger.settle(recipient, outcome);
            }
        }
        let limit = session.host.timeouts.dot;
        let reply = session.next(Stage::Content, limit, 250).await?;
        let outcome = match reply.severity() {
            Severity::Positive if is_about_an_address(&reply) => {
                return Err(session.stop(Stage::Content, reply, 250));
            }
            Severity::Positive => Outcome::Delivered(reply),
            _ => Outcome::from(Failure::refused(Stage::Content, reply)),
        };
        Ok((accepted, outcome))
    }

    /// The connection was lost. Of the messages from `from` on, those up to `handed` had left whole and are uncertain; the
    /// others cannot have been taken.
    fn cut_short(&mut self, window: &[Transaction], from: usize, handed: usize, failure: &Failure) {
        for (number, transaction) in window.iter().enumerate().skip(from) {
            if number < handed {
                // The reason says what happened to the connection; the stage is where this message stood.
                let failure = Failure::new(Stage::Content, failure.cause.clone());
                if let Some(consignment) = self.batch.get_mut(transaction.of) {
                    let outcome = Outcome::Uncertain(failure.clone());
                    let ledger = &mut consignment.ledger;
                    ledger.settle_offered(&transaction.open, &outcome);
                }
                self.defer(transaction.of, &failure);
            } else if number == from {
                self.lose(transaction, failure);
            } else if let Some(consignment) = self.batch.get_mut(transaction.of) {
                consignment.ledger.give_back(&transaction.open);
            }
        }
    }
}

/// Adds one message to the window, and hands over what is enough for a write.
async fn write_one(
    session: &mut Session,
    transaction: &Transaction,
    consignment: &Consignment,
    writing: &mut Writing,
) -> Result<(), Cut> {
    let parcel = consignment.parcel();
    let mut flight = Flight::default();
    transaction.board(session, consignment, &mut flight);
    flight.write_down(&parcel.transcript);
    writing.block.extend_from_slice(flight.bytes());
    session.wire.write_down_in(&parcel.transcript);
    let mut pieces = Pieces::new(transaction.body, parcel.message.octets());
    session.show(&parcel.message, transaction.body, pieces.head());
    loop {
        let last = pieces.next_into(&mut writing.block);
        if last {
            // Said before the write: whoever stops it half-way must reckon that the end went out.
            parcel.transcript.commit();
            writing.ends.push(writing.gone + writing.block.len());
        }
        if writing.block.len() >= BLOCK {
            hand_over(session, writing).await?;
        }
        let sent = parcel.message.octets().len().saturating_sub(pieces.left());
        parcel
            .transcript
            .sent(u64::try_from(sent).unwrap_or(u64::MAX));
        if last {
            return Ok(());
        }
    }
}

async fn hand_over(session: &mut Session, writing: &mut Writing) -> Result<(), Cut> {
    let limit = session.host.timeouts.block;
    let wrote = session.wire.write(Stage::Content, &writing.block, limit);
    if let Err(short) = wrote.await {
        let written = writing.gone + short.written;
        let whole = writing.ends.iter().filter(|end| **end <= written).count();
        return Err((short.failure, whole));
    }
    writing.gone += writing.block.len();
    writing.block.clear();
    Ok(())
}

impl Session {
    /// The next reply of a window: a 421 ends the session, and so does a 3yz, which nothing here asks for.
    async fn next(&mut self, stage: Stage, limit: Duration, due: u16) -> Result<Reply, Failure> {
        let reply = self.wire.reply(stage, limit).await?;
        if reply.code == 421 || reply.severity() == Severity::Intermediate {
            return Err(self.stop(stage, reply, due));
        }
        Ok(reply)
    }
}

//! Delivers one message: as many transactions as its recipients need, and an outcome for each of them.

use super::envelope;
use super::ledger::Ledger;
use super::opening::{Phase, Session};
use super::transaction::Transaction;
use crate::mail::address::Address;
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Failure, Outcome};
use crate::mail::stage::Stage;
use crate::mail::transcript::Transcript;

/// Recipients of one transaction: what every server must take (RFC 5321 §4.5.3.1.8).
const RECIPIENTS: usize = 100;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// One outcome for each recipient, in their order.
    Settled(Vec<Outcome>),
    /// The server would take no message at all, such as with 530; no recipient was at fault.
    HostTrouble(Failure),
    /// The connection was gone before the server had accepted anything. On a connection that had been idle this says
    /// nothing about the message, which may be offered again at once on another.
    Unheard(Failure),
}

impl Session {
    /// Offers a message for these recipients and writes the conversation into its transcript.
    ///
    /// Failure is an outcome. When the future is dropped before it is done, the session cannot be used any more.
    pub async fn deliver(
        &mut self,
        message: &Message,
        recipients: &[Address],
        transcript: &Transcript,
    ) -> Delivery {
        self.wire.write_down_in(transcript);
        let phase = std::mem::replace(&mut self.phase, Phase::Over);
        if self.wire.is_broken() || !matches!(phase, Phase::Ready | Phase::Dirty) {
            return Delivery::Unheard(Failure::new(Stage::Mail, Cause::Closed));
        }
        let secure = self.connection().tls.is_some();
        if let Some(failure) = envelope::refusal(message, &self.capabilities, secure) {
            self.wire.note(failure.stage, failure.text());
            self.phase = phase;
            return Delivery::Settled(vec![Outcome::Failed(failure); recipients.len()]);
        }
        if let Some(remark) = envelope::remark(message, &self.capabilities) {
            self.wire.note(Stage::Mail, remark);
        }
        self.messages += 1;
        let mut ledger = Ledger::new(recipients.len());
        for (recipient, address) in recipients.iter().enumerate() {
            if let Some(failure) = envelope::travels(address, &self.capabilities, Stage::Rcpt) {
                self.wire.note(failure.stage, failure.text());
                ledger.settle(recipient, Outcome::Failed(failure));
            }
        }
        self.transactions(message, recipients, ledger, phase).await
    }

    async fn transactions(
        &mut self,
        message: &Message,
        recipients: &[Address],
        mut ledger: Ledger,
        mut phase: Phase,
    ) -> Delivery {
        let mut heard = false;
        let end = loop {
            let open = ledger.open(RECIPIENTS);
            if open.is_empty() {
                self.phase = phase;
                break Failure::new(Stage::Mail, Cause::Closed);
            }
            let mut transaction = Transaction::new(self, message, recipients, &open, &mut ledger);
            let result = transaction.run(phase == Phase::Dirty).await;
            heard |= transaction.was_heard();
            match result {
                Ok(next) => phase = next,
                Err(failure) if !heard && is_loss(&failure) => return Delivery::Unheard(failure),
                Err(failure) => break failure,
            }
        };
        if self.phase == Phase::Over {
            self.wire.give_up();
        }
        let outcomes = ledger.close(&end);
        match host_trouble(&outcomes) {
            Some(failure) => Delivery::HostTrouble(failure),
            None => Delivery::Settled(outcomes),
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

//! Content behind an envelope that was told step by step: DATA, the message, and what is said to its final dot.

use super::content::Lost;
use super::opening::Session;
use super::transaction::Body;
use super::turns::{is_refusal, out_of_step};
use crate::mail::message::Message;
use crate::mail::outcome::Failure;
use crate::mail::reach::Protocol;
use crate::mail::reply::{Reply, Severity};
use crate::mail::stage::Stage;
use crate::smtp::wire::{Flight, fault};

impl Session {
    /// Says DATA; `Ok` is the 354.
    ///
    /// # Errors
    /// The server's refusal, or why there is no reply.
    pub(crate) async fn ask_for_content(&mut self) -> Result<Reply, Failure> {
        let limit = self.host.timeouts.data;
        let reply = self.exchange(Stage::Data, "DATA", limit).await?;
        self.expect(Stage::Data, reply, 354)
    }

    /// Sends the content behind a 354, and gives what is said to the final dot: one reply, or under LMTP one for each of
    /// the `taken` recipients.
    ///
    /// # Errors
    /// Why nothing was said. Behind the final dot the server may have the message all the same, which the transcript's
    /// progress tells.
    pub(crate) async fn give_content(
        &mut self,
        message: &Message,
        taken: usize,
    ) -> Result<Vec<Result<Reply, Failure>>, Failure> {
        if let Some((at, what)) = fault(message.octets()) {
            // Behind a 354 nothing but content may follow.
            self.wire.give_up();
            let words = format!("the content holds {what} at octet {at}");
            return Err(Failure::local(Stage::Content, words));
        }
        let nothing = Flight::default();
        match self.content(message, Body::Data, &nothing).await {
            Ok(()) => {}
            Err(Lost::BeforeEnd(failure) | Lost::AfterEnd(failure)) => {
                self.wire.give_up();
                return Err(failure);
            }
        }
        let count = match self.host.reach.protocol {
            Protocol::Smtp => 1,
            Protocol::Lmtp => taken.max(1),
        };
        let limit = self.host.timeouts.dot;
        let mut said = Vec::with_capacity(count);
        for _ in 0..count {
            let reply = self.wire.reply(Stage::Content, limit).await?;
            said.push(if reply.severity() == Severity::Positive {
                Ok(reply)
            } else if is_refusal(&reply) {
                Err(Failure::refused(Stage::Content, reply))
            } else {
                self.wire.give_up();
                let cause = out_of_step(&reply, 250);
                return Err(Failure::new(Stage::Content, cause));
            });
        }
        Ok(said)
    }
}

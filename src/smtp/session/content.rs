//! Sends the content block by block, and reads the reply to the final dot.

use super::opening::Session;
use super::turns::is_refusal;
use crate::mail::clean::Clean;
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::Reply;
use crate::mail::stage::Stage;
use crate::mail::transcript::By;
use crate::smtp::wire::{Stuffing, Surplus};

/// Header lines that the transcript shows.
const SHOWN_LINES: usize = 30;
/// Octets of each of them.
const SHOWN_OCTETS: usize = 200;

/// A connection that was lost while content was under way.
#[derive(Debug)]
pub(super) enum Lost {
    /// The final dot never left: the server cannot have the message.
    BeforeDot(Failure),
    /// The final dot left: the server may have the message.
    AfterDot(Failure),
}

impl Session {
    /// Sends the content with its final dot, and reads the reply.
    pub(super) async fn content(&mut self, message: &Message) -> Result<Reply, Lost> {
        let stage = Stage::Content;
        let transcript = self.wire.transcript().clone();
        transcript.enter(stage);
        self.show(message);
        let limits = self.host.timeouts.clone();
        let mut stuffing = Stuffing::new(&message.content);
        let mut block = Vec::new();
        loop {
            let last = stuffing.next_into(&mut block);
            // What the server says now is no answer to the dot, whatever it says.
            match self.wire.surplus().await {
                Surplus::Nothing => {}
                Surplus::Bytes => return Err(Lost::BeforeDot(self.interrupted(stage).await)),
                Surplus::End => {
                    self.wire.note(stage, Cause::Closed.to_string());
                    return Err(Lost::BeforeDot(Failure::new(stage, Cause::Closed)));
                }
            }
            if last {
                // Said before the write: whoever stops it half-way must reckon that the dot went out.
                transcript.push(stage, By::Client, ".");
                transcript.commit();
            }
            if let Err(failure) = self.wire.write(stage, &block, limits.block).await {
                // A write that failed has not handed its end, and so not the dot, to the network.
                self.wire.note(stage, failure.cause.to_string());
                return Err(Lost::BeforeDot(self.last_words(failure).await));
            }
            transcript.sent(u64::try_from(stuffing.done()).unwrap_or(u64::MAX));
            if last {
                break;
            }
        }
        self.wire
            .reply(stage, limits.dot)
            .await
            .map_err(Lost::AfterDot)
    }

    /// A server that closes in the middle of the content has often said why just before.
    async fn last_words(&mut self, failure: Failure) -> Failure {
        if failure.cause != Cause::Closed {
            return failure;
        }
        let said = self
            .wire
            .reply(failure.stage, self.host.timeouts.quit)
            .await;
        self.wire.give_up();
        match said {
            Ok(reply) if is_refusal(&reply) => Failure::refused(failure.stage, reply),
            _ => failure,
        }
    }

    /// Writes the header section into the transcript, and of the rest only its size.
    fn show(&self, message: &Message) {
        let transcript = self.wire.transcript();
        let header = message.header();
        let mut lines = header.split(|byte| *byte == b'\n');
        for line in lines.by_ref().take(SHOWN_LINES) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.is_empty() {
                let line = line.get(..SHOWN_OCTETS).unwrap_or(line);
                transcript.push(Stage::Content, By::Client, Clean::from_bytes(line));
            }
        }
        let more = if lines.next().is_some_and(|line| !line.is_empty()) {
            "… "
        } else {
            ""
        };
        let text = format!("{more}content: {} bytes", message.size());
        transcript.push(Stage::Content, By::Client, text);
        if message.eight_bit && !self.capabilities.offers("8BITMIME") {
            let note = "the content has octets above 127 and the server does not offer 8BITMIME; it goes as it is";
            self.wire.note(Stage::Content, note);
        }
    }
}

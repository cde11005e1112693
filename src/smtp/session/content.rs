//! Sends the content block by block, behind DATA with its dots doubled or as a chunk, and the next flight with its end.

use super::opening::Session;
use super::transaction::Body;
use super::turns::is_refusal;
use crate::mail::clean::Clean;
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::stage::Stage;
use crate::mail::transcript::By;
use crate::smtp::wire::{Flight, Short, Stuffing, Surplus};

/// Header lines that the transcript shows.
const SHOWN_LINES: usize = 30;
/// Octets of each of them.
const SHOWN_OCTETS: usize = 200;

/// A connection that was lost while content was under way.
#[derive(Debug)]
pub(super) enum Lost {
    /// The end of the content never left: the server cannot have the message.
    BeforeEnd(Failure),
    /// The end of the content left: the server may have the message.
    AfterEnd(Failure),
}

/// The content on its way out.
pub(super) enum Pieces<'a> {
    /// With its dots doubled and the final one added.
    Stuffed(Stuffing<'a>),
    /// As it is, behind its BDAT command.
    Chunk { head: String, rest: &'a [u8] },
    /// The final dot alone.
    Dot,
}

impl<'a> Pieces<'a> {
    /// Octets of a block.
    const BLOCK: usize = 32 * 1024;

    pub(super) fn new(body: Body, content: &'a [u8]) -> Self {
        match body {
            Body::Data => Self::Stuffed(Stuffing::new(content)),
            Body::Chunk => Self::Chunk {
                head: format!("BDAT {} LAST", content.len()),
                rest: content,
            },
            Body::Dot => Self::Dot,
        }
    }

    /// The command line in front of the content, where there is one.
    pub(super) fn head(&self) -> Option<&str> {
        match self {
            Self::Chunk { head, .. } => Some(head),
            _ => None,
        }
    }

    /// Adds the next block to `block`; whether it was the last.
    pub(super) fn next_into(&mut self, block: &mut Vec<u8>) -> bool {
        match self {
            Self::Stuffed(stuffing) => stuffing.next_into(block),
            Self::Chunk { head, rest } => {
                if !head.is_empty() {
                    block.extend_from_slice(head.as_bytes());
                    block.extend_from_slice(b"\r\n");
                    head.clear();
                }
                let (piece, behind) = rest.split_at(rest.len().min(Self::BLOCK));
                block.extend_from_slice(piece);
                *rest = behind;
                rest.is_empty()
            }
            Self::Dot => {
                block.extend_from_slice(b".\r\n");
                true
            }
        }
    }

    /// Octets of content that are not yet in a block.
    pub(super) fn left(&self) -> usize {
        match self {
            Self::Stuffed(stuffing) => stuffing.left(),
            Self::Chunk { rest, .. } => rest.len(),
            Self::Dot => 0,
        }
    }
}

impl Session {
    /// Sends the content with its end, and in the same write whatever comes behind it.
    pub(super) async fn content(
        &mut self,
        message: &Message,
        body: Body,
        then: &Flight,
    ) -> Result<(), Lost> {
        let mut block = std::mem::take(&mut self.block);
        let result = self.blocks(&mut block, message, body, then).await;
        self.block = block;
        result
    }

    async fn blocks(
        &mut self,
        block: &mut Vec<u8>,
        message: &Message,
        body: Body,
        then: &Flight,
    ) -> Result<(), Lost> {
        let stage = Stage::Content;
        let limit = self.host.timeouts.block;
        let mut pieces = Pieces::new(body, message.octets());
        self.show(message, body, pieces.head());
        let mut found = Surplus::Nothing;
        loop {
            if found == Surplus::Nothing {
                found = self.wire.surplus().await;
            }
            // What the server says now is no answer to the content, whatever it says.
            match found {
                Surplus::Nothing => {}
                Surplus::Bytes => return Err(Lost::BeforeEnd(self.interrupted(stage).await)),
                Surplus::End => {
                    self.wire.note(stage, Cause::Closed.to_string());
                    return Err(Lost::BeforeEnd(Failure::new(stage, Cause::Closed)));
                }
            }
            block.clear();
            if pieces.next_into(block) {
                break;
            }
            found = match self.wire.write_in_silence(stage, block, limit).await {
                Ok(found) => found,
                Err(short) => return Err(Lost::BeforeEnd(self.cut_off(short).await)),
            };
            self.sent(message, pieces.left());
        }
        self.last_block(block, body, then).await?;
        self.sent(message, 0);
        Ok(())
    }

    async fn last_block(
        &mut self,
        block: &mut Vec<u8>,
        body: Body,
        then: &Flight,
    ) -> Result<(), Lost> {
        let transcript = self.wire.transcript();
        // Said before the write: whoever stops it half-way must reckon that the end went out.
        if body != Body::Chunk {
            transcript.push(Stage::Content, By::Client, ".");
        }
        transcript.commit();
        let end = block.len();
        block.extend_from_slice(then.bytes());
        then.write_down(transcript);
        // That flight waits for its turn; the attempt is at the end of its content until the verdict is in.
        transcript.enter(Stage::Content);
        let limit = self.host.timeouts.block;
        match self.wire.write(Stage::Content, block, limit).await {
            Ok(()) => Ok(()),
            Err(short) if short.written < end => {
                // The end was not handed over, and so cannot have arrived.
                Err(Lost::BeforeEnd(self.cut_off(short).await))
            }
            Err(short) => {
                self.wire
                    .note(Stage::Content, short.failure.cause.to_string());
                Err(Lost::AfterEnd(short.failure))
            }
        }
    }

    fn sent(&self, message: &Message, left: usize) {
        let sent = message.octets().len().saturating_sub(left);
        self.wire
            .transcript()
            .sent(u64::try_from(sent).unwrap_or(u64::MAX));
    }

    /// A server that closes in the middle of the content has often said why just before.
    async fn cut_off(&mut self, short: Short) -> Failure {
        let failure = short.failure;
        self.wire.note(failure.stage, failure.cause.to_string());
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
    pub(super) fn show(&self, message: &Message, body: Body, head: Option<&str>) {
        let transcript = self.wire.transcript();
        transcript.enter(Stage::Content);
        if body == Body::Dot || !transcript.keeps_lines() {
            return;
        }
        if let Some(head) = head {
            transcript.push(Stage::Content, By::Client, head);
        }
        let header = message.header();
        let mut lines = header.split(|byte| *byte == b'\n');
        let first = lines.by_ref().take(SHOWN_LINES);
        let first = first.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let shown = first.filter(|line| !line.is_empty()).map(|line| {
            let line = line.get(..SHOWN_OCTETS).unwrap_or(line);
            (Stage::Content, Clean::from_bytes(line))
        });
        transcript.push_all(By::Client, shown);
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

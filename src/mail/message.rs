//! A message ready for the wire: its envelope and its content, fixed once, equal at every attempt.

use std::sync::Arc;

use bytes::Bytes;

use super::draft::Draft;
use super::envelope::Envelope;

/// An envelope with its content. Date, Message-ID and boundaries never change after this is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it goes.
    pub envelope: Envelope,
    /// The Message-ID header's value, with its angle brackets.
    pub message_id: String,
    /// The author as written in From.
    pub from: String,
    /// The subject, decoded.
    pub subject: String,
    /// Header and body in RFC 5322 form: every line ends with CRLF, no bare CR, bare LF or NUL, not dot-stuffed.
    pub content: Bytes,
    /// Whether the content has octets above 127 and needs 8BITMIME (RFC 6152).
    pub eight_bit: bool,
    /// What it was written from, so that it can be edited and sent again.
    pub draft: Option<Arc<Draft>>,
}

impl Message {
    /// The content's size in octets, as SIZE (RFC 1870) counts it.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.content.len() as u64
    }

    /// Whether it can only travel with SMTPUTF8 (RFC 6531): an address of the envelope or of the header asks for it.
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        self.envelope.needs_smtputf8() || !self.header().is_ascii()
    }

    /// The header section, without the empty line behind it.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        let end = self.content.windows(4).position(|four| four == b"\r\n\r\n");
        end.map_or(&self.content[..], |end| &self.content[..end + 2])
    }
}

//! A message ready for the wire: its envelope and its content, fixed once, equal at every attempt.

use std::sync::Arc;

use super::content::Content;
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
    /// Header and body.
    pub content: Content,
    /// Whether the content has octets above 127 and needs 8BITMIME (RFC 6152).
    pub eight_bit: bool,
    /// What it was written from, so that it can be edited and sent again.
    pub draft: Option<Arc<Draft>>,
}

impl Message {
    /// The content's size in octets, as SIZE (RFC 1870) counts it.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.content.size()
    }

    /// The content; nothing where it has to be read from the spool first.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.content.here().map_or(&[], |octets| &octets[..])
    }

    /// Whether it can only travel with SMTPUTF8 (RFC 6531): an address of the envelope or of the header asks for it.
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        self.envelope.needs_smtputf8() || !self.header().is_ascii()
    }

    /// The header section, without the empty line behind it.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        let octets = self.octets();
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n");
        end.map_or(octets, |end| &octets[..end + 2])
    }
}

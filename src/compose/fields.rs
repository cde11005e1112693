//! The draft's header fields, read and checked before a builder sees them.

use crate::mail::draft::Draft;
use crate::mail::envelope::Envelope;
use crate::mail::mailbox::Mailbox;

use super::error::{ComposeError, Field, Problem};

/// The header fields of a draft, all of them valid.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    pub(super) bcc: Vec<Mailbox>,
    pub(super) reply_to: Vec<Mailbox>,
    pub(super) subject: String,
}

impl Fields {
    /// Reads the fields; `author` stands in for an empty From.
    pub(super) fn read(draft: &Draft, author: Option<&Mailbox>) -> Result<Self, ComposeError> {
        let fields = Self {
            from: sender(&draft.from, author)?,
            to: list(Field::To, &draft.to)?,
            cc: list(Field::Cc, &draft.cc)?,
            bcc: list(Field::Bcc, &draft.bcc)?,
            reply_to: list(Field::ReplyTo, &draft.reply_to)?,
            subject: subject(&draft.subject)?,
        };
        if fields.to.is_empty() && fields.cc.is_empty() && fields.bcc.is_empty() {
            return Err(ComposeError::new(Field::To, Problem::NoRecipient));
        }
        Ok(fields)
    }

    /// Where the message goes.
    pub(super) fn envelope(&self) -> Envelope {
        let everybody = self.to.iter().chain(&self.cc).chain(&self.bcc);
        Envelope::new(
            Some(self.from.address.clone()),
            everybody.map(|mailbox| mailbox.address.clone()),
        )
    }
}

/// The author: the draft's own, else the account's.
pub(super) fn sender(text: &str, author: Option<&Mailbox>) -> Result<Mailbox, ComposeError> {
    if text.trim().is_empty() {
        return author
            .cloned()
            .ok_or_else(|| ComposeError::new(Field::From, Problem::NoSender));
    }
    text.parse()
        .map_err(|error: crate::mail::address::AddressError| ComposeError::new(Field::From, error))
}

/// A field's mailboxes.
pub(super) fn list(field: Field, text: &str) -> Result<Vec<Mailbox>, ComposeError> {
    Mailbox::parse_list(text).map_err(|error| ComposeError::new(field, error))
}

/// The subject without outer space. A tab is as good as a space; every other control is refused.
pub(super) fn subject(text: &str) -> Result<String, ComposeError> {
    let control = |c: char| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}');
    if let Some((at, found)) = text.chars().enumerate().find(|(_, c)| control(*c)) {
        return Err(ComposeError::new(
            Field::Subject,
            Problem::Control { at, found },
        ));
    }
    Ok(text.replace('\t', " ").trim().to_owned())
}

//! What is wrong with a draft: which field, where in it, and what to do.

use std::fmt;
use std::path::PathBuf;

use crate::mail::address::AddressError;
use crate::mail::clean::clean;

/// A part of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The author.
    From,
    /// The recipients that everybody sees.
    To,
    /// The recipients of copies.
    Cc,
    /// The recipients that nobody sees.
    Bcc,
    /// Where answers go.
    ReplyTo,
    /// The subject.
    Subject,
    /// The text.
    Body,
    /// An attachment, counted from 0.
    Attachment(usize),
    /// The Message-ID that was asked for.
    MessageId,
    /// No field in particular.
    Message,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::From => "From",
            Self::To => "To",
            Self::Cc => "Cc",
            Self::Bcc => "Bcc",
            Self::ReplyTo => "Reply-To",
            Self::Subject => "Subject",
            Self::Body => "the text",
            Self::Attachment(n) => return write!(f, "attachment {}", n + 1),
            Self::MessageId => "Message-ID",
            Self::Message => "the message",
        })
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// An address cannot be read.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// There is no author, neither in the draft nor in the account.
    #[error("a sender is missing; write one, or set `from` for the account")]
    NoSender,
    /// There is nobody to send to.
    #[error("a recipient is missing; write at least one address in To, Cc or Bcc")]
    NoRecipient,
    /// A line break or another control character stands where only text may (RFC 5322 §2.2.1).
    #[error("the control character {} at character {} is not allowed; take it out", .found.escape_unicode(), .at + 1)]
    Control {
        /// The place, in characters from the start of the field.
        at: usize,
        /// The character.
        found: char,
    },
    /// A NUL, which no mail may hold (RFC 5322 §4.1).
    #[error(
        "line {line} holds a NUL character, which mail cannot carry; take it out, or attach the text as a file"
    )]
    Nul {
        /// The line, from 1.
        line: usize,
        /// The place, in characters from the start of the text.
        at: usize,
    },
    /// A file cannot be attached.
    #[error("{}: {reason}", clean(&.path.to_string_lossy()))]
    Attachment {
        /// The file as it was given.
        path: PathBuf,
        /// What is wrong and what would help.
        reason: String,
    },
    /// The Message-ID is not of the form `<left@right>`.
    #[error("{:?} is no Message-ID, <something@domain> is expected", .0)]
    MessageId(String),
    /// The message could not be put together.
    #[error("{0}")]
    Build(String),
}

/// Why no message could be made from a draft.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct ComposeError {
    /// Where to put the cursor.
    pub field: Field,
    /// What is wrong there.
    pub problem: Problem,
}

impl ComposeError {
    /// A problem in a field.
    pub(super) fn new(field: Field, problem: impl Into<Problem>) -> Self {
        Self {
            field,
            problem: problem.into(),
        }
    }

    /// The place within the field, in characters from 0, where there is one.
    #[must_use]
    pub const fn at(&self) -> Option<usize> {
        match &self.problem {
            Problem::Address(AddressError { at, .. })
            | Problem::Control { at, .. }
            | Problem::Nul { at, .. } => Some(*at),
            _ => None,
        }
    }
}

//! One finding of the checks before sending: how bad it is, where, and in which words.

use super::attachment::name_of;
use super::error::{ComposeError, Field, Problem};
use crate::mail::address::AddressError;
use crate::mail::clean::clean;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Worth a second look; sending is possible.
    Warning,
    /// Sending is refused until it is mended.
    Error,
}

/// One check of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How it came out.
    pub level: Level,
    /// The field it is about.
    pub field: Field,
    /// What was found, in a few words.
    pub text: String,
}

impl Check {
    pub(super) fn new(level: Level, field: Field, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { level, field, text }
    }
}

impl From<ComposeError> for Check {
    fn from(error: ComposeError) -> Self {
        let text = match &error.problem {
            Problem::Address(fault) => format!("{}: {}", error.field, near(fault)),
            Problem::NoSender => "From is empty, and the account has no address either".to_owned(),
            Problem::NoRecipient => "nobody to send it to".to_owned(),
            Problem::Attachment { path, reason } => {
                format!("{} cannot be attached: {}", name_of(path), clean(reason))
            }
            _ => error.to_string(),
        };
        Self::new(Level::Error, error.field, text)
    }
}

/// What is wrong with an address, and with which: a list may have hundreds.
fn near(fault: &AddressError) -> String {
    let ends = |c: char| matches!(c, ',' | '\n');
    let before: Vec<char> = fault.input.chars().take(fault.at).collect();
    let start = before.iter().rposition(|c| ends(*c)).map_or(0, |at| at + 1);
    let around: String = fault
        .input
        .chars()
        .skip(start)
        .take_while(|c| !ends(*c))
        .take(60)
        .collect();
    match around.trim() {
        "" => fault.reason.clone(),
        around => format!("{}, in {}", fault.reason, clean(around)),
    }
}

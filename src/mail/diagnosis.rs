//! What a failure most likely means, in plain words: what is wrong, what to do about it, and who can.

use serde::{Deserialize, Serialize};

use super::clean::Clean;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Mail does not leave, or must not.
    Error,
    /// Mail leaves, but something is about to go wrong or needs a look.
    Warning,
    /// Good to know.
    Info,
}

/// Whether another attempt helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Retry {
    /// It heals by itself: the same again, later.
    Yes,
    /// Something has to change first.
    No,
    /// A person has to decide: it may help, and it may do harm.
    Ask,
}

/// Who can put it right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// Whoever sends: settings, account or message.
    You,
    /// Whoever runs the network in between, or this machine's part in it.
    Network,
    /// Whoever runs the smart host.
    Relay,
    /// The recipient, or whoever runs the recipient's mailbox.
    Recipient,
}

/// One explanation of what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's name, such as `rcpt.relay_denied`; it never changes.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in at most 70 characters.
    pub title: Clean,
    /// Why that is so, in a sentence or two.
    pub explanation: Clean,
    /// What to do, the best step first. One to four.
    pub advice: Vec<Clean>,
    /// What decided for this explanation: the server's own words, or what was seen.
    pub evidence: Clean,
    /// Whether another attempt helps.
    pub retry: Retry,
    /// Who can put it right.
    pub owner: Owner,
    /// Whom it is about, where recipients were refused for different reasons; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<Clean>,
}

impl Finding {
    /// Whether it says more than the first digit of the reply and the kind of the failure do by themselves.
    #[must_use]
    pub fn says_more(&self) -> bool {
        self.id == "generic.status" || !self.id.starts_with("generic.")
    }
}

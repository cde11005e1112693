//! A message while it is being written: the words as typed, valid or not.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What the author has typed. Nothing here is checked; `compose` turns it into a message or says what is wrong and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// The author: one mailbox; empty means the account's.
    pub from: String,
    /// Comma-separated mailboxes.
    pub to: String,
    /// Comma-separated mailboxes.
    pub cc: String,
    /// Comma-separated mailboxes that only the envelope will know.
    pub bcc: String,
    /// Comma-separated mailboxes for answers.
    pub reply_to: String,
    /// The subject.
    pub subject: String,
    /// The text, with any kind of line end.
    pub body: String,
    /// Files to attach, read when the message is built.
    pub attachments: Vec<PathBuf>,
    /// The account it was written for, where that is known, so that it can be opened with it again. It takes no part in
    /// sending: whoever sends says through which account.
    pub account: Option<String>,
}

impl Draft {
    /// The easy case: one author, the recipients, a subject and a text.
    pub fn new(
        from: impl Into<String>,
        to: impl Into<String>,
        subject: impl Into<String>,
        body: impl Into<String>,
    ) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
            subject: subject.into(),
            body: body.into(),
            ..Self::default()
        }
    }

    /// Whether nothing worth keeping has been typed. The author's address and the account alone are not.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        [&self.to, &self.cc, &self.bcc, &self.subject, &self.body]
            .iter()
            .all(|field| field.trim().is_empty())
            && self.attachments.is_empty()
    }
}

//! What the screens can see: a picture of the core at a moment. Screens read it and never change it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::mail::clean::Clean;
use crate::mail::clock::Now;
use crate::mail::draft::Draft;
use crate::mail::entry::{Attempt, Entry, Route};
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::Snapshot;
use crate::mailer::probe::Knowledge;

use super::effect::Level;

/// The world at the moment of a frame.
#[derive(Clone, Debug)]
pub struct World {
    /// Both clocks.
    pub now: Now,
    /// The person's time zone.
    pub zone: TimeZone,
    /// The queue.
    pub snapshot: Snapshot,
    /// The accounts, in the configuration's order; never empty.
    pub accounts: Vec<Account>,
    /// The account that new messages go through.
    pub default_account: Route,
    /// Drafts kept on disk, latest first, without the one that is open.
    pub drafts: Vec<KeptDraft>,
    /// When the open draft was last kept.
    pub kept: Option<Timestamp>,
    /// The latest remark.
    pub remark: Option<Remark>,
    /// The message that was last read from the spool to be shown or edited, or why it was not.
    pub read: Option<(EntryId, Result<Arc<Message>, Clean>)>,
    /// The attempts that were last read from the spool, and at which message. They stand in its entry like those of this program.
    pub earlier: Option<(EntryId, Vec<Arc<Attempt>>)>,
    /// How many deliveries succeeded in each of the last minutes, oldest first.
    pub sent_per_minute: Vec<u32>,
    /// What is known of failures, where there are rules of the user's own.
    pub knowledge: Option<Arc<Knowledge>>,
}

/// An account as the screens know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: Route,
    /// The author's mailbox, as text; empty where the configuration has none.
    pub from: String,
    /// Where its mail goes, such as `relay.example.net:587 starttls`.
    pub way: String,
    /// Whether its mail leaves this machine.
    pub leaves: bool,
}

/// A draft kept on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptDraft {
    /// What names it.
    pub key: String,
    /// The draft.
    pub draft: Draft,
    /// When it was last kept.
    pub modified: Timestamp,
}

/// A sentence for the status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// When it was made.
    pub at: Now,
    /// How it is meant.
    pub level: Level,
    /// The sentence, cleaned.
    pub text: String,
}

impl World {
    /// An entry's message with its content, where that is at hand, or why it is not.
    ///
    /// # Errors
    /// What to show instead.
    pub fn whole<'a>(&'a self, entry: &'a Entry) -> Result<&'a Arc<Message>, &'a str> {
        if !entry.is_spooled() {
            return Ok(&entry.message);
        }
        match &self.read {
            Some((id, Ok(message))) if *id == entry.id => Ok(message),
            Some((id, Err(words))) if *id == entry.id => Err(words),
            _ => Err("reading it from the spool"),
        }
    }

    /// What is known of failures.
    pub fn knowledge(&self) -> &Knowledge {
        let own = self.knowledge.as_deref();
        own.unwrap_or_else(|| Knowledge::standard())
    }

    /// The account with this name, else the default one.
    pub fn account(&self, name: &str) -> Option<&Account> {
        let find = |name: &str| self.accounts.iter().find(|account| &*account.name == name);
        find(name).or_else(|| find(&self.default_account))
    }
}

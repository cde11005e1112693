//! What comes back from the room where effects are performed.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::mail::clean::Clean;
use crate::mail::kept::KeptAttempt;
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::mailer::probe::compare::Record;

use crate::config::NewAccount;

use super::effect::{Field, Level};
use super::probe::{News, Same};
use super::world::{Account, KeptDraft};

/// Why a message was not queued. The draft stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where it is put right, where that is known.
    pub field: Option<Field>,
    /// What is wrong, in one sentence.
    pub words: Clean,
}

/// What became of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The queue is open, or why it could not be opened.
    Opened(Result<(), Clean>),
    /// The message as it lies in the spool, or why it cannot be read; `true` where it is to be edited.
    Read(EntryId, Result<Arc<Message>, Clean>, bool),
    /// The attempts at a message of which the conversation is kept, or why they cannot be read.
    Attempts(EntryId, Result<Vec<KeptAttempt>, Clean>),
    /// The drafts on disk, latest first.
    Drafts(Vec<KeptDraft>),
    /// A draft is on disk under this key, or is not.
    Kept(String, Result<Timestamp, Clean>),
    /// The message was queued, or was not.
    Sent(Result<EntryId, Refusal>),
    /// The draft that asked, and the size of a file that can be attached, or why it cannot.
    Attached(String, PathBuf, Result<u64, Clean>),
    /// The draft that asked, and what was pasted: it is no list of files but text.
    PastedText(String, String),
    /// The paths that begin as asked.
    Completed(String, Vec<String>),
    /// The text as the person's editor left it, or why it is as it was.
    Edited(Result<String, Clean>),
    /// What is heard of the probe with this number.
    Probe(u64, Same<News>),
    /// The kept runs to this host, the latest first, or why they cannot be read.
    Recalled(String, Result<Vec<Record>, Clean>),
    /// The kept runs of every host, the latest first, or why they cannot be read.
    RecalledAll(Result<Vec<Record>, Clean>),
    /// The accounts there are by now.
    Accounts(Vec<Account>),
    /// The account is in the configuration, or why it is not; both in words.
    AccountSaved(Same<NewAccount>, Result<String, Clean>),
    /// Something to say.
    Said(Level, String),
}

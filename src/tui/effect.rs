//! What a screen wants done, as data. One room performs it; screens themselves do nothing to the world.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::NewAccount;
use crate::mail::draft::Draft;
use crate::mail::entry::Route;
use crate::mail::parcel::EntryId;
use crate::mail::transcript::Transcript;
use crate::mailer::compose;
use crate::mailer::probe::compare::Record;
use crate::mailer::probe::walk::Plan;

use super::probe::{Same, Sought};

/// Where the console can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Writing.
    Compose,
    /// The live queue.
    Queue,
    /// What has left the queue.
    Done,
    /// Why a smart host does not take the mail.
    Probe,
    /// What was said on a walk, and the words above it.
    Conversation(Transcript, String),
    /// One message, live or done.
    Detail(EntryId),
    /// The transcript of one attempt, the latest where no number is given.
    Transcript(EntryId, Option<u32>),
    /// The look before sending.
    Review(Box<Outgoing>),
    /// The kept drafts.
    Drafts,
    /// The keys of the screen below.
    Help,
    /// The question before leaving.
    Leave,
}

/// A draft on its way out, and the account it goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The account.
    pub route: Route,
    /// The draft.
    pub draft: Draft,
}

/// A field of the message that is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The author.
    From,
    /// The recipients.
    To,
    /// Recipients of a copy.
    Cc,
    /// Recipients that only the envelope knows.
    Bcc,
    /// Where answers go.
    ReplyTo,
    /// The subject.
    Subject,
    /// The files.
    Attach,
    /// The text.
    Body,
}

impl Field {
    /// The field in which a part of a draft is written; nothing for what is written in none.
    pub const fn of(part: compose::Field) -> Option<Self> {
        Some(match part {
            compose::Field::From => Self::From,
            compose::Field::To => Self::To,
            compose::Field::Cc => Self::Cc,
            compose::Field::Bcc => Self::Bcc,
            compose::Field::ReplyTo => Self::ReplyTo,
            compose::Field::Subject => Self::Subject,
            compose::Field::Body => Self::Body,
            compose::Field::Attachment(_) => Self::Attach,
            compose::Field::MessageId | compose::Field::Message => return None,
        })
    }

    /// Every field, from top to bottom.
    pub const ALL: [Self; 8] = [
        Self::From,
        Self::To,
        Self::Cc,
        Self::Bcc,
        Self::ReplyTo,
        Self::Subject,
        Self::Attach,
        Self::Body,
    ];

    /// The label beside the field.
    pub const fn label(self) -> &'static str {
        match self {
            Self::From => "From",
            Self::To => "To",
            Self::Cc => "Cc",
            Self::Bcc => "Bcc",
            Self::ReplyTo => "Reply-To",
            Self::Subject => "Subject",
            Self::Attach => "Attach",
            Self::Body => "Text",
        }
    }
}

/// How a remark on the status line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something went well or is just so.
    Info,
    /// Something wants attention.
    Warning,
    /// Something did not work.
    Error,
}

/// Something to be done outside of the screens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Show another place on top of this one, or go to a root.
    Go(Place),
    /// Leave this place for the one below.
    Close,
    /// Say a sentence on the status line.
    Say(Level, String),
    /// Keep a draft on disk under its key.
    KeepDraft(String, Draft),
    /// Build the message and hand it to the queue; the draft is deleted only when the queue owns it.
    Send(Outgoing),
    /// Open a draft in Compose; what is open there is kept first.
    OpenDraft(Draft),
    /// Read a message from the spool, to show it or, with `true`, to edit it.
    Read(EntryId, bool),
    /// Read what was said in the attempts at a message from the spool.
    ReadAttempts(EntryId),
    /// Open a kept draft by its key.
    OpenKept(String),
    /// Delete a kept draft by its key.
    DropKept(String),
    /// Go back to the message and stand in this field.
    Stand(Field),
    /// Check that this file can be attached; the answer goes to Compose.
    Attach(PathBuf),
    /// Attach what was dropped on the terminal where one of these readings is wholly files; else it is the text that was pasted.
    AttachOr(Vec<Vec<PathBuf>>, String),
    /// List the files whose paths begin like this; the answer goes to Compose.
    Complete(String),
    /// Hand the text to the person's own editor and take it back.
    Editor(String),
    /// Try an entry now.
    RetryNow(EntryId),
    /// Hold an entry.
    Hold(EntryId),
    /// Release a held entry.
    Release(EntryId),
    /// Drop an entry.
    Drop(EntryId),
    /// Bring back a dropped entry.
    Restore(EntryId),
    /// Take back the last hold or drop.
    Undo,
    /// Try everything now, also where a host is paused.
    RetryAll,
    /// Pause or resume the whole queue.
    PauseQueue(bool),
    /// Go to Probe, filled with the smart host of this account.
    ProbeHost(Route),
    /// Walk to a smart host; news of it carries this number.
    Probe(u64, Same<Plan>),
    /// Ask the name system which server is meant; news of it carries this number.
    Locate(u64, Same<Sought>),
    /// Read the runs to this host that are kept from earlier sessions.
    Recall(String),
    /// Read the kept runs of every host.
    RecallAll,
    /// Keep a run.
    KeepRun(Box<Record>),
    /// Write a page into a new file in the current folder: the beginning of its name, and its text.
    WritePage(String, String),
    /// Look at the mail ports of a smart host; news of it carries this number.
    LookAround(u64, Same<Plan>),
    /// End what has this number.
    CancelProbe(u64),
    /// Grant the reply that the walk with this number waits for more time.
    WaitLonger(u64, Duration),
    /// Append an account to the configuration.
    SaveAccount(Same<NewAccount>),
    /// Put text on the clipboard.
    Copy(String),
    /// Leave; asks first when mail is waiting.
    Leave,
    /// Leave for good, and what becomes of mail that is waiting.
    Quit(Parting),
    /// Go to the background.
    Suspend,
    /// Draw everything anew.
    Redraw,
}

/// What becomes of waiting mail when the console is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// Stay until everything is settled.
    Wait,
    /// Keep it as drafts.
    Keep,
    /// Lose it.
    Lose,
}

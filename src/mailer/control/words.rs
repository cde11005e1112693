//! What is said over the control socket: one JSON object a line. The holder begins and names itself; each question is answered
//! with lines of which the last one is `end` or `fault`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::filter::Filter;
use crate::mail::clean::Clean;
use crate::mail::told::{Shown, Told};

/// A question, or something to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "lowercase")]
pub enum Ask {
    /// Who holds the spool?
    Ping,
    /// Another process has put messages into the spool; look at once.
    Look,
    /// Which messages are there?
    List {
        /// Which of them.
        #[serde(default)]
        filter: Filter,
    },
    /// All about a message.
    Show {
        /// Its short identity or the start of the long one.
        id: String,
    },
    /// See [`Verb::Retry`].
    Retry {
        /// As in `show`.
        ids: Vec<String>,
    },
    /// See [`Verb::Hold`].
    Hold {
        /// As in `show`.
        ids: Vec<String>,
    },
    /// See [`Verb::Release`].
    Release {
        /// As in `show`.
        ids: Vec<String>,
    },
    /// See [`Verb::Drop`].
    Drop {
        /// As in `show`.
        ids: Vec<String>,
    },
}

/// What is done to messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Try it at once; queue it again where it had failed.
    Retry,
    /// Neither try it nor let it expire.
    Hold,
    /// End the hold.
    Release,
    /// Take it out of the queue; remove it where it had failed.
    Drop,
}

impl Verb {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Drop => "drop",
        }
    }

    /// The question that asks for it.
    #[must_use]
    pub fn ask(self, ids: Vec<String>) -> Ask {
        match self {
            Self::Retry => Ask::Retry { ids },
            Self::Hold => Ask::Hold { ids },
            Self::Release => Ask::Release { ids },
            Self::Drop => Ask::Drop { ids },
        }
    }
}

/// A line of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// Who holds the spool.
    Holder(Holder),
    /// A message of a list.
    Entry(Box<Told>),
    /// A message with its history.
    Shown(Box<Shown>),
    /// Something was done to a message, durably.
    Done(Done),
    /// Something was not done to a message.
    Refused(Refused),
    /// The question was not understood, or what was done is not durable. Nothing follows.
    Fault(Clean),
    /// The answer is complete.
    End {},
}

/// Who holds a spool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// What it is, such as `console` or `run`.
    pub kind: String,
    /// The program's version.
    pub version: String,
}

impl Holder {
    /// This process.
    #[must_use]
    pub fn this(kind: &str) -> Self {
        Self {
            pid: std::process::id(),
            kind: kind.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// To which message.
    pub id: Uuid,
    /// Its identity for people.
    pub short: String,
    /// Its subject.
    pub subject: Clean,
    /// What.
    pub verb: Verb,
    /// The new message, where one that had failed was queued again.
    pub new: Option<Uuid>,
    /// Whether it is done only when the attempt that is running ends. Until then it is a wish, which a crash forgets.
    pub waits: bool,
}

/// Something that was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The message, as it was named.
    pub id: String,
    /// Why not.
    pub why: Clean,
    /// Whether it may be done later, as when an attempt is running.
    pub later: bool,
}

//! What the journal says of an entry: how it stands, in full, so that the last line about it is the truth.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::mail::clock::{Now, later};
use crate::mail::dsn::About;
use crate::mail::entry::{Attempt, End, Entry, Recipient};
use crate::mail::outcome::{Failure, Status};

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which entry.
    pub id: Uuid,
    /// What it is about.
    #[serde(flatten)]
    pub what: What,
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// How the entry stands.
    State(Box<Record>),
    /// The end of the content is about to be handed to the network in the attempt that is out.
    Dot,
    /// The author needs no report of this any more: one is queued, or there is nothing to be told.
    Paid(About),
}

/// How an entry stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Attempts that were counted.
    pub tries: u32,
    /// The number of the last attempt.
    pub number: u32,
    /// When it may next be tried.
    pub due: Timestamp,
    /// When it expires.
    pub expires: Timestamp,
    /// When there is a warning that it is late; nothing where there was one.
    pub warn: Option<Timestamp>,
    /// Held since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Timestamp>,
    /// Whether an attempt is out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub out: bool,
    /// Whether the end of the content may have gone out in that attempt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dot: bool,
    /// What somebody asked for while the attempt was out; it is done when that ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wished>,
    /// The last attempt that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Last>,
    /// Why and when it left the live queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<(End, Timestamp)>,
    /// The reports that its author has not got yet, each with the identity that it will have in the queue.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub owed: BTreeMap<About, Uuid>,
    /// The recipients that are no longer as they were when it was queued; nothing where they stand as the last line said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipients: Option<Vec<Standing>>,
}

/// What somebody asked for while an attempt was out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wished {
    /// To hold the message, since.
    Hold(Timestamp),
    /// To drop it.
    Drop,
}

/// What is known of an entry beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// The number of its last attempt.
    pub number: u32,
    /// When it is late.
    pub warn: Option<Timestamp>,
    /// What waits for its attempt to end.
    pub wish: Option<Wished>,
    /// The reports that its author has not got yet.
    pub owed: BTreeMap<About, Uuid>,
}

/// What is kept of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// Its number; nothing where it was that of the last attempt of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The smart host.
    pub server: String,
    /// The host trouble that ended it, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Failure>,
}

impl Last {
    fn of(entry: &Entry) -> Option<Self> {
        let ended = |attempt: &&Arc<Attempt>| attempt.end.is_some();
        let attempt = entry.attempts.iter().rev().find(ended)?;
        let end = attempt.end.as_ref()?;
        Some(Self {
            number: Some(attempt.number),
            started: attempt.started.wall,
            took_ms: u64::try_from(end.took.as_millis()).unwrap_or(u64::MAX),
            server: end.connection.server.clone(),
            trouble: end.trouble.clone(),
        })
    }
}

/// Where a recipient stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its place in the envelope.
    pub place: usize,
    /// Its status.
    pub status: Status,
    /// How often it was tried.
    pub tries: u32,
    /// When its status last changed.
    pub when: Option<Timestamp>,
}

impl Record {
    /// How an entry stands now; with its recipients where they may have changed.
    #[must_use]
    pub fn of(entry: &Entry, beside: Beside, with_recipients: bool, now: Now) -> Self {
        let Beside {
            number,
            warn,
            wish,
            owed,
        } = beside;
        let standing = |(place, one): (usize, &Recipient)| {
            (one.when.is_some() || one.status != Status::Pending).then(|| Standing {
                place,
                status: one.status.clone(),
                tries: one.tries,
                when: one.when,
            })
        };
        let recipients = entry.recipients.iter().enumerate();
        Self {
            tries: entry.tries,
            number,
            due: later(now.wall, entry.due.since(now.tick)),
            expires: entry.expires,
            warn,
            held: entry.held.map(|held| held.wall),
            out: entry.running().is_some(),
            dot: false,
            wish,
            last: Last::of(entry),
            end: entry.end.map(|(end, at)| (end, at.wall)),
            owed,
            recipients: with_recipients.then(|| recipients.filter_map(standing).collect()),
        }
    }
}

/// The journal as read: the last word on each entry.
#[derive(Debug, Default)]
pub struct Records(BTreeMap<Uuid, Record>);

impl Records {
    /// Takes in the next line; one that cannot be read changes nothing and is counted by the caller.
    ///
    /// # Errors
    /// The parser's words.
    pub fn take_in(&mut self, line: &[u8]) -> Result<(), serde_json::Error> {
        let Line { id, what } = serde_json::from_slice(line)?;
        match what {
            What::Dot => {
                if let Some(record) = self.0.get_mut(&id) {
                    record.dot |= record.out;
                }
            }
            What::Paid(about) => {
                if let Some(record) = self.0.get_mut(&id) {
                    record.owed.remove(&about);
                }
            }
            What::State(record) => {
                let mut record = *record;
                if let Some(before) = self.0.remove(&id) {
                    // Something else was written down while the attempt was out, such as a wish to hold the message.
                    record.dot |= before.dot && record.out && record.number == before.number;
                    if record.recipients.is_none() {
                        record.recipients = before.recipients;
                    }
                }
                self.0.insert(id, record);
            }
        }
        Ok(())
    }

    /// The last word on an entry.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&Record> {
        self.0.get(&id)
    }

    /// Keeps what is still of use.
    pub fn retain(&mut self, wanted: impl Fn(&Uuid) -> bool) {
        self.0.retain(|id, _| wanted(id));
    }

    /// The lines of a journal that says the same.
    ///
    /// # Errors
    /// The writer's words.
    pub fn lines(self) -> Result<Vec<u8>, serde_json::Error> {
        let mut lines = Vec::new();
        for (id, record) in self.0 {
            let dot = record.dot;
            let line = Line {
                id,
                what: What::State(Box::new(record)),
            };
            push(&mut lines, &line)?;
            if dot {
                push(
                    &mut lines,
                    &Line {
                        id,
                        what: What::Dot,
                    },
                )?;
            }
        }
        Ok(lines)
    }
}

/// Adds a line with its end.
///
/// # Errors
/// The writer's words.
pub fn push(lines: &mut Vec<u8>, line: &Line) -> Result<(), serde_json::Error> {
    serde_json::to_writer(&mut *lines, line)?;
    lines.push(b'\n');
    Ok(())
}

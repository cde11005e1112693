//! An entry of the queue: a message, where each recipient stands, and the history of its attempts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::clean::Clean;
use super::clock::{Now, Tick, until};
use super::message::Message;
use super::outcome::{Failure, Status};
use super::parcel::{Connection, EntryId};
use super::transcript::Transcript;

/// The name of the account whose smart host an entry is bound for.
pub type Route = Arc<str>;

/// One recipient and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The envelope's address.
    pub address: Address,
    /// Where it stands.
    pub status: Status,
    /// How often it was tried.
    pub tries: u32,
    /// When its status last changed.
    pub when: Option<Timestamp>,
}

/// One attempt at an entry, running or finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1. Attempts that ended in host trouble have a number but are not counted as tries.
    pub number: u32,
    /// When it began.
    pub started: Now,
    /// How it went; `None` while it runs.
    pub end: Option<AttemptEnd>,
    /// The conversation.
    pub transcript: Transcript,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptEnd {
    /// How long it took.
    pub took: Duration,
    /// The connection used.
    pub connection: Connection,
    /// What each recipient of this attempt got. Empty after host trouble.
    pub recipients: Vec<(Address, Status)>,
    /// The host trouble that ended it, where it did.
    pub trouble: Option<Failure>,
}

/// Why an entry left the live queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Every recipient has an end state; see there.
    Settled,
    /// Somebody dropped it.
    Dropped,
}

/// A remark in an entry's life: what was done to it, when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// What, in one sentence.
    pub text: Clean,
}

/// A message in the queue, or one that has left it.
///
/// Equality is what lets two snapshots be compared: entries that share their `Arc` are equal without a look inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its identity.
    pub id: EntryId,
    /// The message.
    pub message: Arc<Message>,
    /// The account it is bound for.
    pub route: Route,
    /// Every recipient, in the envelope's order.
    pub recipients: Vec<Recipient>,
    /// Attempts that reached the MAIL stage; those that ended in host trouble do not count.
    pub tries: u32,
    /// Attempts, oldest first; the last may be running. Only the latest 50 are kept.
    pub attempts: Vec<Arc<Attempt>>,
    /// When it was admitted.
    pub admitted: Now,
    /// When it may next be tried.
    pub due: Tick,
    /// When what is still open expires.
    pub expires: Timestamp,
    /// Held since, by hand: it is neither tried nor expired.
    pub held: Option<Now>,
    /// Why and when it left the live queue.
    pub end: Option<(End, Now)>,
    /// Its history, oldest first.
    pub notes: Vec<Note>,
}

/// The state of an entry as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Waits for its first attempt, which is not yet due.
    Scheduled,
    /// May be tried now, and waits for a worker or for its host.
    Due,
    /// An attempt is running.
    Sending,
    /// Waits for another attempt.
    Retry,
    /// Held by hand.
    Held,
    /// Every recipient was delivered.
    Delivered,
    /// Some were delivered, some not.
    Partial,
    /// No recipient was delivered.
    Failed,
    /// Given up when its time was over, nobody delivered.
    Expired,
    /// Dropped by hand.
    Dropped,
}

impl State {
    /// The word for people and for JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Due => "due",
            Self::Sending => "sending",
            Self::Retry => "retry",
            Self::Held => "held",
            Self::Delivered => "delivered",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Dropped => "dropped",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Entry {
    /// The entry's state at a moment.
    #[must_use]
    pub fn state(&self, now: Now) -> State {
        match self.end {
            Some((End::Dropped, _)) => State::Dropped,
            Some((End::Settled, _)) => self.final_state(),
            None if self.running().is_some() => State::Sending,
            None if self.held.is_some() => State::Held,
            None if self.due <= now.tick => State::Due,
            None if self.tries == 0 => State::Scheduled,
            None => State::Retry,
        }
    }

    fn final_state(&self) -> State {
        let count = |is: fn(&Status) -> bool| {
            self.recipients
                .iter()
                .filter(|recipient| is(&recipient.status))
                .count()
        };
        let delivered = count(|status| matches!(status, Status::Delivered(_)));
        let expired = count(|status| matches!(status, Status::Expired(_)));
        match (delivered, expired) {
            (all, _) if all == self.recipients.len() => State::Delivered,
            (0, 0) => State::Failed,
            (0, _) => State::Expired,
            _ => State::Partial,
        }
    }

    /// The attempt that is running now.
    #[must_use]
    pub fn running(&self) -> Option<&Arc<Attempt>> {
        self.attempts.last().filter(|attempt| attempt.end.is_none())
    }

    /// In how many of the attempts that are kept nobody knows whether it was delivered.
    #[must_use]
    pub fn times_uncertain(&self) -> usize {
        let is_uncertain = |attempt: &&Arc<Attempt>| {
            let end = attempt.end.as_ref();
            let mut recipients = end.into_iter().flat_map(|end| &end.recipients);
            recipients.any(|(_, status)| matches!(status, Status::Uncertain(_)))
        };
        self.attempts.iter().filter(is_uncertain).count()
    }

    /// Whether it is in the spool as well, and so outlives the program.
    #[must_use]
    pub fn is_spooled(&self) -> bool {
        self.message.content.here().is_none()
    }

    /// The host trouble that ended the latest attempt, where it did.
    #[must_use]
    pub fn trouble(&self) -> Option<&Failure> {
        let mut ended = self
            .attempts
            .iter()
            .rev()
            .filter_map(|one| one.end.as_ref());
        ended.next().and_then(|end| end.trouble.as_ref())
    }

    /// The recipients that are still to be tried.
    pub fn open(&self) -> impl Iterator<Item = &Recipient> {
        self.recipients
            .iter()
            .filter(|recipient| recipient.status.is_open())
    }

    /// The time until the next attempt; zero when it is due.
    #[must_use]
    pub fn wait(&self, now: Now) -> Duration {
        self.due.since(now.tick)
    }

    /// The time until it expires; zero when it has. Held entries keep what they had when they were held.
    #[must_use]
    pub fn life_left(&self, now: Now) -> Duration {
        until(self.expires, self.held.map_or(now.wall, |held| held.wall))
    }

    /// The last words said about it: the newest reply or failure of a recipient that is open, else of one that was given up,
    /// else of one that was delivered.
    #[must_use]
    pub fn last_words(&self) -> String {
        let rank = |status: &Status| match status {
            Status::Delivered(_) => 0,
            Status::Failed(_) | Status::Expired(_) => 1,
            Status::Pending | Status::Deferred(_) | Status::Uncertain(_) => 2,
        };
        self.recipients
            .iter()
            .filter(|recipient| recipient.when.is_some())
            .max_by_key(|recipient| (rank(&recipient.status), recipient.when))
            .map(|recipient| recipient.status.words())
            .unwrap_or_default()
    }
}

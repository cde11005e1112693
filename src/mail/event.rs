//! What happens in the queue, as hints: whoever misses one reads the next snapshot and knows all the same.

use jiff::Timestamp;

use super::address::Address;
use super::clean::Clean;
use super::entry::Route;
use super::outcome::{Failure, Status};
use super::parcel::EntryId;

/// One happening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The snapshot number after it.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: Kind,
}

/// The kinds of happenings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message entered the queue.
    Queued(EntryId),
    /// An attempt began.
    Attempting(EntryId),
    /// A recipient has a new status: delivered, deferred, failed, uncertain or expired.
    Recipient(EntryId, Address, Status),
    /// Not all recipients were reached in the time after which the author is warned. Said once for each message.
    Delayed(EntryId),
    /// Every recipient has an end state and the entry left the live queue.
    Settled(EntryId),
    /// Held by hand.
    Held(EntryId),
    /// Released by hand.
    Released(EntryId),
    /// Dropped by hand.
    Dropped(EntryId),
    /// Brought back after a drop.
    Restored(EntryId),
    /// The host is in trouble and left alone for a while.
    HostPaused(Route, Failure),
    /// The host works again.
    HostResumed(Route),
    /// A worker panicked; its parcels are back in the queue. The panic's words.
    WorkerPanicked(Route, String),
    /// The delivery log cannot be written for now; its lines are kept in memory. The system's words.
    LogFailed(Clean),
    /// Conversations are not kept for now; mail goes on. The system's words, once until they are kept again.
    Untold(Clean),
}

impl Kind {
    /// The entry that it happened to, where it happened to one.
    #[must_use]
    pub const fn entry(&self) -> Option<EntryId> {
        match self {
            Self::Queued(id)
            | Self::Attempting(id)
            | Self::Recipient(id, ..)
            | Self::Delayed(id)
            | Self::Settled(id)
            | Self::Held(id)
            | Self::Released(id)
            | Self::Dropped(id)
            | Self::Restored(id) => Some(*id),
            Self::HostPaused(..)
            | Self::HostResumed(_)
            | Self::WorkerPanicked(..)
            | Self::LogFailed(_)
            | Self::Untold(_) => None,
        }
    }
}

//! What happens in the queue, as hints: whoever misses one reads the next snapshot and knows all the same.

use jiff::Timestamp;

use super::address::Address;
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
}

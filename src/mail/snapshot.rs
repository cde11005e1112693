//! The queue at a moment: cheap to take whatever its size, and never changed afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use imbl::OrdMap;
use jiff::Timestamp;

use super::clean::Clean;
use super::clock::Tick;
use super::entry::{Entry, Route};
use super::outcome::Failure;
use super::parcel::EntryId;
use super::rhythm::Rhythm;

/// Why a host is left alone for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What went wrong.
    pub failure: Failure,
    /// When it first went wrong.
    pub since: Timestamp,
    /// When it is tried again, with one connection.
    pub until: Tick,
    /// How often it went wrong in a row.
    pub times: u32,
}

/// What the queue knows of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteState {
    /// Host trouble, while it lasts.
    pub pause: Option<Pause>,
    /// Messages out with workers.
    pub sending: usize,
    /// When its messages are handed over.
    pub rhythm: Rhythm,
}

/// Sums since the queue was opened, by recipient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Recipients delivered.
    pub delivered: u64,
    /// Recipients refused for good.
    pub failed: u64,
    /// Recipients given up when their time was over.
    pub expired: u64,
    /// Times a recipient was deferred.
    pub deferred: u64,
}

/// What is known of the spool behind the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpoolState {
    /// Its folder.
    pub dir: Clean,
    /// Who delivers from it, where that is not this program.
    pub elsewhere: Option<Clean>,
    /// Why the disk does not take what is to be written down, while that lasts. Nothing is lost meanwhile unless the program is
    /// killed; messages may then be sent twice.
    pub trouble: Option<Clean>,
    /// What was set aside because it could not be read.
    pub aside: Vec<Clean>,
}

/// The queue at a moment. Cloning and keeping it costs nothing that depends on the queue's size.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Counts the queue's changes; a snapshot with the same number is the same.
    pub number: u64,
    /// What is to be sent, oldest first.
    pub live: OrdMap<EntryId, Arc<Entry>>,
    /// What has left the queue, oldest first; only the latest are kept.
    pub done: OrdMap<EntryId, Arc<Entry>>,
    /// The routes that were ever used.
    pub routes: BTreeMap<Route, RouteState>,
    /// Paused by hand, since.
    pub paused: Option<Timestamp>,
    /// The sums.
    pub totals: Totals,
    /// The spool, where there is one; without it everything is lost when the program ends.
    pub spool: Option<Arc<SpoolState>>,
}

impl Snapshot {
    /// An entry, live or done.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<&Arc<Entry>> {
        self.live.get(&id).or_else(|| self.done.get(&id))
    }
}

//! Who is to be warned of as late, by the time of the warning.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;

use crate::mail::parcel::EntryId;

/// Who is to be warned of, and when. A message comes in here when it is admitted and goes when it leaves the live queue or when
/// the warning was given, so that nothing of this has to be touched while it is tried.
#[derive(Debug, Default)]
pub(in crate::queue) struct Warnings {
    pub(in crate::queue) order: BTreeSet<(Timestamp, EntryId)>,
    /// Late while they were held or being sent; they come back into the order when they no longer are.
    pub(in crate::queue) put_off: HashSet<EntryId>,
}

impl Warnings {
    /// When the next warning is due.
    pub(in crate::queue) fn next(&self) -> Option<Timestamp> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Whether a warning waits for the entry to be free.
    pub(in crate::queue) fn is_put_off(&self, id: EntryId) -> bool {
        !self.put_off.is_empty() && self.put_off.contains(&id)
    }
}

//! The reports that authors have not got yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::mail::dsn::About;
use crate::mail::entry::Entry;
use crate::mail::parcel::EntryId;

/// A report that an author is to get.
#[derive(Clone, Debug)]
pub struct Owed {
    /// What it tells.
    pub about: About,
    /// The message that it is about, as it stood at that moment.
    pub entry: Arc<Entry>,
    /// The identity under which it is queued. It is settled beforehand, so that a report that is there already is known again.
    pub report: EntryId,
}

/// All that are owed.
#[derive(Debug, Default)]
pub(in crate::queue) struct Debts {
    pub(in crate::queue) open: BTreeMap<(EntryId, About), Owed>,
    /// Paid, and not written down yet.
    pub(in crate::queue) paid: Vec<(EntryId, About)>,
}

impl Debts {
    pub(in crate::queue) fn take_paid(&mut self) -> Vec<(EntryId, About)> {
        std::mem::take(&mut self.paid)
    }
}

//! Reports that authors are owed. A debt begins with what it is about, in the same line of the journal, and ends when the report is
//! in the queue: a crash between the two costs nobody a report, and nobody gets a second one.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::{Builder, Uuid};

use super::debts::Owed;
use super::state::State;
use crate::mail::dsn::About;
use crate::mail::entry::{Entry, Route};
use crate::mail::outcome::Status;
use crate::mail::parcel::EntryId;

impl State {
    /// From now on the author of this message is owed a report, where the route gives any.
    pub(in crate::queue) fn owe(&mut self, entry: &Arc<Entry>, about: About, at: Timestamp) {
        let book = self.books.get(&entry.route);
        let gives = book.is_some_and(|book| book.rules.report);
        // Whoever reported on a report would mail for ever (RFC 5321 §6.1).
        let has_author = entry.message.envelope.reverse_path.is_some();
        if gives && has_author && concerns(entry, about) {
            self.owes(entry, about, identity(entry.id, about, at));
        }
    }

    fn owes(&mut self, entry: &Arc<Entry>, about: About, report: EntryId) {
        let owed = Owed {
            about,
            entry: Arc::clone(entry),
            report,
        };
        self.debts.open.insert((entry.id, about), owed);
    }

    /// Takes up what was owed on a message of the spool when the last program ended.
    pub(in crate::queue) fn still_owes(&mut self, id: EntryId, owed: BTreeMap<About, Uuid>) {
        let Some(entry) = self.view.entry(id).map(Arc::clone) else {
            return;
        };
        for (about, report) in owed {
            if about == About::Delayed && entry.end.is_some() {
                // Nobody wants to hear that it takes longer when it is over.
                self.debts.paid.push((id, about));
            } else {
                self.owes(&entry, about, EntryId(report));
            }
        }
    }

    /// The reports that are owed on these routes, oldest first. One that is in the queue already is paid.
    #[must_use]
    pub fn owed(&mut self, is_wanted: impl Fn(&Route) -> bool) -> Vec<Owed> {
        let open = self.debts.open.values();
        let there = open.filter(|owed| self.view.entry(owed.report).is_some());
        for (id, about) in there
            .map(|owed| (owed.entry.id, owed.about))
            .collect::<Vec<_>>()
        {
            self.paid(id, about);
        }
        let open = self.debts.open.values();
        let wanted = open.filter(|owed| is_wanted(&owed.entry.route));
        let mut list: Vec<Owed> = wanted.cloned().collect();
        list.sort_by_key(|owed| owed.report);
        list
    }

    /// A report is in the queue, or not to be made.
    pub fn paid(&mut self, id: EntryId, about: About) {
        let owed = self.debts.open.remove(&(id, about));
        if owed.is_some_and(|owed| owed.entry.is_spooled()) {
            self.debts.paid.push((id, about));
        }
    }

    /// Whoever disposes of a message has seen what became of it.
    pub(in crate::queue) fn owes_nothing(&mut self, id: EntryId) {
        self.paid(id, About::Failed);
        self.paid(id, About::Delayed);
    }

    /// What is owed on a message, for the journal.
    pub(in crate::queue) fn owed_on(&self, id: EntryId) -> BTreeMap<About, Uuid> {
        let both = [About::Failed, About::Delayed].into_iter();
        both.filter_map(|about| Some((about, self.debts.open.get(&(id, about))?.report.0)))
            .collect()
    }
}

/// Whether a message has a recipient of whom there is that to be told.
fn concerns(entry: &Entry, about: About) -> bool {
    entry.recipients.iter().any(|one| match about {
        About::Failed => matches!(one.status, Status::Failed(_) | Status::Expired(_)),
        About::Delayed => one.status.is_open(),
    })
}

/// The identity of a report: it sorts by its own time and behind its message, whatever the calendar says, and the rest is the
/// message's, changed so that neither the two nor their short forms are equal.
fn identity(of: EntryId, about: About, at: Timestamp) -> EntryId {
    let mask = match about {
        About::Failed => 0x5a,
        About::Delayed => 0xa5,
    };
    let [_, _, _, _, _, _, rest @ ..] = of.0.into_bytes();
    // The first 48 bits are milliseconds (RFC 9562 §5.7).
    let behind = u64::try_from(of.0.as_u128() >> 80).unwrap_or_default() + 1;
    let at = u64::try_from(at.as_millisecond()).unwrap_or_default();
    let rest = rest.map(|octet| octet ^ mask);
    EntryId(Builder::from_unix_timestamp_millis(at.max(behind), &rest).into_uuid())
}

//! What has to be written down of a change, and where the files belong: the state says it, and whoever holds the spool does it.

use std::sync::Arc;

use uuid::Uuid;

use super::state::{State, Wish};
use crate::mail::clock::Now;
use crate::mail::entry::{End, Entry, State as Standing};
use crate::mail::parcel::EntryId;
use crate::queue::spool::Place;
use crate::queue::spool::conversations::Said;
use crate::queue::spool::record::{Beside, Line, Record, What, Wished};

/// What a change asks of the spool.
#[derive(Debug, Default)]
pub(in crate::queue) struct Chores {
    /// Written down first.
    pub(in crate::queue) lines: Vec<Line>,
    /// Done when that is durable.
    pub(in crate::queue) moves: Vec<(Uuid, Place)>,
    /// Done some time, or not at all.
    pub(in crate::queue) said: Vec<Said>,
}

impl State {
    /// An entry stands differently; with its recipients where one of them does.
    pub(in crate::queue) fn is_dirty(&mut self, id: EntryId, with_recipients: bool) {
        *self.dirty.entry(id).or_default() |= with_recipients;
    }

    /// What there is to be done since this was last asked.
    pub(in crate::queue) fn take_chores(&mut self, now: Now) -> Chores {
        let dirty = std::mem::take(&mut self.dirty);
        let mut chores = Chores::default();
        for (id, with_recipients) in dirty {
            if let Some(entry) = self.view.entry(id).filter(|entry| entry.is_spooled()) {
                let record = Record::of(entry, self.beside(entry), with_recipients, now);
                chores.lines.push(Line {
                    id: id.0,
                    what: What::State(Box::new(record)),
                });
            }
        }
        let paid = self.debts.take_paid().into_iter();
        chores.lines.extend(paid.map(|(id, about)| Line {
            id: id.0,
            what: What::Paid(about),
        }));
        let moves = std::mem::take(&mut self.moves).into_iter();
        chores.moves = moves.map(|(id, place)| (id.0, place)).collect();
        for (id, attempt) in std::mem::take(&mut self.said) {
            if let Some(entry) = self.view.entry(id).filter(|entry| entry.is_spooled()) {
                chores.said.push(Said {
                    id: id.0,
                    account: entry.route.clone(),
                    attempt,
                });
            }
        }
        chores
    }

    fn beside(&self, entry: &Entry) -> Beside {
        let slot = self.slots.get(&entry.id);
        Beside {
            number: self.last_number(entry),
            warn: slot.and_then(|slot| slot.warn),
            wish: slot.and_then(|slot| slot.wish).map(|wish| match wish {
                Wish::Hold(at) => Wished::Hold(at.wall),
                Wish::Drop => Wished::Drop,
            }),
            owed: self.owed_on(entry.id),
        }
    }

    /// The latest attempt at an entry is over.
    pub(in crate::queue) fn was_said(&mut self, id: EntryId) {
        let entry = self.view.live.get(&id);
        let last = entry.and_then(|entry| entry.attempts.last());
        self.said.extend(last.map(|last| (id, Arc::clone(last))));
    }

    /// Without a spool there is nothing to be done.
    pub(in crate::queue) fn forget_chores(&mut self) {
        self.dirty.clear();
        self.moves.clear();
        self.debts.take_paid();
        self.said.clear();
    }

    /// An entry has left the live queue.
    pub(in crate::queue) fn left(&mut self, entry: &Entry) {
        self.is_dirty(entry.id, true);
        if entry.is_spooled() {
            self.moves.push((entry.id, place(entry)));
        }
    }

    /// A finished entry is no longer kept in memory. What failed stays in the spool until somebody drops it.
    pub(in crate::queue) fn fell_off(&mut self, entry: &Entry) {
        if entry.is_spooled() && place(entry) == Place::Done {
            self.moves.push((entry.id, Place::Gone));
        }
    }

    /// The number of the last attempt at an entry, also where that was before this program was started.
    pub(in crate::queue) fn last_number(&self, entry: &Entry) -> u32 {
        let before = self.slots.get(&entry.id).map_or(0, |slot| slot.number);
        let last = entry.attempts.last().map_or(0, |attempt| attempt.number);
        before.max(last)
    }
}

/// Whether an entry has ended, and not everybody got it.
pub(in crate::queue) fn is_failed(entry: &Entry) -> bool {
    entry.end.is_some() && place(entry) == Place::Failed
}

/// Where the file of a finished entry belongs.
fn place(entry: &Entry) -> Place {
    match entry.end {
        Some((End::Dropped, _)) => Place::Done,
        Some((_, at)) if entry.state(at) == Standing::Delivered => Place::Done,
        Some(_) => Place::Failed,
        None => Place::New,
    }
}

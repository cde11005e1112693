//! A sorted view of the queue that is kept while the queue changes, so that a frame costs the same whatever the queue's size.
//!
//! A snapshot's map shares its nodes with the one before it; only what differs is looked at, at about the cost of one tree
//! node for each change. Movement and the visible rows are range queries. Only the first look at a queue, and a new filter
//! that does not narrow the old one, cost one pass over everything.

use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;
use std::time::Duration;

use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use jiff::Timestamp;

use crate::mail::clock::{Now, Tick};
use crate::mail::entry::{Entry, State};
use crate::mail::parcel::EntryId;

use super::filter::Filter;
use super::tally::Tally;

/// The entries by identity, as a snapshot has them.
pub type Entries = OrdMap<EntryId, Arc<Entry>>;

/// The place of an entry in the table. It follows from the entry alone and not from the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// What happens next, and when: the class in the two highest bits, microseconds in the others.
    rank: u64,
    /// What expires sooner wins a tie.
    expires: Timestamp,
    /// Whose place this is.
    pub id: EntryId,
}

const SENDING: u64 = 0;
const WAITING: u64 = 1 << 62;
const HELD: u64 = 2 << 62;

fn micros(tick: Tick) -> u64 {
    u64::try_from(tick.0.as_micros())
        .unwrap_or(u64::MAX)
        .min(WAITING - 1)
}

impl Key {
    /// Live entries by their next event: what is being sent, what waits in the order in which it falls due, what is held.
    /// Done entries by when they left, latest first.
    pub fn of(entry: &Entry) -> Self {
        let rank = match (&entry.end, entry.running(), entry.held) {
            (Some((_, end)), ..) => u64::MAX - micros(end.tick),
            (None, Some(attempt), _) => SENDING | micros(attempt.started.tick),
            (None, None, Some(held)) => HELD | micros(held.tick),
            (None, None, None) => WAITING | micros(entry.due),
        };
        Self {
            rank,
            expires: entry.expires,
            id: entry.id,
        }
    }

    /// The place behind everything that is due at a moment.
    const fn behind_due(seen: u64) -> Self {
        Self {
            rank: WAITING | seen,
            expires: Timestamp::MAX,
            id: EntryId(uuid::Uuid::max()),
        }
    }
}

/// The sorted view.
#[derive(Clone, Debug, Default)]
pub struct Order {
    known: Entries,
    all: BTreeSet<Key>,
    /// What the filter lets through, where there is one.
    shown: Option<BTreeSet<Key>>,
    filter: Filter,
    expiry: BTreeSet<(Timestamp, EntryId)>,
    tally: Tally,
    /// Entries due until this moment are counted as due.
    seen: u64,
}

impl Order {
    /// Takes the entries as they are now. Returns the places of those that are gone, as far as they lie in `window`.
    pub fn follow(
        &mut self,
        entries: &Entries,
        now: Now,
        window: Option<(Key, Key)>,
    ) -> Vec<(Key, Arc<Entry>)> {
        let mut gone = Vec::new();
        let before = std::mem::replace(&mut self.known, entries.clone());
        for change in before.diff(entries) {
            match change {
                DiffItem::Add(_, entry) => self.insert(entry),
                DiffItem::Update { old, new } => {
                    self.remove(old.1);
                    self.insert(new.1);
                }
                DiffItem::Remove(_, entry) => {
                    let key = self.remove(entry);
                    if window.is_some_and(|(first, last)| first <= key && key <= last) {
                        gone.push((key, Arc::clone(entry)));
                    }
                }
            }
        }
        self.pass(micros(now.tick));
        gone
    }

    fn insert(&mut self, entry: &Arc<Entry>) {
        let (key, state) = (Key::of(entry), self.state(entry));
        self.all.insert(key);
        self.tally.add(entry, state);
        if entry.end.is_none() && entry.held.is_none() {
            self.expiry.insert((entry.expires, entry.id));
        }
        if self.filter.matches(entry, state)
            && let Some(shown) = &mut self.shown
        {
            shown.insert(key);
        }
    }

    fn remove(&mut self, entry: &Arc<Entry>) -> Key {
        let (key, state) = (Key::of(entry), self.state(entry));
        self.all.remove(&key);
        self.tally.remove(entry, state);
        self.expiry.remove(&(entry.expires, entry.id));
        if let Some(shown) = &mut self.shown {
            shown.remove(&key);
        }
        key
    }

    /// The state by which an entry was counted: due is what was due when time was last looked at.
    fn state(&self, entry: &Entry) -> State {
        let tick = if micros(entry.due) <= self.seen {
            entry.due
        } else {
            Tick(entry.due.0.saturating_sub(Duration::from_nanos(1)))
        };
        entry.state(Now {
            tick,
            wall: Timestamp::UNIX_EPOCH,
        })
    }

    /// Time passes: what falls due meanwhile is counted as due. Each entry passes once for each time it waits.
    fn pass(&mut self, now: u64) {
        if now <= self.seen {
            return;
        }
        let (from, to) = (Key::behind_due(self.seen), Key::behind_due(now));
        let passing: Vec<Arc<Entry>> = self
            .all
            .range((Excluded(from), Included(to)))
            .filter_map(|key| self.known.get(&key.id).map(Arc::clone))
            .collect();
        let before: Vec<State> = passing.iter().map(|entry| self.state(entry)).collect();
        self.seen = now;
        for (entry, before) in passing.iter().zip(before) {
            let after = self.state(entry);
            self.tally.moved(before, after);
            if let Some(shown) = &mut self.shown {
                if self.filter.matches(entry, after) {
                    shown.insert(Key::of(entry));
                } else {
                    shown.remove(&Key::of(entry));
                }
            }
        }
    }

    /// Shows only what a filter lets through.
    pub fn narrow(&mut self, filter: Filter) {
        if filter.is_empty() {
            self.shown = None;
        } else {
            let from = match &self.shown {
                Some(shown) if filter.narrows(&self.filter) => shown,
                _ => &self.all,
            };
            let fits = |key: &&Key| {
                let entry = self.known.get(&key.id);
                entry.is_some_and(|entry| filter.matches(entry, self.state(entry)))
            };
            self.shown = Some(from.iter().filter(fits).copied().collect());
        }
        self.filter = filter;
    }

    /// The filter.
    pub const fn filter(&self) -> &Filter {
        &self.filter
    }

    fn keys(&self) -> &BTreeSet<Key> {
        self.shown.as_ref().unwrap_or(&self.all)
    }

    /// An entry as it was when this view last followed.
    pub fn entry(&self, id: EntryId) -> Option<&Arc<Entry>> {
        self.known.get(&id)
    }

    /// The place of an entry, where it is shown.
    pub fn place(&self, id: EntryId) -> Option<Key> {
        let key = Key::of(self.entry(id)?);
        self.keys().contains(&key).then_some(key)
    }

    /// The first place.
    pub fn first(&self) -> Option<Key> {
        self.keys().first().copied()
    }

    /// The last place.
    pub fn last(&self) -> Option<Key> {
        self.keys().last().copied()
    }

    /// The place behind another.
    pub fn after(&self, key: Key) -> Option<Key> {
        let mut range = self.keys().range((Excluded(key), Unbounded));
        range.next().copied()
    }

    /// The place before another.
    pub fn before(&self, key: Key) -> Option<Key> {
        self.keys().range(..key).next_back().copied()
    }

    /// How many are shown.
    pub fn shown(&self) -> usize {
        self.keys().len()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The sums.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The first entry that waits and is not yet due.
    pub fn next_waiting(&self) -> Option<&Arc<Entry>> {
        let from = Key::behind_due(self.seen);
        let key = self.all.range((Excluded(from), Unbounded)).next()?;
        let entry = self.entry(key.id)?;
        (key.rank & HELD == 0).then_some(entry)
    }

    /// When the first entry expires that is not held.
    pub fn next_expiry(&self) -> Option<Timestamp> {
        self.expiry.first().map(|(expires, _)| *expires)
    }

    /// When the oldest entry was admitted.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.known.get_min().map(|(_, entry)| entry.admitted.wall)
    }
}

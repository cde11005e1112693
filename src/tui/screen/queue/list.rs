//! A table's cursor and window over the sorted view: by identity, so that it stays with its message wherever that moves.

use std::sync::Arc;
use std::time::Duration;

use crate::mail::clock::{Now, Tick};
use crate::mail::entry::Entry;
use crate::mail::parcel::EntryId;

use super::filter::Filter;
use super::order::{Entries, Key, Order};

/// How long the row of a message that has left stays, dimmed.
const STAY: Duration = Duration::from_secs(6);

/// Rows that have left and stay, at most.
const STAYING: usize = 64;

/// The rows of a table, the cursor on one of them.
#[derive(Clone, Debug, Default)]
pub struct List {
    order: Order,
    cursor: Option<Key>,
    /// Rows between the top of the window and the cursor.
    above: usize,
    /// Lines of the window when it was last followed.
    height: usize,
    staying: Vec<Staying>,
    wanted: Option<EntryId>,
}

#[derive(Clone, Debug)]
struct Staying {
    key: Key,
    entry: Arc<Entry>,
    until: Tick,
}

/// A visible row.
#[derive(Clone, Copy, Debug)]
pub struct Visible<'a> {
    /// The message.
    pub entry: &'a Arc<Entry>,
    /// Whether the cursor is on it.
    pub selected: bool,
    /// Whether it has left and only stays for a moment.
    pub left: bool,
}

impl List {
    /// Follows the entries: the cursor stays with its message, or goes to the next one where that has left.
    pub fn follow(&mut self, entries: &Entries, now: Now, height: usize) {
        self.height = height;
        let window = self.window();
        let gone = self.order.follow(entries, now, window);
        self.staying
            .retain(|row| row.until > now.tick && !entries.contains_key(&row.key.id));
        for (key, entry) in gone {
            if self.staying.len() < STAYING {
                self.staying.push(Staying {
                    key,
                    entry,
                    until: now.tick + STAY,
                });
            }
        }
        self.settle();
    }

    /// Moves the cursor to a message as soon as it is there.
    pub fn select(&mut self, id: EntryId) {
        self.wanted = Some(id);
        self.settle();
    }

    /// Shows only what a filter lets through.
    pub fn narrow(&mut self, filter: Filter) {
        self.order.narrow(filter);
        self.settle();
    }

    /// Forgets the rows that only stay for a moment.
    pub fn forget_left(&mut self) {
        self.staying.clear();
    }

    fn settle(&mut self) {
        if let Some(key) = self.wanted.and_then(|id| self.order.place(id)) {
            self.cursor = Some(key);
            self.above = self.height / 2;
            self.wanted = None;
        }
        let order = &self.order;
        self.cursor = match self.cursor {
            Some(key) => order
                .place(key.id)
                .or_else(|| order.after(key))
                .or_else(|| order.last())
                // The last of all has just left: whoever has watched it may still look at it.
                .or_else(|| self.staying(key.id)),
            None => order.first(),
        };
        let Some(cursor) = self.cursor else {
            self.above = 0;
            return;
        };
        let height = self.height.max(1);
        let count = |from: Key, step: &dyn Fn(Key) -> Option<Key>, most: usize| {
            std::iter::successors(step(from), |key| step(*key))
                .take(most)
                .count()
        };
        let below = count(cursor, &|key| self.next(key), height - 1);
        let wished = self.above.min(height - 1).max(height - 1 - below);
        self.above = count(cursor, &|key| self.previous(key), wished);
    }

    /// The row of a message that has left, while it stays.
    fn staying(&self, id: EntryId) -> Option<Key> {
        let mut rows = self.staying.iter().map(|row| row.key);
        rows.find(|key| key.id == id)
    }

    /// The row behind, also one that only stays.
    fn next(&self, key: Key) -> Option<Key> {
        let staying = self.staying.iter().map(|row| row.key);
        let staying = staying.filter(|other| *other > key).min();
        [self.order.after(key), staying].into_iter().flatten().min()
    }

    fn previous(&self, key: Key) -> Option<Key> {
        let staying = self.staying.iter().map(|row| row.key);
        let staying = staying.filter(|other| *other < key).max();
        [self.order.before(key), staying]
            .into_iter()
            .flatten()
            .max()
    }

    fn top(&self) -> Option<Key> {
        let Some(cursor) = self.cursor else {
            return self.staying.iter().map(|row| row.key).min();
        };
        std::iter::successors(Some(cursor), |key| self.previous(*key))
            .take(self.above + 1)
            .last()
    }

    fn window(&self) -> Option<(Key, Key)> {
        let top = self.top()?;
        let last = std::iter::successors(Some(top), |key| self.next(*key))
            .take(self.height.max(1))
            .last()?;
        Some((top, last))
    }

    /// The visible rows from top to bottom. The cost depends on their number only.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = Visible<'_>> {
        std::iter::successors(self.top(), |key| self.next(*key))
            .take(height)
            .filter_map(|key| self.row(key))
    }

    fn row(&self, key: Key) -> Option<Visible<'_>> {
        if let Some(row) = self.staying.iter().find(|row| row.key == key) {
            return Some(Visible {
                entry: &row.entry,
                selected: self.cursor == Some(key),
                left: true,
            });
        }
        Some(Visible {
            entry: self.order.entry(key.id)?,
            selected: self.cursor == Some(key),
            left: false,
        })
    }

    /// The message under the cursor; where none waits any more it may be one that has just left, as it was.
    pub fn selected(&self) -> Option<&Arc<Entry>> {
        let id = self.cursor?.id;
        let left = || self.staying.iter().find(|row| row.key.id == id);
        self.order
            .entry(id)
            .or_else(|| left().map(|row| &row.entry))
    }

    /// Moves the cursor down by some rows, or up by negative ones; at most to the end.
    pub fn step(&mut self, rows: isize) {
        let Some(cursor) = self.cursor else {
            return;
        };
        let order = &self.order;
        let go = |key: &Key| match (order.first(), rows < 0) {
            (Some(_), true) => order.before(*key),
            (Some(_), false) => order.after(*key),
            (None, true) => self.previous(*key),
            (None, false) => self.next(*key),
        };
        let path = std::iter::successors(Some(cursor), go).skip(1);
        let path: Vec<Key> = path.take(rows.unsigned_abs()).collect();
        for key in path {
            self.cursor = Some(key);
            self.above = if rows < 0 {
                self.above.saturating_sub(1)
            } else {
                self.above + 1
            };
        }
        self.settle();
    }

    /// Moves the cursor to the first row.
    pub fn to_first(&mut self) {
        self.cursor = self.order.first();
        self.above = 0;
        self.settle();
    }

    /// Moves the cursor to the last row.
    pub fn to_last(&mut self) {
        self.cursor = self.order.last();
        self.above = self.height;
        self.settle();
    }

    /// Half of the window, at least one row.
    pub fn half(&self) -> isize {
        isize::try_from(self.height / 2).unwrap_or(1).max(1)
    }

    /// The sorted view.
    pub const fn order(&self) -> &Order {
        &self.order
    }

    /// Whether rows stay that have left.
    pub fn has_left(&self) -> bool {
        !self.staying.is_empty()
    }
}

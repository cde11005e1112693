//! Writes conversations down on the spool's thread, a few at a time and behind everything else.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::file::add;
use super::ledger::Ledger;
use super::waiting::{Said, Waiting};
use crate::mail::kept::KeptAttempt;
use crate::queue::spool::layout::Layout;
use crate::queue::spool::place::Place;

/// Conversations wait so long, so that the good-bye of a connection is among them.
const LULL: Duration = Duration::from_millis(50);
/// Those that only tell of success wait so long; in a storm most of them are forgotten before they are written.
const LONG_LULL: Duration = Duration::from_millis(300);
/// From one slice of those to the next, where more wait. The others are written as fast as the disk takes them.
const PACE: Duration = Duration::from_millis(10);
/// Conversations written at a time; whoever waits for the disk waits for no more of them.
const SLICE: usize = 8;
/// How long the last ones may take when the spool is let go.
const LAST: Duration = Duration::from_secs(1);

/// The conversations of a spool, as its thread writes them.
#[derive(Debug)]
pub(in crate::queue::spool) struct Book {
    layout: Layout,
    waiting: Arc<Waiting>,
    /// When the next slice is written, of those that tell of trouble and of the others.
    due: [Option<Instant>; 2],
    pub(super) ledger: Ledger,
    /// Whether the last one could not be written.
    in_trouble: bool,
}

impl Book {
    pub(in crate::queue::spool) fn new(layout: Layout, waiting: Arc<Waiting>, all: bool) -> Self {
        Self {
            ledger: Ledger::new(layout.clone(), all),
            layout,
            waiting,
            due: [None; 2],
            in_trouble: false,
        }
    }

    /// How long the thread may rest for all that this is about.
    pub(in crate::queue::spool) fn rest(&mut self, now: Instant) -> Option<Duration> {
        if self.ledger.is_listing() {
            return Some(Duration::ZERO);
        }
        let (telling, plain) = self.waiting.count();
        let waits = [(telling, LULL), (plain, LONG_LULL)];
        for (due, (count, lull)) in self.due.iter_mut().zip(waits) {
            if count > 0 && due.is_none() {
                *due = Some(now + lull);
            }
        }
        let next = self.due.iter().flatten().min();
        next.map(|due| due.saturating_duration_since(now))
    }

    /// Writes what is due. Returns what is to be said: why the disk does not take it, once until it does again.
    pub(in crate::queue::spool) fn work(
        &mut self,
        places: &HashMap<Uuid, Place>,
        now: Instant,
    ) -> Option<io::Error> {
        self.ledger.list(places);
        let mut trouble = None;
        for (at, (telling, pace)) in [(true, Duration::ZERO), (false, PACE)]
            .into_iter()
            .enumerate()
        {
            let Some(due) = self.due.get_mut(at) else {
                continue;
            };
            if due.is_none_or(|due| due > now) {
                continue;
            }
            let slice = self.waiting.take(telling, SLICE);
            *due = (slice.len() == SLICE).then(|| now + pace);
            trouble = trouble.or(self.write(slice, places));
        }
        self.ledger.bound(places);
        trouble
    }

    /// Writes what is left, as far as that takes no longer than a moment. Returns what is to be said.
    pub(in crate::queue::spool) fn end(
        &mut self,
        places: &HashMap<Uuid, Place>,
    ) -> Option<io::Error> {
        let limit = Instant::now() + LAST;
        let mut trouble = None;
        for telling in [true, false] {
            while Instant::now() < limit {
                let slice = self.waiting.take(telling, SLICE);
                if slice.is_empty() {
                    break;
                }
                trouble = trouble.or(self.write(slice, places));
            }
        }
        trouble
    }

    fn write(&mut self, slice: Vec<Said>, places: &HashMap<Uuid, Place>) -> Option<io::Error> {
        let most = self.waiting.most();
        if slice.is_empty() || most == 0 {
            return None;
        }
        self.ledger.begin();
        for said in slice {
            // What was forgotten meanwhile has no conversations, either.
            if !places.contains_key(&said.id) {
                continue;
            }
            let kept = KeptAttempt::of(&said.attempt, &said.account);
            let path = self.layout.conversations_of(said.id);
            let added = kept
                .line()
                .map_err(io::Error::from)
                .and_then(|line| add(&path, &line, most));
            match added {
                Ok(octets) => {
                    self.in_trouble = false;
                    self.ledger.note(said.id, octets);
                }
                // The others would meet with the same.
                Err(_) if self.in_trouble => return None,
                Err(error) => {
                    self.in_trouble = true;
                    return Some(error);
                }
            }
        }
        None
    }

    /// Forgets the conversations of a message.
    pub(in crate::queue::spool) fn forget(&mut self, id: Uuid) {
        self.ledger.forget(id);
    }
}

//! Handing out: who may be tried now, how many at once, and when to look again.

use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;
use std::time::Duration;

use super::book::Health;
use super::handout::{ClaimId, Handout};
use super::state::{Running, State};
use crate::mail::clock::{Now, Tick};
use crate::mail::entry::{Attempt, Route};
use crate::mail::event::Kind;
use crate::mail::parcel::{EntryId, Parcel};
use crate::mail::rhythm::Rhythm;
use crate::mail::transcript::Transcript;

/// Octets of content that are handed out together.
const MOST_OCTETS: u64 = 32 * 1024 * 1024;
/// Attempts kept with an entry.
const KEPT_ATTEMPTS: usize = 50;

impl State {
    /// Hands out up to `max` parcels of a route, the one due for longest first. The next attempt's time is stored before the
    /// parcel leaves, so that a worker that vanishes with it cannot make a storm.
    pub fn claim(&mut self, route: &Route, max: usize, now: Now) -> Vec<Handout> {
        self.expire_due(now);
        let most = self.allowance(route, now).min(max);
        let ids: Vec<EntryId> = self.books.get(route).map_or_else(Vec::new, |book| {
            let mut octets = 0;
            book.due
                .iter()
                .take_while(|(due, _)| *due <= now.tick)
                .take(most)
                .map(|(_, id)| *id)
                // A batch is in memory all at once; a message that is larger goes alone.
                .take_while(|id| {
                    let size = self
                        .view
                        .live
                        .get(id)
                        .map_or(0, |entry| entry.message.size());
                    let first = octets == 0;
                    octets += size.max(1);
                    first || octets <= MOST_OCTETS
                })
                .collect()
        });
        let batch = ClaimId(self.claims);
        let handouts = ids
            .into_iter()
            .filter_map(|id| self.hand_out(id, batch, now))
            .collect();
        self.seal();
        handouts
    }

    /// Hands out one entry, where it may be tried now.
    pub fn claim_one(&mut self, id: EntryId, now: Now) -> Option<Handout> {
        self.expire_due(now);
        let route = self.view.live.get(&id)?.route.clone();
        let handout = (self.allowance(&route, now) > 0 && self.is_due(id, now))
            .then(|| self.hand_out(id, ClaimId(self.claims), now))
            .flatten();
        self.seal();
        handout
    }

    fn is_due(&self, id: EntryId, now: Now) -> bool {
        self.view.live.get(&id).is_some_and(|entry| {
            entry.held.is_none() && entry.running().is_none() && entry.due <= now.tick
        })
    }

    /// How many parcels of a route may go out now.
    fn allowance(&self, route: &Route, now: Now) -> usize {
        if self.view.paused.is_some() || self.pause_end(route).is_some_and(|end| end > now.tick) {
            return 0;
        }
        let Some(book) = self.books.get(route) else {
            return 0;
        };
        if book.rules.rhythm == Rhythm::Never {
            return 0;
        }
        match book.health {
            Health::Good if book.has_room(now.tick) => usize::MAX,
            Health::Unknown => 1,
            Health::Good | Health::Probing(_) => 0,
        }
    }

    fn pause_end(&self, route: &Route) -> Option<Tick> {
        Some(self.view.routes.get(route)?.pause.as_ref()?.until)
    }

    fn hand_out(&mut self, id: EntryId, batch: ClaimId, now: Now) -> Option<Handout> {
        let entry = self.view.live.get(&id)?;
        let (claim, route) = (ClaimId(self.claims), entry.route.clone());
        let schedule = self.schedule(entry);
        let back_off = now.tick + schedule.wait(id, entry.tries.saturating_add(1));
        let back_off = self.rhythm(&route).next(back_off);
        let transcript = Transcript::new(Arc::clone(&self.clock));
        let number = self.last_number(entry).saturating_add(1);
        let parcel = Parcel {
            entry: id,
            attempt: number,
            message: Arc::clone(&entry.message),
            recipients: entry.open().map(|r| r.address.clone()).collect(),
            transcript: transcript.clone(),
        };
        self.claims += 1;
        let attempt = Arc::new(Attempt {
            number,
            started: now,
            end: None,
            transcript,
        });
        self.change(id, |entry, slot| {
            slot.running = Some(Running {
                claim,
                batch,
                due_before: entry.due,
            });
            entry.due = back_off;
            if entry.attempts.len() >= KEPT_ATTEMPTS {
                entry.attempts.remove(0);
            }
            entry.attempts.push(attempt);
        });
        if let Some(book) = self.books.get_mut(&route) {
            book.went_out(batch);
            if book.health == Health::Unknown {
                book.health = Health::Probing(claim);
            }
        }
        if let Some(route) = self.view.routes.get_mut(&route) {
            route.sending += 1;
        }
        self.say(Kind::Attempting(id), now);
        Some(Handout { claim, parcel })
    }

    /// Whether a claim on the route would get something now.
    #[must_use]
    pub fn is_claimable(&self, route: &Route, now: Now) -> bool {
        self.allowance(route, now) > 0
            && self
                .books
                .get(route)
                .and_then(|book| book.due.first())
                .is_some_and(|(due, _)| *due <= now.tick)
    }

    /// The most connections that the route may use now: no limit until the server says that there are too many.
    #[must_use]
    pub fn connections(&self, route: &Route, now: Now) -> usize {
        let book = self.books.get(route);
        book.map_or(usize::MAX, |book| book.allowance.most(now.tick))
    }

    /// When something will become claimable on the route, or expire anywhere, by the passing of time alone.
    #[must_use]
    pub fn next_wake(&self, route: &Route, now: Now) -> Option<Tick> {
        let expiry = self.next_expiry(now);
        let attempt = self
            .books
            .get(route)
            .filter(|book| self.view.paused.is_none() && !matches!(book.health, Health::Probing(_)))
            .filter(|book| book.rules.rhythm != Rhythm::Never)
            .and_then(|book| {
                let (due, _) = book.due.first()?;
                // A connection that comes back is a change of its own, and wakes who waits.
                let room = if book.has_room(now.tick) {
                    Tick::default()
                } else {
                    book.allowance.next(now.tick)?
                };
                Some(room.max(*due))
            })
            .map(|due| due.max(self.pause_end(route).unwrap_or_default()));
        expiry.into_iter().chain(attempt).min()
    }

    /// How long until one more entry of the route falls due, whatever pauses say.
    #[must_use]
    pub fn next_due(&self, route: &Route, now: Now) -> Option<Duration> {
        let last = EntryId(uuid::Uuid::max());
        let due = &self.books.get(route)?.due;
        let (next, _) = due.range((Excluded((now.tick, last)), Unbounded)).next()?;
        Some(next.since(now.tick))
    }

    /// Entries of the route that are due or being sent, counted no further than `most`.
    #[must_use]
    pub fn backlog(&self, route: &Route, most: usize, now: Now) -> usize {
        let sending = self.view.routes.get(route).map_or(0, |route| route.sending);
        let due = self.books.get(route).map_or(0, |book| {
            let due = book.due.iter();
            due.take_while(|(due, _)| *due <= now.tick)
                .take(most)
                .count()
        });
        sending.saturating_add(due).min(most)
    }
}

//! The queue's state and its indices: every change of an entry goes through one door, so that no index can disagree with it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::book::Book;
use super::debts::Debts;
use super::handout::ClaimId;
use super::late::Warnings;
use super::reserved::Reserved;
use super::shelf::Shelf;
use crate::mail::clean::Clean;
use crate::mail::clock::{Clock, Now, Tick, later, until};
use crate::mail::dsn::About;
use crate::mail::entry::{Attempt, End, Entry, Note, Recipient, Route};
use crate::mail::event::{Event, Kind};
use crate::mail::message::Message;
use crate::mail::outcome::Status;
use crate::mail::parcel::EntryId;
use crate::mail::rhythm::Rhythm;
use crate::mail::snapshot::{Snapshot, SpoolState};
use crate::queue::admission::Admission;
use crate::queue::error::QueueError;
use crate::queue::retry::Schedule;
use crate::queue::spool::Place;
use crate::queue::terms::{OnUncertain, RouteRules, Terms};

/// Remarks kept with an entry.
const KEPT_NOTES: usize = 100;

/// The live queue as a machine: every verb takes the time, none reads a clock.
#[derive(Debug)]
pub struct State {
    /// The public side, kept up to date so that a snapshot is a clone of it.
    pub(in crate::queue) view: Snapshot,
    pub(in crate::queue) slots: HashMap<EntryId, Slot>,
    pub(in crate::queue) books: BTreeMap<Route, Book>,
    /// Live entries that are neither held nor being sent, by the end of their life.
    pub(in crate::queue) expiry: BTreeSet<(Timestamp, EntryId)>,
    pub(in crate::queue) warnings: Warnings,
    pub(in crate::queue) debts: Debts,
    pub(in crate::queue) shelf: Shelf,
    /// What transactions were promised.
    pub(in crate::queue) reserved: Reserved,
    pub(in crate::queue) claims: u64,
    /// The time of the last look at the ends of lives, to notice a calendar that was set.
    pub(in crate::queue) looked: Option<Now>,
    /// Handed on to transcripts, which time their lines by it; never read here.
    pub(in crate::queue) clock: Arc<dyn Clock>,
    /// What has to be written down, and whether with its recipients.
    pub(in crate::queue) dirty: BTreeMap<EntryId, bool>,
    /// Files that have to be moved.
    pub(in crate::queue) moves: Vec<(EntryId, Place)>,
    /// Attempts that are over and of which the conversation is to be kept.
    pub(in crate::queue) said: Vec<(EntryId, Arc<Attempt>)>,
    events: Vec<Event>,
    ended: Vec<Arc<Entry>>,
    changed: bool,
}

/// What the queue knows of an entry and nobody else needs.
#[derive(Clone, Debug, Default)]
pub(in crate::queue) struct Slot {
    pub(in crate::queue) schedule: Option<Arc<Schedule>>,
    pub(in crate::queue) on_uncertain: Option<OnUncertain>,
    pub(in crate::queue) running: Option<Running>,
    pub(in crate::queue) wish: Option<Wish>,
    /// When there is a warning that it is late; nothing where there was one, or is to be none.
    pub(in crate::queue) warn: Option<Timestamp>,
    /// How often it came back untried while the route got nowhere, and the route's turns when it last did.
    pub(in crate::queue) returns: (u32, u64),
    /// The number of the last attempt before this program was started.
    pub(in crate::queue) number: u32,
}

/// An attempt that is out.
#[derive(Clone, Copy, Debug)]
pub(in crate::queue) struct Running {
    pub(in crate::queue) claim: ClaimId,
    /// The first claim of the batch with which it went.
    pub(in crate::queue) batch: ClaimId,
    pub(in crate::queue) due_before: Tick,
}

/// What somebody asked for while an attempt was running; done when the attempt reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::queue) enum Wish {
    Hold(Now),
    Drop,
}

impl State {
    /// An empty queue. The clock is handed on to transcripts.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            view: Snapshot::default(),
            slots: HashMap::new(),
            books: BTreeMap::new(),
            expiry: BTreeSet::new(),
            warnings: Warnings::default(),
            debts: Debts::default(),
            shelf: Shelf::default(),
            reserved: Reserved::default(),
            claims: 0,
            looked: None,
            clock,
            dirty: BTreeMap::new(),
            moves: Vec::new(),
            said: Vec::new(),
            events: Vec::new(),
            ended: Vec::new(),
            changed: false,
        }
    }

    /// Sets the rules of a route, which exists from then on. Messages already queued keep their expiry.
    pub fn set_rules(&mut self, route: &Route, rules: RouteRules) {
        self.view.routes.entry(route.clone()).or_default().rhythm = rules.rhythm;
        self.books.entry(route.clone()).or_default().rules = rules;
        self.mark();
        self.seal();
    }

    /// Takes a message into the queue. A route without rules gets the usual ones.
    ///
    /// # Errors
    /// [`QueueError::Duplicate`] and [`QueueError::NoRecipients`].
    pub fn admit(
        &mut self,
        id: EntryId,
        route: &Route,
        message: Arc<Message>,
        terms: Terms,
        now: Now,
    ) -> Result<Arc<Entry>, QueueError> {
        let admission = Admission {
            id,
            route: route.clone(),
            message,
            terms,
        };
        self.check(&admission)?;
        let entry = self.enter(admission, now);
        self.seal();
        Ok(entry)
    }

    /// Whether a message may come in.
    pub(in crate::queue) fn check(&self, admission: &Admission) -> Result<(), QueueError> {
        let id = admission.id;
        if self.view.entry(id).is_some() || self.reserved.holds(id) {
            return Err(QueueError::Duplicate(id));
        }
        if admission.message.envelope.recipients.is_empty() {
            return Err(QueueError::NoRecipients);
        }
        Ok(())
    }

    /// Takes in a message that was checked. The caller seals.
    pub(in crate::queue) fn enter(&mut self, admission: Admission, now: Now) -> Arc<Entry> {
        let Admission {
            id,
            route,
            message,
            terms,
        } = admission;
        let book = self.books.entry(route.clone()).or_default();
        let life = terms.expire.unwrap_or(book.rules.expire);
        let warn = book.rules.warn;
        self.view.routes.entry(route.clone()).or_default();
        let start = terms
            .not_before
            .map_or(now.wall, |start| start.max(now.wall));
        let recipients = message.envelope.recipients.iter();
        let entry = Arc::new(Entry {
            id,
            route: route.clone(),
            recipients: recipients
                .map(|address| Recipient {
                    address: address.clone(),
                    status: Status::Pending,
                    tries: 0,
                    when: None,
                })
                .collect(),
            message,
            tries: 0,
            attempts: Vec::new(),
            admitted: now,
            due: book.rules.rhythm.next(now.tick + until(start, now.wall)),
            expires: later(start, life),
            held: terms.held.then_some(now),
            end: None,
            notes: Vec::new(),
        });
        let slot = Slot {
            schedule: terms.schedule,
            on_uncertain: terms.on_uncertain,
            warn: warn.map(|wait| later(start, wait)),
            ..Slot::default()
        };
        self.slots.insert(id, slot);
        self.view.live.insert(id, Arc::clone(&entry));
        self.index(id);
        self.expect_warning(id);
        self.say(Kind::Queued(id), now);
        if terms.held {
            self.say(Kind::Held(id), now);
        }
        entry
    }

    /// Whether messages of a route go into the spool.
    pub(in crate::queue) fn is_durable(&self, route: &Route) -> bool {
        self.books.get(route).is_none_or(|book| book.rules.durable)
    }

    /// What is known of the spool has changed.
    pub(in crate::queue) fn spool_changed(&mut self, change: impl FnOnce(&mut SpoolState)) {
        let mut state = self.view.spool.as_deref().cloned().unwrap_or_default();
        change(&mut state);
        self.view.spool = Some(Arc::new(state));
        self.mark();
        self.seal();
    }

    /// The queue as it is now. It costs nothing that depends on the queue's size.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.view.clone()
    }

    /// The number of changes so far.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.view.number
    }

    /// An entry, live or done.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<&Arc<Entry>> {
        self.view.entry(id)
    }

    /// What happened since this was last asked.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// What has left the live queue since this was last asked, also where so much left at once that not all of it was kept.
    pub fn take_ended(&mut self) -> Vec<Arc<Entry>> {
        std::mem::take(&mut self.ended)
    }

    /// Moves an entry out of the live queue.
    pub(in crate::queue) fn finish(&mut self, id: EntryId, end: End, now: Now) {
        self.unindex(id);
        self.forget_warning(id);
        let Some(mut entry) = self.view.live.remove(&id) else {
            return;
        };
        Arc::make_mut(&mut entry).end = Some((end, now));
        self.ended.push(Arc::clone(&entry));
        for old in self.shelf.push(id, entry.message.size()) {
            if let Some(old) = self.view.done.remove(&old) {
                self.fell_off(&old);
            }
            self.slots.remove(&old);
        }
        self.left(&entry);
        if end == End::Settled {
            self.owe(&entry, About::Failed, now.wall);
        }
        self.view.done.insert(id, entry);
        match end {
            End::Settled => {
                self.slots.remove(&id);
                self.say(Kind::Settled(id), now);
            }
            // Kept for a restore.
            End::Dropped => self.say(Kind::Dropped(id), now),
        }
    }

    /// The one door to a live entry: out of the indices, changed, and back into them.
    pub(in crate::queue) fn change<R>(
        &mut self,
        id: EntryId,
        act: impl FnOnce(&mut Entry, &mut Slot) -> R,
    ) -> Option<R> {
        self.unindex(id);
        let entry = self.view.live.get_mut(&id)?;
        let slot = self.slots.entry(id).or_default();
        let result = act(Arc::make_mut(entry), slot);
        self.index(id);
        self.is_dirty(id, false);
        self.mark();
        Some(result)
    }

    pub(in crate::queue) fn index(&mut self, id: EntryId) {
        if let Some((expires, due, book)) = self.places(id) {
            book.due.insert((due, id));
            self.expiry.insert((expires, id));
            if self.warnings.is_put_off(id) {
                self.expect_warning(id);
            }
        }
    }

    pub(in crate::queue) fn unindex(&mut self, id: EntryId) {
        if let Some((expires, due, book)) = self.places(id) {
            book.due.remove(&(due, id));
            self.expiry.remove(&(expires, id));
        }
    }

    /// Where an entry stands in the indices; nowhere while it is held or being sent.
    fn places(&mut self, id: EntryId) -> Option<(Timestamp, Tick, &mut Book)> {
        let entry = self.view.live.get(&id)?;
        let is_running = |slot: &Slot| slot.running.is_some();
        if entry.held.is_some() || self.slots.get(&id).is_some_and(is_running) {
            return None;
        }
        let book = self.books.get_mut(&entry.route)?;
        Some((entry.expires, entry.due, book))
    }

    /// The waits of an entry: its own, or its route's.
    pub(in crate::queue) fn schedule(&self, entry: &Entry) -> Arc<Schedule> {
        let own = self.slots.get(&entry.id).and_then(|s| s.schedule.clone());
        let of_route = || {
            self.books
                .get(&entry.route)
                .map(|b| b.rules.schedule.clone())
        };
        own.or_else(of_route).unwrap_or_default()
    }

    /// When the messages of a route are handed over.
    pub(in crate::queue) fn rhythm(&self, route: &Route) -> Rhythm {
        self.books
            .get(route)
            .map_or_else(Rhythm::default, |book| book.rules.rhythm)
    }

    pub(in crate::queue) fn note(&mut self, id: EntryId, text: &str, now: Now) {
        self.change(id, |entry, _| {
            if entry.notes.len() >= KEPT_NOTES {
                entry.notes.remove(0);
            }
            entry.notes.push(Note {
                at: now.wall,
                text: Clean::new(text),
            });
        });
    }

    pub(in crate::queue) fn say(&mut self, kind: Kind, now: Now) {
        self.mark();
        self.events.push(Event {
            number: self.view.number + 1,
            at: now.wall,
            kind,
        });
    }

    /// Writes a remark into the history of an entry, live or done, unless it is there already.
    pub(in crate::queue) fn remark(&mut self, id: EntryId, text: &Clean, now: Now) {
        let known = |entry: &Arc<Entry>| entry.notes.iter().any(|note| note.text == *text);
        if self.view.entry(id).is_none_or(known) {
            return;
        }
        if self.view.live.contains_key(&id) {
            self.note(id, text, now);
        } else if let Some(entry) = self.view.done.get_mut(&id) {
            Arc::make_mut(entry).notes.push(Note {
                at: now.wall,
                text: text.clone(),
            });
            self.mark();
        }
        self.seal();
    }

    /// Says something that is about no entry.
    pub(in crate::queue) fn tell(&mut self, kind: Kind, now: Now) {
        self.say(kind, now);
        self.seal();
    }

    /// Something changed.
    pub(in crate::queue) fn mark(&mut self) {
        self.changed = true;
    }

    /// Ends a verb: what it changed is one change.
    pub(in crate::queue) fn seal(&mut self) {
        if std::mem::take(&mut self.changed) {
            self.view.number += 1;
        }
    }
}

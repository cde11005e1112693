//! The queue as everybody holds it: cheap to clone, one lock that is never held across a wait.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use tokio::sync::{broadcast, watch};

use super::ears::Ears;
use super::error::QueueError;
use super::machine::State;
use super::spool::Spool;
use super::terms::{RouteRules, Terms};
use crate::mail::clock::{Clock, Now};
use crate::mail::entry::{Entry, Route};
use crate::mail::event::Event;
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::Snapshot;

/// Events kept for a slow reader, who then reads a snapshot.
const EVENTS: usize = 1024;

/// Hears when an entry leaves the live queue, and how.
pub(super) type Left = watch::Receiver<Option<Arc<Entry>>>;

/// The live queue. Clones share it.
#[derive(Clone, Debug)]
pub struct Queue(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    core: Mutex<Core>,
    clock: Arc<dyn Clock>,
    changed: watch::Sender<u64>,
    events: broadcast::Sender<Event>,
    /// Where what is queued outlives this program.
    spool: OnceLock<Spool>,
    /// Failed messages that were queued again or forgotten; who does that to one holds this.
    again: tokio::sync::Mutex<HashSet<EntryId>>,
}

/// Knows the queue without keeping it.
pub(super) struct Acquaintance(Weak<Inner>);

impl Acquaintance {
    /// The queue, where anybody still has it.
    pub(super) fn meet(&self) -> Option<Queue> {
        self.0.upgrade().map(Queue)
    }
}

#[derive(Debug)]
pub(super) struct Core {
    state: State,
    /// Whether admissions are over.
    closed: bool,
    /// Who waits for an entry to leave the live queue.
    tickets: HashMap<EntryId, watch::Sender<Option<Arc<Entry>>>>,
    pub(super) ears: Ears,
}

impl Core {
    /// Hears when an entry that has just come in leaves the live queue.
    fn listen(&mut self, id: EntryId) -> Left {
        let (sender, receiver) = watch::channel(None);
        match self.state.entry(id) {
            Some(entry) if entry.end.is_none() => {
                self.tickets.insert(id, sender);
            }
            // A life of no length is over already.
            left => {
                sender.send_replace(left.cloned());
            }
        }
        receiver
    }
}

impl Queue {
    /// An empty queue that lives by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            core: Mutex::new(Core {
                state: State::new(Arc::clone(&clock)),
                closed: false,
                tickets: HashMap::new(),
                ears: Ears::default(),
            }),
            clock,
            changed: watch::Sender::new(0),
            events: broadcast::Sender::new(EVENTS),
            spool: OnceLock::new(),
            again: tokio::sync::Mutex::default(),
        }))
    }

    /// The spool, where there is one.
    #[must_use]
    pub fn spool(&self) -> Option<&Spool> {
        self.0.spool.get()
    }

    /// Puts a spool behind the queue, once. Returns whether there was none before.
    pub(super) fn put_behind(&self, spool: Spool) -> bool {
        self.0.spool.set(spool).is_ok()
    }

    pub(super) fn again(&self) -> &tokio::sync::Mutex<HashSet<EntryId>> {
        &self.0.again
    }

    pub(super) fn acquaintance(&self) -> Acquaintance {
        Acquaintance(Arc::downgrade(&self.0))
    }

    /// The time by the queue's clock.
    #[must_use]
    pub fn now(&self) -> Now {
        self.0.clock.now()
    }

    /// Runs a verb and tells the world what it changed. The clock is read inside the lock, so that the state's time never goes
    /// back.
    pub(super) fn with<R>(&self, verb: impl FnOnce(&mut State, Now) -> R) -> R {
        let mut core = self.lock();
        self.run(&mut core, verb)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Core> {
        self.0.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run<R>(&self, core: &mut Core, verb: impl FnOnce(&mut State, Now) -> R) -> R {
        let (before, now) = (core.state.number(), self.0.clock.now());
        let result = verb(&mut core.state, now);
        if let Some(spool) = self.0.spool.get() {
            // Under the lock, so that the journal has the order of the changes.
            let chores = core.state.take_chores(now);
            spool.note(&chores.lines);
            for (id, place) in chores.moves {
                spool.relocate(id, place);
            }
            for said in chores.said {
                spool.say(said);
            }
        } else {
            core.state.forget_chores();
        }
        let ended = core.state.take_ended();
        let events = core.state.take_events();
        if !core.ears.is_empty() {
            // Where very much ends at once, not all of it is kept.
            let gone: HashMap<_, _> = ended.iter().map(|entry| (entry.id, entry)).collect();
            for event in &events {
                let kept = |id| core.state.entry(id).or_else(|| gone.get(&id).copied());
                core.ears.hear(event, event.kind.entry().and_then(kept));
            }
        }
        for entry in ended {
            if let Some(ticket) = core.tickets.remove(&entry.id) {
                ticket.send_replace(Some(entry));
            }
        }
        if self.0.events.receiver_count() > 0 {
            for event in events {
                // The last listener may have gone by now, and that is fine.
                drop(self.0.events.send(event));
            }
        }
        let number = core.state.number();
        if number != before {
            self.0.changed.send_replace(number);
        }
        result
    }

    /// Reads without changing anything.
    pub(super) fn read<R>(&self, look: impl FnOnce(&State, Now) -> R) -> R {
        let core = self.lock();
        look(&core.state, self.0.clock.now())
    }

    /// Sets the rules of a route.
    pub fn set_rules(&self, route: &Route, rules: RouteRules) {
        self.with(|state, _| state.set_rules(route, rules));
    }

    /// Takes a message in and does another verb in the same breath. What comes back hears when the entry leaves the live queue.
    pub(super) fn take_in<R>(
        &self,
        id: EntryId,
        route: &Route,
        message: Arc<Message>,
        terms: Terms,
        then: impl FnOnce(&mut State, Now) -> R,
    ) -> Result<(Left, R), QueueError> {
        let mut core = self.lock();
        // Notifications, which are from nobody, tell of what happens until the end.
        if core.closed && message.envelope.reverse_path.is_some() {
            return Err(QueueError::Closed);
        }
        let then = self.run(&mut core, |state, now| {
            state.admit(id, route, message, terms, now)?;
            Ok(then(state, now))
        })?;
        Ok((core.listen(id), then))
    }

    /// Takes messages in by a verb, which does all or nothing. What was promised comes in also where the queue is closed.
    pub(super) fn take_batch(
        &self,
        ids: &[EntryId],
        promised: bool,
        verb: impl FnOnce(&mut State, Now) -> Result<(), QueueError>,
    ) -> Result<Vec<Left>, QueueError> {
        let mut core = self.lock();
        if core.closed && !promised {
            return Err(QueueError::Closed);
        }
        self.run(&mut core, verb)?;
        Ok(ids.iter().map(|id| core.listen(*id)).collect())
    }

    /// Lets those who wait for a change look again.
    pub(super) fn nudge(&self) {
        self.0.changed.send_modify(|_| {});
    }

    /// Takes no more messages from now on, but for notifications. What is queued stays, and every other verb goes on working.
    pub fn close(&self) {
        self.lock().closed = true;
    }

    /// Whether it has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// For the guard: a verb on the state.
    pub(super) fn settle_with<R>(&self, verb: impl FnOnce(&mut State, Now) -> R) -> R {
        self.with(verb)
    }

    /// The queue as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.read(|state, _| state.snapshot())
    }

    /// An entry, live or done.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<Arc<Entry>> {
        self.read(|state, _| state.entry(id).cloned())
    }

    /// Entries of the route that are due or being sent, counted no further than `most`.
    #[must_use]
    pub fn backlog(&self, route: &Route, most: usize) -> usize {
        self.read(|state, now| state.backlog(route, most, now))
    }

    /// The most connections that the route may use now: no limit until the server says that there are too many.
    #[must_use]
    pub fn connections(&self, route: &Route) -> usize {
        self.read(|state, now| state.connections(route, now))
    }

    /// The events from now on. They are hints: a slow reader loses some and reads the snapshot instead.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    /// The number of the latest change, to wait for the next one.
    #[must_use]
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// See [`State::hold`].
    ///
    /// # Errors
    /// See there.
    pub fn hold(&self, id: EntryId) -> Result<(), QueueError> {
        self.with(|state, now| state.hold(id, now))
    }

    /// See [`State::release`].
    ///
    /// # Errors
    /// See there.
    pub fn release(&self, id: EntryId) -> Result<(), QueueError> {
        self.with(|state, now| state.release(id, now))
    }

    /// See [`State::retry_now`].
    ///
    /// # Errors
    /// See there.
    pub fn retry_now(&self, id: EntryId) -> Result<(), QueueError> {
        self.with(|state, now| state.retry_now(id, now))
    }

    /// See [`State::drop`].
    ///
    /// # Errors
    /// See there.
    pub fn drop_entry(&self, id: EntryId) -> Result<(), QueueError> {
        self.with(|state, now| state.drop(id, now))
    }

    /// See [`State::restore`].
    ///
    /// # Errors
    /// See there.
    pub fn restore(&self, id: EntryId) -> Result<(), QueueError> {
        self.with(|state, now| state.restore(id, now))
    }

    /// See [`State::pause_all`].
    pub fn pause_all(&self) {
        self.with(State::pause_all);
    }

    /// See [`State::resume_all`].
    pub fn resume_all(&self) {
        self.with(|state, _| state.resume_all());
    }

    /// See [`State::resume_route`].
    #[must_use]
    pub fn resume_route(&self, route: &Route) -> bool {
        self.with(|state, now| state.resume_route(route, now))
    }

    /// See [`State::expire`]. Whoever waits for work does this by itself.
    pub fn expire(&self) {
        self.with(State::expire);
    }

    /// See [`State::worker_panicked`].
    pub fn worker_panicked(&self, route: &Route, words: &str) {
        self.with(|state, now| state.worker_panicked(route, words, now));
    }
}

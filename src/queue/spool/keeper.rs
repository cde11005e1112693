//! The spool's own thread: it writes what is to be kept in groups, so that a burst costs few syncs, and moves what is done only
//! when the journal says so durably.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use uuid::Uuid;

use super::conversations::Book;
use super::error::words;
use super::found::Found;
use super::journal::Journal;
use super::layout::{Keep, Layout};
use super::place::Place;
use super::watch::Watch;
use crate::mail::clean::Clean;

/// How often the spool is looked at for messages of other processes, and what failed is tried again.
const TICK: Duration = Duration::from_secs(1);
/// Moves for which nobody waits are gathered for this long after the last sync: a fast disk would be asked for one sync each.
const GATHER: Duration = Duration::from_millis(10);
/// Jobs that are done together.
const GROUP: usize = 1024;

/// What happens in the spool by itself.
#[derive(Debug)]
pub enum News {
    /// Another process has queued messages.
    Arrived(Vec<Found>),
    /// The disk does not take what is to be written, with the reason; or it does again.
    Trouble(Option<Clean>),
    /// Something was set aside.
    Aside(Clean),
    /// Conversations are not kept for now, with the reason. Said once, until they are again.
    Untold(Clean),
}

/// Hears whether it was done.
pub(super) type Told = oneshot::Sender<io::Result<()>>;

/// A transaction that was decided.
struct Decision {
    id: Uuid,
    entries: Vec<Uuid>,
    told: Told,
    /// Whether it was prepared before, in a step of its own.
    promised: bool,
}

/// What to do.
pub(super) enum Job {
    Keep(Box<Keep>, Told),
    KeepAll(Uuid, Vec<Keep>, Told),
    Prepare(Uuid, Vec<Keep>, Told),
    Commit(Uuid, Vec<Uuid>, Told),
    Abort(Uuid),
    Move(Uuid, Place),
    /// A sync of the journal is wanted, for which nobody waits.
    Sync,
    Look,
    /// There is a conversation to be written down.
    Said,
    Forget(Vec<Uuid>),
    Flush(oneshot::Sender<Result<(), Clean>>),
    Tell(Box<dyn Fn(News) + Send>),
}

/// The thread's state.
pub(super) struct Keeper {
    layout: Layout,
    journal: Arc<Journal>,
    /// Where each message is that this process knows of.
    places: HashMap<Uuid, Place>,
    /// Looks for messages of other processes, where this process delivers them.
    watch: Option<Watch>,
    /// Transactions that were decided and are to be carried out.
    decisions: Vec<Decision>,
    /// Moves that wait for the journal.
    moves: Vec<(Uuid, Place)>,
    flushes: Vec<oneshot::Sender<Result<(), Clean>>>,
    tell: Option<Box<dyn Fn(News) + Send>>,
    trouble: Option<Clean>,
    retry: Instant,
    /// Before this the journal is not synced for moves alone.
    next_sync: Instant,
    /// When others' messages were last looked for.
    looked: Instant,
    conversations: Book,
}

impl Keeper {
    pub(super) fn new(
        layout: Layout,
        journal: Arc<Journal>,
        places: HashMap<Uuid, Place>,
        watches: bool,
        conversations: Book,
    ) -> Self {
        Self {
            watch: watches.then(Watch::default),
            layout,
            journal,
            places,
            decisions: Vec::new(),
            moves: Vec::new(),
            flushes: Vec::new(),
            tell: None,
            trouble: None,
            retry: Instant::now(),
            next_sync: Instant::now(),
            looked: Instant::now(),
            conversations,
        }
    }

    /// Works until nobody can give it anything more to do.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let first = match jobs.recv_timeout(self.rest()) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let round: Vec<Job> = first
                .into_iter()
                .chain(std::iter::from_fn(|| jobs.try_recv().ok()))
                .take(GROUP)
                .collect();
            self.round(round);
        }
        self.retry = Instant::now();
        self.next_sync = self.retry;
        self.settle();
        let trouble = self.conversations.end(&self.places);
        self.untold(trouble);
    }

    /// How long there is nothing to do unless somebody asks for it.
    fn rest(&mut self) -> Duration {
        let now = Instant::now();
        let is_idle = self.moves.is_empty() && !self.journal.is_sync_wanted();
        let rest = if is_idle || self.trouble.is_some() {
            TICK
        } else {
            self.next_sync.saturating_duration_since(now)
        };
        self.conversations
            .rest(now)
            .map_or(rest, |other| rest.min(other))
    }

    fn round(&mut self, round: Vec<Job>) {
        let (mut keeps, mut look) = (Vec::new(), false);
        // A look may mean to read all names there are, and conversations and dots are no reason for that.
        let idle = round.iter().all(|job| matches!(job, Job::Said | Job::Sync));
        for job in round {
            match job {
                Job::Keep(keep, told) => keeps.push((*keep, told)),
                Job::KeepAll(id, batch, told) => {
                    let entries = batch.iter().map(|keep| keep.head.id).collect();
                    let decided = self.layout.write_decided(id, &batch);
                    self.decided(decided, (id, entries), told, false);
                }
                Job::Prepare(id, batch, told) => {
                    drop(told.send(self.layout.prepare(id, &batch)));
                }
                Job::Commit(id, entries, told) => {
                    let decided = self.layout.decide(id);
                    self.decided(decided, (id, entries), told, true);
                }
                // What cannot be removed now is found in doubt by whoever opens the spool next.
                Job::Abort(id) => drop(self.layout.abort(id)),
                Job::Move(id, place) => self.moves.push((id, place)),
                Job::Look => look = true,
                // That it woke up is all there is to it.
                Job::Said | Job::Sync => {}
                Job::Forget(ids) => {
                    for id in ids {
                        self.places.remove(&id);
                    }
                    look = true;
                }
                Job::Flush(told) => self.flushes.push(told),
                Job::Tell(tell) => self.tell = Some(tell),
            }
        }
        self.keep(keeps);
        self.carry_out();
        self.settle();
        if !idle || self.looked.elapsed() >= TICK {
            self.looked = Instant::now();
            self.look(look);
        }
        self.compact();
        let trouble = self.conversations.work(&self.places, Instant::now());
        self.untold(trouble);
    }

    /// Says that conversations are not kept, where that is news.
    fn untold(&self, trouble: Option<io::Error>) {
        if let Some(error) = trouble {
            tracing::warn!("conversations are not kept for now: {error}");
            self.say(News::Untold(words(&error).into()));
        }
    }

    fn decided(
        &mut self,
        done: io::Result<()>,
        (id, entries): (Uuid, Vec<Uuid>),
        told: Told,
        promised: bool,
    ) {
        match done {
            Ok(()) => self.decisions.push(Decision {
                id,
                entries,
                told,
                promised,
            }),
            Err(error) => drop(told.send(Err(error))),
        }
    }

    /// Carries out what was decided. Where the disk does not let it, whoever asked waits until it does.
    fn carry_out(&mut self) {
        for decision in std::mem::take(&mut self.decisions) {
            if let Err(error) = self.layout.carry_out(decision.id) {
                self.in_trouble(&error);
                self.decisions.push(decision);
                continue;
            }
            let Decision {
                entries,
                told,
                promised,
                ..
            } = decision;
            self.know(true, entries.iter().copied());
            if told.send(Ok(())).is_ok() {
                continue;
            }
            // Whoever asked was cancelled. What was promised is taken up as if it came from elsewhere; of the rest nobody was told
            // that it is queued.
            for id in entries {
                if promised {
                    self.places.remove(&id);
                } else {
                    self.moves.push((id, Place::Gone));
                }
            }
        }
    }

    fn know(&mut self, done: bool, entries: impl Iterator<Item = Uuid>) {
        if done {
            self.places.extend(entries.map(|id| (id, Place::New)));
        }
    }

    fn keep(&mut self, keeps: Vec<(Keep, Told)>) {
        let (batch, told): (Vec<Keep>, Vec<_>) = keeps.into_iter().unzip();
        if batch.is_empty() {
            return;
        }
        let results = self.layout.deposit(&batch);
        for ((keep, told), result) in batch.iter().zip(told).zip(results) {
            self.know(result.is_ok(), std::iter::once(keep.head.id));
            // Whoever asked may have been cancelled; then nobody was told that it is queued, and it must not be sent.
            if let Err(Ok(())) = told.send(result) {
                self.moves.push((keep.head.id, Place::Gone));
            }
        }
    }

    /// Moves what is done, behind a sync of the journal.
    fn settle(&mut self) {
        if self.trouble.is_some() && Instant::now() < self.retry {
            return self.refuse_flushes();
        }
        let is_idle = self.moves.is_empty() && !self.journal.is_sync_wanted();
        if is_idle && self.flushes.is_empty() && self.trouble.is_none() {
            // Lines that the disk did not take are tried again all the same.
            if !self.journal.is_written() {
                self.in_trouble(&io::ErrorKind::StorageFull.into());
            }
            return;
        }
        let can_wait = self.flushes.is_empty() && self.trouble.is_none();
        if can_wait && Instant::now() < self.next_sync {
            return;
        }
        let done = self.journal.sync().and_then(|()| self.carry_out_moves());
        self.next_sync = Instant::now() + GATHER;
        match done {
            Ok(()) => {
                if self.trouble.take().is_some() {
                    self.say(News::Trouble(None));
                }
                for told in self.flushes.drain(..) {
                    drop(told.send(Ok(())));
                }
            }
            Err(error) => {
                self.in_trouble(&error);
                self.refuse_flushes();
            }
        }
    }

    fn refuse_flushes(&mut self) {
        let words = self.trouble.clone().unwrap_or_default();
        for told in self.flushes.drain(..) {
            drop(told.send(Err(words.clone())));
        }
    }

    fn in_trouble(&mut self, error: &io::Error) {
        let words = Clean::from(words(error));
        self.retry = Instant::now() + TICK;
        if self.trouble.as_ref() != Some(&words) {
            self.trouble = Some(words.clone());
            self.say(News::Trouble(Some(words)));
        }
    }

    /// Carries out the moves that wait; those that fail wait on.
    fn carry_out_moves(&mut self) -> io::Result<()> {
        let moves = std::mem::take(&mut self.moves);
        let failed = |(_, place): &&(Uuid, Place)| *place == Place::Failed;
        let links: Vec<Uuid> = moves.iter().filter(failed).map(|(id, _)| *id).collect();
        if let Err(error) = self.layout.link_failed(&links) {
            self.moves = moves;
            return Err(error);
        }
        let (mut result, mut stuck) = (Ok(()), HashSet::new());
        for (id, place) in moves {
            if stuck.contains(&id) {
                // A message that was dropped and brought back must not end where it was dropped.
                self.moves.push((id, place));
                continue;
            }
            match self.layout.relocate(id, place) {
                Ok(()) if place == Place::Gone => {
                    self.places.remove(&id);
                    self.conversations.forget(id);
                }
                Ok(()) => {
                    self.places.insert(id, place);
                }
                Err(error) => {
                    self.moves.push((id, place));
                    stuck.insert(id);
                    result = Err(error);
                }
            }
        }
        result
    }

    fn look(&mut self, now: bool) {
        let Some(watch) = &mut self.watch else { return };
        if self.tell.is_none() {
            return;
        }
        let places = &self.places;
        match watch.look(&self.layout, now, |id| places.contains_key(&id)) {
            Ok((found, aside)) => {
                self.know(true, found.iter().map(|found| found.head.id));
                for words in aside {
                    self.say(News::Aside(words));
                }
                if !found.is_empty() {
                    self.say(News::Arrived(found));
                }
            }
            Err(error) => self.in_trouble(&error),
        }
    }

    fn compact(&mut self) {
        // A process that did not read all of the spool does not know what is still wanted.
        if self.watch.is_none() || self.trouble.is_some() || !self.journal.is_large() {
            return;
        }
        // A file that was removed must stay removed when its line is forgotten.
        let synced = self.layout.sync_places();
        let places = &self.places;
        let done = synced.and_then(|()| self.journal.compact(|id| places.contains_key(id)));
        if let Err(error) = done {
            self.in_trouble(&error);
        }
    }

    fn say(&self, news: News) {
        if let Some(tell) = &self.tell {
            tell(news);
        }
    }
}

//! What an admission gives back: the entry's identity, and ways to wait for what becomes of it.

use std::sync::Arc;

use super::error::QueueError;
use super::handle::{Left, Queue};
use super::terms::Terms;
use crate::mail::entry::{Entry, Route};
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::mail::rhythm::Rhythm;

/// A handle on an admitted message. It may be dropped; the message goes its way all the same.
#[derive(Clone, Debug)]
pub struct Ticket {
    queue: Queue,
    id: EntryId,
    left: Left,
}

impl Ticket {
    pub(super) fn new(queue: &Queue, id: EntryId, left: Left) -> Self {
        Self {
            queue: queue.clone(),
            id,
            left,
        }
    }

    /// The entry's identity.
    #[must_use]
    pub const fn id(&self) -> EntryId {
        self.id
    }

    /// The entry as it stands, also after the queue has forgotten it.
    #[must_use]
    pub fn entry(&self) -> Option<Arc<Entry>> {
        self.queue
            .entry(self.id)
            .or_else(|| self.left.borrow().clone())
    }

    /// Waits until the first attempt is over, or cannot be made for now: the host or the queue is paused, the entry is held or
    /// not yet due, or its account only queues.
    pub async fn attempted(&self) -> Option<Arc<Entry>> {
        let queue = &self.queue;
        let seen = queue.wait_for(self.id, |snapshot, entry| {
            let over = entry.attempts.iter().any(|attempt| attempt.end.is_some());
            if entry.end.is_some() || over {
                return true;
            }
            let now = queue.now();
            let paused = snapshot.routes.get(&entry.route).is_some_and(|route| {
                route
                    .pause
                    .as_ref()
                    .is_some_and(|pause| pause.until > now.tick)
            });
            let never = snapshot
                .routes
                .get(&entry.route)
                .is_some_and(|route| route.rhythm == Rhythm::Never);
            let waits = paused || never || snapshot.paused.is_some() || entry.held.is_some();
            entry.running().is_none() && (waits || entry.due > now.tick)
        });
        match seen.await {
            Some(entry) => Some(entry),
            None => self.left.borrow().clone(),
        }
    }

    /// Waits until the entry has left the live queue: every recipient has an end state, or somebody dropped it. `None` only where
    /// the queue itself is gone.
    pub async fn settled(&self) -> Option<Arc<Entry>> {
        let mut left = self.left.clone();
        let entry = left.wait_for(Option::is_some).await.ok()?;
        entry.clone()
    }
}

impl Queue {
    /// Takes a message in, into memory only.
    ///
    /// # Errors
    /// As [`State::admit`](super::State::admit).
    pub fn admit(
        &self,
        id: EntryId,
        route: &Route,
        message: Arc<Message>,
        terms: Terms,
    ) -> Result<Ticket, QueueError> {
        let (left, ()) = self.take_in(id, route, message, terms, |_, _| ())?;
        Ok(Ticket::new(self, id, left))
    }
}

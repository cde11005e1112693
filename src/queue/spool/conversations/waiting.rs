//! Conversations that are over and wait to be written down. There may be any number of them; only so many are waited with.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::{MOST, USUAL};
use crate::mail::entry::{Attempt, Route};
use crate::mail::outcome::Status;

/// Conversations that may wait in which something went wrong; of more the oldest are let go.
const TELLING: usize = 10_000;
/// Others that may wait. Of messages that were delivered more are not remembered, either.
const PLAIN: usize = 1000;

/// A conversation that is over.
#[derive(Clone, Debug)]
pub(in crate::queue) struct Said {
    pub(in crate::queue) id: Uuid,
    pub(in crate::queue) account: Route,
    pub(in crate::queue) attempt: Arc<Attempt>,
}

impl Said {
    /// Whether it has nothing to tell but that all went well at once.
    fn is_plain(&self) -> bool {
        let delivered = |(_, status): &(_, Status)| matches!(status, Status::Delivered(_));
        let end = self.attempt.end.as_ref();
        self.attempt.number == 1
            && end.is_some_and(|end| end.trouble.is_none() && end.recipients.iter().all(delivered))
    }
}

/// What waits to be written down, between the queue and the spool's thread.
#[derive(Debug)]
pub(in crate::queue::spool) struct Waiting {
    /// How many are kept of a message; none where it is 0.
    most: AtomicUsize,
    inner: Mutex<Lists>,
}

#[derive(Debug, Default)]
struct Lists {
    /// Of attempts in which something went wrong.
    telling: VecDeque<Said>,
    plain: VecDeque<Said>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            most: AtomicUsize::new(USUAL),
            inner: Mutex::default(),
        }
    }
}

impl Waiting {
    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are kept of a message.
    pub(in crate::queue::spool) fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// Sets how many are kept of a message from now on.
    pub(in crate::queue::spool) fn keep(&self, most: usize) {
        self.most.store(most.min(MOST), Ordering::Relaxed);
    }

    /// Takes in a conversation. Returns whether the spool's thread has to be told: of the others it hears when the message is
    /// moved.
    pub(in crate::queue::spool) fn add(&self, said: Said) -> bool {
        if self.most() == 0 {
            return false;
        }
        let (mut lists, is_plain) = (self.lists(), said.is_plain());
        let (list, most) = if is_plain {
            (&mut lists.plain, PLAIN)
        } else {
            (&mut lists.telling, TELLING)
        };
        if list.len() >= most {
            list.pop_front();
        }
        list.push_back(said);
        !is_plain && list.len() == 1
    }

    /// How many wait in which something went wrong, and how many others.
    pub(super) fn count(&self) -> (usize, usize) {
        let lists = self.lists();
        (lists.telling.len(), lists.plain.len())
    }

    /// The next ones in which something went wrong, or the next others.
    pub(super) fn take(&self, telling: bool, most: usize) -> Vec<Said> {
        let mut lists = self.lists();
        let list = if telling {
            &mut lists.telling
        } else {
            &mut lists.plain
        };
        let count = list.len().min(most);
        list.drain(..count).collect()
    }
}

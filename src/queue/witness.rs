//! Who hears of everything that happens, in order and without loss, beside the events that are only hints.

use std::sync::{Arc, Weak};

use super::handle::{Inner, Queue};
use crate::mail::clean::Clean;
use crate::mail::entry::Entry;
use crate::mail::event::{Event, Kind};
use crate::mail::parcel::EntryId;

/// A way back to a queue that does not keep it alive.
#[derive(Clone, Debug)]
pub struct WeakQueue(Weak<Inner>);

impl WeakQueue {
    /// The queue, while somebody holds it.
    #[must_use]
    pub fn get(&self) -> Option<Queue> {
        self.0.upgrade().map(Queue)
    }
}

impl Queue {
    /// A way back to this queue that does not keep it alive.
    #[must_use]
    pub fn downgrade(&self) -> WeakQueue {
        WeakQueue(Arc::downgrade(&self.0))
    }

    /// Has `ear` hear every event from now on, in order, none left out.
    ///
    /// It is called within the queue's lock, so it may neither wait nor call the queue: it hands on to somebody who does.
    pub fn witness(&self, ear: impl Fn(&Event, Option<&Arc<Entry>>) + Send + 'static) {
        self.lock().ears.add(Box::new(ear));
    }

    /// Writes a remark into an entry's history, unless it is there already.
    pub fn remark(&self, id: EntryId, text: &str) {
        let text = Clean::new(text);
        self.with(|state, now| state.remark(id, &text, now));
    }

    /// Says that the delivery log cannot be written, and why.
    pub fn log_failed(&self, words: &str) {
        self.with(|state, now| state.tell(Kind::LogFailed(Clean::new(words)), now));
    }
}

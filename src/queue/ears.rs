//! Who hears of every event within the queue's lock.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::mail::entry::Entry;
use crate::mail::event::Event;

/// Called with each event, and with the entry that it happened to as it stands behind the verb.
pub(super) type Ear = Box<dyn Fn(&Event, Option<&Arc<Entry>>) + Send>;

/// All who listen.
#[derive(Default)]
pub(super) struct Ears(Vec<Ear>);

impl Ears {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, ear: Ear) {
        self.0.push(ear);
    }

    pub(super) fn hear(&self, event: &Event, entry: Option<&Arc<Entry>>) {
        for ear in &self.0 {
            // The queue's work is in the middle, and must come to its end whatever a listener does.
            let heard = catch_unwind(AssertUnwindSafe(|| ear(event, entry)));
            if heard.is_err() {
                tracing::error!("who listens to the queue has panicked at {:?}", event.kind);
            }
        }
    }
}

impl fmt::Debug for Ears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ears", self.0.len())
    }
}

//! How reports to authors come into the queue: each once, whatever ends the program in between.

use std::sync::Arc;

use super::error::QueueError;
use super::handle::Queue;
use super::machine::Owed;
use super::terms::Terms;
use crate::mail::entry::Route;
use crate::mail::message::Message;

impl Queue {
    /// The reports that are owed on these routes, oldest first: those on what has happened since [`RouteRules::report`] was set,
    /// and those that the program before has left in the spool. Each stays here until it is [paid](Self::pay) or
    /// [written off](Self::write_off).
    ///
    /// [`RouteRules::report`]: super::RouteRules::report
    #[must_use]
    pub fn owed(&self, is_wanted: impl Fn(&Route) -> bool) -> Vec<Owed> {
        self.with(|state, _| state.owed(is_wanted))
    }

    /// Queues the report that is owed, through the route of its message. Where that is in the spool the report goes there too,
    /// and it is written down as paid in the moment in which it is in the queue.
    ///
    /// # Errors
    /// As [`enqueue`](Self::enqueue); it is owed as before.
    pub async fn pay(&self, owed: &Owed, report: Message) -> Result<(), QueueError> {
        let (id, route, terms) = (owed.report, &owed.entry.route, Terms::default());
        let durable = owed.entry.is_spooled() || self.is_durable(route);
        let kept = self.keep(id, route, Arc::new(report), &terms, durable);
        let kept = kept.await?;
        let taken = self.take_in(id, route, Arc::clone(&kept.message), terms, |state, _| {
            state.paid(owed.entry.id, owed.about);
        });
        kept.undo.stays_if(taken).map(drop)
    }

    /// There is nothing to be told.
    pub fn write_off(&self, owed: &Owed) {
        self.with(|state, _| state.paid(owed.entry.id, owed.about));
    }
}

//! What happens in the queue, in words for the status line.

use std::sync::Arc;

use crate::mail::clean::clean;
use crate::mail::entry::Entry;
use crate::mail::event::{Event, Kind};
use crate::mail::outcome::Status;
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::Snapshot;
use crate::tui::effect::Level;

use super::state::App;

impl App {
    /// Takes a picture of the queue.
    pub fn refresh(&mut self, snapshot: Snapshot) {
        let aside = |snapshot: &Snapshot| {
            let spool = snapshot.spool.as_ref();
            spool.map_or(0, |spool| spool.aside.len())
        };
        let known = aside(&self.world.snapshot);
        self.world.snapshot = snapshot;
        self.weave();
        self.fall_behind();
        let spool = self.world.snapshot.spool.clone();
        if let Some(words) = spool.and_then(|spool| spool.aside.get(known..)?.last().cloned()) {
            let more = match aside(&self.world.snapshot) - known {
                1 => String::new(),
                many => format!(" (and {} more)", many - 1),
            };
            self.say(
                Level::Error,
                &format!("set aside in the spool: {words}{more}"),
            );
        }
        self.world.sent_per_minute = self
            .minute
            .count(self.world.snapshot.totals.delivered, self.world.now.tick);
    }

    /// Says what happened, where it is worth a sentence.
    pub fn happened(&mut self, event: &Event) {
        let (level, words) = match &event.kind {
            Kind::Recipient(id, address, status) => {
                let level = match status {
                    Status::Pending | Status::Delivered(_) => Level::Info,
                    Status::Deferred(_) | Status::Uncertain(_) => Level::Warning,
                    Status::Failed(_) | Status::Expired(_) => Level::Error,
                };
                let words = status.words();
                let colon = if words.is_empty() { "" } else { ": " };
                let stop = self.without_end(*id, status);
                (
                    level,
                    format!("{address} {}{stop}{colon}{words}", status.name()),
                )
            }
            Kind::Delayed(id) => (Level::Warning, self.delayed(*id)),
            Kind::LogFailed(words) => (
                Level::Error,
                format!("no delivery log for now, its lines are kept: {words}"),
            ),
            Kind::Untold(words) => (
                Level::Warning,
                format!("what is said to servers is not kept for now, the mail goes on: {words}"),
            ),
            Kind::HostPaused(route, failure) => {
                (Level::Error, format!("host of {route} paused: {failure}"))
            }
            Kind::HostResumed(route) => (Level::Info, format!("{route} works again")),
            Kind::WorkerPanicked(route, words) => (
                Level::Error,
                format!("a worker of {route} broke down, its mail is back in the queue: {words}"),
            ),
            Kind::Queued(_)
            | Kind::Attempting(_)
            | Kind::Settled(_)
            | Kind::Held(_)
            | Kind::Released(_)
            | Kind::Dropped(_)
            | Kind::Restored(_) => return,
        };
        self.say(level, &words);
    }

    /// What can be done where it was sent again and again and the server never said whether it has it.
    fn without_end(&self, id: EntryId, status: &Status) -> &'static str {
        let entry = self.world.snapshot.entry(id);
        // The event may run ahead of the picture by the attempt that it is about.
        let often = |entry: &Arc<Entry>| {
            entry.times_uncertain() + usize::from(entry.running().is_some()) >= 3
        };
        if matches!(status, Status::Uncertain(_)) && entry.is_some_and(often) {
            " again; hold or drop it to send no more copies"
        } else {
            ""
        }
    }

    fn delayed(&self, id: EntryId) -> String {
        let late = |entry: &Arc<Entry>| {
            let (open, all) = (entry.open().count(), entry.recipients.len());
            let subject = clean(&entry.message.subject).into_owned();
            format!("late: {open} of {all} recipients not reached yet, {subject}")
        };
        let entry = self.world.snapshot.entry(id);
        entry.map_or_else(|| "a message is late".to_owned(), late)
    }
}

//! What was said before this program was started, or by another: read from the spool for the message that is looked at.

use std::sync::Arc;
use std::time::Duration;

use crate::mail::clean::Clean;
use crate::mail::clock::until;
use crate::mail::entry::{Attempt, Entry};
use crate::mail::kept::{KeptAttempt, is_at_hand, merged};
use crate::mail::parcel::EntryId;
use crate::tui::effect::{Effect, Level, Place};

use super::state::App;

/// What was said may be written down that much later than what came of it.
const FRESH: Duration = Duration::from_secs(5);

impl App {
    /// Has the attempts read that a message has in the spool, where not all of them are at hand.
    pub(super) fn look_back(&self, id: EntryId) -> Option<Effect> {
        let entry = self.world.snapshot.entry(id)?;
        lacks(entry).then_some(Effect::ReadAttempts(id))
    }

    /// They were read, or were not.
    pub(super) fn looked_back(&mut self, id: EntryId, kept: Result<Vec<KeptAttempt>, Clean>) {
        match kept {
            Ok(kept) => {
                let now = self.world.now;
                let attempts = kept.into_iter().map(|one| Arc::new(one.attempt(now)));
                self.world.earlier = Some((id, attempts.collect()));
                self.weave();
            }
            Err(words) => self.say(Level::Warning, &words),
        }
    }

    /// Puts what was read into the picture of the queue. A new picture is without it.
    pub(super) fn weave(&mut self) {
        let Some((id, earlier)) = &self.world.earlier else {
            return;
        };
        let snapshot = &mut self.world.snapshot;
        let entry = match snapshot.live.get_mut(id) {
            Some(entry) => Some(entry),
            None => snapshot.done.get_mut(id),
        };
        if let Some(entry) = entry {
            let lines = |one: &Arc<Attempt>| match one.end {
                Some(_) => one.transcript.count(),
                None => usize::MAX,
            };
            let all = merged(&entry.attempts, earlier, |one| one.number, lines);
            Arc::make_mut(entry).attempts = all;
        }
    }

    /// Notices where the message that is looked at was tried by another process since its attempts were read.
    pub(super) fn fall_behind(&mut self) {
        let mut open = self.over.iter().rev().filter_map(|over| match over.place {
            Place::Detail(id) | Place::Transcript(id, _) => Some(id),
            _ => None,
        });
        let entry = open.next().and_then(|id| self.world.snapshot.entry(id));
        let known = |entry: &Entry| {
            let earlier = self.world.earlier.as_ref();
            let (_, known) = earlier.filter(|(id, _)| *id == entry.id)?;
            known.last().map(|last| last.number)
        };
        let unknown = |entry: &&Arc<Entry>| {
            let last = entry.attempts.last().filter(|last| !is_at_hand(last));
            last.is_some_and(|last| {
                let fresh = until(self.world.now.wall, last.started.wall) < FRESH + took(last);
                fresh && known(entry).is_none_or(|known| known < last.number)
            })
        };
        self.behind = entry.filter(unknown).map(|entry| entry.id);
    }
}

fn took(attempt: &Attempt) -> Duration {
    attempt.end.as_ref().map_or(Duration::ZERO, |end| end.took)
}

/// Whether there may be more to be told of a message than is at hand.
fn lacks(entry: &Entry) -> bool {
    let first = entry.attempts.first();
    let is_cut = first.is_some_and(|first| first.number > 1);
    entry.is_spooled() && (is_cut || entry.attempts.iter().any(|one| !is_at_hand(one)))
}

//! What was done last, so that it can be taken back.

use std::time::Duration;

use crate::mail::clock::Now;
use crate::mail::parcel::EntryId;
use crate::tui::world::KeptDraft;

/// How long a hold or a drop can be taken back.
const ENTRY: Duration = Duration::from_secs(30);

/// How many steps are remembered.
const STEPS: usize = 100;

/// Something that can be taken back.
#[derive(Debug)]
pub(super) enum Step {
    Held(EntryId),
    Released(EntryId),
    Dropped(EntryId),
    Draft(Box<KeptDraft>),
}

/// The steps, oldest first.
#[derive(Debug, Default)]
pub(super) struct Undo(Vec<(Step, Now)>);

impl Undo {
    pub(super) fn push(&mut self, step: Step, now: Now) {
        self.0.push((step, now));
        if self.0.len() > STEPS {
            self.0.remove(0);
        }
    }

    /// The last step that can still be taken back. Drafts can be for as long as the console runs.
    pub(super) fn pop(&mut self, now: Now) -> Option<Step> {
        self.0.retain(|(step, at)| {
            matches!(step, Step::Draft(_)) || now.tick.since(at.tick) <= ENTRY
        });
        self.0.pop().map(|(step, _)| step)
    }
}

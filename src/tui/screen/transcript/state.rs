//! What the transcript's screen remembers: which attempt, where in it, and how it is shown.

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::layout::Rect;

use crate::mail::entry::{Attempt, Entry};
use crate::mail::parcel::EntryId;
use crate::mail::transcript::Line;
use crate::tui::widget::ask::Ask;
use crate::tui::widget::fold::Item;
use crate::tui::widget::text::wrap;

use super::lines::lead;

/// The screen of one attempt's conversation.
#[derive(Clone, Debug)]
pub struct TranscriptScreen {
    pub(super) id: EntryId,
    /// The attempt; the latest where no number was given.
    pub(super) number: Option<u32>,
    pub(super) cursor: usize,
    pub(super) top: usize,
    pub(super) follow: bool,
    /// The attempt that was still running when it was last looked at.
    pub(super) watched: Option<u32>,
    /// Whether nothing was moved yet: then the cursor belongs on the first refusal.
    pub(super) fresh: bool,
    pub(super) wrap: bool,
    pub(super) unfolded: BTreeSet<usize>,
    pub(super) ask: Option<Ask>,
    pub(super) words: String,
}

impl TranscriptScreen {
    /// The conversation of an attempt, or of the latest; it follows what is still being said.
    pub fn new(id: EntryId, number: Option<u32>) -> Self {
        Self {
            id,
            number,
            cursor: 0,
            top: 0,
            follow: true,
            watched: None,
            fresh: true,
            wrap: false,
            unfolded: BTreeSet::new(),
            ask: None,
            words: String::new(),
        }
    }

    fn attempt<'a>(&self, entry: &'a Entry) -> Option<&'a Arc<Attempt>> {
        let (first, last) = (entry.attempts.first()?, entry.attempts.last()?);
        let number = self.number?.clamp(first.number, last.number);
        entry.attempts.iter().find(|one| one.number == number)
    }

    /// The attempt that is shown: the chosen one where it is kept, else the latest.
    pub(super) fn shown<'a>(&self, entry: &'a Entry) -> Option<&'a Arc<Attempt>> {
        self.attempt(entry).or_else(|| entry.attempts.last())
    }

    /// The lines that an item takes on the screen.
    pub(super) fn lines_of(&self, item: &Item, lines: &[Line], area: Rect) -> Vec<String> {
        let Some(line) = lines.get(item.line) else {
            return vec![String::new()];
        };
        if !self.wrap {
            return vec![line.text.to_string()];
        }
        let columns = area.width.saturating_sub(lead(area) + 1);
        wrap(&line.text, usize::from(columns))
    }
}

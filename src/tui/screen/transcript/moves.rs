//! Moving in a conversation: to other attempts, to lines, to words; folding and copying.

use crate::mail::entry::Entry;
use crate::mail::transcript::Line;
use crate::tui::effect::{Effect, Level};
use crate::tui::screen::queue::acts::warn;
use crate::tui::screen::queue::filter::has;
use crate::tui::widget::fold::{Item, fold};

use super::state::TranscriptScreen;

impl TranscriptScreen {
    /// Turns to the attempt after this one, or to the one before.
    pub(super) fn turn(&mut self, entry: &Entry, forward: bool) -> Vec<Effect> {
        let Some(number) = self.shown(entry).map(|attempt| attempt.number) else {
            return Vec::new();
        };
        let mut numbers = entry.attempts.iter().map(|attempt| attempt.number);
        let other = if forward {
            numbers.find(|other| *other > number)
        } else {
            numbers.rev().find(|other| *other < number)
        };
        let Some(other) = other else {
            let end = if forward {
                "latest"
            } else {
                "first that is kept"
            };
            return vec![Effect::Say(
                Level::Info,
                format!("this is the {end} attempt"),
            )];
        };
        let latest = entry.attempts.last().map(|attempt| attempt.number);
        self.number = (Some(other) != latest).then_some(other);
        self.unfolded.clear();
        (self.cursor, self.top, self.follow) = (0, 0, self.number.is_none());
        self.fresh = true;
        Vec::new()
    }

    /// Folds or unfolds what belongs together with the line under the cursor.
    pub(super) fn toggle(&mut self, items: &[Item]) {
        let Some(item) = items.get(self.cursor) else {
            return;
        };
        if item.group.len() < 2 {
            return;
        }
        let start = item.group.start;
        if self.unfolded.remove(&start) {
            self.cursor = items
                .iter()
                .position(|other| other.line == start)
                .unwrap_or(0);
        } else {
            self.unfolded.insert(start);
        }
        self.follow = false;
    }

    /// Goes to the next line with the words, or to the one before, around the ends; unfolds where it has to. `here` lets the
    /// line under the cursor count.
    pub(super) fn find(
        &mut self,
        lines: &[Line],
        items: &[Item],
        forward: bool,
        here: bool,
    ) -> Vec<Effect> {
        let needle = self.words.to_lowercase();
        if needle.trim().is_empty() {
            return warn("there are no words to find yet");
        }
        let at = items.get(self.cursor).map_or(0, |item| item.line);
        let count = lines.len();
        let turned = (usize::from(!here)..=count).map(|step| {
            if forward {
                (at + step) % count.max(1)
            } else {
                (at + count.saturating_sub(step)) % count.max(1)
            }
        });
        let found = turned
            .into_iter()
            .find(|n| lines.get(*n).is_some_and(|line| has(&line.text, &needle)));
        let Some(found) = found else {
            return vec![Effect::Say(
                Level::Warning,
                format!("nothing here has {:?}", self.words),
            )];
        };
        let hidden = items
            .iter()
            .find(|item| item.group.contains(&found) && item.line != found && item.folded > 0);
        if let Some(item) = hidden {
            self.unfolded.insert(item.group.start);
        }
        self.follow = false;
        let items = fold(lines, &self.unfolded);
        self.cursor = items
            .iter()
            .position(|item| item.line == found)
            .unwrap_or(0);
        Vec::new()
    }

    /// Copies the line under the cursor, with what is folded behind it.
    pub(super) fn copy(&self, lines: &[Line], items: &[Item]) -> Vec<Effect> {
        let Some(item) = items.get(self.cursor) else {
            return warn("there is nothing to copy yet");
        };
        let range = item.line..item.line + item.folded + 1;
        let texts: Vec<&str> = lines
            .get(range)
            .unwrap_or_default()
            .iter()
            .map(|line| line.text.as_str())
            .collect();
        vec![Effect::Copy(texts.join("\n"))]
    }

    /// Moves the cursor. Only the last line follows.
    pub(super) fn step(&mut self, rows: isize, count: usize) {
        let last = count.saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(rows).min(last);
        self.follow = self.cursor == last && rows > 0;
    }
}

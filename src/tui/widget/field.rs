//! A field of one line: readline's keys, undo, and a window that follows the cursor.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::tui::action::Action;
use crate::tui::paste::one_line;

/// What undo may keep, in octets of text.
const HISTORY: usize = 256 * 1024;

/// A text of one line that is being edited. It never holds a character that acts on a terminal.
#[derive(Clone, Debug, Default)]
pub struct LineField {
    input: Input,
    past: Vec<(String, usize)>,
    future: Vec<(String, usize)>,
}

impl LineField {
    /// A field with this text, the cursor behind it.
    pub fn new(text: &str) -> Self {
        Self {
            input: Input::new(one_line(text)),
            ..Self::default()
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Whether nothing but spaces is in it.
    pub fn is_blank(&self) -> bool {
        self.text().trim().is_empty()
    }

    /// Puts another text into it; undo brings the old one back.
    pub fn set(&mut self, text: &str) {
        self.remember();
        self.input = std::mem::take(&mut self.input).with_value(one_line(text));
    }

    /// Moves the cursor in front of a character, counted from 0.
    pub fn stand_at(&mut self, at: usize) {
        self.input.handle(InputRequest::SetCursor(at));
    }

    /// Does what an editing action means in one line; whether it was one.
    pub fn act(&mut self, action: Action) -> bool {
        let request = match action {
            Action::Left => InputRequest::GoToPrevChar,
            Action::Right => InputRequest::GoToNextChar,
            Action::WordLeft => InputRequest::GoToPrevWord,
            Action::WordRight => InputRequest::GoToNextWord,
            Action::LineStart => InputRequest::GoToStart,
            Action::LineEnd => InputRequest::GoToEnd,
            Action::Erase => InputRequest::DeletePrevChar,
            Action::EraseNext => InputRequest::DeleteNextChar,
            Action::EraseWord => InputRequest::DeletePrevWord,
            Action::EraseNextWord => InputRequest::DeleteNextWord,
            Action::EraseToStart => InputRequest::DeleteFromStart,
            Action::EraseToEnd => InputRequest::DeleteTillEnd,
            Action::Yank => InputRequest::Yank,
            Action::TakeBack => {
                self.swap(true);
                return true;
            }
            Action::Again => {
                self.swap(false);
                return true;
            }
            _ => return false,
        };
        let before = (self.text().to_owned(), self.input.cursor());
        self.input.handle(request);
        if self.text() != before.0 {
            self.push(before);
        }
        true
    }

    /// Types a plain character; whether the key was one.
    pub fn typed(&mut self, key: KeyEvent) -> bool {
        let plain = !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(c) if plain => {
                self.insert(c.encode_utf8(&mut [0; 4]));
                true
            }
            _ => false,
        }
    }

    /// Puts text in at the cursor.
    pub fn insert(&mut self, text: &str) {
        let mut text = one_line(text);
        if text.is_empty() {
            return;
        }
        self.remember();
        let cursor = self.input.cursor();
        let count = text.chars().count();
        let start = byte_of(self.text(), cursor);
        let (before, behind) = self
            .text()
            .split_at_checked(start)
            .unwrap_or((self.text(), ""));
        text = format!("{before}{text}{behind}");
        self.input = std::mem::take(&mut self.input)
            .with_value(text)
            .with_cursor(cursor + count);
    }

    fn remember(&mut self) {
        self.push((self.text().to_owned(), self.input.cursor()));
    }

    fn push(&mut self, state: (String, usize)) {
        self.future.clear();
        self.past.push(state);
        let mut kept = 0;
        let first = self.past.iter().rposition(|(text, _)| {
            kept += text.len() + 32;
            kept > HISTORY
        });
        if let Some(first) = first {
            self.past.drain(..=first);
        }
    }

    fn swap(&mut self, back: bool) {
        let (from, to) = if back {
            (&mut self.past, &mut self.future)
        } else {
            (&mut self.future, &mut self.past)
        };
        if let Some((text, cursor)) = from.pop() {
            to.push((self.input.value().to_owned(), self.input.cursor()));
            self.input = std::mem::take(&mut self.input)
                .with_value(text)
                .with_cursor(cursor);
        }
    }

    /// Draws the text on the area's first line, from its start or, where it is being edited, so that the cursor is seen.
    /// `mark` is the character from which on it is drawn in the second style. Returns where the cursor is.
    pub fn render(
        &self,
        area: Rect,
        buf: &mut Buffer,
        editing: bool,
        (style, mark): (Style, Option<(usize, Style)>),
        ellipsis: &str,
    ) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        let columns = usize::from(area.width);
        // One column stays free behind the text for the cursor.
        let skip = if editing {
            self.input.visual_scroll(columns.saturating_sub(1))
        } else {
            0
        };
        let cut = !editing && UnicodeWidthStr::width(self.text()) > columns;
        let room = if cut {
            columns.saturating_sub(UnicodeWidthStr::width(ellipsis))
        } else {
            columns
        };
        let (mut column, mut at) = (0_usize, 0_usize);
        for cluster in self.text().graphemes(true) {
            let wide = cluster.width();
            let style = match mark {
                Some((from, marked)) if at >= from => marked,
                _ => style,
            };
            at += cluster.chars().count();
            if column >= skip && wide > 0 && column - skip + wide <= room {
                let x = area
                    .x
                    .saturating_add(u16::try_from(column - skip).unwrap_or(u16::MAX));
                if let Some(cell) = buf.cell_mut((x, area.y)) {
                    cell.set_symbol(cluster).set_style(style);
                }
                for next in 1..wide {
                    let x = x.saturating_add(u16::try_from(next).unwrap_or(u16::MAX));
                    if let Some(cell) = buf.cell_mut((x, area.y)) {
                        cell.set_symbol(" ").set_style(style);
                    }
                }
            }
            column += wide;
        }
        if cut {
            let x = area
                .x
                .saturating_add(u16::try_from(room).unwrap_or(u16::MAX));
            buf.set_stringn(x, area.y, ellipsis, columns - room, style);
        }
        let cursor = self
            .input
            .visual_cursor()
            .saturating_sub(skip)
            .min(columns - 1);
        let x = area
            .x
            .saturating_add(u16::try_from(cursor).unwrap_or(u16::MAX));
        editing.then_some(Position::new(x, area.y))
    }
}

/// The octet at which a character begins.
fn byte_of(text: &str, at: usize) -> usize {
    text.char_indices()
        .nth(at)
        .map_or(text.len(), |(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(field: &LineField, columns: u16, editing: bool) -> (String, Option<Position>) {
        let mut buf = Buffer::empty(Rect::new(0, 0, columns, 1));
        let at = field.render(buf.area, &mut buf, editing, (Style::new(), None), "…");
        (
            buf.content
                .iter()
                .map(ratatui::buffer::Cell::symbol)
                .collect(),
            at,
        )
    }

    #[test]
    fn the_cursor_is_always_seen() {
        let mut field = LineField::new("alice@example.com, 漢字@example.org");
        for _ in 0..40 {
            for columns in 1..45 {
                let (_, at) = shown(&field, columns, true);
                assert!(at.is_some_and(|at| at.x < columns), "{columns}: {at:?}");
            }
            field.act(Action::Left);
        }
        assert_eq!(shown(&field, 9, false).0, "alice@ex…");
        assert_eq!(shown(&field, 6, true).0, "alice@");
    }

    #[test]
    fn whole_clusters_are_erased_and_brought_back() {
        let mut field = LineField::new("ab👩\u{200d}🚀");
        field.act(Action::Erase);
        assert_eq!(field.text(), "ab");
        field.act(Action::TakeBack);
        assert_eq!(field.text(), "ab👩\u{200d}🚀");
        field.act(Action::Again);
        field.insert("c\nd\x1b");
        assert_eq!(field.text(), "abc d");
        field.act(Action::EraseWord);
        field.act(Action::Yank);
        field.act(Action::Yank);
        assert_eq!(field.text(), "abc dd");
    }
}

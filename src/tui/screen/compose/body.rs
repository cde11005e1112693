//! The text of the message: a text area with readline's keys that steps by what a person sees as one character.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;
use ratatui::widgets::Widget;
use tui_textarea::{CursorMove, Scrolling, TextArea, WrapMode};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::tui::action::Action;
use crate::tui::paste::scrub;

/// The text being written. Its lines never hold a character that acts on a terminal.
#[derive(Debug)]
pub(super) struct Body {
    area: TextArea<'static>,
    /// Characters that were typed since the last flush: a run costs one wrap of the text, not one for each.
    waiting: String,
    words: usize,
    room: Size,
}

impl Body {
    pub(super) fn new(text: &str) -> Self {
        let (text, _) = scrub(text);
        let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        area.set_cursor_line_style(Style::new());
        area.set_cursor_style(Style::new());
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        area.set_max_histories(1000);
        let mut body = Self {
            area,
            waiting: String::new(),
            words: 0,
            room: Size::default(),
        };
        body.count();
        body
    }

    /// The whole text, lines ended by `\n`.
    pub(super) fn text(&self) -> String {
        let mut text = self.area.lines().join("\n");
        if !self.waiting.is_empty() {
            let (row, column) = self.place();
            let before: usize = self
                .area
                .lines()
                .iter()
                .take(row)
                .map(|line| line.len() + 1)
                .sum();
            let line = self.area.lines().get(row).map_or("", String::as_str);
            let inside = line
                .char_indices()
                .nth(column)
                .map_or(line.len(), |(at, _)| at);
            text.insert_str(before + inside, &self.waiting);
        }
        text
    }

    pub(super) fn is_blank(&self) -> bool {
        self.waiting.trim().is_empty()
            && self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// Replaces the whole text, as one step for undo.
    pub(super) fn replace(&mut self, text: &str) {
        self.flush();
        self.area.select_all();
        self.area.cut();
        let (text, _) = scrub(text);
        self.area.insert_str(text);
        self.area.move_cursor(CursorMove::Top);
        self.count();
    }

    /// Takes a plain character; whether the key was one.
    pub(super) fn typed(&mut self, key: KeyEvent) -> bool {
        let plain = !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(c) if plain => {
                let (text, _) = scrub(c.encode_utf8(&mut [0; 4]));
                self.waiting.push_str(&text);
                !text.is_empty()
            }
            _ => false,
        }
    }

    /// Puts pasted text in at the cursor; says how many characters were left out.
    pub(super) fn insert(&mut self, text: &str) -> usize {
        self.flush();
        let (text, gone) = scrub(text);
        self.area.insert_str(text);
        self.count();
        gone
    }

    /// Puts what was typed into the text.
    pub(super) fn flush(&mut self) {
        if !self.waiting.is_empty() {
            self.area.insert_str(std::mem::take(&mut self.waiting));
            self.count();
        }
    }

    /// Learns the room it will have, and scrolls back as far as there would be empty lines below the text, as after the
    /// window has grown.
    pub(super) fn fit(&mut self, room: Size) {
        if room != self.room {
            // The text area wraps its lines anew only when it is drawn.
            let area = Rect::new(0, 0, room.width, room.height);
            (&self.area).render(area, &mut Buffer::empty(area));
            self.room = room;
        }
        let (top, _) = self.area.scroll_offset();
        let (row, column) = self.place();
        let (Ok(row), Ok(column), 1..) = (u16::try_from(row), u16::try_from(column), top) else {
            return;
        };
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
        let last = self.area.screen_cursor().row;
        let spare = (usize::from(top) + usize::from(room.height)).saturating_sub(last + 1);
        let rows = i16::try_from(spare.min(usize::from(top))).unwrap_or(0);
        if rows > 0 {
            self.area.scroll((-rows, 0));
        }
        self.area.move_cursor(CursorMove::Jump(row, column));
    }

    fn count(&mut self) {
        self.words = self
            .area
            .lines()
            .iter()
            .map(|line| line.split_whitespace().count())
            .sum();
    }

    /// Line and column of the cursor, in characters from 0.
    fn place(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// Line and column of the cursor as people count, and the number of words.
    pub(super) fn figures(&self) -> (usize, usize, usize) {
        let (row, column) = self.place();
        let line = self.area.lines().get(row).map_or("", String::as_str);
        let before: String = line.chars().take(column).collect();
        (row + 1, before.graphemes(true).count() + 1, self.words)
    }

    /// Whether the cursor is on the first line that is shown.
    pub(super) fn at_top(&self) -> bool {
        self.area.screen_cursor().row == 0
    }

    /// Does what an editing action means in a text; whether the text changed, or nothing where it was no such action.
    pub(super) fn act(&mut self, action: Action) -> Option<bool> {
        self.flush();
        let changed = match action {
            Action::Erase => self.erase(-1),
            Action::EraseNext => self.erase(1),
            Action::EraseWord => self.area.delete_word(),
            Action::EraseNextWord => self.area.delete_next_word(),
            Action::EraseToStart => self.area.delete_line_by_head(),
            Action::EraseToEnd => self.area.delete_line_by_end(),
            Action::Yank => self.area.paste(),
            Action::TakeBack => self.area.undo(),
            Action::Again => self.area.redo(),
            Action::NewLine => {
                self.area.insert_newline();
                true
            }
            _ => {
                self.step(action)?;
                false
            }
        };
        if changed {
            self.count();
        }
        Some(changed)
    }

    fn step(&mut self, action: Action) -> Option<()> {
        match action {
            Action::Left => self.walk(-1),
            Action::Right => self.walk(1),
            Action::Up => self.area.move_cursor(CursorMove::Up),
            Action::Down => self.area.move_cursor(CursorMove::Down),
            Action::WordLeft => self.area.move_cursor(CursorMove::WordBack),
            Action::WordRight => self.area.move_cursor(CursorMove::WordForward),
            Action::LineStart => self.area.move_cursor(CursorMove::Head),
            Action::LineEnd => self.area.move_cursor(CursorMove::End),
            Action::First => self.area.move_cursor(CursorMove::Top),
            Action::Last => {
                self.area.move_cursor(CursorMove::Bottom);
                self.area.move_cursor(CursorMove::End);
            }
            Action::PageUp => self.area.scroll(Scrolling::HalfPageUp),
            Action::PageDown => self.area.scroll(Scrolling::HalfPageDown),
            _ => return None,
        }
        self.settle();
        Some(())
    }

    /// The characters of the cluster before (-1) or behind (1) the cursor; 0 at the line's edge.
    fn cluster(&self, way: i8) -> usize {
        let (row, column) = self.place();
        let line = self.area.lines().get(row).map_or("", String::as_str);
        let at = line
            .char_indices()
            .nth(column)
            .map_or(line.len(), |(at, _)| at);
        let (before, behind) = line.split_at_checked(at).unwrap_or((line, ""));
        let cluster = if way < 0 {
            before.graphemes(true).next_back()
        } else {
            behind.graphemes(true).next()
        };
        cluster.map_or(0, |cluster| cluster.chars().count())
    }

    fn walk(&mut self, way: i8) {
        let step = if way < 0 {
            CursorMove::Back
        } else {
            CursorMove::Forward
        };
        // At a line's edge one step goes to the neighbouring line.
        for _ in 0..self.cluster(way).max(1) {
            self.area.move_cursor(step);
        }
    }

    fn erase(&mut self, way: i8) -> bool {
        let count = self.cluster(way);
        if count <= 1 {
            return if way < 0 {
                self.area.delete_char()
            } else {
                self.area.delete_next_char()
            };
        }
        if way < 0 {
            self.walk(way);
        }
        // Deleting several characters at once would also overwrite what Yank puts back.
        let yank = self.area.yank_text();
        let changed = self.area.delete_str(count);
        self.area.set_yank_text(yank);
        changed
    }

    /// Moves the cursor out of the middle of a cluster, where a step up or down may have put it.
    fn settle(&mut self) {
        let (row, column) = self.place();
        let line = self.area.lines().get(row).map_or("", String::as_str);
        let mut start = 0;
        for cluster in line.graphemes(true) {
            let end = start + cluster.chars().count();
            if end > column {
                break;
            }
            start = end;
        }
        for _ in start..column {
            self.area.move_cursor(CursorMove::Back);
        }
    }

    /// Draws the text; returns where the cursor is.
    pub(super) fn render(&self, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        (&self.area).render(area, buf);
        let cursor = self.area.screen_cursor();
        let (top, _) = self.area.scroll_offset();
        let line = u16::try_from(cursor.row.saturating_sub(usize::from(top))).ok()?;
        // The text area counts columns by character; a cluster may be narrower than the sum of its characters.
        let (row, column) = self.place();
        let start = self.area.screen_to_data(cursor.row, 0).1;
        let before: String = self
            .area
            .lines()
            .get(row)?
            .chars()
            .skip(start)
            .take(column.saturating_sub(start))
            .collect();
        let columns = if before.contains('\t') {
            cursor.col
        } else {
            before.width()
        };
        let column = u16::try_from(columns)
            .unwrap_or(u16::MAX)
            .min(area.width - 1);
        (line < area.height)
            .then(|| Position::new(area.x.saturating_add(column), area.y.saturating_add(line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(c: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)
    }

    #[test]
    fn typed_runs_are_in_the_text_before_they_are_flushed() {
        let mut body = Body::new("ab\ncd");
        body.act(Action::Down);
        body.act(Action::Right);
        for c in "漢!".chars() {
            assert!(body.typed(key(c)));
        }
        assert!(!body.typed(key('\u{202e}')));
        assert_eq!(body.text(), "ab\nc漢!d");
        body.flush();
        assert_eq!(body.text(), "ab\nc漢!d");
        assert_eq!(body.figures(), (2, 4, 2));
    }

    #[test]
    fn clusters_are_one_step_and_yank_keeps_what_was_killed() {
        let mut body = Body::new("x👩\u{200d}🚀e\u{301}");
        body.act(Action::LineEnd);
        body.act(Action::EraseWord);
        body.act(Action::TakeBack);
        body.act(Action::LineEnd);
        body.act(Action::Erase);
        assert_eq!(body.text(), "x👩\u{200d}🚀");
        body.act(Action::Left);
        assert_eq!(body.figures().1, 2);
        body.act(Action::EraseNext);
        assert_eq!(body.text(), "x");
        let mut area = Buffer::empty(Rect::new(0, 0, 9, 2));
        assert_eq!(body.render(area.area, &mut area), Some(Position::new(1, 0)));
    }

    #[test]
    fn a_replaced_text_comes_back() {
        let mut body = Body::new("one\ntwo");
        body.replace("three\r\nfour\x1b\n");
        assert_eq!(body.text(), "three\nfour\n");
        while body.act(Action::TakeBack) == Some(true) {}
        assert_eq!(body.text(), "one\ntwo");
    }
}

//! A question of one line inside a screen: the words of a filter, or words to find.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect};
use tui_input::{Input, InputRequest};

use crate::mail::clean::clean;
use crate::tui::action::Action;
use crate::tui::theme::Theme;

use super::text::{put, right_of, width};

/// Longer words help nobody to find anything.
const LIMIT: usize = 256;

/// What became of the question after an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is still being answered; the words may be others now.
    Going,
    /// It was answered.
    Accepted,
    /// It was left.
    Cancelled,
    /// The action means nothing here.
    NotMine,
}

/// The question.
#[derive(Clone, Debug)]
pub struct Ask {
    label: &'static str,
    input: Input,
    /// What is taken where nothing is typed.
    usual: String,
}

impl Ask {
    /// A question with the words it starts from.
    pub fn new(label: &'static str, words: &str) -> Self {
        Self {
            label,
            input: Input::new(words.to_owned()),
            usual: String::new(),
        }
    }

    /// A question that has an answer already, which is taken where nothing is typed.
    pub fn with_usual(label: &'static str, usual: String) -> Self {
        Self {
            usual,
            ..Self::new(label, "")
        }
    }

    /// The words as typed so far.
    pub fn words(&self) -> &str {
        self.input.value()
    }

    /// The answer: the words, or the usual ones where there are none.
    pub fn answer(&self) -> &str {
        match self.input.value().trim() {
            "" => &self.usual,
            words => words,
        }
    }

    /// Does what a key means while words are typed.
    pub fn act(&mut self, action: Action) -> Answer {
        let request = match action {
            Action::Accept | Action::Open | Action::NewLine => return Answer::Accepted,
            Action::Back | Action::StepOut => return Answer::Cancelled,
            Action::Left => InputRequest::GoToPrevChar,
            Action::Right => InputRequest::GoToNextChar,
            Action::WordLeft => InputRequest::GoToPrevWord,
            Action::WordRight => InputRequest::GoToNextWord,
            Action::LineStart | Action::First => InputRequest::GoToStart,
            Action::LineEnd | Action::Last => InputRequest::GoToEnd,
            Action::Erase => InputRequest::DeletePrevChar,
            Action::EraseNext => InputRequest::DeleteNextChar,
            Action::EraseWord => InputRequest::DeletePrevWord,
            Action::EraseNextWord => InputRequest::DeleteNextWord,
            Action::EraseToStart => InputRequest::DeleteFromStart,
            Action::EraseToEnd => InputRequest::DeleteTillEnd,
            Action::Yank => InputRequest::Yank,
            _ => return Answer::NotMine,
        };
        self.input.handle(request);
        Answer::Going
    }

    /// Types a key's character.
    pub fn typed(&mut self, key: KeyEvent) {
        let bare = !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SUPER);
        if let (KeyCode::Char(c), true) = (key.code, bare) {
            self.insert(c);
        }
    }

    /// Takes pasted text; line ends become spaces.
    pub fn pasted(&mut self, text: &str) {
        for c in text.chars().take(LIMIT) {
            self.insert(if c == '\n' { ' ' } else { c });
        }
    }

    fn insert(&mut self, c: char) {
        if !c.is_control() && self.input.value().len() < LIMIT {
            self.input.handle(InputRequest::InsertChar(c));
        }
    }

    /// Draws `label words`; returns where the cursor stands. What is left of the cursor is always in sight.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        let label = format!(" {} ", self.label);
        let field = right_of(area, put(buf, area, &label, theme.strong(), ""));
        if self.input.value().is_empty() && !self.usual.is_empty() {
            let words = format!("{} unless another is typed", clean(&self.usual));
            put(buf, right_of(field, 1), &words, theme.quiet(), "");
        }
        let before: String = self
            .input
            .value()
            .chars()
            .take(self.input.cursor())
            .collect();
        let behind: String = self
            .input
            .value()
            .chars()
            .skip(self.input.cursor())
            .collect();
        let mut before = clean(&before).into_owned();
        let room = usize::from(field.width.saturating_sub(1));
        while width(&before) > room && !before.is_empty() {
            before.remove(0);
        }
        let used = put(buf, field, &before, theme.strong(), "");
        let rest = right_of(field, used);
        put(buf, rest, &behind, theme.strong(), "");
        Some(Position::new(
            rest.x.min(area.right().saturating_sub(1)),
            area.y,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_typed_erased_and_accepted() {
        let mut ask = Ask::new("filter", "");
        ask.pasted("to:bob\nstate");
        ask.typed(KeyEvent::from(KeyCode::Char('x')));
        ask.typed(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert_eq!(ask.words(), "to:bob statex");
        assert_eq!(ask.act(Action::EraseWord), Answer::Going);
        assert_eq!(ask.words(), "to:bob ");
        assert_eq!(ask.act(Action::Down), Answer::NotMine);
        assert_eq!(ask.act(Action::Accept), Answer::Accepted);
    }

    #[test]
    fn the_cursor_stays_inside() {
        let theme = Theme {
            colour: false,
            glyphs: &crate::tui::theme::UNICODE,
        };
        let mut ask = Ask::new("filter", "");
        ask.pasted(&"漢\u{202e}".repeat(60));
        for columns in 0..40 {
            let area = Rect::new(0, 0, columns, 1);
            let mut buf = Buffer::empty(area);
            let at = ask.render(area, &mut buf, &theme);
            assert!(at.is_none_or(|at| at.x < columns));
        }
    }
}

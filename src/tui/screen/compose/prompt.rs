//! The question for a file's path: one line, completed by Tab.

use ratatui::crossterm::event::KeyEvent;

use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::widget::field::LineField;

/// A path being typed.
#[derive(Debug, Default)]
pub(super) struct PathPrompt {
    pub(super) line: LineField,
    /// What the last completion offered.
    pub(super) offers: Vec<String>,
    /// Which offer stands in the line.
    pub(super) chosen: Option<usize>,
}

/// What the prompt wants after an action.
pub(super) enum Asked {
    /// Nothing, or this effect.
    Goes(Vec<Effect>),
    /// It is over: the path that was typed, where one was.
    Ends(Option<String>),
}

impl PathPrompt {
    pub(super) fn new(text: &str) -> Self {
        Self {
            line: LineField::new(text),
            ..Self::default()
        }
    }

    pub(super) fn act(&mut self, action: Action) -> Asked {
        match action {
            Action::Back => return Asked::Ends(None),
            Action::Accept => {
                let text = self.line.text().trim().to_owned();
                return Asked::Ends((!text.is_empty()).then_some(text));
            }
            Action::Complete if self.offers.len() > 1 => self.choose(1),
            Action::PrevMatch if self.offers.len() > 1 => self.choose(-1),
            Action::Complete => {
                return Asked::Goes(vec![Effect::Complete(self.line.text().to_owned())]);
            }
            other => {
                self.line.act(other);
                if !matches!(
                    other,
                    Action::Left | Action::Right | Action::LineStart | Action::LineEnd
                ) {
                    self.forget();
                }
            }
        }
        Asked::Goes(Vec::new())
    }

    pub(super) fn typed(&mut self, key: KeyEvent) {
        // A slash behind a folder's name that was completed steps into the folder: it is already there.
        let again = self.line.text().ends_with('/')
            && key.code == ratatui::crossterm::event::KeyCode::Char('/');
        if again || self.line.typed(key) {
            self.forget();
        }
    }

    pub(super) fn insert(&mut self, text: &str) {
        self.line.insert(text);
        self.forget();
    }

    fn forget(&mut self) {
        self.offers.clear();
        self.chosen = None;
    }

    fn choose(&mut self, way: isize) {
        let count = self.offers.len();
        let next = match (self.chosen, way) {
            (None, 1..) => 0,
            (None, _) => count - 1,
            (Some(at), 1..) => (at + 1) % count,
            (Some(at), _) => (at + count - 1) % count,
        };
        self.chosen = Some(next);
        if let Some(offer) = self.offers.get(next) {
            self.line.set(offer);
        }
    }

    /// Takes the answer to a completion: the start that all offers share is typed at once.
    pub(super) fn completed(&mut self, asked: &str, offers: Vec<String>) {
        if self.line.text() != asked {
            return;
        }
        if let Some(first) = offers.first() {
            let mut shared = first.as_str();
            for offer in &offers {
                let same = shared
                    .char_indices()
                    .zip(offer.chars())
                    .find(|((_, a), b)| a != b);
                let end = same.map_or(shared.len().min(offer.len()), |((at, _), _)| at);
                shared = shared.get(..end).unwrap_or("");
            }
            if shared.len() > asked.len() {
                self.line.set(shared);
            }
        }
        self.offers = if offers.len() > 1 { offers } else { Vec::new() };
        self.chosen = None;
    }
}

//! Questions of one line: a password that is not shown, a name for an account, and whether to lower a guard.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};

use crate::mail::clean::Clean;
use crate::tui::action::Action;
use crate::tui::theme::Theme;
use crate::tui::widget::ask::{Answer, Ask};
use crate::tui::widget::secret::SecretField;
use crate::tui::widget::text::{below, put, right_of, row, width};

/// A question.
#[derive(Debug)]
pub(super) enum Asking {
    /// The password of whom, and whether to run then.
    Password(Clean, SecretField, bool),
    /// The name of the account.
    Name(Ask),
    /// The other host to be compared with.
    Other(Ask),
    /// Whether to apply the remedy with this number, and what it does.
    Guard(usize, Clean),
}

/// What comes of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Going,
    Yes,
    No,
}

impl Asking {
    pub(super) fn act(&mut self, action: Action) -> Reply {
        match (self, action) {
            (Self::Password(_, typed, _), Action::Accept) if typed.is_empty() => Reply::Going,
            (Self::Other(ask), Action::Accept) if ask.answer().is_empty() => Reply::Going,
            (Self::Name(ask) | Self::Other(ask), action) => match ask.act(action) {
                Answer::Accepted => Reply::Yes,
                Answer::Cancelled => Reply::No,
                Answer::Going | Answer::NotMine => Reply::Going,
            },
            (_, Action::Accept) => Reply::Yes,
            (_, Action::Back) => Reply::No,
            (Self::Password(_, typed, _), action) => {
                typed.act(action);
                Reply::Going
            }
            (Self::Guard(..), _) => Reply::Going,
        }
    }

    pub(super) fn typed(&mut self, key: KeyEvent) {
        match self {
            Self::Password(_, typed, _) => typed.typed(key),
            Self::Name(ask) | Self::Other(ask) => ask.typed(key),
            Self::Guard(..) => {}
        }
    }

    pub(super) fn pasted(&mut self, text: &str) {
        match self {
            Self::Password(_, typed, _) => typed.pasted(text),
            Self::Name(ask) | Self::Other(ask) => ask.pasted(text),
            Self::Guard(..) => {}
        }
    }

    /// Lines that it takes where there is room.
    pub(super) const fn lines(&self) -> u16 {
        match self {
            Self::Name(_) | Self::Other(_) => 1,
            Self::Password(..) | Self::Guard(..) => 2,
        }
    }

    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) -> Option<Position> {
        let ellipsis = theme.glyphs.ellipsis;
        let first = right_of(row(area, 0), 1);
        let second = if area.height > 1 {
            right_of(below(area, 1), 1)
        } else {
            first
        };
        match self {
            Self::Name(ask) | Self::Other(ask) => ask.render(area, buf, theme),
            Self::Guard(_, act) => {
                let words = format!("! this lowers a guard: {act}");
                put(buf, first, &words, theme.warning(), ellipsis);
                if area.height > 1 {
                    let words = "Enter does it and runs again; Esc leaves it as it is";
                    put(buf, second, words, theme.strong(), ellipsis);
                }
                None
            }
            Self::Password(who, typed, _) => {
                put(
                    buf,
                    first,
                    &format!("Password of {who}"),
                    theme.strong(),
                    ellipsis,
                );
                let words = if typed.is_empty() {
                    "type it; it is not shown: "
                } else {
                    "typed, not shown; Enter uses it "
                };
                if area.height > 1 {
                    put(buf, second, words, theme.quiet(), ellipsis);
                }
                let at = u16::try_from(width(words)).unwrap_or(u16::MAX);
                let x = second.x.saturating_add(at);
                let last = area.right().saturating_sub(1);
                (!area.is_empty()).then(|| Position::new(x.min(last), second.y))
            }
        }
    }
}

//! Questions of one line: a password that is not shown, a name for an account, and whether to lower a guard.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};

use crate::mail::clean::Clean;
use crate::tui::action::Action;
use crate::tui::theme::Theme;
use crate::tui::widget::ask::{Answer, Ask};
use crate::tui::widget::secret::SecretField;
use crate::tui::widget::text::{below, put, right_of, row, width, wrap};

/// A question.
#[derive(Debug)]
pub(super) enum Asking {
    /// The password of whom, and whether to run then.
    Password(Clean, SecretField, bool),
    /// The name of the account.
    Name(Ask),
    /// The other host to be compared with.
    Other(Ask),
    /// Whether to do what lowers a guard, and what it does.
    Guard(Guarded, Clean),
}

/// What is only done when a person has agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guarded {
    /// The remedy with this number.
    Fix(usize),
    /// Going to the chosen port in clear.
    Port,
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

    /// Lines that it takes in a window of this width, where there is room.
    pub(super) fn lines(&self, columns: u16) -> u16 {
        match self {
            Self::Name(_) | Self::Other(_) => 1,
            Self::Password(..) => 2,
            Self::Guard(_, act) => {
                let lines = warning(act, columns).len();
                u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(1)
            }
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
                let lines = warning(act, area.width);
                let room = usize::from(area.height).saturating_sub(1).max(1);
                let is_whole = lines.len() <= room;
                for (n, line) in lines.into_iter().take(room).enumerate() {
                    let line = if n + 1 == room && !is_whole {
                        line + ellipsis
                    } else {
                        line
                    };
                    put(
                        buf,
                        right_of(row(area, n), 1),
                        &line,
                        theme.warning(),
                        ellipsis,
                    );
                }
                if area.height > 1 {
                    let words = "Enter does it and runs again; Esc leaves it as it is";
                    let last = usize::from(area.height) - 1;
                    put(
                        buf,
                        right_of(row(area, last), 1),
                        words,
                        theme.strong(),
                        ellipsis,
                    );
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

/// What is to be read before a guard is lowered, in lines for a window of this width: none of it may be cut off.
fn warning(act: &Clean, columns: u16) -> Vec<String> {
    let room = usize::from(columns.saturating_sub(2)).max(1);
    wrap(&format!("! this lowers a guard: {act}"), room)
}

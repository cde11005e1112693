//! The lines of a conversation: who said what when, and what a reply means for which recipient.

use ratatui::layout::Rect;
use std::collections::VecDeque;

use ratatui::style::Style;

use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Line};
use crate::tui::theme::Theme;
use crate::tui::widget::fold::is_continued;

/// What a reply to RCPT means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The first digit.
    digit: char,
    /// The recipient's local part.
    pub who: String,
}

impl Said {
    /// The sign and the name for the right end of the line.
    pub fn shown(&self, theme: &Theme) -> (String, Style) {
        let glyphs = theme.glyphs;
        let (glyph, style) = match self.digit {
            '2' => (glyphs.delivered, theme.good()),
            '4' => (glyphs.retry, theme.warning()),
            '5' => (glyphs.failed, theme.bad()),
            _ => (glyphs.uncertain, theme.warning()),
        };
        (format!("{glyph} {}", self.who), style)
    }
}

/// For each line, what it means for a recipient where it ends a reply to RCPT. Replies come in the order of the commands,
/// also where several commands went out at once (RFC 2920).
pub fn said(lines: &[Line]) -> Vec<Option<Said>> {
    let mut waiting: VecDeque<String> = VecDeque::new();
    lines
        .iter()
        .map(|line| match line.by {
            By::Client => {
                waiting.extend(recipient(&line.text));
                None
            }
            By::Server if line.stage == Stage::Rcpt && !is_continued(&line.text) => {
                let digit = line.text.chars().next().filter(char::is_ascii_digit)?;
                let who = waiting.pop_front()?;
                Some(Said { digit, who })
            }
            By::Server | By::Note => None,
        })
        .collect()
}

/// The local part in `RCPT TO:<local@domain> …`. Parameters cannot have an angle bracket (RFC 3461 §4).
fn recipient(text: &str) -> Option<String> {
    let path = text
        .get(..9)
        .filter(|verb| verb.eq_ignore_ascii_case("RCPT TO:<"));
    path?;
    let rest = text.get(9..)?;
    let path = rest.rsplit_once('>').map_or(rest, |(path, _)| path);
    let local = path.rsplit_once('@').map_or(path, |(local, _)| local);
    Some(local.to_owned())
}

/// How a line looks by who says it, and refusals by what they say.
pub fn style(line: &Line, theme: &Theme) -> Style {
    match line.by {
        By::Client => theme.strong(),
        By::Note => theme.quiet(),
        By::Server if line.text.starts_with('4') => theme.warning(),
        By::Server if line.text.starts_with('5') => theme.bad(),
        By::Server => Style::new(),
    }
}

/// The sign for who says a line.
pub const fn sign(by: By, theme: &Theme) -> &'static str {
    match by {
        By::Client => "C",
        By::Server => "S",
        By::Note => theme.glyphs.dot,
    }
}

/// All lines as text for the clipboard.
pub fn plain(lines: &[Line]) -> String {
    let said = |line: &Line| {
        let by = match line.by {
            By::Client => 'C',
            By::Server => 'S',
            By::Note => '.',
        };
        format!("{:>7}  {by}  {}\n", line.at.as_millis(), line.text)
    };
    lines.iter().map(said).collect()
}

/// Columns before the text.
pub const fn lead(area: Rect) -> u16 {
    match area.width {
        90.. => 15,
        40.. => 11,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn replies_find_their_recipients_also_when_commands_went_out_at_once() {
        let line = |by, stage, text: &str| Line {
            at: Duration::ZERO,
            stage,
            by,
            text: text.into(),
        };
        let lines = [
            line(By::Client, Stage::Mail, "MAIL FROM:<me@x>"),
            line(By::Client, Stage::Rcpt, "RCPT TO:<bob@x> NOTIFY=NEVER"),
            line(By::Client, Stage::Rcpt, "rcpt to:<\"a>b\"@x>"),
            line(By::Client, Stage::Data, "DATA"),
            line(By::Server, Stage::Mail, "250 ok"),
            line(By::Server, Stage::Rcpt, "550-no"),
            line(By::Server, Stage::Rcpt, "550 such user"),
            line(By::Server, Stage::Rcpt, "250 ok"),
            line(By::Server, Stage::Data, "354 go"),
        ];
        let found: Vec<_> = said(&lines)
            .into_iter()
            .enumerate()
            .filter_map(|(n, said)| said.map(|said| (n, said.digit, said.who)))
            .collect();
        assert_eq!(
            found,
            [(6, '5', "bob".into()), (7, '2', "\"a>b\"".to_owned())]
        );
    }
}

//! The key line: as many keys as fit, the most important first, and the way to the rest on the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::keymap::Hint;
use crate::tui::theme::Theme;

use super::text::{put_all, right_of, width};

/// Draws the hints that fit; `more` stands at the right end.
pub fn keyline(buf: &mut Buffer, area: Rect, hints: &[Hint], more: Option<&Hint>, theme: &Theme) {
    let columns = usize::from(area.width);
    let size = |hint: &Hint| width(&hint.key) + 1 + width(hint.words);
    let mut free = columns;
    if let Some(more) = more
        && size(more) + 2 <= columns
    {
        let at = columns - size(more) - 1;
        draw(
            buf,
            right_of(area, u16::try_from(at).unwrap_or(0)),
            more,
            theme,
        );
        free = at.saturating_sub(2);
    }
    let mut used = 1;
    for hint in hints {
        // A short hint may still fit where a longer one did not, but a gap in the order would puzzle.
        if used + size(hint) > free {
            break;
        }
        draw(
            buf,
            right_of(area, u16::try_from(used).unwrap_or(u16::MAX)),
            hint,
            theme,
        );
        used += size(hint) + 2;
    }
}

fn draw(buf: &mut Buffer, area: Rect, hint: &Hint, theme: &Theme) {
    let pieces = [
        (hint.key.as_str(), theme.key()),
        (" ", Style::new()),
        (hint.words, Style::new()),
    ];
    put_all(buf, area, &pieces, "");
}

//! A horizontal rule between the parts of a screen, with words in it on the left and on the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::theme::Theme;

use super::text::{cut, put, put_right, right_of, width};

/// Draws `─ left ───── right ─` on the area's first line. The left words win where both do not fit.
pub fn rule(buf: &mut Buffer, area: Rect, left: &str, right: &str, theme: &Theme) {
    let glyphs = theme.glyphs;
    let line = glyphs.rule.repeat(usize::from(area.width));
    put(buf, area, &line, theme.quiet(), "");
    let room = usize::from(area.width).saturating_sub(6);
    let left = cut(left, room, glyphs.ellipsis);
    let mut used = 0;
    if !left.is_empty() && room > 2 {
        used = width(&left) + 4;
        put(
            buf,
            right_of(area, 1),
            &format!(" {left} "),
            theme.strong(),
            "",
        );
    }
    let rest = usize::from(area.width).saturating_sub(used + 4);
    let right = cut(right, rest, glyphs.ellipsis);
    if rest > 8 && !right.is_empty() {
        let inner = Rect {
            width: area.width.saturating_sub(1),
            ..area
        };
        put_right(buf, inner, &format!(" {right} "), Style::new());
    }
}

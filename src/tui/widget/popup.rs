//! A box with a few lines to choose from, below the field that it belongs to.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::theme::Theme;

use super::text::{pad, put, width};

/// Lines that a popup shows at most.
const LINES: usize = 8;

/// Draws a popup right below `anchor`, inside `area`, or above it where there is more room. `chosen` is the selected line.
pub fn popup(
    buf: &mut Buffer,
    area: Rect,
    anchor: Rect,
    lines: &[String],
    chosen: Option<usize>,
    theme: &Theme,
) {
    let glyphs = theme.glyphs;
    let area = area.intersection(buf.area);
    let below = area.bottom().saturating_sub(anchor.bottom());
    let above = anchor.y.saturating_sub(area.y);
    let room = usize::from(below.max(above)).saturating_sub(2);
    let count = lines.len().min(LINES).min(room);
    let widest = lines.iter().map(|line| width(line)).max().unwrap_or(0);
    let left = anchor.x.max(area.x);
    let columns =
        (widest + 2).min(usize::from(area.right().saturating_sub(left)).saturating_sub(2));
    if count == 0 || columns == 0 {
        return;
    }
    let tall = u16::try_from(count + 2).unwrap_or(u16::MAX);
    let y = if below >= above {
        anchor.bottom()
    } else {
        anchor.y.saturating_sub(tall)
    };
    let [
        top_left,
        top_right,
        bottom_left,
        bottom_right,
        flat,
        upright,
    ] = glyphs.frame;
    let edge = |start: &str, end: &str| format!("{start}{}{end}", flat.repeat(columns));
    // The chosen line stays in sight where there are more than fit.
    let first = chosen.map_or(0, |chosen| (chosen + 1).saturating_sub(count));
    let row = |line: usize| {
        let line = u16::try_from(line).unwrap_or(u16::MAX);
        let whole = Rect::new(
            left,
            y.saturating_add(line),
            area.right().saturating_sub(left),
            1,
        );
        whole.intersection(area)
    };
    put(buf, row(0), &edge(top_left, top_right), theme.quiet(), "");
    for (n, line) in lines.iter().enumerate().skip(first).take(count) {
        let here = row(n - first + 1);
        let inner = pad(&format!(" {line}"), columns, glyphs.ellipsis, false);
        put(
            buf,
            here,
            &format!("{upright}{inner}{upright}"),
            Style::new(),
            "",
        );
        if chosen == Some(n) {
            let inside = Rect::new(
                left.saturating_add(1),
                here.y,
                u16::try_from(columns).unwrap_or(0),
                here.height,
            );
            buf.set_style(inside.intersection(area), theme.selected());
        }
    }
    put(
        buf,
        row(count + 1),
        &edge(bottom_left, bottom_right),
        theme.quiet(),
        "",
    );
}

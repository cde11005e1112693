//! How a conversation is drawn: each line with its time, who said it, and what it means for a recipient.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::mail::transcript::Line;
use crate::tui::screen::contract::View;
use crate::tui::screen::queue::filter::has;
use crate::tui::widget::fold::{Item, fold};
use crate::tui::widget::text::{cut, put, put_all, put_right, right_of, row, width};

use super::lines::{lead, said, sign, style};
use super::state::TranscriptScreen;

impl TranscriptScreen {
    /// Draws the lines from the top of the window on.
    pub(super) fn draw_lines(&self, buf: &mut Buffer, area: Rect, lines: &[Line], view: View<'_>) {
        let items = fold(lines, &self.unfolded);
        let meant = said(lines);
        let mut y = 0;
        for (n, item) in items.iter().enumerate().skip(self.top) {
            if y >= usize::from(area.height) {
                break;
            }
            let Some(line) = lines.get(item.line) else {
                continue;
            };
            let outcome = meant.get(item.line).and_then(Option::as_ref);
            for (part, text) in self.lines_of(item, lines, area).iter().enumerate() {
                let whole = row(area, y);
                y += 1;
                let mut place = narrowed(whole, 1);
                if let (0, Some(said)) = (part, outcome) {
                    let (text, style) = said.shown(view.theme);
                    let text = cut(
                        &text,
                        usize::from(area.width / 3),
                        view.theme.glyphs.ellipsis,
                    );
                    let used = put_right(buf, place, &text, style);
                    place = narrowed(place, used.saturating_add(2));
                }
                let columns = lead(area);
                if part == 0 {
                    head(buf, whole, line, columns, view);
                }
                let place = right_of(place, columns);
                put_all(
                    buf,
                    place,
                    &self.pieces(place, line, item, text, view),
                    view.theme.glyphs.ellipsis,
                );
                if n == self.cursor {
                    let (cursor, strong) = (view.theme.glyphs.cursor, view.theme.strong());
                    put(buf, whole, cursor, strong, "");
                    buf.set_style(whole.intersection(buf.area), view.theme.selected());
                }
            }
        }
    }

    fn pieces(
        &self,
        place: Rect,
        line: &Line,
        item: &Item,
        text: &str,
        view: View<'_>,
    ) -> Vec<(String, Style)> {
        let needle = self.words.to_lowercase();
        let mut style = style(line, view.theme);
        if !needle.trim().is_empty() && has(&line.text, &needle) {
            style = style.add_modifier(Modifier::UNDERLINED);
        }
        if item.folded == 0 {
            return vec![(text.to_owned(), style)];
        }
        let lines = if item.folded == 1 { "line" } else { "lines" };
        let more = format!(
            " {} {} more {lines}",
            view.theme.glyphs.ellipsis, item.folded
        );
        let room = usize::from(place.width).saturating_sub(width(&more));
        vec![(cut(text, room, ""), style), (more, view.theme.quiet())]
    }
}

/// Draws when a line was said, in milliseconds since the attempt's start, and by whom.
fn head(buf: &mut Buffer, area: Rect, line: &Line, columns: u16, view: View<'_>) {
    let (at, by) = (line.at.as_millis(), sign(line.by, view.theme));
    let head = match columns {
        15 => format!(" {at:>8}   {by}"),
        11 => format!(" {at:>6} {by}"),
        _ => format!(" {by}"),
    };
    put(buf, area, &head, view.theme.quiet(), "");
}

fn narrowed(area: Rect, columns: u16) -> Rect {
    Rect {
        width: area.width.saturating_sub(columns),
        ..area
    }
}

/// Draws the sentences below, with an empty line before them where there is room.
pub fn sentences(buf: &mut Buffer, area: Rect, text: &str, style: Style, view: View<'_>) {
    let lines = wrapped(text, area);
    let lead = usize::from(usize::from(area.height) > lines.len() && area.height > 1);
    let room = usize::from(area.height) - lead;
    let ellipsis = view.theme.glyphs.ellipsis;
    for (n, line) in lines.iter().take(room).enumerate() {
        let place = narrowed(right_of(row(area, n + lead), 1), 1);
        let cut_off = n + 1 == room && lines.len() > room;
        let text = if cut_off {
            let columns = usize::from(place.width).saturating_sub(2);
            format!("{} {ellipsis}", cut(line, columns, ""))
        } else {
            line.clone()
        };
        put(buf, place, &text, style, ellipsis);
    }
}

/// The sentences as the lines that they take.
pub fn wrapped(text: &str, area: Rect) -> Vec<String> {
    let columns = usize::from(area.width.saturating_sub(2)).max(1);
    crate::tui::widget::text::wrap(text, columns)
}

//! What the tables of live and of done messages share: rows, cursor, filter, and how a row is drawn in each shape.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::mail::entry::Entry;
use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Place};
use crate::tui::screen::contract::View;
use crate::tui::widget::ask::{Answer, Ask};
use crate::tui::widget::table::{self, Column};
use crate::tui::widget::text::{below, put, put_right, right_of, row, width};

use super::acts::warn;
use super::filter::Filter;
use super::header::{empty, filter_line, hidden};
use super::layout::{LEAD, Parts, Shape};
use super::list::{List, Visible};

/// Which cell is which: both tables have the same seven, in the same order.
const TO: usize = 1;
const SUBJECT: usize = 2;
const NEXT: usize = 4;
const EXPIRES: usize = 5;
const LAST: usize = 6;

/// A table with its cursor and its filter.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The rows.
    pub list: List,
    ask: Option<Ask>,
}

impl Table {
    /// The parts of the key map: the table's own, or those of the filter while it is typed.
    pub fn contexts(&self, own: &'static [Context]) -> &'static [Context] {
        if self.ask.is_some() {
            &[Context::Prompt]
        } else {
            own
        }
    }

    /// Whether a filter is on or being typed.
    pub fn has_filter(&self) -> bool {
        self.ask.is_some() || !self.list.order().filter().is_empty()
    }

    /// Does what concerns the rows and the filter; whether it did.
    pub fn act(&mut self, action: Action) -> bool {
        if let Some(ask) = &mut self.ask {
            match ask.act(action) {
                Answer::Going => self.narrow(),
                Answer::Accepted => self.ask = None,
                Answer::Cancelled => self.clear(),
                Answer::NotMine => return self.step(action),
            }
            return true;
        }
        match action {
            Action::Filter | Action::Find => {
                let words = self.list.order().filter().text().to_owned();
                self.ask = Some(Ask::new("filter", &words));
                true
            }
            Action::Back if self.has_filter() => {
                self.clear();
                true
            }
            _ => self.step(action),
        }
    }

    fn step(&mut self, action: Action) -> bool {
        match action {
            Action::Up | Action::PrevMatch => self.list.step(-1),
            Action::Down | Action::NextMatch => self.list.step(1),
            Action::PageUp => self.list.step(-self.list.half()),
            Action::PageDown => self.list.step(self.list.half()),
            Action::First => self.list.to_first(),
            Action::Last => self.list.to_last(),
            _ => return false,
        }
        true
    }

    /// Opens the message under the cursor.
    pub fn open(&self) -> Vec<Effect> {
        match self.list.selected() {
            Some(entry) => vec![Effect::Go(Place::Detail(entry.id))],
            None => warn("there is nothing to open"),
        }
    }

    /// Types a character of the filter.
    pub fn typed(&mut self, key: KeyEvent) {
        if let Some(ask) = &mut self.ask {
            ask.typed(key);
            self.narrow();
        }
    }

    /// Takes pasted text into the filter.
    pub fn pasted(&mut self, text: &str) -> Vec<Effect> {
        let Some(ask) = &mut self.ask else {
            return warn("pasting works where text is typed; nothing was done");
        };
        ask.pasted(text);
        self.narrow();
        Vec::new()
    }

    fn narrow(&mut self) {
        if let Some(ask) = &self.ask
            && ask.words() != self.list.order().filter().text()
        {
            self.list.narrow(Filter::new(ask.words()));
        }
    }

    fn clear(&mut self) {
        self.ask = None;
        self.list.narrow(Filter::default());
    }

    /// Draws filter, heads and rows; returns where the cursor of the filter stands.
    pub fn render(
        &self,
        buf: &mut Buffer,
        parts: &Parts,
        columns: &[Column],
        heads: &str,
        cells: &dyn Fn(&Entry) -> Vec<(String, Style)>,
        view: View<'_>,
    ) -> Option<Position> {
        let theme = view.theme;
        let order = self.list.order();
        let mut cursor = None;
        if let Some(ask) = &self.ask {
            cursor = ask.render(parts.filter, buf, theme);
        } else {
            filter_line(buf, parts.filter, order.filter().text(), theme);
        }
        if !parts.filter.is_empty() && !order.filter().is_empty() {
            hidden(buf, parts.filter, order, theme);
        }
        let places = parts.places(columns);
        draw_heads(buf, parts, columns, heads, view);
        if order.shown() == 0 && !order.is_empty() {
            let hint = format!("No message matches; {} hidden by the filter.", order.len());
            empty(buf, parts.table, &[hint], theme);
        }
        for (n, visible) in self.list.visible(parts.rows()).enumerate() {
            let area = parts.row(n);
            let known = view.world.snapshot.entry(visible.entry.id);
            let entry = match known {
                Some(entry) if visible.left => entry,
                _ => visible.entry,
            };
            let line = Line {
                visible: Visible { entry, ..visible },
                cells: cells(entry),
            };
            match parts.shape {
                Shape::Wide | Shape::Medium => {
                    table::cells(
                        buf,
                        right_of(area, LEAD),
                        columns,
                        &places,
                        &line.cells,
                        theme,
                    );
                }
                Shape::Double => line.double(buf, area, view),
                Shape::Narrow => line.narrow(buf, area, view),
            }
            line.mark(buf, area, view);
        }
        cursor
    }
}

/// Draws the columns' heads, or these words where rows have two lines.
fn draw_heads(buf: &mut Buffer, parts: &Parts, columns: &[Column], heads: &str, view: View<'_>) {
    let theme = view.theme;
    let inner = right_of(parts.heads, LEAD);
    if heads.is_empty() {
        let places = parts.places(columns);
        table::heads(buf, inner, columns, &places, theme);
    } else {
        put(buf, inner, heads, theme.quiet(), theme.glyphs.ellipsis);
        let right: Vec<&str> = [NEXT, EXPIRES]
            .iter()
            .filter_map(|index| columns.get(*index))
            .map(|column| column.title)
            .collect();
        let area = narrowed(parts.heads, 1);
        put_right(buf, area, &right.join("  "), theme.quiet());
    }
}

struct Line<'a> {
    visible: Visible<'a>,
    cells: Vec<(String, Style)>,
}

impl Line<'_> {
    fn cell(&self, index: usize) -> (&str, Style) {
        self.cells
            .get(index)
            .map_or(("", Style::new()), |(text, style)| (text, *style))
    }

    /// Cursor and sign before the cells, and the style of the whole row.
    fn mark(&self, buf: &mut Buffer, area: Rect, view: View<'_>) {
        let theme = view.theme;
        let state = self.visible.entry.state(view.world.now);
        let (glyph, style) = theme.state(state);
        put(buf, right_of(row(area, 0), 2), glyph, style, "");
        let area = area.intersection(buf.area);
        if self.visible.selected {
            put(buf, row(area, 0), theme.glyphs.cursor, theme.strong(), "");
            buf.set_style(area, theme.selected());
        }
        if self.visible.left {
            buf.set_style(area, theme.faded());
        }
    }

    /// Whom it goes to and when on the first line; subject and last words below.
    fn double(&self, buf: &mut Buffer, area: Rect, view: View<'_>) {
        let ellipsis = view.theme.glyphs.ellipsis;
        self.narrow(buf, area, view);
        let below = narrowed(right_of(below(area, 1), LEAD + 2), 1);
        let (subject, style) = self.cell(SUBJECT);
        let half = Rect {
            width: below.width * 2 / 5,
            ..below
        };
        put(buf, half, subject, style, ellipsis);
        let (last, style) = self.cell(LAST);
        let rest = right_of(below, half.width + 2);
        put(buf, rest, last, style, ellipsis);
    }

    fn narrow(&self, buf: &mut Buffer, area: Rect, view: View<'_>) {
        let line = narrowed(right_of(row(area, 0), LEAD), 1);
        let mut rest = line;
        let right: &[usize] = match line.width {
            50.. => &[EXPIRES, NEXT],
            12.. => &[NEXT],
            _ => &[],
        };
        for index in right {
            let (text, style) = self.cell(*index);
            let text = format!("{text:>8}");
            let used = put_right(buf, rest, &text, style);
            rest = narrowed(rest, used + 1);
        }
        let (to, style) = self.cell(TO);
        let columns = u16::try_from(width(to)).unwrap_or(u16::MAX);
        let field = Rect {
            width: rest.width.min(columns),
            ..rest
        };
        put(buf, field, to, style, view.theme.glyphs.ellipsis);
    }
}

fn narrowed(area: Rect, columns: u16) -> Rect {
    Rect {
        width: area.width.saturating_sub(columns),
        ..area
    }
}

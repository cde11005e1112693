//! The look around: what there is at each mail port, as it becomes known.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::mailer::probe::grid::{Cell, Found, best};
use crate::tui::screen::contract::View;
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, pad, put, put_all, right_of, row};

/// A look around.
#[derive(Debug, Default)]
pub(super) struct Ports {
    pub(super) number: u64,
    pub(super) host: String,
    /// The ports that are asked, in order.
    pub(super) asked: Vec<u16>,
    pub(super) cells: Vec<Cell>,
    pub(super) is_waiting: bool,
    pub(super) cursor: usize,
    /// Whether the cursor was moved by hand: else it goes to the best way.
    pub(super) is_moved: bool,
}

impl Ports {
    /// Takes what was found.
    pub(super) fn found(&mut self, cell: Cell) {
        self.cells.retain(|old| old.port != cell.port);
        self.cells.push(cell);
        self.cells.sort_by_key(|cell| cell.port);
        if !self.is_moved
            && let Some(port) = self.best()
        {
            let at = self.asked.iter().position(|asked| *asked == port);
            self.cursor = at.unwrap_or(0);
        }
    }

    /// The port that is the best way.
    pub(super) fn best(&self) -> Option<u16> {
        best(&self.cells).map(|cell| cell.port)
    }

    /// What is known of the port under the cursor.
    pub(super) fn chosen(&self) -> Option<&Cell> {
        let port = self.asked.get(self.cursor)?;
        self.cells.iter().find(|cell| cell.port == *port)
    }

    /// Moves the cursor.
    pub(super) fn step(&mut self, rows: isize) {
        let last = self.asked.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(rows).min(last);
        self.is_moved = true;
    }

    /// One sentence on all of it.
    pub(super) fn sentence(&self) -> String {
        let known = self.cells.len();
        match (self.best(), self.is_waiting) {
            (_, true) => format!(
                "looking: {known} of {} ports are known; no login, no message",
                self.asked.len()
            ),
            (Some(port), false) => {
                let way = { &self.cells }.iter().find(|cell| cell.port == port);
                let security = way.map_or("", |cell| cell.security.name());
                format!("the best way: port {port} with security = {security}")
            }
            (None, false) if known < self.asked.len() => "cancelled".to_owned(),
            (None, false) => "no way with TLS that can be trusted was found".to_owned(),
        }
    }

    /// All of it as text.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.host);
        for cell in &self.cells {
            let (port, security) = (cell.port, cell.security);
            let found = cell.found.words();
            // Writing into a String cannot fail.
            let _ = writeln!(text, "{port:>5}  {security:<8}  {found}  {}", detail(cell));
        }
        text + &self.sentence() + "\n"
    }

    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        let ruled = u16::from(area.height > 4);
        let title = format!("ports of {}", self.host);
        if ruled > 0 {
            rule(buf, row(area, 0), &title, "", theme);
        }
        let body = below(area, ruled);
        let room = usize::from(body.height).saturating_sub(1).max(1);
        let first = (self.cursor + 1).saturating_sub(room);
        let best = self.best();
        for (n, port) in self.asked.iter().enumerate().skip(first).take(room) {
            let line = row(body, n - first);
            let cell = self.cells.iter().find(|cell| cell.port == *port);
            let pieces = pieces(*port, cell, best == Some(*port), view);
            put_all(buf, right_of(line, 2), &pieces, theme.glyphs.ellipsis);
            if n == self.cursor {
                put(buf, line, theme.glyphs.cursor, theme.strong(), "");
                buf.set_style(line.intersection(buf.area), theme.selected());
            }
        }
        let last = row(
            body,
            self.asked.len().min(room) + usize::from(body.height > 9),
        );
        let words = self.sentence();
        put(
            buf,
            right_of(last, 2),
            &words,
            theme.strong(),
            theme.glyphs.ellipsis,
        );
    }
}

fn pieces(port: u16, cell: Option<&Cell>, is_best: bool, view: View<'_>) -> Vec<(String, Style)> {
    let theme = view.theme;
    let Some(cell) = cell else {
        let words = format!("{port:>5}  looking {}", theme.glyphs.ellipsis);
        return vec![(words, theme.quiet())];
    };
    let (glyph, style) = match cell.found {
        Found::Works => (theme.glyphs.delivered, theme.good()),
        Found::InClear | Found::Untrusted | Found::Unwilling => ("!", theme.warning()),
        Found::Foreign | Found::Refused | Found::Dropped | Found::Unreachable => {
            (theme.glyphs.failed, theme.bad())
        }
    };
    let way = if is_open(cell.found) {
        cell.security.name()
    } else {
        ""
    };
    let found = pad(cell.found.words(), 14, "", false);
    let mut pieces = vec![
        (format!("{port:>5}  {way:<8}  "), Style::new()),
        (format!("{glyph} {found}  "), style),
    ];
    if is_best {
        pieces.push(("best way  ".to_owned(), theme.strong()));
    }
    pieces.push((detail(cell), Style::new()));
    pieces
}

/// Whether something listens.
const fn is_open(found: Found) -> bool {
    !matches!(found, Found::Refused | Found::Dropped | Found::Unreachable)
}

fn detail(cell: &Cell) -> String {
    let walk = &cell.walk;
    match (&walk.failure, walk.capabilities()) {
        (None, Some(offered)) => match offered.mechanisms().as_slice() {
            [] => "no login offered".to_owned(),
            ways => format!("login by {}", ways.join(", ")),
        },
        (Some(failure), _) => failure.text(),
        (None, None) => String::new(),
    }
}

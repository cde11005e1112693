//! The look around: what there is at each mail port, as it becomes known.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::mail::reach::Family;
use crate::mail::smarthost::Security;
use crate::mailer::probe::grid::{Cell, Found, best, foremost, in_clear, in_question};
use crate::tui::screen::contract::View;
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, pad, put, put_all, right_of, row, wrap};

/// A port, and what is known of it.
type Row<'a> = (u16, Option<&'a Cell>);

/// What it means to go on in clear.
pub(super) const IN_CLEAR: &str = "whoever is on the way can read and change the mail";

/// A look around.
#[derive(Debug, Default)]
pub(super) struct Ports {
    pub(super) number: u64,
    pub(super) host: String,
    /// The ports that are asked, in order.
    pub(super) asked: Vec<u16>,
    pub(super) cells: Vec<Cell>,
    /// Whether the host is this machine.
    pub(super) is_here: bool,
    pub(super) is_waiting: bool,
    pub(super) cursor: usize,
    /// Whether the cursor was moved by hand: else it goes to the best way.
    pub(super) is_moved: bool,
}

impl Ports {
    /// Takes what was found. A host with addresses of both families has a row for each.
    pub(super) fn found(&mut self, cell: Cell) {
        let old = self.rows().get(self.cursor).copied();
        let old = old.map(|(port, cell)| (port, cell.map(|cell| cell.family)));
        self.cells
            .retain(|old| (old.port, old.family) != (cell.port, cell.family));
        self.cells.push(cell);
        self.cells.sort_by_key(|cell| cell.port);
        let best = foremost(&self.cells).map(|cell| (cell.port, Some(cell.family)));
        let wanted = if self.is_moved { old } else { best.or(old) };
        let Some((port, family)) = wanted else {
            return;
        };
        let is_it = |row: &Row<'_>| row.0 == port && row.1.map(|cell| cell.family) == family;
        let rows = self.rows();
        let at = rows.iter().position(is_it);
        let at = at.or_else(|| rows.iter().position(|row| row.0 == port));
        self.cursor = at.unwrap_or(0);
    }

    /// A row for each port that nothing is known of yet, and for everything that is known.
    fn rows(&self) -> Vec<Row<'_>> {
        let of_port = |port: &u16| {
            let port = *port;
            let known = self.cells.iter().filter(move |cell| cell.port == port);
            let mut rows: Vec<Row<'_>> = known.map(|cell| (port, Some(cell))).collect();
            if rows.is_empty() {
                rows.push((port, None));
            }
            rows
        };
        self.asked.iter().flat_map(of_port).collect()
    }

    /// What is known of the row under the cursor.
    pub(super) fn chosen(&self) -> Option<&Cell> {
        self.rows().get(self.cursor)?.1
    }

    /// Moves the cursor.
    pub(super) fn step(&mut self, rows: isize) {
        let last = self.rows().len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(rows).min(last);
        self.is_moved = true;
    }

    /// One sentence on all of it.
    pub(super) fn sentence(&self) -> String {
        let is_known = |port: &&u16| self.cells.iter().any(|cell| cell.port == **port);
        let known = self.asked.iter().filter(is_known).count();
        match (best(&self.cells), self.is_waiting) {
            (_, true) => format!(
                "looking: {known} of {} ports are known; no login, no message",
                self.asked.len()
            ),
            (Some(cell), false) => {
                let (port, security) = (cell.port, cell.security);
                format!("the best way: port {port} with security = {security}")
            }
            (None, false) if known < self.asked.len() => "cancelled".to_owned(),
            (None, false) => {
                let none = "no way with TLS that can be trusted was found";
                match (in_question(&self.cells), in_clear(&self.cells)) {
                    (Some(cell), _) => {
                        let port = cell.port;
                        format!("{none}; at port {port} its certificate is the question")
                    }
                    (None, Some(cell)) if self.is_here => {
                        let port = cell.port;
                        format!(
                            "{none}; port {port} takes mail in clear, which stays on this machine"
                        )
                    }
                    (None, Some(cell)) => {
                        let port = cell.port;
                        format!("{none}; port {port} takes mail in clear: {IN_CLEAR}")
                    }
                    (None, None) => none.to_owned(),
                }
            }
        }
    }

    /// All of it as text.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.host);
        for cell in &self.cells {
            let (port, security) = (cell.port, way(cell));
            let found = cell.found.words();
            // Writing into a String cannot fail.
            let family = family(cell);
            let _ = writeln!(
                text,
                "{port:>5}  {family}{security:<8}  {found}  {}",
                detail(cell)
            );
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
        let best = best(&self.cells).map(|cell| (cell.port, cell.family));
        let rows = self.rows();
        for (n, (port, cell)) in rows.iter().enumerate().skip(first).take(room) {
            let line = row(body, n - first);
            let is_best = cell.is_some_and(|cell| best == Some((cell.port, cell.family)));
            let pieces = pieces(*port, *cell, is_best, view);
            put_all(buf, right_of(line, 2), &pieces, theme.glyphs.ellipsis);
            if n == self.cursor {
                put(buf, line, theme.glyphs.cursor, theme.strong(), "");
                buf.set_style(line.intersection(buf.area), theme.selected());
            }
        }
        let last = rows.len().min(room) + usize::from(body.height > 9);
        let words = self.sentence();
        let columns = usize::from(body.width.saturating_sub(3));
        let lines = wrap(&words, columns);
        // In a small window there is one line, and what was cut off is marked.
        let lines = if last + lines.len() > usize::from(body.height) {
            vec![words]
        } else {
            lines
        };
        for (n, line) in lines.iter().enumerate() {
            let place = right_of(row(body, last + n), 2);
            put(buf, place, line, theme.strong(), theme.glyphs.ellipsis);
        }
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
    let way = way(cell);
    let found = pad(cell.found.words(), 14, "", false);
    let mut pieces = vec![
        (
            format!("{port:>5}  {}{way:<8}  ", family(cell)),
            Style::new(),
        ),
        (format!("{glyph} {found}  "), style),
    ];
    if is_best {
        pieces.push(("best way  ".to_owned(), theme.strong()));
    }
    pieces.push((detail(cell), Style::new()));
    pieces
}

/// The family, where each was looked at by itself.
fn family(cell: &Cell) -> String {
    match cell.family {
        Family::Any => String::new(),
        one => format!("{one}  "),
    }
}

/// The protection with which it can be gone to, where something listens.
const fn way(cell: &Cell) -> &'static str {
    match cell.found {
        Found::Refused | Found::Dropped | Found::Unreachable => "",
        // STARTTLS was tried and is not there.
        Found::InClear => Security::None.name(),
        _ => cell.security.name(),
    }
}

fn detail(cell: &Cell) -> String {
    let walk = &cell.walk;
    match (&walk.failure, walk.capabilities()) {
        (Some(_), _) if cell.found == Found::InClear => "STARTTLS is not offered".to_owned(),
        (None, Some(offered)) => match offered.mechanisms().as_slice() {
            [] => "no login offered".to_owned(),
            ways => format!("login by {}", ways.join(", ")),
        },
        (Some(failure), _) => failure.text(),
        (None, None) => String::new(),
    }
}

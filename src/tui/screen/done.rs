//! The table of what has left the queue, latest first: delivered, failed, expired, dropped.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use crate::mail::clock::{Now, until};
use crate::mail::entry::{End, Entry, State};
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::Snapshot;
use crate::tui::action::{Action, Context};
use crate::tui::effect::Effect;
use crate::tui::widget::table::Column;
use crate::tui::widget::text::{put, put_right, right_of, row};
use crate::tui::widget::time::{age, clock, day};
use crate::tui::world::World;

use super::contract::{Screen, View};
use super::queue::acts::{on_entry, on_queue};
use super::queue::header::{draw_banners, empty, frozen_line};
use super::queue::layout::{Parts, Shape, Wishes, parts, whole};
use super::queue::pane::pane;
use super::queue::row::{last, subject, to};
use super::queue::table::Table;

const fn column(title: &'static str, min: u16, max: u16, grow: u16, rank: u8) -> Column {
    Column {
        title,
        min,
        max,
        grow,
        right: false,
        rank,
    }
}

const fn right(title: &'static str, min: u16, rank: u8) -> Column {
    Column {
        right: true,
        ..column(title, min, min, 0, rank)
    }
}

const COLUMNS: [Column; 7] = [
    column("STATE", 9, 9, 0, 3),
    column("TO", 20, 44, 2, 0),
    column("SUBJECT", 14, 60, 2, 2),
    right("TRY", 3, 4),
    right("LEFT", 8, 0),
    right("AFTER", 7, 5),
    column("LAST REPLY", 14, 200, 5, 1),
];

/// The screen of what has left the queue.
#[derive(Clone, Debug)]
pub struct DoneScreen {
    table: Table,
    pane: bool,
    frozen: Option<(Snapshot, Now)>,
}

impl Default for DoneScreen {
    fn default() -> Self {
        Self {
            table: Table::default(),
            pane: true,
            frozen: None,
        }
    }
}

impl DoneScreen {
    /// The screen with the cursor on what left last.
    pub fn new() -> Self {
        Self::default()
    }

    /// The message under the cursor.
    pub fn selected(&self) -> Option<EntryId> {
        self.table.list.selected().map(|entry| entry.id)
    }

    fn parts(&self, area: Rect) -> Parts {
        let wishes = Wishes {
            banners: u16::from(self.frozen.is_some()),
            filter: self.table.has_filter(),
            pane: self.pane,
            sums: false,
        };
        parts(area, wishes)
    }
}

impl Screen for DoneScreen {
    fn contexts(&self) -> &'static [Context] {
        self.table.contexts(&[Context::Done, Context::List])
    }

    fn act(&mut self, action: Action, world: &World, size: Size) -> Vec<Effect> {
        self.follow(world, size);
        if self.table.act(action) {
            self.follow(world, size);
            return Vec::new();
        }
        match action {
            Action::Pane => self.pane = !self.pane,
            Action::Freeze => {
                self.frozen = match self.frozen {
                    Some(_) => None,
                    None => Some((world.snapshot.clone(), world.now)),
                };
            }
            Action::Open => return self.table.open(),
            _ => {
                let selected = self.table.list.selected();
                return selected
                    .and_then(|entry| on_entry(action, entry, world))
                    .or_else(|| on_queue(action, world))
                    .unwrap_or_default();
            }
        }
        self.follow(world, size);
        Vec::new()
    }

    fn typed(&mut self, key: KeyEvent, _world: &World) -> Vec<Effect> {
        self.table.typed(key);
        Vec::new()
    }

    fn pasted(&mut self, text: &str, _world: &World) -> Vec<Effect> {
        self.table.pasted(text)
    }

    fn follow(&mut self, world: &World, size: Size) {
        let rows = self.parts(whole(size)).rows();
        let list = &mut self.table.list;
        let entries = match &self.frozen {
            Some((snapshot, _)) => &snapshot.done,
            None => &world.snapshot.done,
        };
        list.follow(entries, world.now, rows);
        list.forget_left();
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let area = area.intersection(buf.area);
        let parts = self.parts(area);
        sums(buf, &parts, &self.table, view);
        if let Some((_, at)) = self.frozen {
            let line = frozen_line(at, &view.world.zone);
            draw_banners(buf, parts.banners, &[line], view.theme);
        }
        let heads = if parts.shape == Shape::Double {
            "TO, SUBJECT"
        } else {
            ""
        };
        let cells = |entry: &Entry| cells(entry, view);
        let cursor = self
            .table
            .render(buf, &parts, &COLUMNS, heads, &cells, view);
        if self.table.list.order().is_empty() {
            let hints = [
                "Nothing has left the queue yet.".to_owned(),
                "What was delivered, refused, expired or dropped is kept here for a while.".into(),
            ];
            empty(buf, parts.table, &hints, view.theme);
        } else if let Some(entry) = self.table.list.selected()
            && !parts.pane.is_empty()
        {
            pane(buf, parts.pane, entry, view);
        }
        cursor
    }
}

fn cells(entry: &Entry, view: View<'_>) -> Vec<(String, Style)> {
    let world = view.world;
    let state = entry.state(world.now);
    let (_, style) = view.theme.state(state);
    let (left, after) = match entry.end {
        Some((_, end)) => (
            left(end.wall, world),
            age(until(end.wall, entry.admitted.wall)),
        ),
        None => (String::new(), String::new()),
    };
    vec![
        (state.name().into(), style),
        (to(entry), Style::new()),
        (subject(entry).into(), Style::new()),
        (entry.tries.to_string(), Style::new()),
        (left, Style::new()),
        (after, Style::new()),
        words(entry, view),
    ]
}

/// The last words about it; where nothing was ever said, why it left.
fn words(entry: &Entry, view: View<'_>) -> (String, Style) {
    let (words, style) = last(entry, view);
    match entry.end {
        Some((End::Dropped, _)) if words.is_empty() => {
            ("dropped by hand".into(), view.theme.quiet())
        }
        Some((End::Settled, _)) if words.is_empty() => ("never tried".into(), view.theme.quiet()),
        _ => (words, style),
    }
}

/// The time of the day, or the day where that was another.
fn left(at: Timestamp, world: &World) -> String {
    let date = |at: Timestamp| world.zone.to_datetime(at).date();
    if date(at) == date(world.now.wall) {
        clock(at, &world.zone)
    } else {
        day(at, &world.zone)
    }
}

/// What is kept here by state, and the sums since the queue was opened.
fn sums(buf: &mut Buffer, parts: &Parts, table: &Table, view: View<'_>) {
    let order = table.list.order();
    let theme = view.theme;
    let dot = format!(" {} ", theme.glyphs.dot);
    let mut counts = vec![format!("{} kept", order.len())];
    let states = [
        State::Delivered,
        State::Partial,
        State::Failed,
        State::Expired,
        State::Dropped,
    ];
    for state in states {
        match order.tally().count(state) {
            0 => {}
            count => counts.push(format!("{count} {state}")),
        }
    }
    let totals = view.world.snapshot.totals;
    let recipients = [
        format!("recipients  {} delivered", totals.delivered),
        format!("{} failed", totals.failed),
        format!("{} expired", totals.expired),
    ]
    .join(&dot);
    let first = right_of(row(parts.header, 0), 1);
    let ellipsis = theme.glyphs.ellipsis;
    let used = put(buf, first, &counts.join(&dot), Style::new(), ellipsis);
    let rest = right_of(first, used.saturating_add(3));
    put_right(buf, rest, &format!("{recipients} "), theme.quiet());
}

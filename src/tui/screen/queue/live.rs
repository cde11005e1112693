//! The queue's screen: what waits, what happens next, and what can be done about it.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use crate::mail::clock::Now;
use crate::mail::entry::Entry;
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::Snapshot;
use crate::tui::action::{Action, Context};
use crate::tui::effect::Effect;
use crate::tui::screen::contract::{Screen, View};
use crate::tui::widget::table::Column;
use crate::tui::world::World;

use super::acts::{on_entry, on_queue};
use super::header::{banners, draw_banners, empty, header};
use super::layout::{Parts, Shape, WIDE_ONLY, Wishes, parts, whole};
use super::pane::pane;
use super::row::{expires, last, next, subject, to};
use super::table::Table;

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

const fn number(title: &'static str, min: u16, rank: u8) -> Column {
    Column {
        right: true,
        ..column(title, min, min, 0, rank)
    }
}

const COLUMNS: [Column; 7] = [
    column("STATE", 9, 9, 0, WIDE_ONLY),
    column("TO", 21, 44, 2, 0),
    column("SUBJECT", 14, 60, 2, 2),
    number("TRY", 3, 4),
    number("NEXT", 7, 0),
    number("EXPIRES", 7, 3),
    column("LAST REPLY", 17, 200, 5, 1),
];

/// The queue's screen.
#[derive(Clone, Debug)]
pub struct QueueScreen {
    table: Table,
    pane: bool,
    frozen: Option<(Snapshot, Now)>,
}

impl Default for QueueScreen {
    fn default() -> Self {
        Self {
            table: Table::default(),
            pane: true,
            frozen: None,
        }
    }
}

impl QueueScreen {
    /// The screen with the cursor on the first message.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the cursor to a message, as soon as it is in the queue.
    pub fn select(&mut self, id: EntryId) {
        self.table.list.select(id);
    }

    /// The message under the cursor.
    pub fn selected(&self) -> Option<EntryId> {
        self.table.list.selected().map(|entry| entry.id)
    }

    fn banners(&self, world: &World) -> Vec<String> {
        let frozen = self.frozen.as_ref().map(|(_, at)| *at);
        banners(self.table.list.order(), world, frozen)
    }

    fn parts(&self, area: Rect, world: &World) -> Parts {
        let banners = u16::try_from(self.banners(world).len()).unwrap_or(0);
        let wishes = Wishes {
            banners,
            filter: self.table.has_filter(),
            pane: self.pane,
            sums: true,
        };
        parts(area, wishes)
    }

    fn freeze(&mut self, world: &World) {
        self.frozen = match self.frozen {
            Some(_) => None,
            None => Some((world.snapshot.clone(), world.now)),
        };
    }

    /// The selected message as it is now, which a frozen view may not show.
    fn target<'a>(&'a self, world: &'a World) -> Option<&'a Entry> {
        let shown = self.table.list.selected()?;
        Some(world.snapshot.entry(shown.id).unwrap_or(shown))
    }
}

impl Screen for QueueScreen {
    fn contexts(&self) -> &'static [Context] {
        self.table.contexts(&[Context::Queue, Context::List])
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
                self.freeze(world);
                self.follow(world, size);
                self.table.list.forget_left();
            }
            Action::Open => return self.table.open(),
            _ => {
                let on_this = self
                    .target(world)
                    .and_then(|entry| on_entry(action, entry, world));
                return on_this
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
        let parts = self.parts(whole(size), world);
        let (entries, now) = match &self.frozen {
            Some((snapshot, now)) => (&snapshot.live, *now),
            None => (&world.snapshot.live, world.now),
        };
        self.table.list.follow(entries, now, parts.rows());
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let area = area.intersection(buf.area);
        let parts = self.parts(area, view.world);
        let world = self.frozen.as_ref().map(|(snapshot, now)| World {
            snapshot: snapshot.clone(),
            now: *now,
            ..view.world.clone()
        });
        let live = view;
        let view = View {
            world: world.as_ref().unwrap_or(view.world),
            ..view
        };
        let order = self.table.list.order();
        header(buf, parts.header, order, view);
        draw_banners(buf, parts.banners, &self.banners(live.world), view.theme);
        let heads = if parts.shape == Shape::Double {
            "TO, SUBJECT"
        } else {
            ""
        };
        let cells = |entry: &Entry| cells(entry, parts.shape, view);
        let cursor = self
            .table
            .render(buf, &parts, &COLUMNS, heads, &cells, view);
        if order.is_empty() && !self.table.list.has_left() {
            empty(buf, parts.table, &hints(view.world), view.theme);
        } else if let Some(entry) = self.table.list.selected()
            && !parts.pane.is_empty()
        {
            pane(buf, parts.pane, entry, view);
        }
        cursor
    }
}

fn cells(entry: &Entry, shape: Shape, view: View<'_>) -> Vec<(String, Style)> {
    let state = entry.state(view.world.now);
    let (_, style) = view.theme.state(state);
    let worded = shape != Shape::Wide;
    vec![
        (state.name().into(), style),
        (to(entry), Style::new()),
        (subject(entry).into(), Style::new()),
        (tries(entry).to_string(), Style::new()),
        (next(entry, view, worded), style),
        expires(entry, view),
        last(entry, view),
    ]
}

/// The tries so far, with the one that runs.
fn tries(entry: &Entry) -> u32 {
    let running = u32::from(entry.running().is_some());
    entry.tries.saturating_add(running)
}

/// What to do where nothing waits.
fn hints(world: &World) -> Vec<String> {
    let mut hints = vec![
        "Nothing waits to be sent.".to_owned(),
        "Compose a message: it stays here until the smart host has taken it.".to_owned(),
    ];
    if let Some(account) = world.account(&world.default_account) {
        hints.push(format!("Mail goes to {}.", account.way));
        if !account.leaves {
            hints.push("Nothing leaves this machine.".to_owned());
        }
    }
    hints
}

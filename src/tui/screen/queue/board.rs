//! The screen around a table of messages: what the live queue and what has left it do in the same way.

use std::fmt::Debug;
use std::marker::PhantomData;

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

use super::acts::{idle, on_entry, on_queue};
use super::header::{draw_banners, empty};
use super::layout::{Parts, Shape, Wishes, parts, whole};
use super::order::{Entries, Order};
use super::pane::pane;
use super::table::Table;

/// What one table of messages shows that another does not.
pub trait Side: Clone + Debug + 'static {
    /// The parts of the key map while no filter is typed.
    const CONTEXTS: &'static [Context];
    /// The columns, in the order of the cells.
    const COLUMNS: [Column; 7];
    /// Whether the header has a second line of sums, where there is room.
    const SUMS: bool;
    /// Whether the row of a message that has left stays for a moment.
    const STAYS: bool;

    /// The messages.
    fn entries(snapshot: &Snapshot) -> &Entries;

    /// Lines over the whole width; `frozen` is since when the view stands still.
    fn banners(order: &Order, world: &World, frozen: Option<Now>) -> Vec<String>;

    /// Draws what stands above the table.
    fn header(buf: &mut Buffer, area: Rect, order: &Order, view: View<'_>);

    /// The cells of a row, one for each column.
    fn cells(entry: &Entry, shape: Shape, view: View<'_>) -> Vec<(String, Style)>;

    /// What is said where there are no messages.
    fn hints(world: &World) -> Vec<String>;
}

/// A table of messages with its pane, which can be made to stand still.
#[derive(Clone, Debug)]
pub struct Board<S> {
    table: Table,
    pane: bool,
    frozen: Option<(Snapshot, Now)>,
    side: PhantomData<S>,
}

impl<S> Default for Board<S> {
    fn default() -> Self {
        Self {
            table: Table::default(),
            pane: true,
            frozen: None,
            side: PhantomData,
        }
    }
}

impl<S: Side> Board<S> {
    /// The screen with the cursor on the first message.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the cursor to a message, as soon as it is there.
    pub fn select(&mut self, id: EntryId) {
        self.table.list.select(id);
    }

    /// The message under the cursor.
    pub fn selected(&self) -> Option<EntryId> {
        self.table.list.selected().map(|entry| entry.id)
    }

    fn banners(&self, world: &World) -> Vec<String> {
        let frozen = self.frozen.as_ref().map(|(_, at)| *at);
        S::banners(self.table.list.order(), world, frozen)
    }

    fn parts(&self, area: Rect, world: &World) -> Parts {
        let banners = u16::try_from(self.banners(world).len()).unwrap_or(0);
        let wishes = Wishes {
            banners,
            filter: self.table.has_filter(),
            pane: self.pane,
            sums: S::SUMS,
        };
        parts(area, wishes)
    }

    fn freeze(&mut self, world: &World) {
        self.frozen = match self.frozen {
            Some(_) => None,
            None => Some((world.snapshot.clone(), world.now)),
        };
    }

    /// What an action does to the selected message as it is now, which a frozen view may not show, or to the whole queue.
    fn effects(&self, action: Action, world: &World) -> Vec<Effect> {
        let shown = self.table.list.selected();
        let target = shown.map(|shown| world.snapshot.entry(shown.id).unwrap_or(shown));
        target
            .and_then(|entry| on_entry(action, entry, world))
            .or_else(|| on_queue(action, world))
            .unwrap_or_default()
    }
}

impl<S: Side> Screen for Board<S> {
    fn contexts(&self) -> &'static [Context] {
        self.table.contexts(S::CONTEXTS)
    }

    fn idle(&self, world: &World) -> Vec<Action> {
        let shown = self.table.list.selected();
        let now = |shown| world.snapshot.entry(shown).map(|entry| &**entry);
        let mut idle = idle(shown.and_then(|shown| now(shown.id).or(Some(shown))));
        if S::entries(&world.snapshot).is_empty() {
            idle.extend([Action::Filter, Action::RetryAll]);
        }
        if !self.table.has_filter() {
            idle.push(Action::Back);
        }
        idle
    }

    fn act(&mut self, action: Action, world: &World, size: Size) -> Vec<Effect> {
        self.follow(world, size);
        if !self.table.act(action) {
            match action {
                Action::Pane => self.pane = !self.pane,
                Action::Freeze => {
                    self.freeze(world);
                    self.follow(world, size);
                    // What has left meanwhile did so long ago.
                    self.table.list.forget_left();
                }
                Action::Open => return self.table.open(),
                _ => return self.effects(action, world),
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
        let rows = self.parts(whole(size), world).rows();
        let (snapshot, now) = match &self.frozen {
            Some((snapshot, now)) => (snapshot, *now),
            None => (&world.snapshot, world.now),
        };
        let list = &mut self.table.list;
        list.follow(S::entries(snapshot), now, rows);
        if !S::STAYS {
            list.forget_left();
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let area = area.intersection(buf.area);
        let parts = self.parts(area, view.world);
        draw_banners(buf, parts.banners, &self.banners(view.world), view.theme);
        let then = self.frozen.as_ref().map(|(snapshot, now)| World {
            snapshot: snapshot.clone(),
            now: *now,
            ..view.world.clone()
        });
        let view = View {
            world: then.as_ref().unwrap_or(view.world),
            ..view
        };
        S::header(buf, parts.header, self.table.list.order(), view);
        let heads = if parts.shape == Shape::Double {
            "TO, SUBJECT"
        } else {
            ""
        };
        let cells = |entry: &Entry| S::cells(entry, parts.shape, view);
        let cursor = self
            .table
            .render(buf, &parts, &S::COLUMNS, heads, &cells, view);
        let list = &self.table.list;
        if list.order().is_empty() && !list.has_left() {
            empty(buf, parts.table, &S::hints(view.world), view.theme);
        } else if let Some(entry) = list.selected()
            && !parts.pane.is_empty()
        {
            // Of one that has left the end is what counts.
            let entry = view.world.snapshot.entry(entry.id).unwrap_or(entry);
            pane(buf, parts.pane, entry, view);
        }
        cursor
    }
}

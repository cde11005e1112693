//! The queue's screen: what waits, what happens next, and what can be done about it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::mail::clock::Now;
use crate::mail::entry::Entry;
use crate::mail::snapshot::Snapshot;
use crate::tui::action::Context;
use crate::tui::screen::contract::View;
use crate::tui::widget::table::Column;
use crate::tui::world::World;

use super::board::{Board, Side};
use super::header::{banners, header};
use super::layout::{Shape, WIDE_ONLY};
use super::order::{Entries, Order};
use super::row::{expires, last, next, subject, to};

/// The queue's screen.
pub type QueueScreen = Board<Live>;

/// What is in the queue, in the order of what happens next.
#[derive(Clone, Copy, Debug)]
pub struct Live;

impl Side for Live {
    const CONTEXTS: &'static [Context] = &[Context::Queue, Context::List];
    const COLUMNS: [Column; 7] = [
        Column::text("STATE", 9, 9, 0, WIDE_ONLY),
        Column::text("TO", 21, 44, 2, 0),
        Column::text("SUBJECT", 14, 60, 2, 2),
        Column::number("TRY", 3, 4),
        Column::number("NEXT", 7, 0),
        Column::number("EXPIRES", 7, 3),
        Column::text("LAST REPLY", 17, 200, 5, 1),
    ];
    const SUMS: bool = true;
    const STAYS: bool = true;

    fn entries(snapshot: &Snapshot) -> &Entries {
        &snapshot.live
    }

    fn banners(order: &Order, world: &World, frozen: Option<Now>) -> Vec<String> {
        banners(order, world, frozen)
    }

    fn header(buf: &mut Buffer, area: Rect, order: &Order, view: View<'_>) {
        header(buf, area, order, view);
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

    fn hints(world: &World) -> Vec<String> {
        let mut hints = vec![
            "Nothing waits to be sent.".to_owned(),
            "Compose a message: it stays here until the smart host has taken it.".to_owned(),
        ];
        if let Some(account) = world.account(&world.default_account) {
            hints.push(format!("Mail goes to {}.", account.way));
            let is_said = account.way.contains("nothing leaves this machine");
            if !account.leaves && !is_said {
                hints.push("Nothing leaves this machine.".to_owned());
            }
        }
        hints
    }
}

/// The tries so far, with the one that runs.
fn tries(entry: &Entry) -> u32 {
    let running = u32::from(entry.running().is_some());
    entry.tries.saturating_add(running)
}

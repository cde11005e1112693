//! The table of what has left the queue, latest first: delivered, failed, expired, dropped.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::mail::clock::{Now, until};
use crate::mail::entry::{End, Entry, State};
use crate::mail::snapshot::Snapshot;
use crate::tui::action::Context;
use crate::tui::widget::table::Column;
use crate::tui::widget::text::{put, put_right, right_of, row};
use crate::tui::widget::time::{age, clock, day};
use crate::tui::world::World;

use super::contract::View;
use super::queue::board::{Board, Side};
use super::queue::header::frozen_line;
use super::queue::layout::Shape;
use super::queue::order::{Entries, Order};
use super::queue::row::{last, subject, to};

/// The screen of what has left the queue.
pub type DoneScreen = Board<Done>;

/// What has left the queue, latest first.
#[derive(Clone, Copy, Debug)]
pub struct Done;

impl Side for Done {
    const CONTEXTS: &'static [Context] = &[Context::Done, Context::List];
    const COLUMNS: [Column; 7] = [
        Column::text("STATE", 9, 9, 0, 3),
        Column::text("TO", 20, 44, 2, 0),
        Column::text("SUBJECT", 14, 60, 2, 2),
        Column::number("TRY", 3, 4),
        Column::number("LEFT", 8, 0),
        Column::number("AFTER", 7, 5),
        Column::text("LAST REPLY", 14, 200, 5, 1),
    ];
    const SUMS: bool = false;
    const STAYS: bool = false;

    fn entries(snapshot: &Snapshot) -> &Entries {
        &snapshot.done
    }

    fn banners(_order: &Order, world: &World, frozen: Option<Now>) -> Vec<String> {
        let line = frozen.map(|since| frozen_line(since, &world.zone));
        line.into_iter().collect()
    }

    /// What is kept here by state, and the sums since the queue was opened.
    fn header(buf: &mut Buffer, area: Rect, order: &Order, view: View<'_>) {
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
        let first = right_of(row(area, 0), 1);
        let ellipsis = theme.glyphs.ellipsis;
        let used = put(buf, first, &counts.join(&dot), Style::new(), ellipsis);
        let rest = right_of(first, used.saturating_add(3));
        put_right(buf, rest, &format!("{recipients} "), theme.quiet());
    }

    fn cells(entry: &Entry, _shape: Shape, view: View<'_>) -> Vec<(String, Style)> {
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

    fn hints(_world: &World) -> Vec<String> {
        vec![
            "Nothing has left the queue yet.".to_owned(),
            "What was delivered, refused, expired or dropped is kept here for a while.".to_owned(),
        ]
    }
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

//! What stands above the table: counts, the next events, what servers say, and lines for what is paused or frozen.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::mail::clock::{Now, until};
use crate::mail::entry::State;
use crate::tui::screen::contract::View;
use crate::tui::theme::Theme;
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{put, put_all, put_right, right_of, row, width};
use crate::tui::widget::time::{age, clock, countdown, moment};
use crate::tui::world::World;

use super::order::Order;

/// Minutes shown in the line of deliveries, at most.
const MINUTES: usize = 16;

/// Lines for paused hosts, at most; the rest is counted.
const HOSTS: usize = 2;

/// Draws the header in one line, or in two with a rule below.
pub fn header(buf: &mut Buffer, area: Rect, order: &Order, view: View<'_>) {
    let theme = view.theme;
    let ellipsis = theme.glyphs.ellipsis;
    let dot = format!(" {} ", theme.glyphs.dot);
    let counts = counts(order).join(&dot);
    let first = inset(row(area, 0));
    let used = put(buf, first, &counts, Style::new(), ellipsis);
    let rest = right_of(first, used.saturating_add(3));
    for (bars, peak) in [(MINUTES, true), (MINUTES, false), (MINUTES / 2, false)] {
        let rate = rate(&view.world.sent_per_minute, bars, peak, theme);
        let columns: usize = rate.iter().map(|(text, _)| width(text)).sum();
        if let Some(lead) = usize::from(rest.width).checked_sub(columns) {
            let lead = u16::try_from(lead).unwrap_or(0);
            put_all(buf, right_of(rest, lead), &rate, "");
            break;
        }
    }
    if area.height < 3 {
        return;
    }
    let second = inset(row(area, 1));
    let events = events(order, view.world.now).join(&dot);
    let used = put(buf, second, &events, Style::new(), ellipsis);
    let rest = right_of(second, used.saturating_add(3));
    let replies = replies(order, usize::from(rest.width), theme);
    put_right(buf, rest, &replies, Style::new());
    rule(buf, row(area, 2), "", "", theme);
}

fn inset(area: Rect) -> Rect {
    let area = right_of(area, 1.min(area.width));
    Rect {
        width: area.width.saturating_sub(1),
        ..area
    }
}

fn counts(order: &Order) -> Vec<String> {
    let mut counts = vec![format!("{} in queue", order.len())];
    let states = [
        State::Sending,
        State::Due,
        State::Retry,
        State::Held,
        State::Scheduled,
    ];
    for state in states {
        match order.tally().count(state) {
            0 => {}
            count => counts.push(format!("{count} {state}")),
        }
    }
    counts
}

fn events(order: &Order, now: Now) -> Vec<String> {
    let mut events = Vec::new();
    if let Some(entry) = order.next_waiting() {
        events.push(format!("next try {}", countdown(entry.wait(now))));
    }
    if let Some(expires) = order.next_expiry() {
        let left = until(expires, now.wall);
        let words = if left.is_zero() {
            "now".into()
        } else {
            age(left)
        };
        events.push(format!("next expiry {words}"));
    }
    if let Some(oldest) = order.oldest() {
        events.push(format!("oldest {}", age(until(now.wall, oldest))));
    }
    events
}

fn replies(order: &Order, columns: usize, theme: &Theme) -> String {
    let troubles = order.tally().troubles();
    let mut text = String::new();
    for (count, label) in troubles {
        let lead = if text.is_empty() {
            "replies  ".to_owned()
        } else {
            format!(" {} ", theme.glyphs.dot)
        };
        let more = format!("{lead}{label} {}{count}", theme.glyphs.tried);
        if width(&text) + width(&more) > columns {
            break;
        }
        text.push_str(&more);
    }
    text
}

/// Deliveries in the last minutes as a row of bars, with the latest and the highest as numbers.
fn rate(minutes: &[u32], shown: usize, long: bool, theme: &Theme) -> Vec<(String, Style)> {
    let (Some(now), Some(peak)) = (minutes.last(), minutes.iter().max()) else {
        return Vec::new();
    };
    let skipped = minutes.len().saturating_sub(shown);
    let bars: String = minutes
        .iter()
        .skip(skipped)
        .map(|count| bar(*count, *peak, theme))
        .collect();
    let peak = if long {
        format!("  peak {peak}")
    } else {
        String::new()
    };
    vec![
        ("sent/min ".into(), theme.quiet()),
        (bars, theme.good()),
        (format!(" now {now}{peak}"), Style::new()),
    ]
}

fn bar(count: u32, peak: u32, theme: &Theme) -> &'static str {
    let bars = theme.glyphs.bars;
    let step = u64::from(count) * 7 / u64::from(peak.max(1));
    let step = usize::try_from(step)
        .unwrap_or(0)
        .max(usize::from(count > 0));
    bars.get(step.min(7)).copied().unwrap_or("")
}

/// Lines over the whole width: the pauses, and a view that stands still.
pub fn banners(order: &Order, world: &World, frozen: Option<Now>) -> Vec<String> {
    let (now, zone) = (world.now, &world.zone);
    let mut lines = Vec::new();
    if let Some(since) = world.snapshot.paused {
        let since = moment(since, now.wall, zone);
        let due = order.tally().count(State::Due);
        lines.push(format!("QUEUE PAUSED by you {since}, {due} due"));
    }
    let paused = world
        .snapshot
        .routes
        .iter()
        .filter_map(|(name, route)| Some((name, route.pause.as_ref()?)));
    let mut more = 0;
    for (n, (name, pause)) in paused.enumerate() {
        if n >= HOSTS {
            more += 1;
            continue;
        }
        let wait = match pause.until.since(now.tick) {
            wait if wait.is_zero() => "tried again now".into(),
            wait => format!("again in {}", countdown(wait)),
        };
        let since = moment(pause.since, now.wall, zone);
        lines.push(format!(
            "HOST PAUSED {name} {since}, {wait}: {}",
            pause.failure
        ));
    }
    if more > 0 {
        lines.push(format!("HOST PAUSED and {more} more"));
    }
    if let Some(frozen) = frozen {
        lines.push(frozen_line(frozen, zone));
    }
    lines
}

/// The line for a view that stands still.
pub fn frozen_line(since: Now, zone: &TimeZone) -> String {
    let at = clock(since.wall, zone);
    format!("VIEW FROZEN at {at}, the queue goes on")
}

/// Draws such lines.
pub fn draw_banners(buf: &mut Buffer, area: Rect, lines: &[String], theme: &Theme) {
    for (n, line) in lines.iter().enumerate() {
        let area = row(area, n);
        let style = theme.warning().patch(theme.selected());
        buf.set_style(area.intersection(buf.area), style);
        put(buf, inset(area), line, style, theme.glyphs.ellipsis);
    }
}

/// Draws the line of a filter that is on but not being typed.
pub fn filter_line(buf: &mut Buffer, area: Rect, text: &str, theme: &Theme) {
    let pieces = [
        (" filter ".to_owned(), theme.strong()),
        (text.to_owned(), Style::new()),
    ];
    put_all(buf, area, &pieces, theme.glyphs.ellipsis);
}

/// Draws at the filter's right end how many of all are shown.
pub fn hidden(buf: &mut Buffer, area: Rect, order: &Order, theme: &Theme) {
    let words = format!("{} of {}, filter on ", order.shown(), order.len());
    put_right(buf, area, &words, theme.warning());
}

/// Draws a few sentences where a table has no rows.
pub fn empty(buf: &mut Buffer, area: Rect, sentences: &[String], theme: &Theme) {
    let lead = usize::from(area.height > 4);
    for (n, sentence) in sentences.iter().enumerate() {
        let style = if n == 0 { theme.strong() } else { Style::new() };
        let line = right_of(row(area, n + lead), 4.min(area.width));
        put(buf, line, sentence, style, theme.glyphs.ellipsis);
    }
}

//! The lower pane: where each recipient of the selected message stands, and how its life goes.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::mail::entry::{Entry, Recipient};
use crate::mail::outcome::Status;
use crate::tui::screen::contract::View;
use crate::tui::screen::meaning;
use crate::tui::widget::life::Life;
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, cut, pad, put, put_all, right_of, row, top, width};
use crate::tui::widget::time::{countdown, size, when};

use super::row::{subject, wait};

/// Draws the pane.
pub fn pane(buf: &mut Buffer, area: Rect, entry: &Entry, view: View<'_>) {
    let dot = view.theme.glyphs.dot;
    let octets = size(entry.message.size());
    let facts = if area.width >= 100 {
        format!(
            "{} {dot} {octets} {dot} id {}",
            entry.message.from,
            entry.id.short()
        )
    } else {
        let count = entry.recipients.len();
        format!(
            "{} {dot} {octets} {dot} {}",
            counted(count, "recipient"),
            entry.id.short()
        )
    };
    // A long subject stands in the table too; its end is worth less than what is said of the message here.
    let room = usize::from(area.width).saturating_sub(width(&facts) + 9);
    let subject = cut(subject(entry), room.max(16), view.theme.glyphs.ellipsis);
    rule(buf, top(area, 1), &subject, &facts, view.theme);
    let inner = below(area, 1);
    let life = match inner.height {
        0..3 => 0,
        3..7 => 1,
        7..9 => 2,
        _ => 3,
    };
    let all = u16::try_from(entry.recipients.len()).unwrap_or(u16::MAX);
    let room = inner.height - life;
    // With less room the recipients' own words say more.
    let meaning = if room >= 3 {
        meaning::of_entry(entry, view)
    } else {
        None
    };
    let lines = u16::from(meaning.is_some());
    let people = top(inner, (room - lines).min(all));
    recipients(buf, people, entry, view);
    if let Some(meaning) = meaning {
        let place = right_of(row(inner, people.height.into()), 4);
        let ellipsis = view.theme.glyphs.ellipsis;
        put(buf, place, &meaning.title, view.theme.warning(), ellipsis);
    }
    let used = people.height + lines;
    // The bar of age is worth more than a gap.
    let is_roomy = match lines {
        0 => life == 3 || used + life < inner.height,
        _ => used + life.max(2) < inner.height,
    };
    let blank = u16::from(is_roomy);
    life_lines(buf, below(inner, used + blank), entry, view);
}

/// Draws the line of attempts and, where there is a second line, the bar of age.
pub fn life_lines(buf: &mut Buffer, area: Rect, entry: &Entry, view: View<'_>) {
    let area = right_of(area, 2.min(area.width));
    let columns = usize::from(area.width.saturating_sub(1));
    let life = Life::of(entry, view.world.now, wait(entry, view.world));
    let ellipsis = view.theme.glyphs.ellipsis;
    let tries = life.line(columns, &view.world.zone, view.theme);
    put_all(buf, row(area, 0), &tries, ellipsis);
    let bar = life.bar(columns, view.theme);
    put_all(buf, row(area, 1), &bar, ellipsis);
}

/// Draws one line for each recipient; where they do not fit, those that are still open come first and the rest is counted.
fn recipients(buf: &mut Buffer, area: Rect, entry: &Entry, view: View<'_>) {
    let room = usize::from(area.height);
    let all = entry.recipients.len();
    let fits = if all > room {
        room.saturating_sub(1)
    } else {
        room
    };
    let mut shown: Vec<&Recipient> = if all > room {
        let closed = entry.recipients.iter().filter(|one| !one.status.is_open());
        entry.open().chain(closed).take(fits).collect()
    } else {
        entry.recipients.iter().collect()
    };
    shown.truncate(fits);
    for (line, recipient) in shown.iter().enumerate() {
        let facts = Facts::of(entry, recipient, view);
        let area = right_of(row(area, line), 2);
        facts.draw(buf, area, &facts.words, view);
    }
    if all > fits && room > 0 {
        let rest = format!("and {} more", all - fits);
        put(
            buf,
            right_of(row(area, fits), 4),
            &rest,
            view.theme.quiet(),
            view.theme.glyphs.ellipsis,
        );
    }
}

/// Where one recipient stands, in words.
#[derive(Clone, Debug)]
pub struct Facts {
    glyph: &'static str,
    style: Style,
    address: String,
    status: String,
    when: String,
    /// The last words about it.
    pub words: String,
}

impl Facts {
    /// What is known of a recipient.
    pub fn of(entry: &Entry, recipient: &Recipient, view: View<'_>) -> Self {
        let (glyph, style) = view.theme.status(&recipient.status);
        let world = view.world;
        let status = match &recipient.status {
            Status::Deferred(_) if entry.end.is_none() => format!("retry {}", recipient.tries),
            Status::Pending if entry.running().is_some() => "sending".into(),
            other => other.name().into(),
        };
        let open = recipient.status.is_open() && entry.end.is_none();
        let when = match recipient.when {
            _ if open && entry.running().is_some() => "now".into(),
            _ if open => match wait(entry, view.world) {
                Some(Duration::ZERO) => "due".into(),
                Some(wait) => format!("in {}", countdown(wait)),
                None if entry.held.is_some() => "held".into(),
                None => "paused".into(),
            },
            Some(at) => when(at, world.now.wall, &world.zone),
            None => String::new(),
        };
        Self {
            glyph,
            style,
            address: recipient.address.to_string(),
            status,
            when,
            words: recipient.status.words(),
        }
    }

    /// The columns before the words.
    pub const fn lead(width: u16) -> u16 {
        let address = Self::address(width);
        if width >= 60 {
            address + 2 + 11 + 13
        } else {
            address + 2
        }
    }

    const fn address(width: u16) -> u16 {
        match width {
            110.. => 34,
            90.. => 27,
            60.. => 23,
            _ => width / 2,
        }
    }

    /// Draws one line; the words are given, so that they can be a part of them.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, words: &str, view: View<'_>) {
        let ellipsis = view.theme.glyphs.ellipsis;
        let address = usize::from(Self::address(area.width));
        let mut pieces = vec![
            (format!("{} ", self.glyph), self.style),
            (
                pad(&self.address, address.saturating_sub(1), ellipsis, false) + " ",
                Style::new(),
            ),
        ];
        if area.width >= 60 {
            pieces.push((pad(&self.status, 10, ellipsis, false) + " ", self.style));
            pieces.push((pad(&self.when, 12, ellipsis, false) + " ", Style::new()));
        } else if words.is_empty() {
            pieces.push((self.status.clone(), self.style));
        }
        pieces.push((words.to_owned(), Style::new()));
        put_all(buf, area, &pieces, ellipsis);
    }
}

/// A number with its noun: `1 recipient`, `3 recipients`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

//! The sections of a message's screen, from top to bottom, and how much room each gets.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::mail::clock::until;
use crate::mail::entry::{Attempt, Entry};
use crate::mail::outcome::Status;
use crate::tui::screen::contract::View;
use crate::tui::screen::meaning;
use crate::tui::screen::queue::pane::{Facts, counted, life_lines};
use crate::tui::screen::queue::row::subject;
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, put, put_all, put_right, right_of, row, top, width, wrap};
use crate::tui::widget::time::{age, clock, day, size};

use super::attempts::line;

/// Where each section stands. A section without height is not shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sections {
    /// From, subject, queued, and facts on the right.
    pub header: Rect,
    /// The line of attempts and the bar of age, with a rule where there is room.
    pub life: Rect,
    /// A rule and the recipients.
    pub recipients: Rect,
    /// What the failure means, and the best step.
    pub meaning: Rect,
    /// A rule and the attempts.
    pub attempts: Rect,
    /// A rule and the message.
    pub content: Rect,
    /// The latest remarks.
    pub log: Rect,
}

impl Sections {
    /// Divides an area.
    pub fn new(area: Rect, entry: &Entry) -> Self {
        let tall = area.height >= 22 && area.width >= 80;
        let (header, life, log) = match area.height {
            _ if tall => (3, 3, 1),
            16.. => (2, 2, 1),
            12.. => (2, 1, 0),
            6.. => (1, 0, 0),
            _ => (u16::from(area.height > 2), 0, 0),
        };
        let mut rest = area;
        let mut take = |lines: u16| {
            let part = top(rest, lines);
            rest = below(rest, part.height);
            part
        };
        let (header, life) = (take(header), take(life));
        let log = log * u16::from(!entry.notes.is_empty());
        let room = rest_height(area, header.height + life.height + log);
        let meaning = match area.height {
            30.. => 3,
            16.. => 2,
            _ => 0,
        } * u16::from(meaning::has_any(entry));
        let room = room.saturating_sub(meaning);
        let recipients = match room {
            8.. => recipient_lines(entry, area.width, room / 3),
            _ => 0,
        };
        let attempts = match room {
            4.. => u16::try_from(entry.attempts.len())
                .unwrap_or(u16::MAX)
                .clamp(1, (room / 4).max(1)),
            _ => 0,
        };
        let recipients = take(recipients + u16::from(recipients > 0));
        let meaning = take(meaning);
        let attempts = take(attempts + u16::from(attempts > 0));
        let content = take(room.saturating_sub(recipients.height + attempts.height));
        Self {
            header,
            life,
            recipients,
            meaning,
            attempts,
            content,
            log: take(log),
        }
    }
}

fn rest_height(area: Rect, used: u16) -> u16 {
    area.height.saturating_sub(used)
}

/// The lines that all recipients would take, at most `most`.
fn recipient_lines(entry: &Entry, width: u16, most: u16) -> u16 {
    let columns = words_columns(width);
    let mut lines = 0;
    for one in &entry.recipients {
        if lines >= usize::from(most) {
            break;
        }
        lines += wrap(&one.status.words(), columns).len();
    }
    u16::try_from(lines).unwrap_or(most).min(most)
}

fn words_columns(width: u16) -> usize {
    let area = width.saturating_sub(4);
    usize::from(area.saturating_sub(Facts::lead(area))).max(8)
}

/// Draws what is known of the message as a whole.
pub fn header(buf: &mut Buffer, area: Rect, entry: &Entry, view: View<'_>) {
    let (world, theme) = (view.world, view.theme);
    let dot = theme.glyphs.dot;
    let octets = size(entry.message.size());
    let id = entry.id.short();
    let way = world
        .account(&entry.route)
        .map_or("", |account| &account.way);
    let admitted = entry.admitted.wall;
    let here = entry.end.map_or(world.now.wall, |(_, end)| end.wall);
    let mut queued = clock(admitted, &world.zone);
    if world.zone.to_datetime(admitted).date() != world.zone.to_datetime(world.now.wall).date() {
        queued = format!("{} {queued}", day(admitted, &world.zone));
    }
    let lived = age(until(here, admitted));
    let queued = match entry.end {
        Some(_) => format!("{queued}, left after {lived}"),
        None => format!("{queued}, {lived} ago"),
    };
    let from = ("From", entry.message.from.clone());
    let queued = ("Queued", queued);
    let lines = if area.height >= 3 {
        vec![
            (from, format!("id {id} {dot} {octets}")),
            (
                ("Subject", subject(entry).to_owned()),
                format!("via {way} {dot} account {}", entry.route),
            ),
            (queued, format!("Message-ID {}", entry.message.message_id)),
        ]
    } else {
        vec![
            (from, format!("{id} {dot} {octets}")),
            (queued, way.to_owned()),
        ]
    };
    for (n, ((label, value), facts)) in lines.iter().enumerate() {
        let area = right_of(row(area, n), 1);
        let pieces = [
            (format!("{label:<8} "), theme.quiet()),
            (value.clone(), Style::new()),
        ];
        let used = put_all(buf, area, &pieces, theme.glyphs.ellipsis);
        let rest = right_of(area, used.saturating_add(2));
        put_right(buf, rest, &format!("{facts} "), Style::new());
    }
}

/// Draws the life.
pub fn life(buf: &mut Buffer, area: Rect, entry: &Entry, view: View<'_>) {
    if area.height < 3 {
        return life_lines(buf, area, entry, view);
    }
    rule(buf, top(area, 1), "life", "", view.theme);
    life_lines(buf, below(area, 1), entry, view);
}

/// Draws the recipients with their wrapped words.
pub fn recipients(buf: &mut Buffer, area: Rect, entry: &Entry, view: View<'_>) {
    rule(
        buf,
        top(area, 1),
        "recipients",
        &standing(entry, view),
        view.theme,
    );
    let inner = right_of(below(area, 1), 3);
    let columns = words_columns(area.width);
    let room = usize::from(inner.height);
    let mut line = 0;
    for (n, one) in entry.recipients.iter().enumerate() {
        let mut words = wrap(&one.status.words(), columns);
        let behind = entry.recipients.len() - n;
        if line + words.len() + behind - 1 > room
            && line + words.len() + usize::from(behind > 1) > room
        {
            words.truncate(room.saturating_sub(line + usize::from(behind > 1)));
            if let Some(last) = words.last_mut() {
                last.push(' ');
                last.push_str(view.theme.glyphs.ellipsis);
            }
        }
        if words.is_empty() {
            let rest = format!("and {behind} more");
            put(buf, row(inner, line), &rest, view.theme.quiet(), "");
            return;
        }
        let facts = Facts::of(entry, one, view);
        let lead = Facts::lead(right_of(inner, 1).width);
        for (n, words) in words.iter().enumerate() {
            let at = row(inner, line);
            if n == 0 {
                facts.draw(buf, narrowed(at), words, view);
            } else {
                put(buf, right_of(narrowed(at), lead), words, Style::new(), "");
            }
            line += 1;
        }
    }
}

fn narrowed(area: Rect) -> Rect {
    Rect {
        width: area.width.saturating_sub(1),
        ..area
    }
}

/// How many recipients have got it, wait for it, and will not get it.
fn standing(entry: &Entry, view: View<'_>) -> String {
    let count = |is: fn(&Status) -> bool| {
        let recipients = entry.recipients.iter();
        recipients.filter(|one| is(&one.status)).count()
    };
    let counts = [
        (count(|s| matches!(s, Status::Delivered(_))), "delivered"),
        (count(Status::is_open), "waiting"),
        (count(|s| matches!(s, Status::Failed(_))), "failed"),
        (count(|s| matches!(s, Status::Expired(_))), "expired"),
    ];
    let words: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    words.join(&format!(" {} ", view.theme.glyphs.dot))
}

/// Draws what the failure means, and the best step below it.
pub fn meaning(buf: &mut Buffer, area: Rect, entry: &Entry, view: View<'_>) {
    let Some(meaning) = meaning::at_length(entry, view) else {
        return;
    };
    let (theme, inner) = (view.theme, right_of(area, 3));
    let ellipsis = theme.glyphs.ellipsis;
    put(
        buf,
        row(inner, 0),
        &meaning.title,
        theme.warning(),
        ellipsis,
    );
    let columns = usize::from(inner.width.saturating_sub(1)).max(1);
    let (lines, room) = (wrap(&meaning.step, columns), usize::from(area.height));
    for (n, line) in lines.iter().enumerate().take(room.saturating_sub(1)) {
        let is_last = n + 2 == room && n + 1 < lines.len();
        let line = if is_last {
            lines.get(n..).unwrap_or_default().join(" ")
        } else {
            line.clone()
        };
        put(
            buf,
            narrowed(row(inner, n + 1)),
            &line,
            Style::new(),
            ellipsis,
        );
    }
}

/// Draws the attempts, latest first, the selected one in sight.
pub fn attempts(buf: &mut Buffer, area: Rect, entry: &Entry, selected: u32, view: View<'_>) {
    let theme = view.theme;
    let count = counted(entry.attempts.len(), "attempt");
    rule(buf, top(area, 1), "attempts", &count, theme);
    let inner = below(area, 1);
    if entry.attempts.is_empty() {
        let place = right_of(row(inner, 0), 3);
        put(
            buf,
            place,
            "not tried yet",
            theme.quiet(),
            theme.glyphs.ellipsis,
        );
        return;
    }
    let all: Vec<&Attempt> = entry.attempts.iter().rev().map(AsRef::as_ref).collect();
    let at = all
        .iter()
        .position(|attempt| attempt.number == selected)
        .unwrap_or(0);
    let room = usize::from(inner.height);
    let first = at.saturating_sub(room.saturating_sub(1));
    for (n, attempt) in all.iter().skip(first).take(room).enumerate() {
        let line_area = row(inner, n);
        let pieces = line(entry, attempt, area.width >= 100, view);
        put_all(buf, right_of(line_area, 3), &pieces, theme.glyphs.ellipsis);
        if attempt.number == selected {
            put(
                buf,
                right_of(line_area, 1),
                theme.glyphs.cursor,
                theme.strong(),
                "",
            );
            buf.set_style(line_area.intersection(buf.area), theme.selected());
        }
    }
}

/// Draws the latest remarks on one line, as many as fit.
pub fn log(buf: &mut Buffer, area: Rect, entry: &Entry, view: View<'_>) {
    let (world, theme) = (view.world, view.theme);
    let mut pieces = vec![(" log  ".to_owned(), theme.quiet())];
    let mut used = 6;
    for note in entry.notes.iter().rev() {
        let gap = if used > 6 {
            format!(" {} ", theme.glyphs.dot)
        } else {
            String::new()
        };
        let words = format!("{gap}{} {}", clock(note.at, &world.zone), note.text);
        if used > 6 && used + width(&words) > usize::from(area.width) {
            break;
        }
        used += width(&words);
        pieces.push((words, Style::new()));
    }
    put_all(buf, row(area, 0), &pieces, theme.glyphs.ellipsis);
}

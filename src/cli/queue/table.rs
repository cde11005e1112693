//! Messages of the queue as a table for people. Pure functions of what was told.

use std::fmt::Write;
use std::time::Duration;

use jiff::Timestamp;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::mail::clean::{Clean, clean};
use crate::mail::clock::until;
use crate::mail::diagnosis::Finding;
use crate::mail::octets;
use crate::mail::told::{Shown, Told};
use crate::mail::transcript::By;

/// Columns that an address or a subject may take.
const WIDE: usize = 32;

/// A line for each message under a heading.
pub(super) fn list(list: &[Told], now: Timestamp, color: bool) -> String {
    let heading = ["ID", "AGE", "STATE", "TO", "SUBJECT", "LAST WORDS"].map(str::to_owned);
    let mut rows = vec![heading];
    rows.extend(list.iter().map(|told| {
        [
            told.short.clone(),
            age(until(now, told.queued)),
            state(told, now),
            to(told),
            cut(&told.subject, WIDE),
            told.last_reply
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ]
    }));
    let width = |n: usize| {
        let cells = rows.iter().filter_map(|row| row.get(n));
        cells.map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for (n, cell) in row.iter().enumerate() {
            let told = number.checked_sub(1).and_then(|number| list.get(number));
            let painted = match told {
                Some(told) if color && n == 2 => paint(cell, &told.state),
                _ => cell.clone(),
            };
            line.push_str(&painted);
            let pad = widths.get(n).map_or(0, |width| width - cell.width() + 2);
            line.extend(std::iter::repeat_n(' ', pad));
        }
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// One message in one line, as it changes.
pub(super) fn change(told: &Told, now: Timestamp) -> String {
    let words = told.last_reply.as_deref().unwrap_or_default();
    let line = format!(
        "{} {}  {:<16}  {}  {words}",
        now.strftime("%FT%TZ"),
        told.short,
        state(told, now),
        to(told)
    );
    line.trim_end().to_owned()
}

/// All about a message.
pub(super) fn show(shown: &Shown, now: Timestamp) -> String {
    let told = &shown.told;
    let mut text = String::new();
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<11} {value}");
        }
    };
    field("Message", &format!("{} ({})", told.short, told.id));
    field("Message-ID", &told.message_id);
    field("Account", &told.account);
    field("From", &told.from);
    field("Subject", &told.subject);
    field("Size", &octets::size(told.size));
    field("State", &state(told, now));
    field("Queued", &moment(told.queued, now));
    if let Some(expires) = told.expires {
        field("Expires", &moment(expires, now));
    }
    if let Some(ended) = told.ended {
        field("Ended", &moment(ended, now));
    }
    field("Attempts", &told.attempts.to_string());
    if shown.transcripts > 0 {
        let count = shown.transcripts;
        field(
            "Transcripts",
            &format!("{count}, turbomail transcript {}", told.short),
        );
    }
    text.push_str("\nRecipients\n");
    let width = told.recipients.iter();
    let width = width.map(|one| clean(&one.address).width()).max();
    for one in &told.recipients {
        let address = clean(&one.address);
        let pad = width.unwrap_or(0) - address.width();
        let words = [
            one.code.map(|code| code.to_string()),
            one.enhanced.clone(),
            one.text.as_ref().map(ToString::to_string),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        let line = format!(
            "  {:<10} {}{:pad$}  {}",
            one.status,
            address,
            "",
            words.join(" ")
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let is_told = |(at, one): &(usize, &Finding)| *at == 0 || !one.recipients.is_empty();
    let told = shown.findings.iter().enumerate().filter(is_told);
    for (_, finding) in told.filter(|(_, one)| one.says_more()) {
        let _ = writeln!(text, "\n{} [{}]", finding.title, finding.id);
        if !finding.recipients.is_empty() {
            let whom: Vec<&str> = finding.recipients.iter().map(Clean::as_str).collect();
            let _ = writeln!(text, "  for {}", whom.join(", "));
        }
        let _ = writeln!(text, "  {}", finding.explanation);
        for step in &finding.advice {
            let _ = writeln!(text, "  - {step}");
        }
    }
    history(&mut text, shown);
    text
}

fn history(text: &mut String, shown: &Shown) {
    if !shown.notes.is_empty() {
        text.push_str("\nHistory\n");
    }
    for note in &shown.notes {
        let _ = writeln!(text, "  {}  {}", note.at.strftime("%FT%TZ"), note.text);
    }
    for attempt in &shown.history {
        let server = attempt.server.as_deref().unwrap_or_default();
        let took = attempt
            .took_ms
            .map_or_else(|| "running".to_owned(), |took| format!("{took} ms"));
        let started = attempt.started.strftime("%FT%TZ");
        let line = format!("Attempt {}  {started}  {took}  {server}", attempt.number);
        let _ = writeln!(text, "\n{}", line.trim_end());
        for line in &attempt.transcript {
            let by = match line.from {
                By::Client => 'C',
                By::Server => 'S',
                By::Note => '·',
            };
            let _ = writeln!(text, "{:>8}  {by}  {}", line.at_ms, line.text);
        }
    }
}

/// The state, with the time that it still lasts.
fn state(told: &Told, now: Timestamp) -> String {
    match told.next_retry {
        Some(next) if next > now && told.state != "due" => {
            format!("{} in {}", told.state, age(until(next, now)))
        }
        // Its host is left alone for so long.
        Some(next) if next > now => format!("paused {}", age(until(next, now))),
        _ => told.state.clone(),
    }
}

fn to(told: &Told) -> String {
    let first = told.recipients.first().map(|one| one.address.as_str());
    let first = cut(&clean(first.unwrap_or_default()), WIDE);
    match told.recipients.len() {
        0 | 1 => first,
        more => format!("{first} +{}", more - 1),
    }
}

fn moment(at: Timestamp, now: Timestamp) -> String {
    let text = at.strftime("%FT%TZ");
    if at > now {
        format!("{text} (in {})", age(until(at, now)))
    } else {
        format!("{text} ({} ago)", age(until(now, at)))
    }
}

/// A time in its two largest units.
fn age(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest}s"),
        (0, 0, minutes) if rest == 0 || minutes > 9 => format!("{minutes}m"),
        (0, 0, minutes) => format!("{minutes}m{rest:02}s"),
        (0, hours, minutes) => format!("{hours}h{minutes:02}m"),
        (days, hours, _) => format!("{days}d{hours:02}h"),
    }
}

/// The text, with its end left out where it is wider than `width` columns.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 0;
    let kept = text.chars().take_while(|c| {
        used += c.width().unwrap_or(0);
        used < width
    });
    kept.chain(['…']).collect()
}

fn paint(cell: &str, state: &str) -> String {
    let code = match state {
        "delivered" => 32,
        "failed" | "expired" | "partial" => 31,
        "due" | "scheduled" | "sending" => 36,
        _ => 33,
    };
    format!("\x1b[{code}m{cell}\x1b[0m")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::sample::{self, at};
    use crate::mail::clock::Tick;

    fn told(statuses: Vec<crate::mail::outcome::Status>) -> Told {
        Told::of(&sample::entry(statuses), None, at(60))
    }

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        let mut wide = told(vec![sample::deferred(), sample::delivered()]);
        wide.short = "ABC123".to_owned();
        wide.subject = "日本語の件名はとても長いので切られることになります".into();
        let mut held = told(vec![crate::mail::outcome::Status::Pending]);
        held.short = "ABC124".to_owned();
        held.state = "held".to_owned();
        held.next_retry = None;
        held.last_reply = None;
        assert_eq!(
            list(&[wide, held], at(60).wall, false),
            "ID      AGE  STATE        TO           SUBJECT                          LAST WORDS\n\
             ABC123  1m   retry in 4m  r0@x.org +1  日本語の件名はとても長いので切…  451 4.7.1 Greylisted\n\
             ABC124  1m   held         r0@x.org     s\n"
        );
    }

    #[test]
    fn times_are_short_and_a_paused_host_is_said() {
        let ages = [5, 65, 600, 3_660, 90_000].map(|seconds| age(Duration::from_secs(seconds)));
        assert_eq!(ages, ["5s", "1m05s", "10m", "1h01m", "1d01h"]);
        let mut entry = sample::entry(vec![crate::mail::outcome::Status::Pending]);
        entry.due = Tick::default();
        let pause = Some(at(0).tick + Duration::from_secs(90));
        let told = Told::of(&entry, pause, at(60));
        assert_eq!(state(&told, at(60).wall), "paused 30s");
    }

    #[test]
    fn nothing_acts_on_the_terminal() {
        let mut entry = sample::entry(vec![sample::refused(550, "\u{1b}[31mno\u{202e}")]);
        std::sync::Arc::make_mut(&mut entry.message).subject = "\u{1b}]0;x\u{7}".to_owned();
        let shown = Shown::of(&entry, None, at(1));
        let text = show(&shown, at(1).wall) + &list(&[shown.told], at(1).wall, false);
        assert!(
            !text.replace('\n', "").contains(crate::mail::clean::acts),
            "{text}"
        );
    }
}

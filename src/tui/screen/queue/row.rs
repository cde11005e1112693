//! A message as one row: what it is, what happens next, and the last words about it.

use std::time::Duration;

use ratatui::style::Style;

use crate::mail::clock::until;
use crate::mail::entry::{Entry, State};
use crate::mail::stage::Stage;
use crate::mail::transcript::Progress;
use crate::tui::screen::contract::View;
use crate::tui::widget::life::is_ending;
use crate::tui::widget::time::{age, countdown, elapsed, moment, part};
use crate::tui::world::World;

/// From then on a stage counts as stalled.
pub const STALLED: Duration = Duration::from_secs(10);

/// The first recipient that is still open, else the first of all, and how many there are beside it.
pub fn to(entry: &Entry) -> String {
    let first = entry.open().next().or_else(|| entry.recipients.first());
    let Some(first) = first else {
        return "(nobody)".into();
    };
    match entry.recipients.len() {
        0 | 1 => first.address.to_string(),
        more => format!("{} +{}", first.address, more - 1),
    }
}

/// The subject, or that there is none.
pub fn subject(entry: &Entry) -> &str {
    if entry.message.subject.trim().is_empty() {
        "(no subject)"
    } else {
        &entry.message.subject
    }
}

/// The time until the next attempt: the entry's own, or its host's where that is longer. `None` while somebody has paused the
/// queue or holds the entry: then nobody knows.
pub fn wait(entry: &Entry, world: &World) -> Option<Duration> {
    let now = world.now;
    if entry.held.is_some() || world.snapshot.paused.is_some() {
        return None;
    }
    let route = world.snapshot.routes.get(&entry.route);
    let pause = route.and_then(|route| route.pause.as_ref());
    let host = pause.map_or(Duration::ZERO, |pause| pause.until.since(now.tick));
    Some(entry.wait(now).max(host))
}

/// What comes next. `word` says whether a state that has no word of its own column is named here.
pub fn next(entry: &Entry, view: View<'_>, word: bool) -> String {
    let now = view.world.now;
    match entry.running() {
        Some(_) if word => return State::Sending.name().into(),
        Some(attempt) => return elapsed(now.tick.since(attempt.started.tick)),
        None if entry.end.is_some() && word => {
            return match entry.state(now) {
                // The column has no room for the whole word.
                State::Delivered => "done".into(),
                state => state.name().into(),
            };
        }
        None if entry.end.is_some() => return String::new(),
        None => {}
    }
    match wait(entry, view.world) {
        Some(wait) => countdown(wait),
        None if entry.held.is_some() => State::Held.name().into(),
        None => "paused".into(),
    }
}

/// How long it has to live, with a sign and a colour in its last tenth.
pub fn expires(entry: &Entry, view: View<'_>) -> (String, Style) {
    let left = entry.life_left(view.world.now);
    let whole = until(entry.expires, entry.admitted.wall);
    if entry.end.is_some() {
        (String::new(), Style::new())
    } else if entry.held.is_some() {
        ("paused".into(), view.theme.quiet())
    } else if left.is_zero() {
        ("! now".into(), view.theme.bad())
    } else if is_ending(left, whole) {
        (format!("! {}", age(left)), view.theme.bad())
    } else {
        (age(left), Style::new())
    }
}

/// The last words: how far the running attempt has come, why nothing happens, or what was last said.
pub fn last(entry: &Entry, view: View<'_>) -> (String, Style) {
    let now = view.world.now;
    if let (None, Some(attempt)) = (&entry.end, entry.running()) {
        let progress = attempt.transcript.progress();
        let spent = now.tick.since(progress.since);
        return doing(progress, spent, entry.message.size(), view);
    }
    if let (None, Some(held)) = (&entry.end, entry.held) {
        let since = moment(held.wall, now.wall, &view.world.zone);
        return (format!("held since {since}"), view.theme.quiet());
    }
    let words = entry.last_words();
    if !words.is_empty() {
        return (words, Style::new());
    }
    let trouble = entry
        .attempts
        .last()
        .and_then(|attempt| attempt.end.as_ref()?.trouble.as_ref());
    match trouble {
        Some(trouble) => (trouble.to_string(), Style::new()),
        None if entry.end.is_none() => ("not tried yet".into(), view.theme.quiet()),
        None => (String::new(), Style::new()),
    }
}

/// What a running attempt does, in few words.
pub fn doing(progress: Progress, spent: Duration, size: u64, view: View<'_>) -> (String, Style) {
    let name = verb(progress.stage);
    let stalled = spent >= STALLED;
    let moving = progress.stage == Stage::Content && !progress.committed && progress.sent > 0;
    let words = match (moving, stalled) {
        (true, false) => format!("{name} {}", part(progress.sent, size)),
        (true, true) => format!("{name} {} in {}", part(progress.sent, size), elapsed(spent)),
        (false, true) => format!("stalled {} in {name}", elapsed(spent)),
        (false, false) if progress.committed && progress.stage == Stage::Content => {
            "all sent, waits for the reply".into()
        }
        (false, false) => name.into(),
    };
    let style = if stalled && !moving {
        view.theme.warning()
    } else {
        view.theme.active()
    };
    (words, style)
}

/// A stage as the conversation calls it.
pub const fn verb(stage: Stage) -> &'static str {
    match stage {
        Stage::Resolve => "DNS",
        Stage::Connect => "TCP",
        Stage::Greeting => "greeting",
        Stage::Hello => "EHLO",
        Stage::StartTls => "STARTTLS",
        Stage::Tls => "TLS",
        Stage::Auth => "AUTH",
        Stage::Mail => "MAIL",
        Stage::Rcpt => "RCPT",
        Stage::Data | Stage::Content => "DATA",
        Stage::Quit => "QUIT",
    }
}

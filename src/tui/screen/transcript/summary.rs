//! One or two sentences on what an attempt came to, from its outcomes alone. Where the facts say nothing, neither does this.

use ratatui::style::Style;

use crate::mail::address::Address;
use crate::mail::entry::{Attempt, AttemptEnd, Entry};
use crate::mail::outcome::{Failure, Status};
use crate::tui::screen::contract::View;
use crate::tui::screen::meaning::{self, Meaning};
use crate::tui::screen::queue::pane::counted;
use crate::tui::screen::queue::row::{STALLED, verb, wait};
use crate::tui::screen::queue::tally::is_greylisting;
use crate::tui::widget::time::{age, clock, countdown, elapsed, part};

/// The sentences, and how they are meant.
pub fn summary(entry: &Entry, attempt: &Attempt, view: View<'_>) -> (String, Style) {
    let Some(end) = &attempt.end else {
        return running(entry, attempt, view);
    };
    let next = next(entry, attempt, view);
    if let Some(trouble) = &end.trouble {
        let text = format!(
            "Host trouble at {}: {}.{} The message had no turn and no try is counted.{next}",
            verb(trouble.stage),
            trouble.cause,
            why(trouble, end, attempt, view)
        );
        return (text, view.theme.warning());
    }
    let mut sentences = Vec::new();
    sentences.extend(uncertain(end));
    sentences.extend(failed(end, attempt, view));
    sentences.extend(deferred(end));
    sentences.extend(delivered(end));
    let bad = |status: &Status| matches!(status, Status::Failed(_) | Status::Expired(_));
    let style = if end.recipients.iter().any(|(_, status)| bad(status)) {
        view.theme.bad()
    } else if end.recipients.iter().any(|(_, status)| status.is_open()) {
        view.theme.warning()
    } else {
        view.theme.good()
    };
    (sentences.join(" ") + &next, style)
}

/// What a failure most likely means, and the best step against it. Nothing where that is only what its digits say.
fn why(failure: &Failure, end: &AttemptEnd, attempt: &Attempt, view: View<'_>) -> String {
    let knowledge = view.world.knowledge();
    let finding = knowledge.explain(failure, &end.connection, &attempt.transcript);
    finding.map_or_else(String::new, |finding| match meaning::of(finding) {
        Some(Meaning { title, step }) => format!(" {title}: {step}"),
        None => String::new(),
    })
}

fn running(entry: &Entry, attempt: &Attempt, view: View<'_>) -> (String, Style) {
    let progress = attempt.transcript.progress();
    let spent = view.world.now.tick.since(progress.since);
    let (stage, since) = (verb(progress.stage), elapsed(spent));
    let size = entry.message.size();
    let text = if progress.committed {
        format!("All of the content is out; the server's word on it is awaited for {since}.")
    } else if progress.sent > 0 {
        let out = part(progress.sent, size);
        format!("Running: {out} of content are out, in {stage} for {since}.")
    } else {
        format!("Running: in {stage} for {since}.")
    };
    let style = if spent >= STALLED {
        view.theme.warning()
    } else {
        view.theme.active()
    };
    (text, style)
}

/// The recipients with a status, and the first one's failure.
fn with(end: &AttemptEnd, is: fn(&Status) -> bool) -> Vec<(&Address, Option<&Failure>)> {
    end.recipients
        .iter()
        .filter(|(_, status)| is(status))
        .map(|(address, status)| (address, status.failure()))
        .collect()
}

/// Who they are: by name where it is one, else their number.
fn who(recipients: &[(&Address, Option<&Failure>)]) -> Option<String> {
    match recipients {
        [] => None,
        [(address, _)] => Some(address.to_string()),
        more => Some(counted(more.len(), "recipient")),
    }
}

/// A verb's form for one or several.
fn was(count: usize) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

fn uncertain(end: &AttemptEnd) -> Option<String> {
    let list = with(end, |status| matches!(status, Status::Uncertain(_)));
    let who = who(&list)?;
    Some(format!(
        "Uncertain for {who}: the connection ended after all content was sent, so the server may have it. Another try \
         carries the same Message-ID."
    ))
}

fn failed(end: &AttemptEnd, attempt: &Attempt, view: View<'_>) -> Option<String> {
    let list = with(end, |status| matches!(status, Status::Failed(_)));
    let who = who(&list)?;
    let was = was(list.len());
    let failure = list.first().and_then(|(_, failure)| *failure)?;
    let others = if list.len() > 1 {
        ", the first with"
    } else {
        ":"
    };
    Some(format!(
        "{who} {was} refused for good at {}{others} {}.{}",
        verb(failure.stage),
        stem(failure),
        why(failure, end, attempt, view)
    ))
}

fn deferred(end: &AttemptEnd) -> Option<String> {
    let list = with(end, |status| matches!(status, Status::Deferred(_)));
    let who = who(&list)?;
    let was = was(list.len());
    let failures: Vec<&Failure> = list.iter().filter_map(|(_, failure)| *failure).collect();
    if failures
        .iter()
        .all(|failure| is_greylisting(&failure.text()))
    {
        return Some(format!(
            "{who} {was} greylisted: the server asks for a second try. Nothing to fix."
        ));
    }
    let failure = failures.first()?;
    let others = if list.len() > 1 {
        ", the first with"
    } else {
        ":"
    };
    Some(format!(
        "{who} {was} deferred at {}{others} {}.",
        verb(failure.stage),
        stem(failure)
    ))
}

fn delivered(end: &AttemptEnd) -> Option<String> {
    let list = with(end, |status| matches!(status, Status::Delivered(_)));
    let who = who(&list)?;
    if list.len() == end.recipients.len() {
        return Some(format!("The server has taken the message for {who}."));
    }
    Some(format!("The server has taken it for {who}."))
}

/// The cause without the full stop that it may end with.
fn stem(failure: &Failure) -> String {
    failure.cause.to_string().trim_end_matches('.').to_owned()
}

/// What follows this attempt, with a space before it.
fn next(entry: &Entry, attempt: &Attempt, view: View<'_>) -> String {
    let after = entry
        .attempts
        .iter()
        .find(|other| other.number > attempt.number);
    if let Some(after) = after {
        let at = clock(after.started.wall, &view.world.zone);
        return format!(" Attempt {} followed at {at}.", after.number);
    }
    if entry.end.is_some() || entry.open().next().is_none() {
        return String::new();
    }
    let number = entry.tries.saturating_add(1);
    let left = entry.life_left(view.world.now);
    match wait(entry, view.world) {
        Some(wait) if wait.is_zero() => format!(" Try {number} is due."),
        Some(wait) if wait >= left => {
            format!(" It expires in {}, before another try.", age(left))
        }
        Some(wait) => format!(" Try {number} follows in {}.", countdown(wait)),
        None if entry.held.is_some() => " It is held; no try follows.".into(),
        None => " The queue is paused; no try follows.".into(),
    }
}

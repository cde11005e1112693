//! What can be done to a message, from the table or from its own screen, as effects.

use crate::mail::address::Address;
use crate::mail::draft::Draft;
use crate::mail::entry::{End, Entry, State};
use crate::mail::mailbox::Mailbox;
use crate::mail::message::Message;
use crate::mail::outcome::Status;
use crate::tui::action::Action;
use crate::tui::effect::{Effect, Level, Place};
use crate::tui::world::World;

use super::row::subject;

/// What an action does to a message; `None` where the action is about something else.
pub fn on_entry(action: Action, entry: &Entry, world: &World) -> Option<Vec<Effect>> {
    let effects = match action {
        Action::RetryNow => retry(entry),
        Action::Hold => hold(entry),
        Action::Drop => drop_it(entry),
        Action::Edit => edit(entry, world),
        Action::Transcript if entry.attempts.is_empty() => {
            warn("nothing was said to the server yet: this message was not tried")
        }
        Action::Transcript => vec![Effect::Go(Place::Transcript(entry.id, None))],
        Action::ProbeHost => vec![Effect::ProbeHost(entry.route.clone())],
        Action::Copy => vec![Effect::Copy(words(entry))],
        Action::CopyAll => vec![Effect::Copy(summary(entry, world))],
        _ => return None,
    };
    Some(effects)
}

/// What would do nothing to this message, or to none at all.
pub fn idle(entry: Option<&Entry>) -> Vec<Action> {
    use Action as A;
    let mut idle = match entry.map(|entry| entry.end) {
        None => vec![A::Open, A::RetryNow, A::Hold, A::Drop, A::Edit, A::Copy],
        Some(Some((End::Settled, _))) => vec![A::RetryNow, A::Hold, A::Drop],
        Some(Some((End::Dropped, _))) => vec![A::Hold, A::Drop],
        Some(None) => Vec::new(),
    };
    if entry.is_some_and(|entry| entry.running().is_some()) {
        idle.extend([A::RetryNow, A::Edit]);
    }
    if entry.is_none_or(|entry| entry.attempts.is_empty()) {
        idle.push(A::Transcript);
    }
    if entry.is_none() {
        idle.push(A::ProbeHost);
    }
    idle
}

/// What an action does to the queue as a whole; `None` where it is about something else.
pub fn on_queue(action: Action, world: &World) -> Option<Vec<Effect>> {
    match action {
        Action::PauseQueue => Some(vec![Effect::PauseQueue(world.snapshot.paused.is_none())]),
        Action::RetryAll if world.snapshot.live.is_empty() => Some(warn("the queue is empty")),
        Action::RetryAll => Some(vec![Effect::RetryAll]),
        Action::Undo => Some(vec![Effect::Undo]),
        _ => None,
    }
}

/// A warning and nothing else.
pub fn warn(text: &str) -> Vec<Effect> {
    vec![Effect::Say(Level::Warning, text.into())]
}

fn retry(entry: &Entry) -> Vec<Effect> {
    match (entry.end, entry.running()) {
        (Some((End::Dropped, _)), _) => vec![Effect::Restore(entry.id)],
        (Some((End::Settled, _)), _) => {
            warn("this message has left the queue; edit it to send it again")
        }
        (None, Some(_)) => warn("this message is being sent just now"),
        (None, None) if entry.held.is_some() => warn("this message is held; release it first"),
        (None, None) => vec![Effect::RetryNow(entry.id)],
    }
}

fn hold(entry: &Entry) -> Vec<Effect> {
    match (entry.end, entry.held) {
        (Some(_), _) => warn("this message has left the queue"),
        (None, Some(_)) => vec![Effect::Release(entry.id)],
        (None, None) => vec![Effect::Hold(entry.id)],
    }
}

fn drop_it(entry: &Entry) -> Vec<Effect> {
    if entry.end.is_some() {
        return warn("this message has left the queue");
    }
    vec![Effect::Drop(entry.id)]
}

/// Opens what it was written from, for those who have not got it. What still waits in the queue is held meanwhile, never
/// dropped: nothing is lost when the new one is given up, and nothing goes out twice.
pub fn edit(entry: &Entry, world: &World) -> Vec<Effect> {
    let live = entry.end.is_none();
    if live && entry.running().is_some() {
        return warn("this message is being sent just now; edit it when the attempt is over");
    }
    let Ok(message) = world.whole(entry) else {
        // It comes back to this when it is read.
        return vec![Effect::Read(entry.id, true)];
    };
    let Some(draft) = for_the_rest(entry, message) else {
        return warn("this message was not written here, so it cannot be edited");
    };
    let mut effects = Vec::new();
    if live && entry.held.is_none() {
        effects.push(Effect::Hold(entry.id));
    }
    effects.push(Effect::OpenDraft(draft));
    if entry.state(world.now) == State::Delivered {
        let text = "everybody has got this message; sending it again sends it twice";
        effects.push(Effect::Say(Level::Warning, text.into()));
    } else if live {
        let text = "the queued one is held meanwhile; drop it when the new one is on its way";
        effects.push(Effect::Say(Level::Info, text.into()));
    }
    effects
}

/// What a message was written from, for those who have not got it: while it waits those who are still to be tried, later
/// everybody who has not got it, with the account that it goes through. `None` where it was not written here.
pub fn for_the_rest(entry: &Entry, message: &Message) -> Option<Draft> {
    let draft = Draft {
        account: Some(entry.route.to_string()),
        ..message.draft.as_deref()?.clone()
    };
    let live = entry.end.is_none();
    let got = |status: &Status| matches!(status, Status::Delivered(_));
    let missing: Vec<&Address> = entry
        .recipients
        .iter()
        .filter(|one| {
            if live {
                one.status.is_open()
            } else {
                !got(&one.status)
            }
        })
        .map(|one| &one.address)
        .collect();
    if missing.is_empty() || missing.len() == entry.recipients.len() {
        return Some(draft);
    }
    Some(narrowed(draft, &missing))
}

/// The draft with only these recipients in its fields. A field that cannot be read stays as it was written.
fn narrowed(draft: Draft, keep: &[&Address]) -> Draft {
    let narrow = |field: &str| match Mailbox::parse_list(field) {
        Ok(list) => {
            let kept = list.iter().filter(|one| {
                let same = |address: &&&Address| {
                    address.local() == one.address.local()
                        && address.domain().eq_ignore_ascii_case(one.address.domain())
                };
                keep.iter().any(|address| same(&address))
            });
            kept.map(Mailbox::to_string).collect::<Vec<_>>().join(", ")
        }
        Err(_) => field.to_owned(),
    };
    Draft {
        to: narrow(&draft.to),
        cc: narrow(&draft.cc),
        bcc: narrow(&draft.bcc),
        ..draft
    }
}

/// The last words about a message, or its addresses where there are none yet.
fn words(entry: &Entry) -> String {
    let words = entry.last_words();
    if words.is_empty() {
        let addresses = entry.recipients.iter().map(|one| one.address.to_string());
        addresses.collect::<Vec<_>>().join(", ")
    } else {
        words
    }
}

/// Everything that a table knows of a message, as text.
fn summary(entry: &Entry, world: &World) -> String {
    let mut text = format!(
        "Subject: {}\nFrom: {}\nMessage-ID: {}\nState: {}, tried {} times\n",
        subject(entry),
        entry.message.from,
        entry.message.message_id,
        entry.state(world.now),
        entry.tries
    );
    for one in &entry.recipients {
        let words = one.status.words();
        let line = format!("{} {} {words}", one.address, one.status.name());
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

//! The console on a queue with a spool: what is safe, what has to be read first, and a disk that is full.

#![expect(clippy::expect_used, reason = "a test says what it takes for granted")]

mod support_desk;
mod support_world;

use std::sync::Arc;

use support_desk::Desk;
use support_world::{live, text};
use turbomail::mail::clock::Clock;
use turbomail::mail::content::Content;
use turbomail::mail::entry::{Attempt, Entry};
use turbomail::mail::kept::{KeptAttempt, NOT_KEPT};
use turbomail::mail::snapshot::{Snapshot, SpoolState};
use turbomail::mail::transcript::{By, Line, Transcript};
use turbomail::tui::answer::Answer;
use turbomail::tui::effect::{Effect, Parting};

/// The entry as it is in memory where its message lies in the spool.
fn spooled(mut entry: Entry) -> Entry {
    let message = Arc::make_mut(&mut entry.message);
    message.content = Content::Spooled(message.size());
    message.draft = None;
    entry
}

#[test]
fn a_spool_is_never_lost() {
    let mut desk = Desk::new();
    desk.waiting(vec![spooled(live().remove(2))]);
    desk.keys("ctrl-c");
    assert_eq!(desk.keys("x"), []);
    assert!(desk.picture(80, 24).contains("the spool keeps"));
}

#[test]
fn what_is_only_in_memory_is_told_from_what_the_spool_keeps() {
    let mut desk = Desk::new();
    let mut entries = live();
    let kept = spooled(entries.remove(2));
    desk.waiting(vec![kept, entries.remove(0)]);
    desk.keys("ctrl-c");
    let picture = desk.picture(100, 24);
    assert!(picture.contains("1 of them only in memory"), "{picture}");
    assert_eq!(desk.keys("x"), [Effect::Quit(Parting::Lose)]);
}

#[test]
fn a_spooled_message_is_read_before_it_is_shown_or_edited() {
    let mut desk = Desk::new();
    let whole = live().remove(2);
    let id = whole.id;
    let message = Arc::clone(&whole.message);
    desk.waiting(vec![spooled(whole)]);
    desk.keys("esc 2");
    assert!(desk.keys("enter").contains(&Effect::Read(id, false)));
    desk.answers(Answer::Read(id, Err("it is gone".into()), false));
    desk.answers(Answer::Read(id, Ok(Arc::clone(&message)), false));
    let subject = message.subject.clone();
    assert!(desk.picture(100, 30).contains(&subject));
    desk.keys("esc");
    desk.answers(Answer::Read(id, Err("it is gone".into()), true));
    assert!(desk.picture(100, 30).contains("it is gone"));
    let effects = desk.answers(Answer::Read(id, Ok(message), true));
    assert!(effects.contains(&Effect::Hold(id)), "{effects:?}");
    assert_eq!(desk.draft().subject, subject);
}

#[test]
fn a_disk_that_is_full_is_told_on_every_screen() {
    let mut desk = Desk::new();
    desk.app.refresh(Snapshot {
        number: 3,
        spool: Some(Arc::new(SpoolState {
            trouble: Some("the disk is full".into()),
            aside: vec!["x: no message; it is kept as bad/x".into()],
            ..SpoolState::default()
        })),
        ..Snapshot::default()
    });
    for keys in ["esc 1", "esc 2", "3"] {
        desk.keys(keys);
        let picture = text(&desk.frame().0);
        assert!(picture.contains("the disk is full"), "{keys}\n{picture}");
    }
}

#[test]
fn the_question_before_leaving_notices_when_nothing_waits_any_more() {
    let mut desk = Desk::new();
    desk.waiting(vec![live().remove(0)]);
    desk.keys("ctrl-c");
    desk.waiting(Vec::new());
    let picture = desk.picture(100, 24);
    assert!(picture.contains("nothing waits any more"), "{picture}");
    assert!(!picture.contains("leave and lose"), "{picture}");
    assert_eq!(desk.keys("s"), [Effect::Quit(Parting::Keep)]);
}

/// As it is kept: an attempt with this number, whose conversation has one line.
fn kept(number: u32, text: &str) -> KeptAttempt {
    let object = serde_json::json!({
        "number": number,
        "started": "2026-11-21T11:31:00Z",
        "took_ms": 300,
        "server": "relay.example.net:587",
        "address": "192.0.2.1:587",
        "tls": null,
        "stages": [],
        "transcript": [{ "at_ms": 5, "stage": "rcpt", "from": "server", "text": text }],
    });
    serde_json::from_value(object).expect("an attempt")
}

/// What the next program knows of an attempt without reading anything.
fn remembered(entry: &Entry, number: u32) -> Arc<Attempt> {
    let now = entry.admitted;
    let mut attempt = kept(number, NOT_KEPT).attempt(now);
    let lines = attempt.transcript.lines().into_iter();
    let lines = lines.map(|line| Line {
        by: By::Note,
        ..line
    });
    attempt.transcript = Transcript::of(lines);
    Arc::new(attempt)
}

#[test]
fn attempts_of_earlier_programs_are_read_when_the_page_is_opened_and_stand_with_the_others() {
    let mut desk = Desk::new();
    let mut entry = spooled(live().remove(2));
    let id = entry.id;
    entry.attempts = vec![remembered(&entry, 3)];
    desk.waiting(vec![entry.clone()]);
    desk.keys("esc 2");
    let picture = desk.picture(100, 30);
    assert!(!picture.contains("first words"), "{picture}");
    assert!(desk.keys("enter").contains(&Effect::ReadAttempts(id)));
    let all = vec![kept(1, "450 first words"), kept(3, "450 last words")];
    desk.answers(Answer::Attempts(id, Ok(all)));
    let picture = desk.picture(100, 30);
    assert!(
        picture.contains("#1 ") && picture.contains("#3 "),
        "{picture}"
    );
    desk.keys("t");
    assert!(desk.picture(100, 30).contains("450 last words"));
    desk.keys("[");
    let picture = desk.picture(100, 30);
    assert!(
        picture.contains("attempt 1 of 3") && picture.contains("450 first words"),
        "{picture}"
    );
    // The next picture of the queue knows nothing of them, and they are still there.
    desk.waiting(vec![entry.clone()]);
    assert!(desk.picture(100, 30).contains("450 first words"));
    // Another process tries once more: what was said there is read, too.
    let mut later = entry.clone();
    let mut last = Attempt::clone(&remembered(&later, 4));
    last.started = desk.clock.now();
    later.attempts = vec![Arc::new(last)];
    desk.waiting(vec![later]);
    let now = desk.clock.now();
    assert_eq!(desk.app.advance(now), [Effect::ReadAttempts(id)]);
    assert_eq!(desk.app.advance(now), []);
}

#[test]
fn nothing_is_read_where_all_is_at_hand_and_what_cannot_be_read_is_told() {
    let mut desk = Desk::new();
    let mut entry = spooled(live().remove(2));
    let id = entry.id;
    let mut first = Attempt::clone(&remembered(&entry, 1));
    first.transcript = kept(1, "450 now").attempt(entry.admitted).transcript;
    entry.attempts = vec![Arc::new(first)];
    desk.waiting(vec![entry.clone()]);
    desk.keys("esc 2");
    assert_eq!(desk.keys("t"), []);
    desk.answers(Answer::Attempts(
        id,
        Err("the conversations cannot be read: no".into()),
    ));
    assert!(
        desk.status().contains("cannot be read"),
        "{}",
        desk.status()
    );
}

//! The screens of one message and of its conversations, as people see them.
#![expect(
    clippy::expect_used,
    reason = "a test that finds nothing wants to fail loudly"
)]

mod support_world;

use std::sync::Arc;

use support_world::*;
use turbomail::mail::entry::Entry;
use turbomail::mail::outcome::{Cause, Failure, Status};
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::By;
use turbomail::tui::action::{Action, Context};
use turbomail::tui::effect::{Effect, Level, Place};
use turbomail::tui::screen::contract::{Head, Screen};
use turbomail::tui::screen::detail::DetailScreen;
use turbomail::tui::screen::transcript::TranscriptScreen;
use turbomail::tui::world::World;

const SIZES: [(u16, u16); 6] = [(100, 30), (80, 24), (60, 16), (40, 10), (20, 5), (200, 60)];

fn entry_with(subject: &str) -> Entry {
    let mut all = live().into_iter().chain(done());
    all.find(|entry| entry.message.subject == subject)
        .expect("it is there")
}

#[test]
fn detail_in_every_size() {
    let world = world(live(), done());
    for (width, height) in SIZES {
        let mut screen = DetailScreen::new(invoice().id);
        let (buf, _) = draw(&mut screen, &world, &colours(), room(width, height));
        insta::assert_snapshot!(format!("detail_{width}x{height}"), text(&buf));
    }
}

#[test]
fn transcript_in_every_size() {
    let world = world(live(), done());
    for (width, height) in SIZES {
        let mut screen = TranscriptScreen::new(invoice().id, Some(1));
        let (buf, _) = draw(&mut screen, &world, &colours(), room(width, height));
        insta::assert_snapshot!(format!("transcript_{width}x{height}"), text(&buf));
    }
}

#[test]
fn detail_of_other_states() {
    let world = world(live(), done());
    for subject in [
        "Deploy notes",
        "Weekly summary",
        "Release 2.4",
        "Contract draft",
        "Lunch?",
        "Offer",
        "Reminder",
    ] {
        let mut screen = DetailScreen::new(entry_with(subject).id);
        let (buf, _) = draw(&mut screen, &world, &colours(), room(80, 24));
        let name = subject.to_lowercase().replace([' ', '.', '?'], "_");
        let shown = format!("{:?}\n{}", screen.head(&world), text(&buf));
        insta::assert_snapshot!(format!("detail_of_{name}"), shown);
    }
}

#[test]
fn transcripts_of_other_states() {
    let world = world(live(), done());
    for subject in ["Deploy notes", "Lunch?", "Offer", "Minutes", "Release 2.4"] {
        let mut screen = TranscriptScreen::new(entry_with(subject).id, None);
        let size = room(80, 24);
        screen.act(Action::Last, &world, size);
        let (buf, _) = draw(&mut screen, &world, &colours(), size);
        let name = subject.to_lowercase().replace([' ', '.', '?'], "_");
        let shown = format!("{:?}\n{}", screen.head(&world), text(&buf));
        insta::assert_snapshot!(format!("transcript_of_{name}"), shown);
    }
}

#[test]
fn attempts_are_chosen_and_opened() {
    let world = world(live(), done());
    let (id, size) = (invoice().id, room(100, 30));
    let mut screen = DetailScreen::new(id);
    let open = |screen: &mut DetailScreen, action: Action| {
        screen.act(action, &world, size);
        match &screen.act(Action::Open, &world, size)[..] {
            [Effect::Go(Place::Transcript(opened, Some(number)))] if *opened == id => *number,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(open(&mut screen, Action::Down), 2);
    assert_eq!(open(&mut screen, Action::Last), 1);
    assert_eq!(open(&mut screen, Action::Down), 1);
    assert_eq!(open(&mut screen, Action::First), 3);
    assert_eq!(screen.act(Action::Back, &world, size), [Effect::Close]);
    assert_eq!(screen.act(Action::Hold, &world, size), [Effect::Hold(id)]);
}

#[test]
fn the_lower_part_goes_through_all_ways_to_look() {
    let world = world(live(), done());
    let size = room(100, 30);
    let mut screen = DetailScreen::new(invoice().id);
    let mut shown = String::new();
    for part in ["HEADERS", "SOURCE", "RECIPIENTS", "LOG", "TEXT"] {
        screen.act(Action::View, &world, size);
        let now = text(&draw(&mut screen, &world, &colours(), size).0);
        assert!(now.contains(part), "{now}");
        shown.push_str(&now);
    }
    assert!(shown.contains("  Message-ID: <") && shown.contains("  10:46:10  tried now, by hand"));
    for _ in 0..9 {
        screen.act(Action::PageDown, &world, size);
    }
    let last = text(&draw(&mut screen, &world, &colours(), size).0);
    assert!(
        last.contains("amount"),
        "never scrolled beyond the end: {last}"
    );
}

#[test]
fn words_are_found_inside_what_is_folded() {
    let world = world(live(), done());
    let size = room(100, 30);
    let mut screen = TranscriptScreen::new(invoice().id, Some(1));
    let copied = |screen: &mut TranscriptScreen| match &screen.act(Action::Copy, &world, size)[..] {
        [Effect::Copy(text)] => text.clone(),
        other => panic!("{other:?}"),
    };
    let refusal = "451 4.7.1 Greylisted, try again in 300 seconds";
    assert_eq!(copied(&mut screen), refusal);
    screen.act(Action::First, &world, size);
    screen.act(Action::Find, &world, size);
    assert_eq!(screen.contexts(), [Context::Prompt]);
    screen.pasted("pipelining", &world);
    assert!(screen.act(Action::Accept, &world, size).is_empty());
    assert_eq!(copied(&mut screen), "250-PIPELINING");
    screen.act(Action::NextMatch, &world, size);
    screen.act(Action::NextMatch, &world, size);
    assert_eq!(copied(&mut screen), "250-PIPELINING", "around the end");
    screen.act(Action::Unfold, &world, size);
    assert!(copied(&mut screen).starts_with("250-relay.example.net\n250-SIZE"));
    let [Effect::Copy(all)] = &screen.act(Action::CopyAll, &world, size)[..] else {
        panic!("nothing copied");
    };
    assert!(all.contains(refusal) && all.contains("AUTH PLAIN ‹hidden, 44 bytes›"));
}

#[test]
fn attempts_are_turned_and_a_running_one_is_followed() {
    let mut world = world(live(), done());
    let size = room(80, 24);
    let mut screen = TranscriptScreen::new(invoice().id, None);
    let crumb = |screen: &TranscriptScreen, world: &World| match screen.head(world) {
        Head::Crumbs(crumbs, _) => crumbs[2].clone(),
        Head::Tabs => String::new(),
    };
    assert_eq!(crumb(&screen, &world), "attempt 3 of 3");
    screen.act(Action::PrevAttempt, &world, size);
    assert_eq!(crumb(&screen, &world), "attempt 2 of 3");
    screen.act(Action::NextAttempt, &world, size);
    let told = screen.act(Action::NextAttempt, &world, size);
    assert!(
        matches!(told[..], [Effect::Say(Level::Info, _)]),
        "{told:?}"
    );

    let mut sending = invoice();
    running(&mut sending, "12:30:01", Stage::Rcpt, 1, 0);
    let transcript = sending.attempts[3].transcript.clone();
    world.snapshot.live.insert(sending.id, Arc::new(sending));
    let shown = text(&draw(&mut screen, &world, &colours(), size).0);
    assert!(shown.contains("Running: in RCPT for 15s."), "{shown}");
    assert_eq!(crumb(&screen, &world), "attempt 4 of 4");
    for n in 0..40 {
        transcript.push(Stage::Rcpt, By::Server, format!("250 line {n}"));
    }
    let shown = text(&draw(&mut screen, &world, &colours(), size).0);
    assert!(shown.contains("250 line 39"), "{shown}");
    screen.act(Action::Up, &world, size);
    transcript.push(Stage::Rcpt, By::Server, "250 line 40");
    for n in 41..60 {
        transcript.push(Stage::Rcpt, By::Server, format!("250 line {n}"));
    }
    let shown = text(&draw(&mut screen, &world, &colours(), size).0);
    assert!(
        !shown.contains("250 line 59"),
        "it stays where the reader is: {shown}"
    );
    assert!(shown.contains("250 line 38"), "{shown}");
}

#[test]
fn what_may_have_arrived_is_called_uncertain() {
    let mut entry = entry(
        9,
        "12:00:00",
        "12:31:00",
        message(9, "Twice?", &["bob@example.com"], 900),
    );
    let lost = Status::Uncertain(Failure::new(Stage::Content, Cause::Closed));
    attempt(&mut entry, "12:00:01", 500, &[("bob@example.com", lost)]);
    let id = entry.id;
    let world = world(vec![entry], Vec::new());
    let mut screen = TranscriptScreen::new(id, None);
    let shown = text(&draw(&mut screen, &world, &colours(), room(100, 30)).0);
    assert!(shown.contains("Uncertain for bob@example.com"), "{shown}");
    assert!(
        shown.contains("Message-ID. Try 2 follows in 0:42."),
        "{shown}"
    );
}

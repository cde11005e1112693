//! The screens of the queue and of what has left it, as people see them.
#![expect(
    clippy::expect_used,
    reason = "a test that finds nothing wants to fail loudly"
)]

mod support_world;

use std::sync::Arc;

use support_world::*;
use turbomail::mail::entry::{End, Entry};
use turbomail::mail::outcome::Failure;
use turbomail::mail::parcel::EntryId;
use turbomail::mail::reply::Reply;
use turbomail::mail::snapshot::{Pause, RouteState};
use turbomail::mail::stage::Stage;
use turbomail::tui::action::{Action, Context};
use turbomail::tui::effect::{Effect, Level, Place};
use turbomail::tui::screen::contract::Screen;
use turbomail::tui::screen::done::DoneScreen;
use turbomail::tui::screen::queue::QueueScreen;
use turbomail::tui::world::World;

fn shown(width: u16, height: u16) -> String {
    let world = world(live(), done());
    let mut screen = QueueScreen::new();
    screen.select(invoice().id);
    text(&draw(&mut screen, &world, &colours(), room(width, height)).0)
}

#[test]
fn queue_in_every_size() {
    for (width, height) in [
        (100, 30),
        (80, 24),
        (60, 16),
        (40, 10),
        (20, 5),
        (200, 60),
        (70, 24),
    ] {
        insta::assert_snapshot!(format!("queue_{width}x{height}"), shown(width, height));
    }
}

#[test]
fn done_in_every_size() {
    for (width, height) in [(100, 30), (80, 24), (60, 16), (40, 10), (20, 5), (200, 60)] {
        let world = world(live(), done());
        let mut screen = DoneScreen::new();
        let (buf, _) = draw(&mut screen, &world, &colours(), room(width, height));
        insta::assert_snapshot!(format!("done_{width}x{height}"), text(&buf));
    }
}

fn at_size(screen: &mut QueueScreen, world: &World) -> String {
    text(&draw(screen, world, &colours(), room(100, 30)).0)
}

fn selecting(id: EntryId, world: &World) -> QueueScreen {
    let mut screen = QueueScreen::new();
    screen.select(id);
    screen.follow(world, room(100, 30));
    screen
}

fn find(world: &World, subject: &str) -> EntryId {
    let all = world
        .snapshot
        .live
        .values()
        .chain(world.snapshot.done.values());
    let mut found = all.filter(|entry| entry.message.subject == subject);
    found.next().expect("it is there").id
}

#[test]
fn pauses_and_a_frozen_view_are_said_over_the_whole_width() {
    let mut world = world(live(), done());
    let mut screen = QueueScreen::new();
    screen.act(Action::Freeze, &world, room(100, 30));
    world.snapshot.paused = Some(at("12:29:40").wall);
    for name in ["main", "second"] {
        let state = RouteState {
            pause: Some(Pause {
                failure: Failure::refused(
                    Stage::Auth,
                    Reply::new(535, ["5.7.8 Authentication credentials invalid"]),
                ),
                since: at("12:30:01").wall,
                until: at("12:45:01").tick,
                times: 1,
            }),
            sending: 0,
            ..RouteState::default()
        };
        world.snapshot.routes.insert(name.into(), state);
    }
    let mut world = later(&world, 40);
    world.snapshot.live.clear();
    insta::assert_snapshot!("queue_paused_frozen", at_size(&mut screen, &world));
    screen.act(Action::Freeze, &world, room(100, 30));
    assert!(at_size(&mut screen, &world).contains("Nothing waits"));
}

#[test]
fn an_empty_queue_says_what_to_do() {
    let world = world(Vec::new(), Vec::new());
    insta::assert_snapshot!("queue_empty", at_size(&mut QueueScreen::new(), &world));
}

#[test]
fn a_filter_narrows_and_says_how_many_it_hides() {
    let world = world(live(), done());
    let size = room(100, 30);
    let mut screen = QueueScreen::new();
    let shown = |screen: &mut QueueScreen, words: &str| {
        screen.act(Action::Back, &world, size);
        screen.act(Action::Filter, &world, size);
        assert_eq!(screen.contexts(), [Context::Prompt]);
        screen.pasted(words, &world);
        screen.act(Action::Accept, &world, size);
        at_size(screen, &world)
    };
    let text = shown(&mut screen, "invoice !to:ALICE state:re");
    insta::assert_snapshot!("queue_filtered", text);
    for (words, count) in [
        ("greylisted", 3),
        ("reply:421", 1),
        ("!state:retry", 4),
        ("to:example.org", 2),
        ("subject:contract", 1),
        ("nobody", 0),
    ] {
        let text = shown(&mut screen, words);
        assert!(
            text.contains(&format!("{count} of 8, filter on")),
            "{words}: {text}"
        );
    }
    screen.act(Action::Back, &world, size);
    assert!(!at_size(&mut screen, &world).contains("filter"));
}

#[test]
fn a_message_that_leaves_stays_for_six_seconds_and_the_cursor_goes_on() {
    let world = world(live(), Vec::new());
    let id = find(&world, "Invoice 1043");
    let mut screen = selecting(id, &world);
    at_size(&mut screen, &world);
    let mut gone = later(&world, 1);
    let entry = gone.snapshot.live.remove(&id).expect("it was there");
    let entry = ended(Entry::clone(&entry), "12:30:19", End::Dropped);
    gone.snapshot.done.insert(id, Arc::new(entry));
    let text = at_size(&mut screen, &gone);
    assert_eq!(screen.selected(), Some(find(&gone, "Invoice 1044")));
    let left = text
        .lines()
        .find(|line| line.contains("Invoice 1043"))
        .expect("it stays");
    assert!(left.contains("◌ dropped"), "{left}");
    assert!(at_size(&mut screen, &later(&gone, 5)).contains("Invoice 1043"));
    assert!(!at_size(&mut screen, &later(&gone, 6)).contains("Invoice 1043"));
}

#[test]
fn the_last_message_that_leaves_can_be_opened_while_its_row_stays() {
    let mut good = live().remove(2);
    good.attempts.clear();
    let world = world(vec![good], Vec::new());
    let id = find(&world, "Invoice 1042");
    let mut screen = QueueScreen::new();
    at_size(&mut screen, &world);
    let mut gone = later(&world, 1);
    let entry = gone.snapshot.live.remove(&id).expect("it was there");
    let entry = ended(Entry::clone(&entry), "12:30:19", End::Settled);
    gone.snapshot.done.insert(id, Arc::new(entry));
    let text = at_size(&mut screen, &gone);
    let row = text.lines().find(|line| line.starts_with('▸'));
    let row = row.expect("the cursor is on it");
    assert!(row.contains("partial"), "{row}");
    assert!(!row.contains("3h"), "what is over does not expire: {row}");
    let size = room(100, 30);
    let opened = screen.act(Action::Open, &gone, size);
    assert_eq!(opened, [Effect::Go(Place::Detail(id))]);
    for action in [Action::RetryNow, Action::Hold, Action::Drop] {
        assert!(
            screen.idle(&gone).contains(&action),
            "{action} does nothing"
        );
        assert!(!screen.idle(&world).contains(&action) || screen.selected() == Some(id));
    }
    let empty = later(&gone, 6);
    let text = at_size(&mut screen, &empty);
    assert!(text.contains("Nothing waits to be sent."), "{text}");
    assert!(screen.idle(&empty).contains(&Action::Open));
}

#[test]
fn keys_that_would_do_nothing_are_not_shown() {
    let mut sending = live().remove(1);
    running(&mut sending, "12:30:17", Stage::Rcpt, 1, 0);
    let world = world(vec![sending], Vec::new());
    let mut screen = QueueScreen::new();
    at_size(&mut screen, &world);
    let idle = screen.idle(&world);
    for action in [Action::RetryNow, Action::Edit, Action::Back] {
        assert!(idle.contains(&action), "{action}");
    }
    for action in [Action::Open, Action::Hold, Action::Filter] {
        assert!(!idle.contains(&action), "{action}");
    }
    screen.act(Action::Filter, &world, room(100, 30));
    assert!(
        !screen.idle(&world).contains(&Action::Back),
        "it ends the filter"
    );
}

#[test]
fn a_stage_without_progress_counts_as_stalled_after_ten_seconds() {
    let mut entry = live().remove(1);
    running(&mut entry, "12:30:05", Stage::Rcpt, 1, 0);
    let world = world(vec![entry], Vec::new());
    let mut screen = QueueScreen::new();
    assert!(at_size(&mut screen, &world).contains("stalled 11s in RCPT"));
}

#[test]
fn keys_become_effects() {
    let world = world(live(), done());
    let size = room(100, 30);
    let act = |subject: &str, action: Action| {
        let id = find(&world, subject);
        (id, selecting(id, &world).act(action, &world, size))
    };
    let (id, effects) = act("Invoice 1042", Action::Open);
    assert_eq!(effects, [Effect::Go(Place::Detail(id))]);
    let (id, effects) = act("Invoice 1042", Action::Transcript);
    assert_eq!(effects, [Effect::Go(Place::Transcript(id, None))]);
    let (id, effects) = act("Invoice 1042", Action::RetryNow);
    assert_eq!(effects, [Effect::RetryNow(id)]);
    let (id, effects) = act("Invoice 1042", Action::Hold);
    assert_eq!(effects, [Effect::Hold(id)]);
    let (id, effects) = act("Contract draft", Action::Hold);
    assert_eq!(effects, [Effect::Release(id)]);
    let (id, effects) = act("Invoice 1042", Action::Drop);
    assert_eq!(effects, [Effect::Drop(id)]);
    let (_, effects) = act("Invoice 1042", Action::Undo);
    assert_eq!(effects, [Effect::Undo]);
    let (_, effects) = act("Invoice 1042", Action::PauseQueue);
    assert_eq!(effects, [Effect::PauseQueue(true)]);
    let (_, effects) = act("Invoice 1042", Action::Copy);
    let words = "451 4.7.1 Greylisted, try again in 300 seconds";
    assert_eq!(effects, [Effect::Copy(words.into())]);
    for (subject, action) in [
        ("Deploy notes", Action::RetryNow),
        ("Deploy notes", Action::Edit),
        ("Weekly summary", Action::Transcript),
        ("Contract draft", Action::RetryNow),
    ] {
        let (_, effects) = act(subject, action);
        assert!(
            matches!(effects[..], [Effect::Say(Level::Warning, _)]),
            "{subject} {action}: {effects:?}"
        );
    }
}

#[test]
fn editing_opens_a_draft_for_those_who_have_not_got_it() {
    let world = world(live(), done());
    let size = room(100, 30);
    let id = find(&world, "Invoice 1042");
    let effects = selecting(id, &world).act(Action::Edit, &world, size);
    let [
        Effect::Hold(held),
        Effect::OpenDraft(draft),
        Effect::Say(..),
    ] = &effects[..]
    else {
        panic!("{effects:?}");
    };
    assert_eq!((*held, draft.to.as_str()), (id, "alice@example.com"));
    assert_eq!(draft.subject, "Invoice 1042");

    let mut done = DoneScreen::new();
    done.act(Action::Down, &world, size);
    done.act(Action::Down, &world, size);
    let effects = done.act(Action::Edit, &world, size);
    let [Effect::OpenDraft(draft)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(draft.to, "alice@example.com, carol@gone.example");
    done.act(Action::First, &world, size);
    let dropped = find(&world, "Typo in here");
    assert_eq!(
        done.act(Action::RetryNow, &world, size),
        [Effect::Restore(dropped)]
    );
}

#[test]
fn a_frozen_view_of_what_has_left_shows_then_and_acts_on_now() {
    let size = room(100, 30);
    let mut world = world(live(), done());
    let mut screen = DoneScreen::new();
    let shown = |screen: &mut DoneScreen, world: &World| {
        text(&draw(screen, world, &colours(), size).0).replace('\n', " ")
    };
    screen.act(Action::Freeze, &world, size);
    let before = shown(&mut screen, &world);
    assert!(before.contains("VIEW FROZEN at 12:30:18"), "{before}");
    let dropped = find(&world, "Typo in here");
    let mut entry = Entry::clone(&world.snapshot.done[&dropped]);
    entry.end = None;
    world.snapshot.done.clear();
    world.snapshot.totals.failed = 7;
    world.snapshot.live.insert(dropped, Arc::new(entry));
    assert_eq!(shown(&mut screen, &later(&world, 40)), before);
    assert_eq!(
        screen.act(Action::RetryNow, &world, size),
        [Effect::RetryNow(dropped)]
    );
    screen.act(Action::Freeze, &world, size);
    assert!(shown(&mut screen, &world).contains("Nothing has left the queue yet"));
}

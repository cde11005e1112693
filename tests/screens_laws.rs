//! What holds for every screen, whatever the world, the size and the keys.
#![expect(
    clippy::expect_used,
    reason = "a test that finds nothing wants to fail loudly"
)]

mod support_world;

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Size;
use ratatui::style::Color;
use support_world::*;
use turbomail::mail::clean::acts;
use turbomail::mail::entry::{End, Entry};
use turbomail::mail::outcome::{Cause, Failure, Status};
use turbomail::mail::snapshot::{Pause, RouteState};
use turbomail::mail::stage::Stage;
use turbomail::tui::action::Action;
use turbomail::tui::screen::contract::Screen;
use turbomail::tui::screen::detail::DetailScreen;
use turbomail::tui::screen::done::DoneScreen;
use turbomail::tui::screen::queue::QueueScreen;
use turbomail::tui::screen::transcript::TranscriptScreen;
use turbomail::tui::theme::Theme;
use turbomail::tui::world::World;

/// Words that attack a terminal, or only the columns.
const WORDS: [&str; 8] = [
    "Invoice 1042",
    "\u{1b}[2J\u{7}\u{9b}31m cleared",
    "exe\u{202e}fdp.\u{2066}x\u{2069}\u{200b}",
    "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字",
    "👩‍👩‍👧‍👦 family 👍🏽 ❤️",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "שלום עולם مرحبا",
    "",
];

const TIMES: [&str; 6] = [
    "08:00:00", "10:00:00", "12:29:00", "12:30:18", "12:31:00", "23:00:00",
];

#[derive(Clone, Debug)]
struct Seed {
    word: usize,
    admitted: usize,
    due: usize,
    shape: u8,
    recipients: usize,
}

fn seed() -> impl Strategy<Value = Seed> {
    (
        0..WORDS.len(),
        0..4_usize,
        0..TIMES.len(),
        0..9_u8,
        0..5_usize,
    )
        .prop_map(|(word, admitted, due, shape, recipients)| Seed {
            word,
            admitted,
            due,
            shape,
            recipients,
        })
}

fn grown(number: usize, seed: &Seed) -> Entry {
    let to: Vec<String> = (0..seed.recipients)
        .map(|n| format!("{}{n}@example.org", "a".repeat(n * 13 + 1)))
        .collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    let word = WORDS[seed.word];
    let number = u128::try_from(number).expect("small");
    let mut message = message(number, word, &to, 5000);
    word.clone_into(&mut message.from);
    message.content = format!("Subject: {word}\r\nX: \u{1b}]52;c;\r\n\r\n{word}\0\r\n").into();
    if seed.shape.is_multiple_of(2) {
        message.draft = None;
    }
    let mut entry = entry(number, TIMES[seed.admitted], TIMES[seed.due], message);
    let cause = match seed.shape {
        0..3 => Cause::TimedOut(Duration::from_secs(5)),
        3..6 => Cause::Tls(word.into()),
        _ => Cause::Refused(turbomail::mail::reply::Reply::new(451, [word, word])),
    };
    let failure = Failure::new(Stage::Rcpt, cause);
    for (n, recipient) in entry.recipients.iter_mut().enumerate() {
        recipient.status = match (n + usize::from(seed.shape)) % 6 {
            0 => Status::Pending,
            1 => delivered(word),
            2 => Status::Deferred(failure.clone()),
            3 => Status::Failed(failure.clone()),
            4 => Status::Uncertain(failure.clone()),
            _ => Status::Expired(None),
        };
        recipient.when = (n % 2 == 0).then(|| at("11:00:00").wall);
    }
    match seed.shape {
        1 => entry.held = Some(at("12:00:00")),
        2 => running(&mut entry, "12:30:00", Stage::Rcpt, 1, 0),
        3 => running(&mut entry, "12:30:10", Stage::Content, 2, 900_000),
        4 => trouble(&mut entry, "12:00:00", failure),
        5 => {
            let first = to.first().copied();
            for start in ["11:00:00", "12:00:00", "12:30:00"] {
                let got: Vec<_> = first
                    .map(|who| (who, deferred(450, word)))
                    .into_iter()
                    .collect();
                attempt(&mut entry, start, 700, &got);
            }
        }
        _ => {}
    }
    entry
}

fn grown_world(seeds: &[Seed], paused: bool) -> World {
    let entries: Vec<Entry> = seeds
        .iter()
        .enumerate()
        .map(|(n, seed)| grown(n + 1, seed))
        .collect();
    let done = seeds
        .iter()
        .enumerate()
        .filter(|(_, seed)| !matches!(seed.shape, 2 | 3))
        .map(|(n, seed)| {
            let end = if seed.shape.is_multiple_of(2) {
                End::Settled
            } else {
                End::Dropped
            };
            ended(grown(n + 1000, seed), "12:20:00", end)
        })
        .collect();
    let mut world = world(entries, done);
    if paused {
        world.snapshot.paused = Some(at("12:00:00").wall);
        let pause = Pause {
            failure: Failure::new(Stage::Auth, Cause::Io(WORDS[1].into())),
            since: at("12:10:00").wall,
            until: at("12:31:00").tick,
            times: 3,
        };
        let state = RouteState {
            pause: Some(pause),
            sending: 1,
            ..RouteState::default()
        };
        world.snapshot.routes.insert("main".into(), state);
    }
    world
}

fn screens(world: &World) -> Vec<Box<dyn Screen>> {
    let mut screens: Vec<Box<dyn Screen>> =
        vec![Box::new(QueueScreen::new()), Box::new(DoneScreen::new())];
    let ids = world.snapshot.live.keys().chain(world.snapshot.done.keys());
    for id in ids
        .copied()
        .take(3)
        .chain([turbomail::mail::parcel::EntryId::new()])
    {
        screens.push(Box::new(DetailScreen::new(id)));
        screens.push(Box::new(TranscriptScreen::new(id, None)));
        screens.push(Box::new(TranscriptScreen::new(id, Some(2))));
    }
    screens
}

/// Every cell is fit for a terminal, and no wide one hangs over the edge.
fn check(buf: &Buffer, theme: &Theme) {
    for (index, cell) in buf.content.iter().enumerate() {
        let symbol = cell.symbol();
        assert!(!symbol.chars().any(acts), "{symbol:?}");
        assert!(symbol.len() <= 32, "{symbol:?}");
        let (x, _) = buf.pos_of(index);
        let columns = unicode_width::UnicodeWidthStr::width(symbol);
        assert!(
            usize::from(x) + columns <= usize::from(buf.area.width),
            "{symbol:?} at {x}"
        );
        if !theme.colour {
            assert_eq!(
                (cell.fg, cell.bg),
                (Color::Reset, Color::Reset),
                "{symbol:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_nothing_acts(
        seeds in prop::collection::vec(seed(), 0..7),
        later_seeds in prop::collection::vec(seed(), 0..7),
        sizes in prop::collection::vec((0_u16..130, 0_u16..40), 3),
        actions in prop::collection::vec(0..Action::ALL.len(), 0..24),
        typed in "[a-z:!\u{202e}漢 ]{0,6}",
        paused in any::<bool>(),
    ) {
        let worlds = [grown_world(&seeds, paused), later(&grown_world(&later_seeds, !paused), 4)];
        for mut screen in screens(&worlds[0]) {
            for (n, (width, height)) in sizes.iter().enumerate() {
                let size = Size::new(*width, *height);
                let world = &worlds[n % 2];
                let theme = if n == 0 { plain() } else { colours() };
                for action in actions.iter().skip(n * 8).take(8) {
                    screen.act(Action::ALL[*action], world, size);
                    for c in typed.chars() {
                        screen.typed(KeyEvent::from(KeyCode::Char(c)), world);
                    }
                }
                let (buf, cursor) = draw(screen.as_mut(), world, &theme, size);
                check(&buf, &theme);
                prop_assert!(cursor.is_none_or(|at| at.x < *width && at.y < *height));
            }
        }
    }

    #[test]
    fn the_cursor_is_on_a_row_and_stays_with_its_message(
        seeds in prop::collection::vec(seed(), 1..9),
        due in prop::collection::vec(0..TIMES.len(), 9),
        steps in prop::collection::vec(any::<bool>(), 0..9),
        leaving in 0_usize..9,
    ) {
        let size = Size::new(100, 12);
        let world = grown_world(&seeds, false);
        let mut screen = QueueScreen::new();
        screen.follow(&world, size);
        for down in steps {
            screen.act(if down { Action::Down } else { Action::Up }, &world, size);
        }
        let selected = screen.selected().expect("there are rows");
        let mut moved = world.clone();
        for (entry, due) in world.snapshot.live.values().zip(due) {
            let mut entry = Entry::clone(entry);
            entry.due = at(TIMES[due]).tick;
            moved.snapshot.live.insert(entry.id, Arc::new(entry));
        }
        screen.follow(&moved, size);
        prop_assert_eq!(screen.selected(), Some(selected));
        let id = *moved.snapshot.live.keys().nth(leaving % seeds.len()).expect("one");
        moved.snapshot.live.remove(&id);
        screen.follow(&moved, size);
        match screen.selected() {
            // The last of all may be looked at while its row stays.
            Some(now) if now == id => prop_assert!(moved.snapshot.live.is_empty()),
            Some(now) => prop_assert!(moved.snapshot.live.contains_key(&now)),
            None => prop_assert!(moved.snapshot.live.is_empty()),
        }
        if id != selected {
            prop_assert_eq!(screen.selected(), Some(selected));
        }
        let (buf, _) = draw(&mut screen, &moved, &colours(), size);
        let cursors = text(&buf).lines().filter(|line| line.starts_with('▸')).count();
        prop_assert_eq!(cursors, usize::from(screen.selected().is_some()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// What is kept while the queue changes and time passes is what a first look at the end would show.
    #[test]
    fn a_view_that_followed_shows_what_a_new_one_shows(
        rounds in prop::collection::vec(prop::collection::vec(seed(), 0..7), 1..5),
        words in prop::sample::select(vec!["", "state:retry", "!state:due", "aa", "reply:451", "!zz state:s"]),
        waits in prop::collection::vec(0_u64..900, 5),
    ) {
        let size = Size::new(120, 40);
        let filter = |screen: &mut QueueScreen, world: &World| {
            screen.act(Action::Pane, world, size);
            screen.act(Action::Filter, world, size);
            screen.pasted(words, world);
            screen.act(Action::Accept, world, size);
        };
        let mut world = grown_world(&rounds[0], false);
        let mut old = QueueScreen::new();
        filter(&mut old, &world);
        for (seeds, wait) in rounds.iter().zip(&waits) {
            let now = world.now;
            world = grown_world(seeds, false);
            world.now = now.after(Duration::from_secs(*wait));
            old.follow(&world, size);
        }
        world.now = world.now.after(Duration::from_secs(7));
        old.act(Action::First, &world, size);
        let mut new = QueueScreen::new();
        filter(&mut new, &world);
        new.act(Action::First, &world, size);
        let shown = |screen: &mut QueueScreen| text(&draw(screen, &world, &colours(), size).0);
        prop_assert_eq!(shown(&mut old), shown(&mut new));
    }
}

#[test]
fn ascii_glyphs_leave_only_ascii_for_ascii_data() {
    let mut world = world(live(), done());
    world.snapshot.paused = Some(at("12:00:00").wall);
    for (width, height) in [
        (100, 25),
        (80, 19),
        (60, 14),
        (40, 8),
        (20, 5),
        (1, 1),
        (0, 0),
    ] {
        for mut screen in screens(&world) {
            for action in [Action::Freeze, Action::View, Action::Filter] {
                screen.act(action, &world, Size::new(width, height));
                let (buf, _) = draw(screen.as_mut(), &world, &plain(), Size::new(width, height));
                let shown = text(&buf).replace(['‹', '›'], "");
                assert!(shown.is_ascii(), "{shown}");
                check(&buf, &plain());
            }
        }
    }
}

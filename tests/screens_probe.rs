//! Probe as people see it, in all its states and sizes, and what its keys do.
#![expect(
    clippy::panic,
    reason = "a test that finds nothing wants to fail loudly"
)]

mod support_desk;
mod support_probe;
mod support_world;

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use ratatui::layout::Size;
use ratatui::style::Color;
use secrecy::ExposeSecret;
use support_desk::{Desk, colours, key, plain};
use support_probe::{
    CANARY, asked, check, closed, desk, good, known, refused, tell, transcript, walks,
};
use turbomail::mail::reach::Family;
use turbomail::mail::smarthost::{Secret, Security, SmartHost};
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::By;
use turbomail::probe::grid::{Cell, Found};
use turbomail::probe::walk::{Event, Plan, Status};
use turbomail::tui::action::Context;
use turbomail::tui::answer::Answer;
use turbomail::tui::effect::Effect;
use turbomail::tui::probe::News;

const SIZES: [(u16, u16); 7] = [
    (100, 30),
    (80, 24),
    (60, 16),
    (40, 10),
    (20, 5),
    (1, 1),
    (200, 60),
];

/// A walk that waits for the greeting.
fn waits(desk: &mut Desk) -> u64 {
    let (number, _) = asked(&desk.keys("enter"));
    let transcript = transcript();
    transcript.push(Stage::Connect, By::Note, "connected to 192.0.2.7:587");
    tell(desk, number, News::Began(transcript));
    let resolve = check(Stage::Resolve, Status::Ok, 12, "192.0.2.7");
    tell(desk, number, News::Happened(Event::Ended(resolve)));
    let connect = check(Stage::Connect, Status::Ok, 3, "192.0.2.7:587");
    tell(desk, number, News::Happened(Event::Ended(connect)));
    let entered = Event::Entered {
        stage: Stage::Greeting,
        limit: Duration::from_secs(30),
    };
    tell(desk, number, News::Happened(entered));
    desk.later(4000);
    number
}

fn cell(plan: &Plan, port: u16, security: Security, found: Found) -> Cell {
    let mut host = SmartHost::clone(&plan.host);
    (host.port, host.security) = (port, security);
    let plan = Plan::new(host);
    let make = if found == Found::Works { good } else { closed };
    Cell {
        family: Family::Any,
        port,
        security,
        found,
        walk: make(&plan, &transcript()),
    }
}

/// A look around that has found two ports of four.
fn looks(desk: &mut Desk) -> u64 {
    let (number, plan) = asked(&desk.keys("m"));
    for one in [
        cell(&plan, 465, Security::Tls, Found::Works),
        cell(&plan, 25, Security::StartTls, Found::Dropped),
    ] {
        tell(desk, number, News::Found(Box::new(one)));
    }
    number
}

fn shown(name: &str, desk: &mut Desk) {
    for (width, height) in SIZES {
        let picture = desk.picture(width, height);
        assert!(!picture.contains(CANARY), "{picture}");
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), picture);
    }
    desk.picture(100, 30);
}

#[test]
fn every_state_in_every_size() {
    let mut desk = desk(known(), colours());
    shown("idle", &mut desk);
    desk.keys("tab");
    shown("typing", &mut desk);
    desk.keys("esc");
    waits(&mut desk);
    shown("waiting", &mut desk);
    desk.keys("x");
    shown("cancelled", &mut desk);
    walks(&mut desk, good);
    shown("good", &mut desk);
    walks(&mut desk, refused);
    shown("refused", &mut desk);
    desk.keys("=");
    shown("compared", &mut desk);
    desk.keys("a");
    shown("password", &mut desk);
    desk.keys("esc s");
    shown("name", &mut desk);
    desk.keys("esc");
    walks(&mut desk, closed);
    shown("closed", &mut desk);
    let number = looks(&mut desk);
    shown("ports", &mut desk);
    tell(&mut desk, number, News::AllFound);
    desk.keys("esc");
    shown("found", &mut desk);
    desk.keys("m");
    let (number, plan) = asked(&desk.keys("m"));
    for (port, family, found) in [
        (465, Family::V6, Found::Dropped),
        (465, Family::V4, Found::Works),
        (25, Family::V6, Found::Refused),
    ] {
        let one = Cell {
            family,
            ..cell(&plan, port, Security::Tls, found)
        };
        tell(&mut desk, number, News::Found(Box::new(one)));
    }
    shown("ports_both_families", &mut desk);
}

#[test]
fn a_stranger_finds_an_empty_form() {
    let mut desk = desk(Vec::new(), colours());
    shown("stranger", &mut desk);
    assert_eq!(desk.app.contexts(), [Context::Form]);
    desk.types("smtps://relay.example.net");
    let (_, plan) = asked(&desk.keys("enter"));
    assert_eq!(plan.host.name(), "relay.example.net:465");
    assert!(plan.host.is_implicit_tls() && plan.host.credentials.is_none());
    // A greeting is not waited for as long as a queue would.
    assert_eq!(plan.host.timeouts.greeting, Duration::from_secs(30));
}

#[test]
fn without_colours_and_in_ascii_nothing_else_is_drawn() {
    let mut desk = desk(known(), plain());
    walks(&mut desk, refused);
    looks(&mut desk);
    for keys in ["esc", "tab", "esc", "a", "esc", "["] {
        desk.keys(keys);
        let (buf, _) = desk.frame();
        for cell in &buf.content {
            assert!(cell.symbol().is_ascii(), "{:?}", cell.symbol());
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
        }
    }
}

#[test]
fn a_typed_password_goes_into_the_walk_and_nowhere_else() {
    let mut desk = desk(known(), colours());
    walks(&mut desk, refused);
    assert!(desk.keys("a").is_empty());
    assert!(desk.keys("enter").is_empty(), "nothing was typed yet");
    desk.types(CANARY);
    let picture = desk.picture(100, 30);
    assert!(
        !picture.contains("c4n") && picture.contains("typed, not shown"),
        "{picture}"
    );
    let effects = desk.keys("enter");
    let told = format!("{effects:?}");
    assert!(!told.contains(CANARY), "{told}");
    let (_, plan) = asked(&effects);
    let login = plan.host.credentials.as_ref().expect("a login");
    let Secret::Value(secret) = &login.secret else {
        panic!("{login:?}");
    };
    let same: &str = secret.expose_secret();
    assert_eq!((login.user.as_str(), same), ("billing", CANARY));
    assert!(!format!("{:?}", desk.app).contains(CANARY));
}

#[test]
fn another_host_never_gets_the_password() {
    let mut desk = desk(known(), colours());
    desk.keys("tab ctrl-u");
    desk.types("relay.example.org");
    assert!(desk.keys("enter").is_empty());
    assert!(
        desk.picture(100, 30)
            .contains("Password of billing at relay.example.org")
    );
    desk.keys("esc");
    // Its ports can be looked at, which needs no login.
    desk.keys("esc");
    let (_, plan) = asked(&desk.keys("m"));
    assert!(plan.host.credentials.is_none());
}

#[test]
fn more_time_is_granted_and_shown_and_news_of_the_cancelled_are_none() {
    let mut desk = desk(known(), colours());
    let number = waits(&mut desk);
    assert!(desk.picture(100, 30).contains("4 s, gives up in 26 s"));
    assert!(
        desk.app
            .wake()
            .is_some_and(|wait| wait <= Duration::from_secs(1))
    );
    let more = Duration::from_secs(30);
    assert_eq!(desk.keys("w"), [Effect::WaitLonger(number, more)]);
    assert!(desk.picture(100, 30).contains("gives up in 56 s"));
    desk.later(60_000);
    assert!(desk.picture(100, 30).contains("64 s, gives up in 0 s"));
    assert!(desk.keys("enter").is_empty(), "one walk at a time");
    assert_eq!(desk.keys("esc"), [Effect::CancelProbe(number)]);
    assert!(
        desk.app
            .wake()
            .is_none_or(|wait| wait > Duration::from_secs(1))
    );
    let late = check(Stage::Greeting, Status::Ok, 9, "220 late");
    tell(&mut desk, number, News::Happened(Event::Ended(late)));
    assert!(!desk.picture(100, 30).contains("220 late"));
}

#[test]
fn the_best_port_is_under_the_cursor_and_enter_walks_there() {
    let mut desk = desk(known(), colours());
    walks(&mut desk, closed);
    let number = looks(&mut desk);
    tell(&mut desk, number, News::AllFound);
    let (_, plan) = asked(&desk.keys("enter"));
    assert_eq!((plan.host.port, plan.host.security), (465, Security::Tls));
    assert!(plan.host.credentials.is_some(), "the login goes along");
}

#[test]
fn what_was_found_at_the_ports_is_a_fix() {
    let mut desk = desk(known(), colours());
    walks(&mut desk, closed);
    let number = looks(&mut desk);
    tell(&mut desk, number, News::AllFound);
    desk.keys("esc");
    let (_, plan) = asked(&desk.keys("a"));
    assert_eq!((plan.host.port, plan.host.security), (465, Security::Tls));
    desk.keys("x");
    assert!(desk.picture(100, 30).contains("Port 465"));
}

#[test]
fn runs_are_kept_shown_again_and_bounded() {
    let mut desk = desk(known(), colours());
    for _ in 0..24 {
        walks(&mut desk, good);
    }
    walks(&mut desk, refused);
    assert!(desk.picture(200, 60).contains("last runs"));
    desk.keys("[");
    assert!(desk.picture(200, 60).contains("all is well"));
    for _ in 0..30 {
        desk.keys("[");
    }
    assert_eq!(desk.status(), "12:31:00 there is no run before this one");
    let rows = desk.picture(200, 60);
    let runs = rows
        .lines()
        .filter(|line| line.contains("relay.example.net:587 starttls"))
        .count();
    assert_eq!(runs, 20);
    for _ in 0..30 {
        desk.keys("]");
    }
    assert!(desk.picture(200, 60).contains("535"));
}

#[test]
fn an_account_is_saved_with_what_was_tried() {
    let mut desk = desk(known(), colours());
    desk.keys("tab tab ctrl-u");
    desk.types("2525");
    desk.keys("esc s");
    desk.types("second");
    let effects = desk.keys("enter");
    let [Effect::SaveAccount(account)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(account.name, "second");
    assert_eq!(account.host.name(), "relay.example.net:2525");
    let login = account.host.credentials.as_ref().expect("a login");
    assert!(matches!(login.secret, Secret::Command(_)));
    desk.answers(Answer::AccountSaved(
        account.clone(),
        Ok("second is there".into()),
    ));
    assert_eq!(desk.status(), "12:31:00 second is there");
    // From now on it is one of those to choose from.
    desk.keys("alt-down");
    assert!(desk.picture(100, 30).contains("Port 587"));
    desk.keys("alt-down");
    assert!(desk.picture(100, 30).contains("Port 2525"));
}

#[test]
fn a_message_in_trouble_leads_to_its_smart_host() {
    let mut desk = desk(known(), colours());
    desk.keys("tab ctrl-u esc");
    let mut entries = support_world::live();
    for entry in &mut entries {
        entry.route = "acme".into();
    }
    desk.waiting(entries);
    desk.keys("2 h");
    let picture = desk.picture(100, 30);
    assert!(
        picture.contains("4 PROBE") && picture.contains("Host relay.example.net"),
        "{picture}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Any keys in any window and any order of news: nothing breaks, nothing acts on the terminal, no secret is drawn.
    #[test]
    fn nothing_breaks(steps in prop::collection::vec((0..26_usize, 0_u16..130, 0_u16..45), 1..50)) {
        const KEYS: [&str; 22] = [
            "enter", "esc", "tab", "backtab", "a", "b", "e", "m", "s", "t", "w", "x", "v", "[", "]", "=", "j", "k", "G",
            "alt-down", "y", "space",
        ];
        let mut desk = desk(known(), colours());
        let mut last = (0, None);
        for (step, width, height) in steps {
            let effects = match step {
                22 => desk.types(CANARY.get(..1).expect("ASCII")),
                23..=25 => Vec::new(),
                key_of => { desk.app.press(key(KEYS.get(key_of).expect("one of them"))) }
            };
            for effect in &effects {
                let told = format!("{effect:?}");
                prop_assert!(!told.contains("SecretString("), "{}", told);
                if let Effect::Probe(number, plan) | Effect::LookAround(number, plan) = effect {
                    last = (*number, Some(plan.clone()));
                }
            }
            if let (number, Some(plan)) = last.clone() {
                let transcript = transcript();
                match step {
                    23 => tell(&mut desk, number, News::Over(Arc::new(refused(&plan, &transcript)))),
                    24 => {
                        let cell = cell(&plan, 465, Security::Tls, Found::Works);
                        tell(&mut desk, number, News::Found(Box::new(cell)));
                    }
                    25 => tell(&mut desk, number, News::Broke("\u{1b}[2J".into())),
                    _ => {}
                }
            }
            desk.size = Size::new(width, height);
            let (buf, cursor) = desk.frame();
            prop_assert_eq!(support_world::text(&buf).lines().count(), usize::from(height));
            if let Some(cursor) = cursor {
                prop_assert!(buf.area.contains(cursor), "{cursor:?} outside of {:?}", buf.area);
            }
            for cell in &buf.content {
                prop_assert!(!cell.symbol().contains(char::is_control), "{:?}", cell.symbol());
            }
            desk.later(400);
        }
    }
}

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
    CANARY, asked, check, closed, desk, good, known, pictures, refused, tell, transcript, walks,
};
use turbomail::mail::reach::Family;
use turbomail::mail::smarthost::{Secret, Security, SmartHost};
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::By;
use turbomail::probe::compare::Record;
use turbomail::probe::grid::{Cell, Found};
use turbomail::probe::place::Place;
use turbomail::probe::walk::{Event, Plan, Status};
use turbomail::tui::action::Context;
use turbomail::tui::answer::Answer;
use turbomail::tui::effect::Effect;
use turbomail::tui::probe::News;

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
    for (name, picture) in pictures(name, desk) {
        insta::assert_snapshot!(name, picture);
    }
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
    shown("choice", &mut desk);
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
fn a_password_typed_or_pasted_in_its_field_arrives_whole() {
    for is_pasted in [false, true] {
        let mut desk = desk(known(), colours());
        // Another host, so that the account's password is none of its business.
        desk.keys("tab ctrl-u");
        desk.types("192.0.2.9:2525");
        desk.keys("tab tab tab tab");
        if is_pasted {
            desk.pastes(CANARY);
        } else {
            desk.types(CANARY);
        }
        assert!(desk.keys("enter").is_empty(), "it is taken, and no more");
        let (_, plan) = asked(&desk.keys("enter"));
        let login = plan.host.credentials.as_ref().expect("a login");
        let Secret::Value(secret) = &login.secret else {
            panic!("{login:?}");
        };
        let same: &str = secret.expose_secret();
        assert_eq!(same, CANARY);
    }
}

#[test]
fn an_account_has_a_usual_name() {
    let mut desk = desk(known(), colours());
    desk.keys("esc s");
    let picture = desk.picture(100, 30);
    assert!(
        picture.contains("example unless another is typed"),
        "{picture}"
    );
    let effects = desk.keys("enter");
    let [Effect::SaveAccount(account)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(account.name, "example");
}

#[test]
fn another_host_never_gets_the_password() {
    let mut desk = desk(known(), colours());
    desk.keys("tab ctrl-u");
    desk.types("relay.example.org");
    let (number, place) = sought(&desk.keys("enter"));
    let located = News::Located(Box::new(place.into_host()));
    assert!(tell(&mut desk, number, located).is_empty());
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
fn a_certificate_in_question_is_under_the_cursor_where_there_is_nothing_better() {
    let mut desk = desk(known(), colours());
    walks(&mut desk, closed);
    let (number, plan) = asked(&desk.keys("m"));
    let untrusted = |port, security| {
        // It shows its certificate, and that is all that is known of it.
        let mut one = cell(&plan, port, security, Found::Works);
        one.found = Found::Untrusted;
        one
    };
    for one in [
        cell(&plan, 25, Security::StartTls, Found::Dropped),
        untrusted(587, Security::StartTls),
        untrusted(465, Security::Tls),
        cell(&plan, 2525, Security::StartTls, Found::Refused),
    ] {
        tell(&mut desk, number, News::Found(Box::new(one)));
    }
    tell(&mut desk, number, News::AllFound);
    shown("ports_in_question", &mut desk);
    let (next, plan) = asked(&desk.keys("enter"));
    assert_eq!((plan.host.port, plan.host.security), (465, Security::Tls));
    // What can be trusted goes before it.
    tell(
        &mut desk,
        next,
        News::Over(Arc::new(closed(&plan, &transcript()))),
    );
    desk.keys("m");
    let (number, plan) = asked(&desk.keys("m"));
    tell(
        &mut desk,
        number,
        News::Found(Box::new(untrusted(465, Security::Tls))),
    );
    let works = cell(&plan, 587, Security::StartTls, Found::Works);
    tell(&mut desk, number, News::Found(Box::new(works)));
    tell(&mut desk, number, News::AllFound);
    let (_, plan) = asked(&desk.keys("enter"));
    assert_eq!(plan.host.port, 587);
}

/// A look around at this host that finds one port, in clear.
fn finds_clear(desk: &mut Desk) {
    let (number, plan) = asked(&desk.keys("m"));
    for (port, security, found) in [
        (25, Security::StartTls, Found::InClear),
        (465, Security::Tls, Found::Refused),
        (587, Security::StartTls, Found::Dropped),
        (2525, Security::StartTls, Found::Refused),
    ] {
        let one = cell(&plan, port, security, found);
        tell(desk, number, News::Found(Box::new(one)));
    }
    tell(desk, number, News::AllFound);
}

#[test]
fn a_port_in_clear_is_stood_on_and_gone_to_only_when_a_person_has_read_what_that_means() {
    let mut desk = desk(known(), colours());
    walks(&mut desk, closed);
    let (number, _) = asked(&desk.keys("m"));
    let refuses = cell(
        &Plan::new(support_probe::host()),
        2525,
        Security::StartTls,
        Found::Unwilling,
    );
    tell(&mut desk, number, News::Found(Box::new(refuses)));
    // A server that does not want us is still more than a closed door; one that takes mail is more.
    let line = |desk: &mut Desk| {
        let picture = desk.picture(100, 30);
        let line = picture.lines().find(|line| line.starts_with('▸'));
        line.unwrap_or_default().to_owned()
    };
    assert!(line(&mut desk).contains("2525"), "{}", line(&mut desk));
    desk.keys("esc");
    finds_clear(&mut desk);
    assert!(
        line(&mut desk).contains("   25  none "),
        "{}",
        line(&mut desk)
    );
    shown("ports_in_clear", &mut desk);
    assert!(desk.keys("enter").is_empty(), "it is asked first");
    shown("guard", &mut desk);
    let words = "no password is said there";
    assert!(desk.picture(80, 24).contains(words), "all of it is read");
    assert!(desk.keys("esc").is_empty());
    desk.keys("enter");
    let (_, plan) = asked(&desk.keys("enter"));
    assert_eq!((plan.host.port, plan.host.security), (25, Security::None));
}

#[test]
fn on_this_machine_nobody_is_on_the_way() {
    let mut desk = desk(Vec::new(), colours());
    desk.types("127.0.0.1:25");
    desk.keys("esc");
    finds_clear(&mut desk);
    let picture = desk.picture(80, 24);
    assert!(picture.contains("stays on this machine"), "{picture}");
    let (_, plan) = asked(&desk.keys("enter"));
    assert_eq!((plan.host.port, plan.host.security), (25, Security::None));
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
    desk.answers(Answer::Recalled("relay.example.net".into(), Ok(Vec::new())));
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

/// What is to be looked up.
fn sought(effects: &[Effect]) -> (u64, Place) {
    let [Effect::Locate(number, sought)] = effects else {
        panic!("nothing is looked up in {effects:?}");
    };
    (*number, sought.place.clone())
}

/// A good run and a refused one, kept a day ago.
fn kept() -> Vec<Record> {
    let plan = Plan::new(support_probe::host());
    let mut good = good(&plan, &transcript());
    good.started = support_probe::at("2026-11-20T09:15:00Z");
    let mut refused = refused(&plan, &transcript());
    refused.started = support_probe::at("2026-11-20T09:14:00Z");
    if let Some(offered) = &mut good.after_tls {
        *offered = support_probe::offer(&["SIZE 10485760", "PIPELINING", "AUTH PLAIN LOGIN"]);
    }
    vec![Record::of(&good), Record::of(&refused)]
}

#[test]
fn a_provider_is_known_by_its_name_without_asking_anybody() {
    let mut desk = desk(Vec::new(), colours());
    desk.types("gmail.com");
    assert!(desk.keys("tab").is_empty());
    shown("provider", &mut desk);
    let (_, plan) = asked(&desk.keys("enter"));
    assert_eq!(plan.host.name(), "smtp.gmail.com:465");
    assert!(plan.host.is_implicit_tls() && plan.host.credentials.is_none());
}

#[test]
fn a_mistyped_provider_is_taken_by_a_key() {
    let mut desk = desk(Vec::new(), colours());
    desk.types("smtp.gmial.com");
    let picture = desk.picture(80, 24);
    assert!(
        picture.contains("did you mean smtp.gmail.com?"),
        "{picture}"
    );
    desk.keys("ctrl-t");
    let picture = desk.picture(80, 24);
    assert!(
        picture.contains("Host smtp.gmail.com") && !picture.contains("did you mean"),
        "{picture}"
    );
}

#[test]
fn the_port_of_another_host_is_not_taken_along_to_a_provider() {
    let mut desk = desk(known(), colours());
    desk.keys("tab ctrl-u");
    desk.types("smtp.fastmail.com");
    desk.keys("tab");
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Port 465"), "{picture}");
    assert!(picture.contains("Security tls"), "{picture}");
    // Where one was written for it, that counts.
    desk.keys("backtab ctrl-u");
    desk.types("smtp.fastmail.com:587");
    desk.keys("tab");
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Port 587"), "{picture}");
}

#[test]
fn a_mail_domain_is_looked_up_first_and_its_server_is_what_is_saved() {
    let mut desk = desk(Vec::new(), colours());
    desk.types("me@example.org");
    let (number, place) = sought(&desk.keys("enter"));
    desk.later(2000);
    shown("looking", &mut desk);
    assert_eq!(desk.keys("x"), [Effect::CancelProbe(number)]);
    let late = News::Located(Box::new(place));
    assert!(tell(&mut desk, number, late).is_empty(), "it was cancelled");
    let (number, mut place) = sought(&desk.keys("enter"));
    place.target.server = "mail.elsewhere.example:465".to_owned();
    place.target.security = Some(Security::Tls);
    place.target.user = Some("me@example.org".to_owned());
    place.how = Some("example.org is a mail domain; its server is elsewhere".into());
    place.bars_login = true;
    let (number, plan) = asked(&tell(&mut desk, number, News::Located(Box::new(place))));
    assert_eq!(plan.host.name(), "mail.elsewhere.example:465");
    assert!(plan.host.credentials.is_none(), "no password goes there");
    let walk = Arc::new(good(&plan, &transcript()));
    tell(&mut desk, number, News::Over(walk));
    let picture = desk.picture(80, 24);
    assert!(picture.contains("its server is elsewhere"), "{picture}");
    assert!(picture.contains("not said here"), "{picture}");
    desk.keys("s");
    desk.types("found");
    let effects = desk.keys("enter");
    let [Effect::SaveAccount(account)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(account.host.name(), "mail.elsewhere.example:465");
    assert!(account.host.credentials.is_none());
    assert_eq!(
        account.from.as_ref().map(ToString::to_string).as_deref(),
        Some("me@example.org")
    );
}

#[test]
fn runs_of_earlier_sessions_are_listed_shown_and_compared() {
    let mut desk = desk(known(), colours());
    let effects = desk.keys("enter");
    let (number, plan) = asked(&effects);
    let host = "relay.example.net".to_owned();
    assert!(effects.contains(&Effect::Recall(host.clone())));
    desk.answers(Answer::Recalled(host.clone(), Ok(kept())));
    let walk = Arc::new(refused(&plan, &transcript()));
    let effects = tell(&mut desk, number, News::Over(walk.clone()));
    assert_eq!(effects, [Effect::KeepRun(Box::new(Record::of(&walk)))]);
    desk.keys("= enter");
    let picture = desk.picture(100, 40);
    assert!(
        picture.contains("with the good run of 20 Nov 09:15"),
        "{picture}"
    );
    desk.keys("esc [");
    shown("kept", &mut desk);
    let picture = desk.picture(100, 40);
    assert!(
        picture.contains("A run of an earlier session, 20 Nov 09:15"),
        "{picture}"
    );
    for (key, words) in [
        ("t", "the conversation is not kept"),
        ("p", "too little is kept"),
    ] {
        desk.keys(key);
        assert!(desk.status().contains(words), "{}", desk.status());
    }
    assert!(
        !desk.picture(100, 30).contains("   a  "),
        "no fix for what is long over"
    );
    // Those that were kept in this session are no other runs.
    desk.answers(Answer::Recalled(host, Ok(vec![Record::of(&walk)])));
    assert!(!desk.picture(100, 40).contains("last runs"));
}

#[test]
fn earlier_runs_are_there_before_the_first_of_this_session() {
    let mut desk = desk(known(), colours());
    let host = "relay.example.net".to_owned();
    assert_eq!(desk.keys("["), [Effect::Recall(host.clone())]);
    desk.answers(Answer::Recalled(host.clone(), Ok(kept())));
    assert!(
        desk.picture(100, 30)
            .contains("A run of an earlier session")
    );
    assert!(desk.keys("[").is_empty(), "the one before");
    assert!(desk.picture(100, 30).contains("535"));
    desk.keys("[");
    assert!(desk.status().contains("no run before"), "{}", desk.status());
    desk.answers(Answer::Recalled(host, Err("cannot read".into())));
    assert!(desk.status().contains("cannot read"), "{}", desk.status());
}

#[test]
fn a_page_for_a_ticket_has_all_of_it_and_no_secret() {
    let mut desk = desk(known(), colours());
    assert!(desk.keys("p").is_empty());
    assert!(desk.status().contains("no run yet"), "{}", desk.status());
    walks(&mut desk, refused);
    let effects = desk.keys("p");
    let [Effect::WritePage(name, text)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(name, "probe-relay.example.net-587-20261121-123200");
    for part in [
        "# Probe of relay.example.net:587",
        "## Worth a try",
        "| auth | failed |",
        "## The conversation",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains(CANARY) && !text.contains('\u{1b}'), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Any keys in any window and any order of news: nothing breaks, nothing acts on the terminal, no secret is drawn.
    #[test]
    fn nothing_breaks(steps in prop::collection::vec((0..33_usize, 0_u16..130, 0_u16..45), 1..50)) {
        const KEYS: [&str; 26] = [
            "enter", "esc", "tab", "backtab", "a", "b", "e", "m", "s", "t", "w", "x", "v", "[", "]", "=", "j", "k", "G",
            "alt-down", "y", "space", "p", "ctrl-t", "o", "f",
        ];
        let mut desk = desk(known(), colours());
        let mut last = (0, None);
        for (step, width, height) in steps {
            let effects = match step {
                26 => desk.types(CANARY.get(..1).expect("ASCII")),
                27..=32 => Vec::new(),
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
                    27 => {
                        tell(&mut desk, number, News::Over(Arc::new(refused(&plan, &transcript))));
                    }
                    28 => {
                        let cell = cell(&plan, 465, Security::Tls, Found::Works);
                        tell(&mut desk, number, News::Found(Box::new(cell)));
                    }
                    29 => {
                        tell(&mut desk, number, News::Broke("\u{1b}[2J".into()));
                    }
                    _ => {}
                }
            }
            if step == 30 {
                let host = "relay.example.net".to_owned();
                desk.answers(Answer::Recalled(host, Ok(kept())));
            }
            if step == 31 {
                desk.answers(Answer::RecalledAll(Ok(kept())));
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

//! What a run is compared with: chosen from a list, or walked now, with no login that is not the host's own.
#![expect(
    clippy::panic,
    reason = "a test that finds nothing wants to fail loudly"
)]

mod support_desk;
mod support_probe;
#[expect(unused_imports, reason = "the other tests use more of it")]
mod support_world;

use std::sync::Arc;

use support_desk::{Desk, colours};
use support_probe::{
    CANARY, asked, at, closed, desk, ends, good, known, pictures, refused, tell, transcript, walks,
};
use turbomail::mail::reach::Family;
use turbomail::mail::smarthost::Security;
use turbomail::probe::compare::Record;
use turbomail::probe::walk::{Plan, Walk};
use turbomail::tui::action::Context;
use turbomail::tui::answer::Answer;
use turbomail::tui::effect::Effect;
use turbomail::tui::probe::{News, Same};

fn shown(name: &str, desk: &mut Desk) {
    for (name, picture) in pictures(name, desk) {
        insta::assert_snapshot!(name, picture);
    }
}

/// A run of a day ago to this server.
fn kept(
    server: &str,
    day: &str,
    make: fn(&Plan, &turbomail::mail::transcript::Transcript) -> Walk,
) -> Record {
    let mut walk = make(&Plan::new(support_probe::host()), &transcript());
    walk.started = at(&format!("{day}T09:15:00Z"));
    Record {
        server: server.into(),
        ..Record::of(&walk)
    }
}

/// The page of the choice with its kept runs.
fn chooses(desk: &mut Desk) {
    let effects = desk.keys("=");
    assert!(effects.contains(&Effect::RecallAll), "{effects:?}");
    let runs = vec![
        kept("relay.example.net:587", "2026-11-20", refused),
        kept("relay.example.org:465", "2026-11-19", good),
        kept("relay.example.net:587", "2026-11-18", good),
    ];
    assert!(desk.answers(Answer::RecalledAll(Ok(runs))).is_empty());
    assert_eq!(desk.app.contexts(), [Context::Compare, Context::List]);
}

/// The plan of the second walk, which begins when the first is over.
fn second(effects: &[Effect]) -> (u64, Same<Plan>) {
    assert!(
        matches!(
            effects,
            [Effect::KeepRun(_), Effect::Probe(..)] | [Effect::Probe(..)]
        ),
        "{effects:?}"
    );
    asked(effects)
}

/// Lets a walk come to this; gives what follows.
fn over(desk: &mut Desk, number: u64, walk: Walk) -> Vec<Effect> {
    tell(desk, number, News::Over(Arc::new(walk)))
}

#[test]
fn a_kept_run_of_any_host_is_chosen_from_the_list() {
    let mut desk = desk(known(), colours());
    walks(&mut desk, refused);
    chooses(&mut desk);
    shown("list", &mut desk);
    // No good run of this session or of this host is known, so that the cursor is not on it.
    desk.keys("j j j enter");
    let picture = desk.picture(100, 30);
    let title = "with relay.example.org:465, 19 Nov 09:15";
    assert!(picture.contains(title), "{picture}");
    assert!(
        picture.contains("auth went well, and fails now"),
        "{picture}"
    );
    // It is in the page for a ticket.
    let effects = desk.keys("p");
    let [Effect::WritePage(_, text)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert!(
        text.contains("Compared with relay.example.org:465"),
        "{text}"
    );
    desk.keys("esc");
    assert!(!desk.picture(100, 30).contains("─ compared"));
    // The same host's other run.
    chooses(&mut desk);
    desk.keys("G enter");
    let picture = desk.picture(100, 30);
    assert!(
        picture.contains("with the run of 18 Nov 09:15"),
        "{picture}"
    );
}

#[test]
fn the_list_says_what_is_not_there() {
    let mut desk = desk(known(), colours());
    let effects = desk.keys("=");
    assert!(effects.contains(&Effect::RecallAll), "{effects:?}");
    assert!(desk.picture(100, 30).contains("there is none"));
    desk.answers(Answer::RecalledAll(Err("no disk".into())));
    assert!(desk.status().contains("no disk"), "{}", desk.status());
    assert!(desk.picture(100, 30).contains("no other run is kept"));
    desk.keys("=");
    assert!(desk.status().contains("no other run"), "{}", desk.status());
    // A kept run alone has nothing to be compared with.
    let runs = vec![kept("relay.example.org:465", "2026-11-19", good)];
    desk.keys("esc =");
    desk.answers(Answer::RecalledAll(Ok(runs)));
    desk.keys("G enter");
    assert!(desk.status().contains("run first"), "{}", desk.status());
}

#[test]
fn both_families_are_walked_one_after_the_other() {
    let mut desk = desk(known(), colours());
    desk.keys("=");
    let (number, plan) = asked(&desk.keys("f"));
    assert_eq!(plan.host.reach.family, Family::V4);
    assert!(plan.host.credentials.is_some(), "the login is its own");
    let picture = desk.picture(100, 30);
    assert!(
        picture.contains("first: IPv4") && picture.contains("then IPv6"),
        "{picture}"
    );
    let walk = good(&plan, &transcript());
    let (next, plan) = second(&over(&mut desk, number, walk));
    assert!(next > number);
    assert_eq!(plan.host.reach.family, Family::V6);
    shown("second", &mut desk);
    // News of the first is none any more.
    let late = Arc::new(good(&plan, &transcript()));
    assert!(tell(&mut desk, number, News::Over(late)).is_empty());
    let mut walk = closed(&plan, &transcript());
    walk.started = at("2026-11-21T12:31:01Z");
    let effects = over(&mut desk, next, walk);
    assert!(
        effects.is_empty(),
        "a forced family is no run to be kept: {effects:?}"
    );
    shown("families", &mut desk);
    // A run alone is over whatever family answers first.
    let (_, plan) = asked(&desk.keys("enter"));
    assert_eq!(plan.host.reach.family, Family::Any);
}

#[test]
fn a_fix_of_one_family_is_not_for_that_family_alone() {
    let mut desk = desk(known(), colours());
    desk.keys("=");
    let (number, plan) = asked(&desk.keys("f"));
    let (next, plan) = second(&over(&mut desk, number, good(&plan, &transcript())));
    over(&mut desk, next, refused(&plan, &transcript()));
    desk.keys("a");
    desk.types("other");
    let (_, plan) = asked(&desk.keys("enter"));
    assert_eq!(plan.host.reach.family, Family::Any);
}

#[test]
fn a_cancelled_first_walk_has_no_second() {
    let mut desk = desk(known(), colours());
    desk.keys("=");
    let (number, plan) = asked(&desk.keys("f"));
    assert!(desk.keys("=").is_empty(), "not while one is under way");
    desk.keys("tab enter");
    let status = desk.status();
    assert!(status.contains("Esc, then x cancels it"), "{status}");
    desk.keys("esc");
    assert_eq!(desk.keys("x"), [Effect::CancelProbe(number)]);
    assert!(over(&mut desk, number, good(&plan, &transcript())).is_empty());
    // And the next one is alone.
    let (number, plan) = asked(&desk.keys("enter"));
    assert_eq!(plan.host.reach.family, Family::Any);
    let effects = over(&mut desk, number, good(&plan, &transcript()));
    assert!(matches!(effects[..], [Effect::KeepRun(_)]), "{effects:?}");
}

#[test]
fn another_host_is_walked_to_without_the_login_of_the_first() {
    let mut desk = desk(known(), colours());
    desk.keys("= o");
    shown("other", &mut desk);
    desk.pastes(&format!("smtp://me:{CANARY}@relay.example.org"));
    assert!(desk.status().contains("was not taken"), "{}", desk.status());
    assert!(desk.keys("enter").is_empty(), "nothing was typed");
    desk.types("a b:25");
    desk.keys("enter");
    assert!(
        desk.status().contains("the other host"),
        "{}",
        desk.status()
    );
    desk.keys("ctrl-u");
    desk.types("relay.example.org:465");
    let (number, plan) = asked(&desk.keys("enter"));
    assert_eq!(plan.host.name(), "relay.example.net:587");
    assert!(plan.host.credentials.is_some());
    let (next, plan) = second(&over(&mut desk, number, good(&plan, &transcript())));
    assert_eq!(plan.host.name(), "relay.example.org:465");
    assert!(plan.host.credentials.is_none() && plan.host.auth.is_none());
    let mut walk = closed(&plan, &transcript());
    walk.started = at("2026-11-21T12:31:01Z");
    let effects = over(&mut desk, next, walk);
    assert!(matches!(effects[..], [Effect::KeepRun(_)]), "{effects:?}");
    shown("hosts", &mut desk);
    // The form is as it was.
    assert!(desk.picture(100, 30).contains("Host relay.example.net"));
    // The conversation and the run before are at hand.
    desk.keys("[");
    assert!(!desk.picture(100, 30).contains("─ compared"));
}

#[test]
fn a_name_that_may_be_a_mail_domain_is_looked_up_first() {
    let mut desk = desk(known(), colours());
    desk.keys("= o");
    desk.types("example.org");
    let effects = desk.keys("enter");
    let [Effect::Locate(number, sought)] = &effects[..] else {
        panic!("{effects:?}");
    };
    let mut place = sought.place.clone();
    place.target.server = "mail.example.org:465".into();
    place.target.security = Some(Security::Tls);
    let effects = tell(&mut desk, *number, News::Located(Box::new(place)));
    let (number, plan) = asked(&effects);
    assert_eq!(plan.host.name(), "relay.example.net:587");
    let (_, plan) = second(&over(&mut desk, number, good(&plan, &transcript())));
    assert_eq!(plan.host.name(), "mail.example.org:465");
    assert!(plan.host.credentials.is_none());
}

#[test]
fn an_account_at_the_other_host_and_another_port_of_the_same_have_their_own_login() {
    let mut accounts = known();
    let mut other = accounts[0].clone();
    other.name = "other".into();
    other.host.host = "relay.example.org".to_owned();
    if let Some(login) = &mut other.host.credentials {
        login.user = "somebody".to_owned();
    }
    accounts.push(other);
    for (text, name, user) in [
        (
            "relay.example.org",
            "relay.example.org:587",
            Some("somebody"),
        ),
        (
            "smtps://relay.example.net",
            "relay.example.net:465",
            Some("billing"),
        ),
        ("relay.example.com:25", "relay.example.com:25", None),
    ] {
        let mut desk = desk(accounts.clone(), colours());
        desk.keys("= o");
        desk.types(text);
        let mut effects = desk.keys("enter");
        if let [Effect::Locate(number, sought)] = &effects[..] {
            let place = Box::new(sought.place.clone().into_host());
            effects = tell(&mut desk, *number, News::Located(place));
        }
        let (number, plan) = asked(&effects);
        let (_, plan) = second(&over(&mut desk, number, good(&plan, &transcript())));
        let login = plan.host.credentials.as_ref();
        assert_eq!(plan.host.name(), name);
        assert_eq!(login.map(|login| login.user.as_str()), user, "{text}");
    }
}

#[test]
fn a_password_that_is_asked_for_first_does_not_lose_the_comparison_and_esc_does() {
    let mut desk = desk(known(), colours());
    desk.keys("tab ctrl-u");
    desk.types("other.example.net:2525");
    desk.keys("esc = f");
    assert!(desk.picture(100, 30).contains("Password of billing"));
    desk.types(CANARY);
    let (_, plan) = asked(&desk.keys("enter"));
    assert_eq!(plan.host.reach.family, Family::V4);
    desk.keys("x");
    let mut desk = support_probe::desk(known(), colours());
    desk.keys("tab ctrl-u");
    desk.types("other.example.net:2525");
    desk.keys("esc = f esc");
    desk.keys("esc enter");
    desk.types(CANARY);
    let (_, plan) = asked(&desk.keys("enter"));
    assert_eq!(plan.host.reach.family, Family::Any);
}

#[test]
fn a_socket_has_no_families() {
    let mut desk = desk(Vec::new(), colours());
    desk.types("unix:/run/lmtp");
    desk.keys("esc =");
    assert!(
        !{ desk.keys("f") }
            .iter()
            .any(|one| matches!(one, Effect::Probe(..)))
    );
    assert!(desk.status().contains("UNIX socket"), "{}", desk.status());
    ends_well(&mut desk);
}

/// A run alone works afterwards.
fn ends_well(desk: &mut Desk) {
    desk.keys("esc");
    let effects = desk.keys("enter");
    ends(desk, &effects, good);
    assert!(desk.picture(100, 30).contains("all is well"));
}

//! Walks made by hand, and a console on Probe that is told of them.
#![expect(
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    reason = "made for tests, each of which uses another part and wants to fail loudly"
)]

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use turbomail::mail::certificate::Certificate;
use turbomail::mail::fingerprint::Fingerprint;
use turbomail::mail::outcome::{Cause, Failure};
use turbomail::mail::parcel::TlsFacts;
use turbomail::mail::reply::Reply;
use turbomail::mail::sasl::Sasl;
use turbomail::mail::smarthost::{Credentials, Secret, Security, SmartHost, Timeouts};
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::{By, Transcript};
use turbomail::probe::walk::{Check, Event, Plan, Status, Walk};
use turbomail::smtp::Capabilities;
use turbomail::tui::answer::Answer;
use turbomail::tui::effect::Effect;
use turbomail::tui::keymap::Keymap;
use turbomail::tui::probe::{News, Same};
use turbomail::tui::screen::probe::{Known, ProbeScreen};
use turbomail::tui::screen::registry::Rooms;
use turbomail::tui::theme::Theme;

use crate::support_desk::{Desk, work};
use crate::support_world;

/// A word that must be nowhere.
pub const CANARY: &str = "c4nary-Vogel+7";

/// A smart host whose password comes from a command.
pub fn host() -> SmartHost {
    let server = "relay.example.net:587".parse().expect("a server");
    SmartHost {
        credentials: Some(Credentials {
            user: "billing".to_owned(),
            secret: Secret::Command(format!("pass {CANARY}")),
        }),
        timeouts: Timeouts::all(Duration::from_secs(30)),
        ..SmartHost::new(server, Security::StartTls)
    }
}

pub fn known() -> Vec<Known> {
    vec![Known {
        name: "acme".into(),
        from: "billing@acme.example".parse().ok(),
        host: host(),
        written: None,
    }]
}

/// A console on Probe, with an account or without one.
pub fn desk(known: Vec<Known>, theme: Theme) -> Desk {
    let rooms = Rooms {
        probe: ProbeScreen::new(known),
        ..Rooms::default()
    };
    let keymap = Keymap::standard().expect("sound");
    let mut desk = Desk::on(vec![work()], theme, keymap, rooms);
    desk.keys("esc 4");
    desk
}

/// The frame in every size, without what must be nowhere; it is 100 columns wide afterwards.
pub fn pictures(name: &str, desk: &mut Desk) -> Vec<(String, String)> {
    let pictures = desk.pictures(name);
    for (_, picture) in &pictures {
        assert!(!picture.contains(CANARY), "{picture}");
    }
    desk.picture(100, 30);
    pictures
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub fn check(stage: Stage, status: Status, millis: u64, detail: &str) -> Check {
    Check {
        stage,
        status,
        took: Duration::from_millis(millis),
        detail: detail.into(),
    }
}

pub fn offer(lines: &[&str]) -> Capabilities {
    let all = std::iter::once("relay.example.net").chain(lines.iter().copied());
    Capabilities::read(&Reply::new(250, all))
}

pub fn certificate() -> Certificate {
    Certificate {
        subject: "CN=relay.example.net".into(),
        issuer: "CN=Acme Test CA".into(),
        names: vec!["relay.example.net".into(), "smtp.example.net".into()],
        not_before: at("2026-09-01T00:00:00Z"),
        not_after: at("2027-01-21T12:31:00Z"),
        sha256: Fingerprint([0xa5; 32]),
        key_sha256: Fingerprint([0x5a; 32]),
    }
}

/// A walk that went well as far as the login.
pub fn good(plan: &Plan, transcript: &Transcript) -> Walk {
    use Status::{Ok, Skipped};
    transcript.push(Stage::Greeting, By::Server, "220 relay.example.net ESMTP");
    transcript.push(Stage::Hello, By::Client, "EHLO me.example");
    let before = offer(&["SIZE 52428800", "PIPELINING", "STARTTLS"]);
    let after = offer(&["SIZE 52428800", "PIPELINING", "AUTH PLAIN LOGIN"]);
    Walk {
        content: Vec::new(),
        host: plan.host.clone(),
        sender: plan.sender.clone(),
        started: at("2026-11-21T12:31:00Z"),
        took: Duration::from_millis(120),
        checks: vec![
            check(Stage::Resolve, Ok, 12, "192.0.2.7:587"),
            check(Stage::Connect, Ok, 3, "192.0.2.7:587"),
            check(Stage::Greeting, Ok, 4, "220 relay.example.net ESMTP"),
            check(Stage::Hello, Ok, 1, "SIZE, PIPELINING, STARTTLS"),
            check(Stage::StartTls, Ok, 2, "220 2.0.0 go ahead"),
            check(
                Stage::Tls,
                Ok,
                21,
                "TLS 1.3, relay.example.net, 61 days left",
            ),
            check(Stage::Hello, Ok, 1, "SIZE, PIPELINING, AUTH"),
            check(Stage::Auth, Ok, 38, "billing by PLAIN"),
            check(Stage::Mail, Skipped, 0, "no recipient was named"),
            check(Stage::Rcpt, Skipped, 0, "no recipient was named"),
            check(Stage::Quit, Ok, 2, "221 2.0.0 bye"),
        ],
        failure: None,
        addresses: Vec::new(),
        tries: Vec::new(),
        peer: Some("192.0.2.7:587".into()),
        local: None,
        first_octets: b"220 relay.example.net ESMTP\r\n".to_vec(),
        tls_octets: Vec::new(),
        speaks_tls: None,
        greeting: Some(Reply::new(220, ["relay.example.net ESMTP"])),
        hello: Some("EHLO me.example".into()),
        before_tls: Some(before),
        after_tls: Some(after),
        tls: Some(TlsFacts {
            version: "TLS 1.3",
            cipher: "TLS13_AES_256_GCM_SHA384".into(),
            subject: "relay.example.net".into(),
            days_left: 61,
        }),
        certificates: vec![certificate()],
        mechanism: Some(Sasl::Plain),
        authenticated: true,
        mail: None,
        answers: Vec::new(),
        transcript: transcript.clone(),
    }
}

/// The same, refused at the login.
pub fn refused(plan: &Plan, transcript: &Transcript) -> Walk {
    let mut walk = good(plan, transcript);
    let reply = Reply::new(535, ["5.7.8 Error: \u{1b}[2Jauthentication failed"]);
    let words = reply.to_string();
    walk.failure = Some(Failure::refused(Stage::Auth, reply));
    walk.authenticated = false;
    walk.started = at("2026-11-21T12:32:00Z");
    for one in &mut walk.checks {
        match one.stage {
            Stage::Auth => *one = check(Stage::Auth, Status::Failed, 38, &words),
            Stage::Mail | Stage::Rcpt => one.detail = "not tried".into(),
            _ => {}
        }
    }
    walk
}

/// The same, refused at the door.
pub fn closed(plan: &Plan, transcript: &Transcript) -> Walk {
    let mut walk = good(plan, transcript);
    let cause = Cause::Io("connection refused by 192.0.2.7:587".into());
    walk.failure = Some(Failure::new(Stage::Connect, cause));
    (walk.greeting, walk.before_tls, walk.after_tls) = (None, None, None);
    (walk.tls, walk.peer, walk.certificates) = (None, None, Vec::new());
    walk.checks.truncate(1);
    let words = "connection refused by 192.0.2.7:587";
    walk.checks
        .push(check(Stage::Connect, Status::Failed, 1, words));
    walk.checks
        .push(check(Stage::Greeting, Status::Skipped, 0, "not tried"));
    walk
}

/// What a key has asked for.
pub fn asked(effects: &[Effect]) -> (u64, Same<Plan>) {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Probe(number, plan) | Effect::LookAround(number, plan) => {
            Some((*number, plan.clone()))
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no probe in {effects:?}"))
}

pub fn tell(desk: &mut Desk, number: u64, news: News) -> Vec<Effect> {
    desk.answers(Answer::Probe(number, Same::new(news)))
}

pub fn transcript() -> Transcript {
    Transcript::new(support_world::clock("12:31:00"))
}

/// Presses Enter and lets the walk come to this.
pub fn walks(desk: &mut Desk, make: fn(&Plan, &Transcript) -> Walk) {
    let effects = desk.keys("enter");
    ends(desk, &effects, make);
}

pub fn ends(desk: &mut Desk, effects: &[Effect], make: fn(&Plan, &Transcript) -> Walk) {
    let (number, plan) = asked(effects);
    let transcript = transcript();
    tell(desk, number, News::Began(transcript.clone()));
    let walk = make(&plan, &transcript);
    for one in &walk.checks {
        tell(desk, number, News::Happened(Event::Ended(one.clone())));
    }
    tell(desk, number, News::Over(Arc::new(walk)));
}

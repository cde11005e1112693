//! Whole walks against servers that answer from scripts: where the way ends, in which words, and that nothing more is said.

#![expect(clippy::expect_used, reason = "a test says what it takes for granted")]

mod canary;
#[expect(dead_code, reason = "the dialogue's own tests use more of it")]
#[path = "../support/certificates.rs"]
mod certificates;
mod command;
mod content;
mod exports;
mod faults;
mod going;
mod hostile;
mod limits;
mod lines;
mod manual;
mod memory;
mod pipes;
mod reach;
#[path = "../support/relay.rs"]
mod relay;
mod remedies;
mod trust;
mod ways;
mod wordings;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use turbomail::mail::clock::SystemClock;
use turbomail::mail::diagnosis::{Finding, Severity};
use turbomail::mail::smarthost::{Credentials, Secret, SmartHost, Timeouts};
use turbomail::mail::transcript::Transcript;
use turbomail::probe::conclude::conclude;
use turbomail::probe::report::Report;
use turbomail::probe::walk::{Event, Plan, Status, Verdict, Walk, walk};
use turbomail::smtp::TryEnd;

/// Nobody says this word but a server that tells secrets.
const CANARY: &str = "kanarien-Vogel+7";

/// A smart host with a login, and with limits that a test can wait for.
fn with_login(mut host: SmartHost, limit: Duration) -> SmartHost {
    host.credentials = Some(Credentials {
        user: "tim".to_owned(),
        secret: Secret::Value(SecretString::from(CANARY)),
    });
    host.timeouts = Timeouts::all(limit);
    host
}

/// A walk, with all that is true of every walk.
async fn walked(plan: &Plan) -> Walk {
    let mut events = Vec::new();
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    let walk = walk(plan, &transcript, &mut |event: &Event| {
        events.push(event.clone());
    })
    .await;
    holds(&walk, &events);
    let tries = turbomail::probe::remedy::remedies(&walk, &conclude(&walk), &[]);
    remedies::holds(plan, &tries);
    if walk.failure.is_none() && walk.tries.iter().all(|one| one.end == TryEnd::Connected) {
        assert_eq!(tries, [], "nothing after a walk that went well");
    }
    walk
}

fn holds(walk: &Walk, events: &[Event]) {
    // Behind a failure nothing is tried but QUIT.
    let failed = walk
        .checks
        .iter()
        .position(|one| one.status == Status::Failed);
    assert_eq!(failed.is_some(), walk.failure.is_some(), "{walk:#?}");
    for check in walk
        .checks
        .iter()
        .skip(failed.map_or(usize::MAX, |at| at + 1))
    {
        let is_quit = check.stage.name() == "quit";
        assert!(is_quit || check.status == Status::Skipped, "{check:?}");
        assert!(!check.detail.is_empty(), "{check:?}");
    }
    // Each stage is told of once at the least, and in the record the last word counts.
    let mut told = events.iter().filter_map(|event| match event {
        Event::Ended(check) => Some(check),
        _ => None,
    });
    for check in &walk.checks {
        assert!(told.clone().any(|one| one == check), "{check:?} {events:?}");
    }
    assert!(told.all(|check| !check.detail.contains(char::is_control)));
    // What fails is explained, and what works is not complained about.
    let findings = conclude(walk);
    let refused = walk.answers.iter().any(|one| one.said.is_err());
    let is_error = |one: &&Finding| one.severity == Severity::Error;
    if walk.failure.is_some() {
        assert!(!findings.is_empty(), "{walk:#?}");
    } else if !refused && walk.verdict() == Verdict::Ok {
        assert_eq!(findings.iter().find(is_error), None, "{walk:#?}");
    }
    for finding in &findings {
        assert!(
            !finding.advice.is_empty() && !finding.id.is_empty(),
            "{finding:?}"
        );
    }
    let json = serde_json::to_string(&Report::of(walk)).expect("JSON");
    let all = format!(
        "{walk:?} {events:?} {json} {}",
        turbomail::probe::words::sentence(walk)
    );
    for secret in secrets() {
        assert!(!all.contains(&secret), "{secret} is in {all}");
    }
    assert!(walk.first_octets.len() <= 256 && walk.tls_octets.len() <= 256);
    let content = |line: &str| ["DATA", "BDAT"].iter().any(|word| line.starts_with(word));
    let lines = walk.transcript.lines();
    assert!(!lines.iter().any(|line| content(&line.text)), "{json}");
}

/// The password as it is and in base64, wherever it stands in what was encoded.
fn secrets() -> Vec<String> {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD;
    let mut forms = vec![CANARY.to_owned(), engine.encode(format!("\0tim\0{CANARY}"))];
    for before in 0..3 {
        let padded = engine.encode([vec![b'x'; before], CANARY.into(), vec![b'x'; 3]].concat());
        forms.push(padded[4..padded.len() - 8].to_owned());
    }
    forms
}

/// The name and the status of each stage, in order.
fn course(walk: &Walk) -> Vec<String> {
    let word =
        |check: &turbomail::probe::walk::Check| format!("{} {}", check.stage, check.status.name());
    walk.checks.iter().map(word).collect()
}

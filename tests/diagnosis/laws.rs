//! Laws for every input: no panic, at most three findings, an answer to every failure, and time that grows with the text only.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use turbomail::mail::circumstances::{Circumstances, TlsState};
use turbomail::mail::clean::Clean;
use turbomail::mail::outcome::{Cause, Failure};
use turbomail::mail::reply::Reply;
use turbomail::mail::stage::Stage;
use turbomail::probe::diagnose;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "(relay|denied|spam|x|\\*|550|5\\.7\\.1|\\[|http://|tls| |é|\\\\x1b){0,40}",
    ]
}

fn cause() -> impl Strategy<Value = Cause> {
    prop_oneof![
        (any::<u16>(), prop::collection::vec(text(), 0..4)).prop_map(|(code, lines)| {
            Cause::Refused(Reply::new(code, lines.iter().map(String::as_str)))
        }),
        any::<u32>().prop_map(|ms| Cause::TimedOut(Duration::from_millis(ms.into()))),
        Just(Cause::Closed),
        text().prop_map(|text| Cause::Dns(text.into())),
        text().prop_map(|text| Cause::Io(text.into())),
        text().prop_map(|text| Cause::Tls(text.into())),
        text().prop_map(|text| Cause::OutOfStep(text.into())),
        text().prop_map(|text| Cause::Local(text.into())),
    ]
}

prop_compose! {
    fn circumstances()(
        stage in prop::sample::select(&Stage::ALL[..]),
        cause in prop::option::of(cause()),
        texts in prop::collection::vec(prop::option::of(text()), 8),
        offers in prop::collection::vec(prop::option::of(prop::collection::vec(text(), 0..4)), 3),
        first_bytes in prop::collection::vec(any::<u8>(), 0..40),
        port in any::<Option<u16>>(),
        flags in prop::array::uniform6(any::<Option<bool>>()),
        tls in prop::sample::select(vec![None, Some(TlsState::None), Some(TlsState::StartTls), Some(TlsState::Implicit)]),
    ) -> Circumstances {
        let clean = |n: usize| texts[n].as_deref().map(Clean::from);
        let offer = |n: usize| {
            let lines = offers[n].as_ref()?;
            Some(lines.iter().map(|line| Clean::from(line.as_str())).collect())
        };
        Circumstances {
            failure: cause.map(|cause| Failure::new(stage, cause)),
            stage: Some(stage),
            written: clean(0), host: clean(1), login: clean(2), sender: clean(3), hello: clean(4), greeting: clean(5),
            words: clean(6), source: clean(7),
            before_tls: offer(0), after_tls: offer(1), last_good: offer(2),
            first_bytes, port, tls,
            authenticated: flags[0], committed: flags[1], container: flags[2], speaks_tls: flags[3], bare_lf: flags[4],
            forced_starttls: flags[5],
            ..Circumstances::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_seen_is_answered_within_bounds(all in circumstances()) {
        let findings = diagnose(&all);
        prop_assert!(findings.len() <= 3);
        prop_assert!(all.failure.is_none() || !findings.is_empty());
        for finding in &findings {
            prop_assert!(finding.evidence.chars().count() <= 301);
            prop_assert!((1..=4).contains(&finding.advice.len()));
            prop_assert!(finding.title.chars().count() <= 120);
        }
        for (n, finding) in findings.iter().enumerate() {
            prop_assert!(findings[n + 1..].iter().all(|other| other.id != finding.id));
        }
    }
}

/// The shortest of some runs, since others may use the machine at the same time.
fn time(text: &str) -> Duration {
    let all = Circumstances {
        failure: Some(Failure::refused(Stage::Rcpt, Reply::new(550, [text]))),
        ..Circumstances::default()
    };
    let run = || {
        let begun = Instant::now();
        assert!(!diagnose(&all).is_empty());
        begun.elapsed()
    };
    (0..5).map(|_| run()).min().expect("a run")
}

#[test]
fn time_grows_no_faster_than_the_text() {
    // Words that many phrases begin with, and never end with.
    for piece in [
        "too many ",
        "a",
        "helo ",
        "relay x",
        "blocked by ",
        "exceeded * ",
    ] {
        let (short, long) = (piece.repeat(100), piece.repeat(1000));
        let (few, many) = (time(&short), time(&long));
        let limit = few * 40 + Duration::from_millis(50);
        assert!(many <= limit, "{piece:?}: {few:?} and {many:?}");
    }
}

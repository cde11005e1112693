//! The warning that a message is late.

use super::bench::{Bench, delivered, refused, rules, seconds};
use crate::mail::event::Kind;
use crate::mail::parcel::{EntryId, Verdict};
use crate::queue::{RouteRules, Terms};

/// A bench whose messages are late after 100 s and expire after 200 s.
fn bench() -> Bench {
    let mut bench = Bench::well();
    let own = RouteRules {
        warn: Some(seconds(100)),
        ..rules()
    };
    let route = bench.route.clone();
    bench.state.set_rules(&route, own);
    bench
}

/// Lets time pass, and looks.
fn late(bench: &mut Bench, pass: u64) -> Vec<EntryId> {
    bench.pass(pass);
    let now = bench.now();
    bench.state.expire(now);
    let kinds = bench.kinds().into_iter();
    kinds
        .filter_map(|kind| match kind {
            Kind::Delayed(id) => Some(id),
            _ => None,
        })
        .collect()
}

#[test]
fn it_is_given_once_when_the_time_is_over_and_noted() {
    let mut bench = bench();
    let id = bench.admit(&["a"]);
    let now = bench.now();
    assert_eq!(bench.state.next_expiry(now), Some(now.tick + seconds(100)));
    assert_eq!(late(&mut bench, 99), []);
    assert_eq!(late(&mut bench, 1), [id]);
    let note = bench
        .entry(id)
        .notes
        .last()
        .map(|note| note.text.to_string());
    let note = note.expect("noted");
    assert!(
        note.starts_with("not delivered for 1m; will be tried until 1970-01-01 00:0"),
        "{note}"
    );
    assert_eq!(late(&mut bench, 50), []);
    let now = bench.now();
    assert_eq!(bench.state.next_expiry(now), Some(now.tick + seconds(50)));
    // Its life goes on as if nothing had been said.
    assert_eq!(late(&mut bench, 50), []);
    assert!(bench.entry(id).end.is_some());
}

#[test]
fn nobody_is_warned_of_what_was_delivered_dropped_or_given_up() {
    let mut bench = bench();
    let (sent, dropped) = (bench.admit(&["a"]), bench.admit(&["b"]));
    let handouts = bench.claim(1);
    assert_eq!(handouts[0].parcel.entry, sent);
    bench.settle(&handouts[0], Verdict::Settled(vec![delivered()]));
    let now = bench.now();
    bench.state.drop(dropped, now).expect("dropped");
    let terms = Terms {
        expire: Some(seconds(100)),
        ..Terms::default()
    };
    bench.admit_on(&["c"], terms);
    assert_eq!(late(&mut bench, 100), []);
    // Brought back it is as late as it is.
    let now = bench.now();
    bench.state.restore(dropped, now).expect("restored");
    assert_eq!(late(&mut bench, 0), [dropped]);
}

#[test]
fn what_is_held_or_being_sent_is_warned_of_afterwards() {
    let mut bench = bench();
    let (sending, held) = (bench.admit(&["a"]), bench.admit(&["b"]));
    let handouts = bench.claim(1);
    let now = bench.now();
    bench.state.hold(held, now).expect("held");
    assert_eq!(late(&mut bench, 150), []);
    let now = bench.now();
    assert_eq!(bench.state.next_expiry(now), None, "nothing to wake up for");
    bench.settle(&handouts[0], Verdict::Settled(vec![refused(450)]));
    bench.state.release(held, now).expect("released");
    assert_eq!(bench.state.next_expiry(now), Some(now.tick));
    let mut told = late(&mut bench, 0);
    told.sort_unstable();
    assert_eq!(told, [sending, held]);
}

#[test]
fn one_that_is_to_be_sent_later_is_not_late_before() {
    let mut bench = bench();
    let later = crate::mail::clock::later(bench.now().wall, seconds(1000));
    let terms = Terms {
        not_before: Some(later),
        ..Terms::default()
    };
    let id = bench.admit_on(&["a"], terms);
    assert_eq!(late(&mut bench, 1099), []);
    assert_eq!(late(&mut bench, 1), [id]);
}

#[test]
fn a_calendar_that_jumps_makes_nothing_late() {
    let mut bench = bench();
    let id = bench.admit(&["a"]);
    assert_eq!(late(&mut bench, 10), []);
    bench
        .clock
        .set_wall("2030-01-01T00:00:00Z".parse().expect("a time"));
    assert_eq!(late(&mut bench, 0), []);
    assert_eq!(late(&mut bench, 89), []);
    assert_eq!(late(&mut bench, 1), [id]);
}

#[test]
fn without_a_time_there_is_no_warning() {
    let mut bench = bench();
    let own = RouteRules {
        warn: None,
        ..rules()
    };
    let route = bench.route.clone();
    bench.state.set_rules(&route, own);
    bench.admit(&["a"]);
    assert_eq!(late(&mut bench, 199), []);
}

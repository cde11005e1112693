//! Who is handed out, when, and what is stored before.

use super::bench::{Bench, delivered, message, refused, seconds, unreachable};
use crate::mail::clock::later;
use crate::mail::entry::State;
use crate::mail::parcel::{EntryId, Verdict};
use crate::queue::{QueueError, Terms};

#[test]
fn the_one_due_for_longest_goes_first() {
    let mut bench = Bench::well();
    let first = bench.admit(&["a"]);
    bench.pass(1);
    let second = bench.admit(&["b"]);
    bench.pass(1);
    let third = bench.admit(&["c"]);
    let order: Vec<_> = bench.claim(2).iter().map(|h| h.parcel.entry).collect();
    assert_eq!(order, [first, second]);
    assert_eq!(bench.claim(9)[0].parcel.entry, third);
    assert!(bench.claim(9).is_empty());
}

#[test]
fn back_off_is_stored_before_the_parcel_leaves() {
    let mut bench = Bench::new();
    let id = bench.admit(&["a"]);
    let handout = bench.claim(1).remove(0);
    assert_eq!((handout.parcel.attempt, bench.wait(id)), (1, 10));
    assert_eq!(bench.standing(id), State::Sending);
    let now = bench.now();
    assert!(
        bench
            .state
            .lost(handout.claim, id, "the worker panicked", now)
    );
    assert_eq!((bench.wait(id), bench.entry(id).tries), (10, 0));
    let attempts = &bench.entry(id).attempts;
    let end = attempts[0].end.as_ref().expect("ended");
    assert!(end.trouble.is_some() && bench.claim(1).is_empty());
    bench.pass(10);
    assert_eq!(bench.claim(1)[0].parcel.attempt, 2);
}

#[test]
fn claims_are_settled_once() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a"]);
    let old = bench.claim(1).remove(0);
    assert!(bench.settle(&old, Verdict::Returned));
    assert!(!bench.settle(&old, Verdict::Settled(vec![delivered()])));
    let new = bench.claim(1).remove(0);
    assert!(!bench.settle(&old, Verdict::Settled(vec![delivered()])));
    assert_eq!(bench.names(id), ["queued"]);
    assert!(bench.settle(&new, Verdict::Settled(vec![delivered()])));
    assert!(!bench.settle(&new, Verdict::Settled(vec![refused(550)])));
    assert_eq!(bench.names(id), ["delivered"]);
}

#[test]
fn what_comes_back_untried_is_due_at_once_but_not_for_ever() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a"]);
    let mut waits = Vec::new();
    for _ in 0..9 {
        let handout = bench.claim(1).remove(0);
        bench.settle(&handout, Verdict::Returned);
        assert!(bench.entry(id).attempts.is_empty());
        waits.push(bench.wait(id));
        bench.pass(bench.wait(id));
    }
    assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
    // Another message has its turn, so the route gets somewhere and the count begins anew.
    let other = bench.admit(&["b"]);
    let handouts = bench.claim(2);
    assert_eq!(handouts[1].parcel.entry, other);
    bench.settle(&handouts[1], Verdict::Settled(vec![delivered()]));
    bench.settle(&handouts[0], Verdict::Returned);
    assert_eq!(bench.wait(id), 0);
}

#[test]
fn not_before_and_held_wait_and_life_begins_with_them() {
    let mut bench = Bench::well();
    let start = later(bench.now().wall, seconds(300));
    let later_one = bench.admit_on(
        &["a"],
        Terms {
            not_before: Some(start),
            ..Terms::default()
        },
    );
    let held = bench.admit_on(
        &["b"],
        Terms {
            held: true,
            expire: Some(seconds(1)),
            ..Terms::default()
        },
    );
    assert!(bench.claim(9).is_empty());
    assert_eq!(bench.standing(later_one), State::Scheduled);
    bench.pass(299);
    assert!(bench.claim(9).is_empty());
    bench.pass(1);
    assert_eq!(bench.claim(9)[0].parcel.entry, later_one);
    assert_eq!(bench.entry(later_one).life_left(bench.now()), seconds(200));
    assert_eq!(bench.standing(held), State::Held);
}

#[test]
fn admissions_are_checked() {
    let mut bench = Bench::new();
    let id = bench.admit(&["a"]);
    let now = bench.now();
    let mut admit = |id, names: &[&str]| {
        let route = bench.route.clone();
        let terms = Terms::default();
        bench
            .state
            .admit(id, &route, message(names), terms, now)
            .map(drop)
    };
    assert_eq!(admit(id, &["a"]), Err(QueueError::Duplicate(id)));
    assert_eq!(admit(EntryId::new(), &[]), Err(QueueError::NoRecipients));
}

#[test]
fn the_next_wake_is_the_next_thing_that_time_brings() {
    let mut bench = Bench::new();
    let route = bench.route.clone();
    assert_eq!(bench.state.next_wake(&route, bench.now()), None);
    let id = bench.admit(&["a"]);
    let wake = |bench: &Bench| {
        let wake = bench.state.next_wake(&bench.route, bench.now());
        wake.map(|wake| wake.since(bench.now().tick).as_secs())
    };
    assert_eq!(wake(&bench), Some(0));
    let handout = bench.claim(1).remove(0);
    assert_eq!(wake(&bench), None);
    bench.settle(&handout, Verdict::Settled(vec![refused(450)]));
    assert_eq!(wake(&bench), Some(10));
    bench.pass(10);
    let handout = bench.claim(1).remove(0);
    bench.settle(&handout, unreachable());
    assert_eq!(wake(&bench), Some(5));
    let now = bench.now();
    bench.state.pause_all(now);
    assert_eq!(wake(&bench), Some(190));
    bench.pass(190);
    let now = bench.now();
    bench.state.expire(now);
    assert_eq!(bench.standing(id), State::Expired);
    assert_eq!(wake(&bench), None);
}

#[test]
fn fifty_attempts_are_kept() {
    let mut bench = Bench::well();
    let terms = Terms {
        expire: Some(seconds(1_000_000)),
        ..Terms::default()
    };
    let id = bench.admit_on(&["a"], terms);
    for _ in 0..60 {
        let handout = bench.claim(1).remove(0);
        bench.settle(&handout, Verdict::Settled(vec![refused(450)]));
        bench.pass(40);
    }
    let entry = bench.entry(id);
    let numbers: Vec<u32> = entry.attempts.iter().map(|a| a.number).collect();
    assert_eq!(numbers, (11..=60).collect::<Vec<_>>());
    assert_eq!((entry.tries, entry.recipients[0].tries), (60, 60));
}

//! Host trouble pauses the host, and never costs a message anything.

use super::bench::{Bench, delivered, login_refused, refused, unreachable};
use crate::mail::event::Kind;
use crate::mail::parcel::Verdict;
use crate::mail::snapshot::Pause;

fn pause(bench: &Bench) -> Option<Pause> {
    bench.state.snapshot().routes[&bench.route].pause.clone()
}

/// The time left of the pause, in seconds.
fn left(bench: &Bench) -> u64 {
    let pause = pause(bench).expect("paused");
    pause.until.since(bench.now().tick).as_secs()
}

#[test]
fn a_host_that_nobody_knows_gets_one_parcel() {
    let mut bench = Bench::new();
    for _ in 0..5 {
        bench.admit(&["a"]);
    }
    let probe = bench.claim(4).remove(0);
    assert!(bench.claim(4).is_empty());
    let (now, route) = (bench.now(), bench.route.clone());
    bench.state.ready(probe.claim, &route, now);
    assert_eq!(bench.claim(9).len(), 4);
    assert_eq!(bench.state.snapshot().routes[&route].sending, 5);
}

#[test]
fn a_report_that_is_no_trouble_makes_the_host_known_and_a_return_does_not() {
    let mut bench = Bench::new();
    for _ in 0..5 {
        bench.admit(&["a"]);
    }
    let probe = bench.claim(4).remove(0);
    bench.settle(&probe, Verdict::Returned);
    let probe = bench.claim(4);
    assert_eq!(probe.len(), 1);
    bench.settle(&probe[0], Verdict::Settled(vec![refused(450)]));
    assert_eq!(bench.claim(9).len(), 4);
}

#[test]
fn trouble_pauses_the_route_and_touches_no_recipient() {
    let mut bench = Bench::well();
    let (first, second) = (bench.admit(&["a"]), bench.admit(&["b"]));
    let handout = bench.claim(1).remove(0);
    bench.pass(1);
    bench.settle(&handout, unreachable());
    let entry = bench.entry(first);
    assert_eq!((entry.tries, entry.recipients[0].tries), (0, 0));
    assert_eq!(bench.names(first), ["queued"]);
    let end = entry.attempts[0].end.as_ref().expect("ended");
    assert!(end.trouble.is_some() && end.recipients.is_empty());
    assert_eq!((bench.wait(first), left(&bench)), (0, 5));
    let now = bench.now();
    assert!(bench.claim(9).is_empty() && bench.state.claim_one(second, now).is_none());
    bench.pass(5);
    // One at a time, and not always the same.
    let probe = bench.claim(9);
    assert_eq!((probe.len(), probe[0].parcel.entry), (1, second));
    assert!(bench.claim(9).is_empty());
    bench.settle(&probe[0], Verdict::Settled(vec![delivered()]));
    assert_eq!(pause(&bench), None);
    assert_eq!(bench.claim(9).len(), 1);
    let kinds = bench.kinds();
    let resumed = Kind::HostResumed(bench.route.clone());
    assert!(kinds.contains(&resumed));
    assert!(
        kinds
            .iter()
            .any(|kind| matches!(kind, Kind::HostPaused(..)))
    );
}

#[test]
fn pauses_grow_while_the_trouble_lasts_and_begin_anew_afterwards() {
    let mut bench = Bench::well();
    bench.admit(&["a"]);
    let mut pauses = Vec::new();
    for _ in 0..4 {
        let probe = bench.claim(9).remove(0);
        bench.settle(&probe, unreachable());
        pauses.push(left(&bench));
        bench.pass(left(&bench));
    }
    assert_eq!(pauses, [5, 10, 20, 20]);
    assert_eq!(pause(&bench).map(|pause| pause.times), Some(4));
    let probe = bench.claim(9).remove(0);
    bench.settle(&probe, Verdict::Settled(vec![refused(450)]));
    bench.pass(10);
    let handout = bench.claim(9).remove(0);
    bench.settle(&handout, unreachable());
    assert_eq!((left(&bench), pause(&bench).map(|p| p.times)), (5, Some(1)));
}

#[test]
fn the_same_trouble_met_by_many_workers_counts_once() {
    let mut bench = Bench::well();
    for _ in 0..4 {
        bench.admit(&["a"]);
    }
    let handouts = bench.claim(4);
    for handout in &handouts[..3] {
        bench.settle(handout, unreachable());
    }
    assert_eq!((left(&bench), pause(&bench).map(|p| p.times)), (5, Some(1)));
    let paused = |kind: &Kind| matches!(kind, Kind::HostPaused(..));
    assert_eq!(bench.kinds().iter().filter(|kind| paused(kind)).count(), 1);
    // The fourth still had a connection; that it worked says nothing about a new one.
    bench.settle(&handouts[3], Verdict::Settled(vec![delivered()]));
    assert!(pause(&bench).is_some());
    let (now, route) = (bench.now(), bench.route.clone());
    bench.state.ready(handouts[3].claim, &route, now);
    assert!(pause(&bench).is_some() && bench.claim(9).is_empty());
}

#[test]
fn a_refused_login_is_not_tried_again_soon() {
    let mut bench = Bench::well();
    for _ in 0..3 {
        bench.admit(&["a"]);
    }
    let handouts = bench.claim(2);
    bench.settle(&handouts[0], unreachable());
    assert_eq!(left(&bench), 5);
    bench.settle(&handouts[1], login_refused());
    assert_eq!(left(&bench), 50);
    bench.pass(49);
    assert!(bench.claim(9).is_empty());
    bench.pass(1);
    assert_eq!(bench.claim(9).len(), 1);
}

#[test]
fn a_pause_is_cut_short_by_hand_for_one_parcel() {
    let mut bench = Bench::well();
    for _ in 0..3 {
        bench.admit(&["a"]);
    }
    let handout = bench.claim(1).remove(0);
    bench.settle(&handout, login_refused());
    let (now, route) = (bench.now(), bench.route.clone());
    assert!(bench.state.resume_route(&route, now));
    assert!(!bench.state.resume_route(&route, now));
    let probe = bench.claim(9);
    assert_eq!(probe.len(), 1);
    bench.settle(&probe[0], unreachable());
    assert_eq!(
        (left(&bench), pause(&bench).map(|p| p.times)),
        (10, Some(2))
    );
}

#[test]
fn old_trouble_does_not_undo_newer_good_news() {
    let mut bench = Bench::well();
    for _ in 0..3 {
        bench.admit(&["a"]);
    }
    let handouts = bench.claim(2);
    bench.settle(&handouts[0], unreachable());
    bench.pass(5);
    let probe = bench.claim(1).remove(0);
    bench.settle(&probe, Verdict::Settled(vec![delivered()]));
    bench.settle(&handouts[1], unreachable());
    assert_eq!(pause(&bench), None);
    assert_eq!(bench.claim(9).len(), 2);
}

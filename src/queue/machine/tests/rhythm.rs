//! Routes whose mail is handed over at certain moments, or never.

use super::bench::{Bench, delivered, refused, seconds};
use crate::mail::clock::{Clock, Now, Tick};
use crate::mail::parcel::{EntryId, Verdict};
use crate::mail::rhythm::Rhythm;
use crate::queue::{QueueError, RouteRules, Terms};

/// A route with this rhythm, retries after a minute and a life of 1000 s.
fn bench(rhythm: Rhythm) -> Bench {
    let mut bench = Bench::new();
    let rules = RouteRules {
        schedule: std::sync::Arc::new(crate::queue::Schedule::steps(&[], 60)),
        expire: seconds(1000),
        rhythm,
        ..RouteRules::default()
    };
    bench.state.set_rules(&bench.route.clone(), rules);
    bench.clock.advance(seconds(1));
    bench
}

fn due(bench: &Bench, id: EntryId) -> Tick {
    bench.entry(id).due
}

fn at(n: u64) -> Tick {
    Tick(seconds(n))
}

#[test]
fn what_is_never_sent_is_handed_to_nobody_and_wakes_nobody() {
    let mut bench = bench(Rhythm::Never);
    let id = bench.admit(&["you"]);
    let (route, now) = (bench.route.clone(), bench.clock.now());
    assert!(!bench.state.is_claimable(&route, now));
    assert!(bench.state.claim(&route, 10, now).is_empty());
    assert!(bench.state.claim_one(id, now).is_none());
    // Nothing but the end of its life is to be waited for.
    assert_eq!(bench.state.next_wake(&route, now), Some(at(1001)));
    let refused = bench.state.retry_now(id, now);
    assert_eq!(refused, Err(QueueError::OnlyQueued(id)));
    assert_eq!(bench.state.snapshot().routes[&route].rhythm, Rhythm::Never);
}

#[test]
fn first_tries_retries_and_delays_wait_for_the_next_moment() {
    let mut bench = bench(Rhythm::Every(seconds(50)));
    let id = bench.admit(&["you"]);
    assert_eq!(due(&bench, id), at(50));
    let later = Terms {
        not_before: Some(bench.clock.now().after(seconds(120)).wall),
        ..Terms::default()
    };
    let delayed = bench.admit_on(&["you"], later);
    assert_eq!(due(&bench, delayed), at(150));
    bench.clock.advance(seconds(50));
    let handout = bench.claim(10).remove(0);
    // 51 s and a minute: stored before the parcel leaves.
    assert_eq!(due(&bench, id), at(150));
    bench.clock.advance(seconds(45));
    bench.settle(&handout, Verdict::Settled(vec![refused(450)]));
    // 96 s and a minute.
    assert_eq!(due(&bench, id), at(200));
    // What a person wants now does not wait.
    let now = bench.clock.now();
    bench.state.retry_now(id, now).expect("waiting");
    assert_eq!((due(&bench, id), now.tick), (at(96), at(96)));
    let handout = bench.claim(10).remove(0);
    bench.settle(&handout, Verdict::Settled(vec![delivered()]));
    assert!(bench.entry(id).end.is_some());
    assert!(bench.claim(10).is_empty());
}

#[test]
fn the_moments_are_those_of_the_monotonic_clock() {
    let mut bench = bench(Rhythm::Every(seconds(50)));
    let Now { wall, .. } = bench.clock.now();
    bench
        .clock
        .set_wall(wall + jiff::SignedDuration::from_secs(17));
    let id = bench.admit(&["you"]);
    assert_eq!(due(&bench, id), at(50));
}

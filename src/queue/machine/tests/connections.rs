//! A server that has connections enough gets fewer, and nobody waits long for it.

use super::bench::{Bench, delivered, reply, seconds};
use crate::mail::entry::State as Standing;
use crate::mail::outcome::{Cause, Failure, Outcome};
use crate::mail::parcel::Verdict;
use crate::mail::stage::Stage;
use crate::queue::{OnUncertain, Terms};

fn turned_away() -> Verdict {
    Verdict::HostTrouble(Failure::refused(Stage::Greeting, reply(421)))
}

fn uncertain() -> Verdict {
    let failure = Failure::new(Stage::Content, Cause::Closed);
    Verdict::Settled(vec![Outcome::Uncertain(failure)])
}

#[test]
fn a_complaint_halves_what_is_in_use_and_pauses_nobody() {
    let mut bench = Bench::well();
    for _ in 0..12 {
        bench.admit(&["a"]);
    }
    // Four workers with two parcels each; the last two are turned away.
    let mut batches: Vec<_> = (0..4).map(|_| bench.claim(2)).collect();
    for batch in [3, 2] {
        bench.settle(&batches[batch][0], turned_away());
        bench.settle(&batches[batch][1], Verdict::Returned);
    }
    let snapshot = bench.state.snapshot();
    assert_eq!(snapshot.routes[&bench.route].pause, None);
    let (now, route) = (bench.now(), bench.route.clone());
    assert_eq!(bench.state.connections(&route, now), 2);
    // Two are in use, so that nobody else gets anything; when one comes back, somebody does.
    assert!(bench.claim(2).is_empty() && !bench.state.is_claimable(&route, now));
    assert_eq!(
        bench.state.next_wake(&route, now),
        Some(now.tick + seconds(30))
    );
    let first = batches.remove(0);
    bench.settle(&first[0], Verdict::Settled(vec![delivered()]));
    assert!(bench.claim(2).is_empty(), "its batch is still out");
    bench.settle(&first[1], Verdict::Settled(vec![delivered()]));
    let turned_away = batches[1][0].parcel.entry;
    let third = bench.claim(20);
    assert!(third.iter().any(|one| one.parcel.entry == turned_away));
    assert_eq!(bench.entry(turned_away).tries, 0, "it cost no try");
    assert!(bench.claim(2).is_empty());
    bench.admit(&["late"]);
    bench.pass(30);
    assert_eq!(bench.claim(2).len(), 1, "one more after a while");
}

#[test]
fn alone_it_is_trouble_with_the_host() {
    let mut bench = Bench::well();
    bench.admit(&["a"]);
    let handout = bench.claim(1).remove(0);
    bench.settle(&handout, turned_away());
    let snapshot = bench.state.snapshot();
    assert!(snapshot.routes[&bench.route].pause.is_some());
}

#[test]
fn what_may_have_been_delivered_is_tried_again_or_held() {
    for (wish, standing) in [
        (None, Standing::Retry),
        (Some(OnUncertain::Retry), Standing::Retry),
        (Some(OnUncertain::Hold), Standing::Held),
    ] {
        let mut bench = Bench::well();
        let terms = Terms {
            on_uncertain: wish,
            ..Terms::default()
        };
        let id = bench.admit_on(&["a"], terms);
        let handout = bench.claim(1).remove(0);
        bench.settle(&handout, uncertain());
        assert_eq!(
            (bench.standing(id), bench.names(id)),
            (standing, vec!["uncertain"])
        );
        // Held, it neither expires nor is tried; released, it is.
        bench.pass(100);
        let held = standing == Standing::Held;
        assert_eq!(bench.claim(1).is_empty(), held, "{wish:?}");
        if held {
            let now = bench.now();
            bench.state.release(id, now).expect("held");
            let again = bench.claim(1).remove(0);
            bench.settle(&again, Verdict::Settled(vec![delivered()]));
            assert_eq!(bench.standing(id), Standing::Delivered);
        }
    }
}

#[test]
fn an_expired_life_does_not_take_what_is_held_for_a_decision() {
    let mut bench = Bench::well();
    let terms = Terms {
        on_uncertain: Some(OnUncertain::Hold),
        ..Terms::default()
    };
    let id = bench.admit_on(&["a"], terms);
    let handout = bench.claim(1).remove(0);
    bench.pass(1000);
    bench.settle(&handout, uncertain());
    assert_eq!(bench.standing(id), Standing::Held);
}

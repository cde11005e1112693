//! Laws of the queue under random verbs, reports and clocks: whatever happens, nothing is lost and nothing storms.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod op;
mod owed;
mod world;

use proptest::prelude::*;
use turbomail::mail::clock::Clock;
use turbomail::mail::outcome::{Cause, Failure};
use turbomail::mail::parcel::Verdict;
use turbomail::mail::stage::Stage;
use turbomail::queue::Terms;

use crate::op::op;
use crate::world::{World, outcome, seconds};

/// All that a reader could see of a snapshot.
fn seen(snapshot: &turbomail::mail::snapshot::Snapshot) -> String {
    format!("{snapshot:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_settled_twice_or_hurried(ops in prop::collection::vec(op(), 1..120)) {
        let mut world = World::new();
        for op in ops {
            world.run(op);
            world.check();
        }
    }

    #[test]
    fn a_snapshot_never_changes(before in prop::collection::vec(op(), 1..40), after in prop::collection::vec(op(), 1..40)) {
        let mut world = World::new();
        for op in before {
            world.run(op);
            world.check();
        }
        let snapshot = world.state.snapshot();
        // Transcripts grow in place by design; everything else must stand still.
        let picture = seen(&snapshot);
        for op in after {
            world.run(op);
        }
        prop_assert_eq!(picture, seen(&snapshot));
        prop_assert!(world.state.number() >= snapshot.number);
    }

    /// A worker that claims as often as it can, and a transport that does its worst at once, whatever that is.
    #[test]
    fn no_fault_makes_a_hot_loop(faults in prop::collection::vec(0..6_u8, 1..12), messages in 1..6_usize) {
        let mut world = World::new();
        let life = seconds(4000);
        for _ in 0..messages {
            world.admit(0, 1, Terms { expire: Some(life), ..Terms::default() });
        }
        let (route, mut claims) = (world.routes[0].clone(), 0_u64);
        let mut faults = faults.into_iter().cycle();
        for _ in 0..3600 {
            // As often within a second as there is something to claim.
            for spin in 0.. {
                let now = world.clock.now();
                let handouts = world.state.claim(&route, 4, now);
                if handouts.is_empty() {
                    break;
                }
                prop_assert!(spin < 20, "a hot loop");
                for handout in handouts {
                    claims += 1;
                    match faults.next() {
                        Some(0) => drop(world.state.lost(handout.claim, handout.parcel.entry, "panicked", now)),
                        Some(1) => world.report(&handout, Verdict::Returned),
                        Some(2) => world.report(&handout, Verdict::HostTrouble(Failure::new(Stage::Connect, Cause::Closed))),
                        Some(3) => world.report(&handout, Verdict::Settled(vec![outcome(3)])),
                        Some(4) => {
                            world.state.ready(handout.claim, &route, now);
                            world.report(&handout, Verdict::Returned);
                        }
                        _ => world.report(&handout, Verdict::Settled(vec![outcome(1)])),
                    }
                }
            }
            world.clock.advance(seconds(1));
        }
        // The worst that is fair: a host that lets us in and fails again after each pause of 5 s, with one return in between.
        let most = 2 * 3600 / 5 * messages as u64;
        prop_assert!(claims <= most, "{} claims of {} messages in an hour", claims, messages);
        world.out.clear();
        world.check();
    }
}

//! What a person does, and what waits for an attempt to end.

use super::bench::{Bench, delivered, refused, seconds, unreachable};
use crate::mail::entry::State;
use crate::mail::event::Kind;
use crate::mail::parcel::{EntryId, Verdict};
use crate::queue::QueueError;

#[test]
fn held_is_neither_tried_nor_expired_and_keeps_its_life() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a"]);
    bench.pass(50);
    let now = bench.now();
    bench.state.hold(id, now).expect("held");
    bench.state.hold(id, now).expect("held already");
    bench.pass(10_000);
    assert!(bench.claim(9).is_empty());
    assert_eq!(bench.entry(id).life_left(bench.now()), seconds(150));
    let now = bench.now();
    bench.state.release(id, now).expect("released");
    assert_eq!(bench.entry(id).life_left(now), seconds(150));
    assert_eq!(bench.state.release(id, now), Err(QueueError::NotHeld(id)));
    assert_eq!(bench.claim(9)[0].parcel.entry, id);
    let kinds = bench.kinds();
    let by_hand: Vec<_> = kinds
        .iter()
        .filter(|kind| matches!(kind, Kind::Held(_) | Kind::Released(_)))
        .collect();
    assert_eq!(by_hand, [&Kind::Held(id), &Kind::Released(id)]);
}

#[test]
fn a_clock_set_back_while_held_takes_no_life() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a"]);
    let now = bench.now();
    bench.state.hold(id, now).expect("held");
    bench
        .clock
        .set_wall(jiff::Timestamp::from_second(-5000).expect("valid"));
    let now = bench.now();
    bench.state.release(id, now).expect("released");
    assert_eq!(bench.entry(id).life_left(now), seconds(200));
}

#[test]
fn hold_while_sending_is_done_when_the_attempt_ends() {
    let mut bench = Bench::well();
    let (id, gone) = (bench.admit(&["a"]), bench.admit(&["b"]));
    let handouts = bench.claim(2);
    let now = bench.now();
    bench.state.hold(id, now).expect("wished");
    bench.state.hold(gone, now).expect("wished");
    assert_eq!(bench.standing(id), State::Sending);
    bench.pass(500);
    bench.settle(&handouts[0], Verdict::Settled(vec![refused(450)]));
    bench.settle(&handouts[1], Verdict::Settled(vec![delivered()]));
    // It was held before its life was over, so it has what it had then.
    assert_eq!(bench.standing(id), State::Held);
    assert_eq!(bench.entry(id).life_left(bench.now()), seconds(200));
    assert_eq!(bench.standing(gone), State::Delivered);
}

#[test]
fn drop_while_sending_leaves_delivered_what_is_delivered() {
    let mut bench = Bench::well();
    let (partly, wholly) = (bench.admit(&["a", "b"]), bench.admit(&["c"]));
    let handouts = bench.claim(2);
    let now = bench.now();
    bench.state.drop(partly, now).expect("wished");
    bench.state.drop(wholly, now).expect("wished");
    bench.settle(
        &handouts[0],
        Verdict::Settled(vec![delivered(), refused(450)]),
    );
    bench.settle(&handouts[1], Verdict::Settled(vec![delivered()]));
    assert_eq!(bench.standing(partly), State::Dropped);
    assert_eq!(bench.names(partly), ["delivered", "deferred"]);
    assert_eq!(bench.standing(wholly), State::Delivered);
    assert_eq!(
        bench.state.restore(wholly, now),
        Err(QueueError::NotDropped(wholly))
    );
    bench.state.restore(partly, now).expect("restored");
    bench.pass(10);
    assert_eq!(bench.claim(9)[0].parcel.recipients.len(), 1);
}

#[test]
fn wishes_can_be_called_off() {
    let mut bench = Bench::well();
    let (held, dropped) = (bench.admit(&["a"]), bench.admit(&["b"]));
    let handouts = bench.claim(2);
    let now = bench.now();
    bench.state.hold(held, now).expect("wished");
    bench.state.release(held, now).expect("called off");
    bench.state.drop(dropped, now).expect("wished");
    assert_eq!(
        bench.state.release(dropped, now),
        Err(QueueError::NotHeld(dropped))
    );
    bench.state.restore(dropped, now).expect("called off");
    for handout in &handouts {
        bench.settle(handout, Verdict::Settled(vec![refused(450)]));
    }
    assert_eq!(bench.standing(held), State::Retry);
    assert_eq!(bench.standing(dropped), State::Retry);
}

#[test]
fn drop_and_restore_are_a_round_trip() {
    let mut bench = Bench::well();
    let (id, held) = (bench.admit(&["a"]), bench.admit(&["b"]));
    let now = bench.now();
    bench.state.hold(held, now).expect("held");
    bench.pass(20);
    let now = bench.now();
    for id in [id, held] {
        bench.state.drop(id, now).expect("dropped");
        assert_eq!(bench.standing(id), State::Dropped);
        assert_eq!(bench.state.drop(id, now), Err(QueueError::Done(id)));
        assert_eq!(bench.state.retry_now(id, now), Err(QueueError::Done(id)));
    }
    bench.pass(900);
    assert!(bench.claim(9).is_empty());
    let now = bench.now();
    for id in [id, held] {
        bench.state.restore(id, now).expect("restored");
        assert_eq!(
            bench.state.restore(id, now),
            Err(QueueError::NotDropped(id))
        );
    }
    assert_eq!(bench.entry(id).life_left(now), seconds(180));
    assert_eq!(bench.entry(held).life_left(now), seconds(200));
    assert_eq!(bench.standing(held), State::Held);
    let claimed = bench.claim(9);
    assert_eq!((claimed.len(), claimed[0].parcel.entry), (1, id));
    let stranger = EntryId::new();
    assert_eq!(
        bench.state.restore(stranger, now),
        Err(QueueError::Unknown(stranger))
    );
    assert_eq!(
        bench.state.hold(stranger, now),
        Err(QueueError::Unknown(stranger))
    );
}

#[test]
fn retry_now_leaves_tries_and_expiry_alone() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a"]);
    let handout = bench.claim(1).remove(0);
    let now = bench.now();
    assert_eq!(bench.state.retry_now(id, now), Err(QueueError::Sending(id)));
    bench.settle(&handout, Verdict::Settled(vec![refused(450)]));
    let before = bench.entry(id);
    bench.state.retry_now(id, now).expect("due");
    let after = bench.entry(id);
    assert_eq!((before.tries, before.expires), (after.tries, after.expires));
    assert_eq!(bench.claim(1)[0].parcel.entry, id);
}

#[test]
fn retry_now_is_refused_while_held_and_cuts_a_host_pause_short() {
    let mut bench = Bench::well();
    let (id, held) = (bench.admit(&["a"]), bench.admit(&["b"]));
    let now = bench.now();
    bench.state.hold(held, now).expect("held");
    assert_eq!(
        bench.state.retry_now(held, now),
        Err(QueueError::Held(held))
    );
    let handout = bench.claim(1).remove(0);
    bench.settle(&handout, unreachable());
    assert!(bench.claim(1).is_empty());
    bench.state.retry_now(id, now).expect("due");
    assert_eq!(bench.claim(9).len(), 1);
}

#[test]
fn paused_by_hand_hands_out_nothing() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a"]);
    let now = bench.now();
    bench.state.pause_all(now);
    let number = bench.state.number();
    bench.state.pause_all(now);
    assert_eq!(bench.state.number(), number);
    assert!(bench.claim(9).is_empty());
    assert!(bench.state.claim_one(id, now).is_none());
    bench.state.resume_all();
    assert!(bench.state.claim_one(id, now).is_some());
}

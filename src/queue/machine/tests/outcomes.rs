//! What reports do to recipients, retries, expiry and the sums.

use super::bench::{Bench, delivered, refused, reply, seconds};
use crate::mail::entry::{End, State};
use crate::mail::event::Kind;
use crate::mail::outcome::{Cause, Failure, Outcome};
use crate::mail::parcel::Verdict;
use crate::mail::reply::Reply;
use crate::mail::stage::Stage;
use crate::mail::transcript::By;
use crate::queue::Terms;

fn uncertain() -> Outcome {
    Outcome::Uncertain(Failure::new(Stage::Content, Cause::Closed))
}

#[test]
fn each_recipient_has_its_own_outcome_and_only_the_open_are_tried_again() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a", "b", "c", "d"]);
    let handout = bench.claim(1).remove(0);
    let outcomes = vec![delivered(), refused(450), refused(550), uncertain()];
    bench.settle(&handout, Verdict::Settled(outcomes));
    let expected = ["delivered", "deferred", "failed", "uncertain"];
    assert_eq!(bench.names(id), expected);
    assert_eq!((bench.standing(id), bench.wait(id)), (State::Retry, 10));
    bench.pass(10);
    let handout = bench.claim(1).remove(0);
    let asked: Vec<_> = handout
        .parcel
        .recipients
        .iter()
        .map(|a| a.local().to_owned())
        .collect();
    assert_eq!(asked, ["b", "d"]);
    bench.settle(&handout, Verdict::Settled(vec![refused(451), delivered()]));
    assert_eq!(bench.wait(id), 20);
    bench.pass(20);
    let handout = bench.claim(1).remove(0);
    bench.settle(&handout, Verdict::Settled(vec![delivered()]));
    assert_eq!(
        bench.names(id),
        ["delivered", "delivered", "failed", "delivered"]
    );
    assert_eq!(bench.standing(id), State::Partial);
    let totals = bench.state.snapshot().totals;
    // One more was delivered to make the host known.
    let sums = (
        totals.delivered,
        totals.failed,
        totals.deferred,
        totals.expired,
    );
    assert_eq!(sums, (4, 1, 3, 0));
    let kinds = bench.kinds();
    assert_eq!(kinds.last(), Some(&Kind::Settled(id)));
    let said = kinds
        .iter()
        .filter(|kind| matches!(kind, Kind::Recipient(..)));
    assert_eq!(said.count(), 7);
}

#[test]
fn a_retry_is_counted_from_the_end_of_the_attempt() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a"]);
    let handout = bench.claim(1).remove(0);
    bench.pass(100);
    bench.settle(&handout, Verdict::Settled(vec![refused(450)]));
    assert_eq!(bench.wait(id), 10);
}

#[test]
fn a_longer_wait_that_the_server_asks_for_is_kept() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a"]);
    let handout = bench.claim(1).remove(0);
    let words = Reply::new(451, ["4.7.1 Greylisted, try again in 90 seconds"]);
    let outcome = Outcome::from(Failure::refused(Stage::Rcpt, words));
    bench.settle(&handout, Verdict::Settled(vec![outcome]));
    assert_eq!(bench.wait(id), 90);
}

#[test]
fn expiry_wins_over_a_retry() {
    let mut bench = Bench::well();
    let (waiting, sent) = (bench.admit(&["a"]), bench.admit(&["b", "c"]));
    let handouts = bench.claim(2);
    bench.settle(&handouts[0], Verdict::Settled(vec![refused(450)]));
    bench.pass(200);
    // It is due as well as expired, and it is not handed out.
    assert!(bench.claim(9).is_empty());
    assert_eq!(bench.standing(waiting), State::Expired);
    assert!(bench.entry(waiting).last_words().contains("450"));
    // What is being sent has its outcome first.
    assert_eq!(bench.standing(sent), State::Sending);
    bench.settle(
        &handouts[1],
        Verdict::Settled(vec![delivered(), refused(450)]),
    );
    assert_eq!(bench.names(sent), ["delivered", "expired"]);
    assert_eq!(bench.state.snapshot().totals.expired, 2);
}

#[test]
fn a_clock_set_back_expires_nothing_early_and_hurries_no_retry() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a"]);
    let handout = bench.claim(1).remove(0);
    bench.settle(&handout, Verdict::Settled(vec![refused(450)]));
    bench
        .clock
        .set_wall(jiff::Timestamp::from_second(-3600).expect("valid"));
    let now = bench.now();
    bench.state.expire(now);
    assert_eq!((bench.standing(id), bench.wait(id)), (State::Retry, 10));
}

#[test]
fn a_transport_that_says_too_little_defers_or_is_uncertain() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a", "b"]);
    let handout = bench.claim(1).remove(0);
    bench.settle(&handout, Verdict::Settled(vec![delivered()]));
    assert_eq!(bench.names(id), ["delivered", "deferred"]);
    bench.pass(10);
    let handout = bench.claim(1).remove(0);
    handout.parcel.transcript.commit();
    bench.settle(&handout, Verdict::Settled(Vec::new()));
    assert_eq!(bench.names(id), ["delivered", "uncertain"]);
}

#[test]
fn an_attempt_keeps_what_its_recipients_got() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a"]);
    let handout = bench.claim(1).remove(0);
    let transcript = &handout.parcel.transcript;
    transcript.push(Stage::Rcpt, By::Server, "450 not now");
    bench.settle(&handout, Verdict::Settled(vec![refused(450)]));
    let entry = bench.entry(id);
    let attempt = &entry.attempts[0];
    let end = attempt.end.as_ref().expect("ended");
    assert_eq!(end.recipients.len(), 1);
    assert_eq!((attempt.transcript.count(), end.took), (1, seconds(1)));
    assert_eq!(entry.recipients[0].status.reply(), Some(&reply(450)));
}

#[test]
fn the_latest_thousand_are_kept_and_snapshots_stay_as_they_were() {
    let mut bench = Bench::well();
    let before = bench.state.snapshot();
    let first = bench.admit(&["a"]);
    let live = bench.state.snapshot();
    for _ in 0..1000 {
        bench.admit(&["a"]);
    }
    for handout in bench.claim(2000) {
        bench.settle(&handout, Verdict::Settled(vec![delivered()]));
    }
    let after = bench.state.snapshot();
    assert_eq!((after.live.len(), after.done.len()), (0, 1000));
    assert!(after.entry(first).is_none());
    assert_eq!((before.live.len(), before.done.len()), (0, 1));
    let seen = live.live.get(&first).expect("as it was");
    assert!(seen.end.is_none() && seen.attempts.is_empty());
}

#[test]
fn a_message_without_patience_expires_at_once() {
    let mut bench = Bench::well();
    let id = bench.admit_on(
        &["a"],
        Terms {
            expire: Some(seconds(0)),
            ..Terms::default()
        },
    );
    assert!(bench.claim(1).is_empty());
    let (end, _) = bench.entry(id).end.expect("ended");
    assert_eq!((end, bench.standing(id)), (End::Settled, State::Expired));
}

#[test]
fn a_calendar_that_jumps_by_days_costs_no_life() {
    let mut bench = Bench::well();
    let (waiting, sent, held) = (
        bench.admit(&["a"]),
        bench.admit(&["b"]),
        bench.admit(&["c"]),
    );
    let now = bench.now();
    bench.state.hold(held, now).expect("held");
    bench.state.hold(waiting, now).expect("held");
    let handout = bench.claim(1).remove(0);
    assert_eq!(handout.parcel.entry, sent);
    bench.state.release(waiting, now).expect("released");
    bench.pass(50);
    let jump = |bench: &mut Bench, days: i64| {
        let now = bench.now().wall;
        let then = now.checked_add(jiff::SignedDuration::from_hours(24 * days));
        bench.clock.set_wall(then.expect("valid"));
        let now = bench.now();
        bench.state.expire(now);
        let entry = bench.entry(waiting);
        assert_eq!(entry.life_left(now), seconds(150));
        assert_eq!(bench.entry(sent).life_left(now), seconds(150));
        assert!(entry.notes.last().expect("noted").text.contains("jumped"));
    };
    jump(&mut bench, 10);
    jump(&mut bench, -20);
    let now = bench.now();
    bench.state.release(held, now).expect("held");
    assert_eq!(bench.entry(held).life_left(now), seconds(200));
    bench.pass(150);
    let now = bench.now();
    bench.state.expire(now);
    assert_eq!(bench.standing(waiting), State::Expired);
    bench.settle(&handout, Verdict::Settled(vec![refused(450)]));
    assert_eq!(bench.standing(sent), State::Expired);
}

#[test]
fn the_third_attempt_without_a_verdict_says_what_can_be_done() {
    let mut bench = Bench::well();
    let id = bench.admit(&["a"]);
    for times in 1..=4 {
        let handout = bench.claim(1).remove(0);
        bench.settle(&handout, Verdict::Settled(vec![uncertain()]));
        let entry = bench.entry(id);
        let told = entry
            .notes
            .iter()
            .filter(|note| note.text.contains("hold or drop it"));
        assert_eq!(told.count(), usize::from(times >= 3));
        bench.pass(40);
    }
}

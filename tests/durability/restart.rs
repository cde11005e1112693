//! The program ends, and the next one goes on where it was.

use std::task::Poll;
use std::time::{Duration, Instant};

use turbomail::mail::draft::Draft;
use turbomail::mail::entry::State;
use turbomail::mail::outcome::Status;
use turbomail::mail::parcel::EntryId;
use turbomail::mail::stage::Stage;
use turbomail::mailer::{Mailer, OnUncertain, Terms};

use super::bench::{Bench, eventually, leave, live, send, until};
use crate::fake::{Act, Fake, refused, unreachable};

#[tokio::test]
async fn what_is_queued_is_delivered_by_the_next_program() {
    let bench = Bench::new();
    let first = bench.mailer(unreachable());
    let receipt = send(&first, "you@there.example", "kept").await;
    assert_eq!(bench.names("new"), [receipt.id.to_string()]);
    let content = first
        .message(receipt.id)
        .expect("readable")
        .octets()
        .to_vec();
    leave(first).await;

    let second = bench.mailer(Act::Deliver);
    let snapshot = until(&second, |snapshot| !snapshot.done.is_empty()).await;
    let entry = snapshot.done.get(&receipt.id).expect("the same identity");
    assert_eq!(entry.message.message_id, receipt.message_id);
    assert_eq!(entry.message.subject, "kept");
    assert_eq!(entry.state(second.now()), State::Delivered);
    // What was delivered can still be read for a while.
    eventually("moved", || bench.names("new").is_empty()).await;
    assert_eq!(second.message(receipt.id).expect("kept").octets(), content);
    leave(second).await;

    let third = bench.mailer(Act::Deliver);
    assert!(third.snapshot().live.is_empty(), "it is not sent again");
    assert_eq!(third.snapshot().done.len(), 1);
}

#[tokio::test]
async fn each_recipient_stands_where_it_stood_and_waits_as_long() {
    let bench = Bench::new();
    let fake = Fake::new([Act::Each(vec![None, Some(450), Some(550)])], Act::Deliver);
    let first = bench.build(&fake, OnUncertain::Retry).expect("built");
    let to = "a@x.example, b@x.example, c@x.example";
    let receipt = send(&first, to, "three").await;
    let before = until(&first, |snapshot| {
        snapshot.live.values().any(|entry| entry.tries == 1)
    });
    let before = live(&before.await, receipt.id).clone();
    leave(first).await;

    let second = bench.mailer(Act::Deliver);
    let snapshot = second.snapshot();
    let after = live(&snapshot, receipt.id);
    assert_eq!(after.recipients, before.recipients);
    assert_eq!((after.tries, after.expires), (1, before.expires));
    assert_eq!(after.state(second.now()), State::Retry, "not tried at once");
    second.retry_now(receipt.id).expect("waits");
    let snapshot = until(&second, |snapshot| !snapshot.done.is_empty()).await;
    let entry = &snapshot.done[&receipt.id];
    let names: Vec<&str> = entry.recipients.iter().map(|r| r.status.name()).collect();
    assert_eq!(names, ["delivered", "delivered", "failed"]);
    let tries: Vec<u32> = entry.recipients.iter().map(|r| r.tries).collect();
    assert_eq!(tries, [1, 2, 1]);
    assert_eq!(entry.attempts.last().expect("one").number, 2);
    // What failed for one stays at hand, with the server's words.
    eventually("moved", || bench.names("failed").len() == 1).await;
    leave(second).await;
    let third = bench.mailer(Act::Deliver);
    let entry = third.entry(receipt.id).expect("still told");
    let failed = refused(Stage::Rcpt, 550);
    assert_eq!(entry.recipients[2].status, Status::Failed(failed));
}

#[tokio::test]
async fn holding_releasing_and_dropping_are_remembered() {
    let bench = Bench::new();
    let first = bench.mailer(unreachable());
    let held = send(&first, "a@x.example", "held").await.id;
    let dropped = send(&first, "a@x.example", "dropped").await.id;
    let back = send(&first, "a@x.example", "brought back").await.id;
    until(&first, |snapshot| {
        snapshot
            .live
            .values()
            .all(|entry| entry.running().is_none())
    })
    .await;
    first.hold(held).expect("held");
    first.drop_entry(dropped).expect("dropped");
    first.drop_entry(back).expect("dropped");
    eventually("moved", || bench.names("done").len() == 2).await;
    first.restore(back).expect("brought back");
    leave(first).await;

    let second = bench.mailer(unreachable());
    let snapshot = second.snapshot();
    assert_eq!(live(&snapshot, held).state(second.now()), State::Held);
    assert_eq!(snapshot.done[&dropped].state(second.now()), State::Dropped);
    assert!(live(&snapshot, back).end.is_none());
    second.restore(dropped).expect("even now");
    second.release(held).expect("released");
    leave(second).await;
    let third = bench.mailer(Act::Deliver);
    until(&third, |snapshot| snapshot.done.len() == 3).await;
}

#[tokio::test]
async fn an_attempt_that_was_cut_off_behind_the_dot_is_uncertain() {
    for (unsure, expected) in [
        (OnUncertain::Retry, State::Retry),
        (OnUncertain::Hold, State::Held),
    ] {
        let bench = Bench::new();
        let fake = Fake::new([], Act::Hang { dot: true });
        let first = bench.build(&fake, unsure).expect("built");
        let id = send(&first, "a@x.example", "unsure").await.id;
        until(&first, |snapshot| {
            let running = snapshot.live[&id].running();
            running.is_some_and(|attempt| attempt.transcript.progress().committed)
        })
        .await;
        let copy = bench.copy();
        let fake = Fake::new([], Act::Deliver);
        let second = copy.build(&fake, unsure).expect("built");
        let snapshot = second.snapshot();
        let entry = live(&snapshot, id);
        assert_eq!(entry.recipients[0].status.name(), "uncertain");
        assert_eq!((entry.state(second.now()), entry.tries), (expected, 1));
    }
}

#[tokio::test]
async fn an_attempt_that_was_cut_off_before_the_dot_is_tried_again_after_its_back_off() {
    let bench = Bench::new();
    let first = bench.mailer(Act::Hang { dot: false });
    let id = send(&first, "a@x.example", "cut off").await.id;
    until(&first, |snapshot| snapshot.live[&id].running().is_some()).await;
    let copy = bench.copy();
    let second = copy.mailer(Act::Deliver);
    let snapshot = second.snapshot();
    let entry = live(&snapshot, id);
    assert_eq!(entry.recipients[0].status, Status::Pending);
    assert!(entry.due > second.now().tick, "no storm after a crash");
    assert_eq!(entry.notes.len(), 1);
}

#[tokio::test]
async fn a_wish_that_waits_for_its_attempt_outlives_a_kill() {
    type Wish = fn(&Mailer, EntryId);
    let wishes: [(Wish, State); 4] = [
        (|mailer, id| mailer.hold(id).expect("waits"), State::Held),
        (
            |mailer, id| mailer.drop_entry(id).expect("waits"),
            State::Dropped,
        ),
        (
            |mailer, id| {
                mailer.hold(id).expect("waits");
                mailer.release(id).expect("called off");
            },
            State::Retry,
        ),
        (
            |mailer, id| {
                mailer.drop_entry(id).expect("waits");
                mailer.restore(id).expect("called off");
            },
            State::Retry,
        ),
    ];
    let cases = [false, true].map(|dot| wishes.map(|(wish, expected)| (dot, wish, expected)));
    for (dot, wish, expected) in cases.into_iter().flatten() {
        let bench = Bench::new();
        let first = bench.mailer(Act::Hang { dot });
        let id = send(&first, "a@x.example", "wished").await.id;
        until(&first, |snapshot| {
            let running = snapshot.live[&id].running();
            running.is_some_and(|attempt| attempt.transcript.progress().committed == dot)
        })
        .await;
        wish(&first, id);
        let copy = bench.copy();
        let second = copy.mailer(Act::Deliver);
        let entry = second.entry(id).expect("kept");
        let state = entry.state(second.now());
        // Before its end it was no attempt that counts, and the message waits as one that was never tried.
        let state = match (state, dot) {
            (State::Scheduled, false) => State::Retry,
            (state, _) => state,
        };
        assert_eq!(state, expected, "dot: {dot}");
        leave(second).await;
        // It is done, and no wish any more.
        let third = copy.mailer(Act::Deliver);
        match expected {
            State::Held => third.release(id).expect("held"),
            State::Dropped => third.restore(id).expect("dropped"),
            _ => {}
        }
        third.retry_now(id).expect("waits");
        until(&third, |snapshot| snapshot.done.contains_key(&id)).await;
        let entry = third.entry(id).expect("kept");
        assert_eq!(entry.state(third.now()), State::Delivered);
    }
}

#[tokio::test]
async fn a_sender_that_waits_no_longer_leaves_nothing_behind() {
    let bench = Bench::new();
    let mailer = bench.mailer(Act::Deliver);
    mailer.pause();
    let draft = Draft::new("me@x.example", "you@x.example", "given up", "Hello");
    let message = mailer.compose("work", draft).await.expect("composed");
    for number in 0..50 {
        let sent = mailer.send_message("work", message.clone(), Terms::default());
        let mut sent = Box::pin(sent);
        if let Poll::Ready(sent) = futures_util::poll!(&mut sent) {
            // The disk was quicker than this look, and there was nothing to give up.
            let id = sent.expect("queued").id;
            mailer.drop_entry(id).expect("dropped");
            eventually("moved", || bench.names("new").is_empty()).await;
            continue;
        }
        // Every other one is given up when the disk has it, and the others right away.
        let is_there = || !bench.names("new").is_empty() && bench.names("tmp").is_empty();
        let patience = Instant::now() + Duration::from_secs(10);
        while number % 2 == 0 && !is_there() {
            assert!(Instant::now() < patience, "never kept");
            std::thread::yield_now();
        }
        drop(sent);
        eventually("removed", || bench.names("new").is_empty()).await;
        assert!(mailer.snapshot().live.is_empty());
    }
    let kept = send(&mailer, "you@x.example", "not given up").await.id;
    let alone = [kept.to_string()];
    eventually("removed", || bench.names("new") == alone).await;
    leave(mailer).await;
    let next = bench.mailer(Act::Hang { dot: false });
    assert_eq!(next.snapshot().live.len(), 1);
}

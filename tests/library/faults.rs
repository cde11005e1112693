//! What workers, transports and hosts do wrong, and that no message suffers from it.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use turbomail::mail::entry::State;
use turbomail::mail::event::Kind;
use turbomail::mail::outcome::Status;
use turbomail::mail::stage::Stage;

use crate::fake::{Act, Fake, MANAGERS, mailer, manager, refused, unreachable};
use crate::{draft, settled, until};

#[tokio::test(start_paused = true)]
async fn a_panic_gives_the_parcel_back_and_is_told() {
    for name in MANAGERS {
        let fake = Fake::new([Act::Panic], Act::Deliver);
        let mailer = mailer(&fake, manager(name));
        let mut events = mailer.subscribe();
        let receipt = mailer.send(draft("panic")).await.expect("sent");
        let entry = settled(&receipt).await;
        assert_eq!(entry.state(mailer.now()), State::Delivered, "{name}");
        // The back-off that was stored before the attempt holds, and the attempt did not count.
        assert_eq!((fake.gaps(), entry.tries), (vec![10], 1), "{name}");
        let mut told = false;
        while let Ok(event) = events.try_recv() {
            told |= matches!(event.kind, Kind::WorkerPanicked(_, words) if words.contains("the script says so"));
        }
        assert!(told, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_behind_the_dot_is_uncertain() {
    for name in MANAGERS {
        let fake = Fake::new([Act::PanicAfterDot], Act::Deliver);
        let mailer = mailer(&fake, manager(name));
        let receipt = mailer.send(draft("dot")).await.expect("sent");
        let entry = receipt.attempted().await.expect("kept");
        assert!(
            matches!(entry.recipients[0].status, Status::Uncertain(_)),
            "{name}"
        );
        let entry = settled(&receipt).await;
        assert_eq!(entry.state(mailer.now()), State::Delivered);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_batch_costs_the_others_no_wait() {
    let fake = Fake::new([Act::Deliver, Act::Panic], Act::Deliver);
    let mailer = mailer(&fake, manager("on-demand"));
    mailer.pause();
    let mut receipts = Vec::new();
    for n in 0..4 {
        receipts.push(mailer.send(draft(&n.to_string())).await.expect("sent"));
    }
    let began = Instant::now();
    mailer.resume();
    let mut waits = Vec::new();
    for receipt in &receipts {
        settled(receipt).await;
        waits.push(began.elapsed().as_secs());
    }
    // The second is the one that waits; those behind it were done before, and are seen after it here.
    assert_eq!(waits, [0, 10, 10, 10]);
    assert_eq!(fake.gaps(), [0, 0, 0, 10]);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_goes_away_leaves_the_message_in_the_queue() {
    let fake = Fake::new([Act::Hang { dot: false }], Act::Deliver);
    let mailer = mailer(&fake, manager("immediate"));
    let sending = mailer.send(draft("gone"));
    assert!(timeout(Duration::from_secs(5), sending).await.is_err());
    until(|| fake.tries() >= 2).await;
    // The background task took it over at once.
    assert_eq!(fake.gaps(), [5]);
    assert_eq!(mailer.snapshot().totals.delivered, 1);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_goes_away_behind_the_dot_leaves_it_uncertain() {
    let fake = Fake::new([Act::Hang { dot: true }], Act::Deliver);
    let mailer = mailer(&fake, manager("immediate"));
    let sending = mailer.send(draft("gone"));
    assert!(timeout(Duration::from_secs(5), sending).await.is_err());
    let snapshot = mailer.snapshot();
    let entry = snapshot.live.values().next().expect("live");
    assert!(matches!(entry.recipients[0].status, Status::Uncertain(_)));
    until(|| fake.tries() >= 2).await;
    assert_eq!(fake.gaps(), [15]);
}

#[tokio::test(start_paused = true)]
async fn faults_that_repeat_make_no_storm() {
    for name in MANAGERS {
        for act in [
            Act::Silence,
            Act::Return,
            Act::Panic,
            Act::Defer,
            unreachable(),
        ] {
            let fake = Fake::new([], act.clone());
            let mailer = mailer(&fake, manager(name));
            let receipt = mailer.send(draft("storm")).await.expect("sent");
            sleep(Duration::from_mins(20)).await;
            let entry = receipt.entry().expect("kept");
            assert!(entry.end.is_none(), "{name} {act:?}");
            // One every 10 s would be 120.
            let tries = fake.tries();
            assert!((3..=120).contains(&tries), "{name} {act:?}: {tries}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_tried_once_in_fifteen_minutes_whatever_waits() {
    for name in MANAGERS {
        let login = Act::Trouble(refused(Stage::Auth, 535));
        let fake = Fake::new([login.clone(), login], Act::Deliver);
        let mailer = mailer(&fake, manager(name));
        let mut receipts = Vec::new();
        for n in 0..40 {
            receipts.push(mailer.send(draft(&n.to_string())).await.expect("sent"));
        }
        let entry = receipts[39].attempted().await.expect("kept");
        assert_eq!((entry.tries, entry.end), (0, None), "{name}");
        let pause = mailer.snapshot().routes["work"].pause.clone();
        assert_eq!(pause.and_then(|pause| pause.failure.code()), Some(535));
        for receipt in &receipts {
            let entry = settled(receipt).await;
            assert_eq!(entry.state(mailer.now()), State::Delivered);
            assert_eq!(entry.tries, 1, "{name}: trouble is no try");
        }
        assert_eq!(fake.tries(), 42, "{name}");
        assert_eq!(fake.gaps()[..2], [900, 900], "{name}");
        assert_eq!(mailer.snapshot().routes["work"].pause, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_may_look_before_the_pause_is_over() {
    let fake = Fake::new([unreachable(), unreachable()], Act::Deliver);
    let mailer = mailer(&fake, manager("on-demand"));
    let receipt = mailer.send(draft("now")).await.expect("sent");
    receipt.attempted().await.expect("kept");
    assert!(mailer.resume_route("work"));
    until(|| fake.tries() >= 2).await;
    mailer.retry_now(receipt.id).expect("waiting");
    settled(&receipt).await;
    assert_eq!(fake.gaps(), [0, 0]);
    assert!(!mailer.resume_route("work") && !mailer.resume_route("unknown"));
}

//! The plain way: send, wait, retry, expire, and the refusals at the door.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use turbomail::mail::draft::Draft;
use turbomail::mail::entry::State;
use turbomail::mail::event::Kind;
use turbomail::mailer::{Account, BuildError, Mailer, MailerError, Schedule, Terms};

use crate::fake::{Act, Fake, MANAGERS, Shared, mailer, manager};
use crate::{draft, settled, until};

#[tokio::test(start_paused = true)]
async fn the_easy_case_is_one_line_and_its_result_comes_back() {
    let fake = Fake::new([], Act::Deliver);
    let mailer = mailer(&fake, manager("immediate"));
    let receipt = mailer
        .send(Draft::new(
            "me@example.com",
            "you@example.com",
            "Hi",
            "text",
        ))
        .await
        .expect("sent");
    // The first attempt was made before send returned.
    assert_eq!(fake.tries(), 1);
    let entry = receipt.attempted().await.expect("kept");
    assert_eq!(entry.state(mailer.now()), State::Delivered);
    assert!(receipt.message_id.ends_with("@example.com>"));
    assert_eq!(settled(&receipt).await.id, receipt.id);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_tried_until_it_is_delivered() {
    for name in MANAGERS {
        let fake = Fake::new([Act::Defer, Act::Defer, Act::Defer], Act::Deliver);
        let mailer = mailer(&fake, manager(name));
        let receipt = mailer.send(draft("again")).await.expect("sent");
        let entry = receipt.attempted().await.expect("kept");
        assert_eq!(entry.state(mailer.now()), State::Retry, "{name}");
        let entry = settled(&receipt).await;
        assert_eq!(entry.state(mailer.now()), State::Delivered);
        assert_eq!((entry.tries, fake.gaps()), (4, vec![10, 20, 40]), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_never_taken_expires_on_time() {
    for name in MANAGERS {
        let fake = Fake::new([], Act::Defer);
        let mailer = mailer(&fake, manager(name));
        let began = Instant::now();
        let receipt = mailer.send(draft("never")).await.expect("sent");
        let entry = settled(&receipt).await;
        assert_eq!(entry.state(mailer.now()), State::Expired);
        let took = began.elapsed().as_secs();
        assert!((3600..=3660).contains(&took), "{name}: {took} s");
        // An hour has room for 10 s, 20 s and then one try every 40 s.
        assert!(
            (88..=92).contains(&fake.tries()),
            "{name}: {}",
            fake.tries()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn expiry_is_on_time_while_workers_are_busy_or_nobody_works() {
    for name in MANAGERS {
        let fake = Fake::new([Act::Defer, Act::Hang { dot: false }], Act::Deliver);
        let mailer = mailer(&fake, manager(name));
        let began = Instant::now();
        // It is not tried again before its life is over.
        let message = mailer.compose("work", draft("rare")).await.expect("built");
        let rarely = Terms {
            schedule: Some(Arc::new(Schedule::steps(&[], 5000))),
            expire: Some(Duration::from_secs(100)),
            ..Terms::default()
        };
        let rare = mailer
            .send_message("work", message, rarely)
            .await
            .expect("sent");
        let entry = settled(&rare).await;
        assert_eq!(entry.state(mailer.now()), State::Expired);
        assert_eq!(began.elapsed().as_secs(), 100, "{name}");
        // The one worker there is hangs with another message.
        let hanging = mailer.clone();
        tokio::spawn(async move { hanging.send(draft("hangs")).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        let message = mailer.compose("work", draft("waits")).await.expect("built");
        let soon = Terms {
            expire: Some(Duration::from_secs(7)),
            not_before: Some(mailer.now().after(Duration::from_secs(3)).wall),
            ..Terms::default()
        };
        mailer.pause();
        let waits = mailer
            .send_message("work", message, soon)
            .await
            .expect("sent");
        settled(&waits).await;
        assert_eq!(
            (began.elapsed().as_secs(), fake.tries()),
            (111, 2),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_good_is_the_end() {
    let fake = Fake::new([], Act::Fail);
    let mailer = mailer(&fake, manager("on-demand"));
    let receipt = mailer.send(draft("no")).await.expect("sent");
    let entry = settled(&receipt).await;
    assert_eq!(entry.state(mailer.now()), State::Failed);
    assert!(entry.last_words().contains("as the script says"));
}

#[tokio::test(start_paused = true)]
async fn terms_of_one_message_are_its_own() {
    let fake = Fake::new([], Act::Defer);
    let mailer = mailer(&fake, manager("on-demand"));
    let message = mailer.compose("work", draft("held")).await.expect("built");
    let terms = Terms {
        held: true,
        expire: Some(Duration::from_secs(15)),
        ..Terms::default()
    };
    let receipt = mailer
        .send_message("work", message, terms)
        .await
        .expect("sent");
    tokio::time::sleep(Duration::from_hours(2)).await;
    assert_eq!(fake.tries(), 0);
    mailer.release(receipt.id).expect("held");
    let entry = settled(&receipt).await;
    assert_eq!(entry.state(mailer.now()), State::Expired);
    assert_eq!(fake.tries(), 2);
}

#[tokio::test(start_paused = true)]
async fn receipts_outlive_what_the_queue_keeps() {
    let fake = Fake::new([], Act::Deliver);
    let mailer = mailer(&fake, manager("on-demand"));
    let mut receipts = Vec::new();
    for n in 0..1200 {
        receipts.push(mailer.send(draft(&n.to_string())).await.expect("sent"));
    }
    for receipt in &receipts {
        let entry = settled(receipt).await;
        assert_eq!(entry.state(mailer.now()), State::Delivered);
        assert!(receipt.entry().is_some() && receipt.attempted().await.is_some());
    }
    assert_eq!(mailer.snapshot().done.len(), 1000);
    assert_eq!(fake.tries(), 1200);
}

#[tokio::test(start_paused = true)]
async fn receipts_outlive_the_queue_when_everything_expires_at_once() {
    let fake = Fake::new([], Act::Deliver);
    let mailer = mailer(&fake, manager("on-demand"));
    mailer.pause();
    let mut receipts = Vec::new();
    for n in 0..1200 {
        receipts.push(mailer.send(draft(&n.to_string())).await.expect("sent"));
    }
    for receipt in &receipts {
        let entry = settled(receipt).await;
        assert_eq!(entry.state(mailer.now()), State::Expired);
    }
    assert_eq!(mailer.snapshot().totals.expired, 1200);
}

#[tokio::test(start_paused = true)]
async fn verbs_reach_the_queue_and_events_tell_of_them() {
    let fake = Fake::new([Act::Defer], Act::Deliver);
    let mailer = mailer(&fake, manager("on-demand"));
    let mut events = mailer.subscribe();
    mailer.pause();
    let receipt = mailer.send(draft("verbs")).await.expect("sent");
    let entry = receipt.attempted().await.expect("kept");
    assert!(entry.attempts.is_empty() && mailer.snapshot().paused.is_some());
    mailer.drop_entry(receipt.id).expect("waiting");
    mailer.restore(receipt.id).expect("dropped");
    mailer.hold(receipt.id).expect("waiting");
    mailer.release(receipt.id).expect("held");
    mailer.resume();
    receipt.attempted().await.expect("kept");
    until(|| mailer.entry(receipt.id).expect("kept").tries > 0).await;
    mailer.retry_now(receipt.id).expect("waiting");
    until(|| mailer.entry(receipt.id).expect("kept").end.is_some()).await;
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        seen.push(event.kind);
    }
    let id = receipt.id;
    for kind in [
        Kind::Queued(id),
        Kind::Dropped(id),
        Kind::Restored(id),
        Kind::Held(id),
        Kind::Released(id),
        Kind::Attempting(id),
        Kind::Settled(id),
    ] {
        assert!(seen.contains(&kind), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_at_the_door_have_their_own_errors() {
    let fake = Fake::new([], Act::Deliver);
    let account = || Account::new("work", Arc::new(Shared(Arc::clone(&fake))));
    let off = Mailer::builder().account(account()).on(false);
    let off = off.build().expect("built");
    assert!(matches!(off.send(draft("x")).await, Err(MailerError::Off)));
    let none = Mailer::builder().build();
    assert!(matches!(none, Err(BuildError::NoAccount)));
    let twice = Mailer::builder().account(account()).account(account());
    assert!(matches!(twice.build(), Err(BuildError::DoubleAccount(_))));
    let on = mailer(&fake, manager("immediate"));
    let unknown = on.send_from("home", draft("x")).await.expect_err("unknown");
    let words = "unknown account \"home\", expected one of: work";
    assert_eq!(unknown.to_string(), words);
    let nobody = Draft::new("me@example.com", "", "x", "x");
    assert!(on.send(nobody).await.is_err());
    assert_eq!((fake.tries(), on.snapshot().number), (0, 1));
    let facts = on.accounts().remove(0);
    assert_eq!((&*facts.name, facts.manager), ("work", "immediate"));
}

#[test]
fn a_mailer_needs_a_runtime() {
    let fake = Fake::new([], Act::Deliver);
    let account = Account::new("work", Arc::new(Shared(fake)));
    let built = Mailer::builder().account(account);
    // The test clock needs no runtime, so this is the mailer's own refusal.
    assert!(matches!(built.build(), Err(BuildError::NoRuntime)));
}

#[tokio::test(start_paused = true)]
async fn each_recipient_has_an_outcome_of_its_own_and_only_the_open_one_is_tried_again() {
    let fake = Fake::new([Act::Each(vec![None, Some(450), Some(550)])], Act::Deliver);
    let mailer = mailer(&fake, manager("immediate"));
    let to = "a@example.com, b@example.com, c@example.com";
    let draft = Draft::new("me@example.com", to, "three", "Hello");
    let receipt = mailer.send(draft).await.expect("queued");
    let entry = settled(&receipt).await;
    let names: Vec<&str> = entry.recipients.iter().map(|r| r.status.name()).collect();
    assert_eq!(names, ["delivered", "delivered", "failed"]);
    let tries: Vec<u32> = entry.recipients.iter().map(|r| r.tries).collect();
    assert_eq!(tries, [1, 2, 1]);
}

//! Managers that do not send at once: batches on a timer, and the one that never sends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use turbomail::mail::entry::State;
use turbomail::mail::rhythm::Rhythm;
use turbomail::mail::stage::Stage;
use turbomail::mailer::{
    Account, Leaving, Mailer, Manager, ManagerOptions, Managers, QueueError, Receipt,
};

use crate::fake::{Act, Fake, Shared, mailer, manager, refused, unreachable};
use crate::{draft, settled, until};

/// Seconds from one batch to the next.
const INTERVAL: u64 = 300;

fn scheduled(workers: usize) -> Arc<dyn Manager> {
    let options = ManagerOptions {
        workers,
        count: 1000,
        ..ManagerOptions::default()
    };
    assert_eq!(options.interval.as_secs(), INTERVAL);
    Managers::default()
        .make("scheduled", &options)
        .expect("known")
}

async fn send(mailer: &Mailer, count: usize) -> Vec<Receipt> {
    let mut receipts = Vec::new();
    for n in 0..count {
        receipts.push(mailer.send(draft(&n.to_string())).await.expect("sent"));
    }
    receipts
}

/// When each attempt began, in seconds after `start`.
fn seen(fake: &Fake, start: Instant) -> Vec<u64> {
    let seen = fake.seen.lock().expect("seen");
    let after = |(_, at): &(String, Instant)| (*at - start).as_secs();
    seen.iter().map(after).collect()
}

#[tokio::test(start_paused = true)]
async fn all_that_is_due_goes_out_together_over_one_connection_that_is_then_closed() {
    let fake = Fake::new([], Act::Slow(Duration::from_secs(1)));
    let (mailer, start) = (mailer(&fake, scheduled(1)), Instant::now());
    sleep(Duration::from_secs(10)).await;
    let early = send(&mailer, 3).await;
    sleep(Duration::from_secs(100)).await;
    let late = send(&mailer, 2).await;
    // The countdown of each ends when the batch begins.
    for receipt in early.iter().chain(&late) {
        let entry = receipt.attempted().await.expect("kept");
        assert_eq!(entry.state(mailer.now()), State::Scheduled);
        let begins = start.elapsed() + entry.wait(mailer.now());
        assert_eq!(begins.as_secs(), INTERVAL);
    }
    sleep(Duration::from_secs(INTERVAL - 111)).await;
    assert_eq!(fake.tries(), 0, "a second before the batch");
    for receipt in early.iter().chain(&late) {
        settled(receipt).await;
    }
    assert_eq!(seen(&fake, start), [300, 301, 302, 303, 304]);
    sleep(Duration::from_millis(100)).await;
    assert_eq!(fake.carriers.load(Ordering::SeqCst), 1);
    assert_eq!(fake.alive.load(Ordering::SeqCst), 0, "still connected");
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_a_batch_is_sent_and_what_is_deferred_wait_for_the_next() {
    let slow = Act::Slow(Duration::from_secs(20));
    // Retries after 10 s and 20 s would fall due while the batch is still being sent.
    let fake = Fake::new([Act::Defer, slow, Act::Defer], Act::Deliver);
    let (mailer, start) = (mailer(&fake, scheduled(1)), Instant::now());
    sleep(Duration::from_secs(1)).await;
    let mut receipts = send(&mailer, 3).await;
    sleep(Duration::from_secs(INTERVAL + 5)).await;
    receipts.extend(send(&mailer, 1).await);
    for receipt in &receipts {
        settled(receipt).await;
    }
    assert_eq!(seen(&fake, start), [300, 300, 320, 600, 600, 600]);
    assert_eq!(fake.carriers.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn up_to_so_many_workers_share_a_large_batch() {
    let fake = Fake::counting([], Act::Slow(Duration::from_secs(2)), 1);
    let mailer = mailer(&fake, scheduled(4));
    sleep(Duration::from_secs(1)).await;
    let receipts = send(&mailer, 35).await;
    for receipt in &receipts {
        settled(receipt).await;
    }
    assert_eq!(fake.peak.load(Ordering::SeqCst), 4);
    sleep(Duration::from_millis(100)).await;
    assert_eq!(fake.alive.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_person_does_not_wait_for_the_timer_and_the_others_do() {
    let fake = Fake::new([], Act::Deliver);
    let (mailer, start) = (mailer(&fake, scheduled(1)), Instant::now());
    sleep(Duration::from_secs(7)).await;
    let receipts = send(&mailer, 2).await;
    mailer.retry_now(receipts[1].id).expect("waiting");
    settled(&receipts[1]).await;
    settled(&receipts[0]).await;
    assert_eq!(seen(&fake, start), [7, 300]);
}

#[tokio::test(start_paused = true)]
async fn a_host_in_trouble_is_tried_again_with_the_next_batch_or_by_hand() {
    let login = || Act::Trouble(refused(Stage::Auth, 535));
    let fake = Fake::new([unreachable(), unreachable(), login()], Act::Deliver);
    let (mailer, start) = (mailer(&fake, scheduled(1)), Instant::now());
    sleep(Duration::from_secs(1)).await;
    let receipts = send(&mailer, 2).await;
    until(|| fake.tries() == 3).await;
    // 30 s and 1 min are over long before the next batch; the login's quarter of an hour ends with one.
    assert_eq!(seen(&fake, start), [300, 600, 900]);
    let pause = mailer.snapshot().routes["work"]
        .pause
        .clone()
        .expect("paused");
    let ends = start.elapsed() + pause.until.since(mailer.now().tick);
    assert_eq!(ends.as_secs(), 1800);
    assert!(mailer.resume_route("work"));
    for receipt in &receipts {
        assert_eq!(settled(receipt).await.state(mailer.now()), State::Delivered);
    }
    assert_eq!(seen(&fake, start), [300, 600, 900, 900, 900]);
}

#[tokio::test(start_paused = true)]
async fn draining_does_not_wait_for_a_batch_that_comes_too_late() {
    let fake = Fake::new([], Act::Deliver);
    let mailer = mailer(&fake, scheduled(1));
    sleep(Duration::from_secs(1)).await;
    send(&mailer, 2).await;
    let began = Instant::now();
    let soon = Leaving {
        drain: true,
        deadline: Duration::from_mins(1),
    };
    assert_eq!(mailer.close(soon).await.len(), 2);
    assert!(began.elapsed() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn queue_only_never_sends_whatever_is_asked() {
    let fake = Fake::new([], Act::Deliver);
    let mailer = mailer(&fake, manager("queue-only"));
    let facts = mailer.accounts().remove(0);
    assert_eq!(
        (facts.manager, facts.rules.rhythm),
        ("queue-only", Rhythm::Never)
    );
    assert!(!facts.leaves_the_machine);
    assert!(facts.describe.contains("never sent"), "{}", facts.describe);
    let receipt = mailer.send(draft("rehearsal")).await.expect("queued");
    // Nobody waits for an attempt that will not come.
    let hour = Duration::from_hours(1);
    let entry = timeout(hour, receipt.attempted()).await.expect("at once");
    assert!(entry.expect("kept").attempts.is_empty());
    let refused = mailer.retry_now(receipt.id);
    assert_eq!(refused, Err(QueueError::OnlyQueued(receipt.id)));
    mailer.hold(receipt.id).expect("waiting");
    mailer.release(receipt.id).expect("held");
    assert!(!mailer.resume_route("work"));
    sleep(Duration::from_mins(50)).await;
    let began = Instant::now();
    let drain = Leaving {
        drain: true,
        deadline: hour,
    };
    assert_eq!(mailer.close(drain).await.len(), 1);
    assert!(began.elapsed() <= Duration::from_secs(1));
    assert_eq!((fake.tries(), fake.carriers.load(Ordering::SeqCst)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_whole_mailer_can_be_put_into_test_mode() {
    let fake = Fake::new([], Act::Deliver);
    let account = |name: &str| Account {
        manager: manager("immediate"),
        ..Account::new(name, Arc::new(Shared(Arc::clone(&fake))))
    };
    let builder = Mailer::builder()
        .account(account("work"))
        .account(account("home"));
    let mailer = builder.queue_only(true).build().expect("built");
    for name in ["work", "home"] {
        let receipt = mailer.send_from(name, draft("x")).await.expect("queued");
        assert!(receipt.attempted().await.expect("kept").attempts.is_empty());
    }
    assert!(mailer.accounts().iter().all(|f| f.manager == "queue-only"));
    assert_eq!((fake.tries(), mailer.snapshot().live.len()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn queue_only_expires_what_is_not_looked_after() {
    let fake = Fake::new([], Act::Deliver);
    let mailer = mailer(&fake, manager("queue-only"));
    let receipt = mailer.send(draft("old")).await.expect("queued");
    let entry = settled(&receipt).await;
    assert_eq!(entry.state(mailer.now()), State::Expired);
    assert_eq!(fake.tries(), 0);
}

//! How many workers there are, and when they end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::sleep;
use turbomail::mailer::{Mailer, ManagerOptions, Managers, Receipt};

use crate::fake::{Act, Fake, MANAGERS, mailer, manager};
use crate::{draft, settled, until};

async fn send(mailer: &Mailer, count: usize) -> Vec<Receipt> {
    mailer.pause();
    let mut receipts = Vec::new();
    for n in 0..count {
        receipts.push(mailer.send(draft(&n.to_string())).await.expect("sent"));
    }
    mailer.resume();
    receipts
}

async fn settle(receipts: &[Receipt]) {
    for receipt in receipts {
        settled(receipt).await;
    }
}

#[tokio::test(start_paused = true)]
async fn workers_come_with_the_backlog() {
    for (messages, workers) in [(1, 1), (10, 1), (11, 2), (35, 4), (100, 4)] {
        // One message a batch, and each takes a while, so that the workers are there at the same time.
        let fake = Fake::counting([], Act::Slow(Duration::from_secs(5)), 1);
        let mailer = mailer(&fake, manager("on-demand"));
        let receipts = send(&mailer, messages).await;
        settle(&receipts).await;
        let peak = fake.peak.load(Ordering::SeqCst);
        assert_eq!(peak, workers, "{messages} messages");
        assert_eq!(fake.tries(), messages);
    }
}

#[tokio::test(start_paused = true)]
async fn idle_workers_die_and_others_come() {
    let fake = Fake::new([], Act::Deliver);
    let mailer = mailer(&fake, manager("on-demand"));
    let alive = || fake.alive.load(Ordering::SeqCst);
    settle(&send(&mailer, 1).await).await;
    sleep(Duration::from_secs(59)).await;
    assert_eq!(alive(), 1);
    // Another message within its patience uses the same connection.
    settle(&send(&mailer, 1).await).await;
    assert_eq!(fake.carriers.load(Ordering::SeqCst), 1);
    sleep(Duration::from_secs(61)).await;
    assert_eq!(alive(), 0);
    settle(&send(&mailer, 1).await).await;
    assert_eq!(fake.carriers.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn workers_tire_and_are_replaced() {
    let options = ManagerOptions {
        workers: 1,
        count: 10,
        ..ManagerOptions::default()
    };
    let one = Managers::default().make("on-demand", &options);
    let fake = Fake::counting([], Act::Deliver, 4);
    let mailer = mailer(&fake, one.expect("known"));
    settle(&send(&mailer, 25).await).await;
    assert_eq!(fake.carriers.load(Ordering::SeqCst), 3);
    assert_eq!(fake.peak.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn the_background_of_the_immediate_manager_keeps_no_idle_connection() {
    let fake = Fake::new([Act::Defer], Act::Deliver);
    let mailer = mailer(&fake, manager("immediate"));
    let receipt = mailer.send(draft("one")).await.expect("sent");
    settle(&[receipt]).await;
    sleep(Duration::from_secs(61)).await;
    assert_eq!(fake.alive.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn senders_at_the_same_time_all_get_their_own_result() {
    let wait = Duration::from_secs(3);
    for act in [Act::Slow(wait), Act::Late(wait)] {
        let fake = Fake::new([], act.clone());
        let mailer = mailer(&fake, manager("immediate"));
        let send = |n: usize| {
            let mailer = mailer.clone();
            tokio::spawn(async move {
                let receipt = mailer.send(draft(&n.to_string())).await.expect("sent");
                receipt.entry().expect("kept").end.is_some()
            })
        };
        let senders: Vec<_> = (0..8).map(send).collect();
        for sender in senders {
            let over = sender.await.expect("no panic");
            assert!(
                over,
                "{act:?}: send returned before the first attempt was over"
            );
        }
        assert_eq!(fake.tries(), 8);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_threads_deliver_each_message_once() {
    for name in MANAGERS {
        let fake = Fake::new([Act::Panic, Act::Return, Act::Silence], Act::Deliver);
        let mailer = mailer(&fake, manager(name));
        let sender = |n: usize| {
            let mailer = mailer.clone();
            tokio::spawn(async move { mailer.send(draft(&n.to_string())).await })
        };
        let senders: Vec<_> = (0..300).map(sender).collect();
        let mut receipts = Vec::new();
        for sender in senders {
            receipts.push(sender.await.expect("no panic").expect("sent"));
        }
        // What panicked or came back waits; a person need not.
        until(|| {
            let live = mailer.snapshot().live;
            live.keys().for_each(|id| drop(mailer.retry_now(*id)));
            live.is_empty()
        })
        .await;
        settle(&receipts).await;
        let delivered = fake.delivered.load(Ordering::SeqCst);
        assert_eq!(
            (delivered, mailer.snapshot().live.len()),
            (300, 0),
            "{name}"
        );
        assert_eq!(mailer.snapshot().totals.delivered, 300);
    }
}

#[tokio::test(start_paused = true)]
async fn a_mailer_that_is_dropped_stops() {
    let fake = Fake::new([], Act::Hang { dot: false });
    let mailer = mailer(&fake, manager("on-demand"));
    let receipt = mailer.send(draft("one")).await.expect("sent");
    until(|| fake.tries() > 0).await;
    drop(mailer);
    until(|| fake.alive.load(Ordering::SeqCst) == 0).await;
    assert!(receipt.entry().expect("kept").running().is_none());
}

//! How a mailer is left: drained or not, in time, and with everything accounted for.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use turbomail::mail::outcome::Status;
use turbomail::mailer::{Leaving, Mailer, MailerError};

use crate::fake::{Act, Fake, MANAGERS, mailer, manager, unreachable};
use crate::{draft, until};

const LEAVE: Leaving = Leaving {
    drain: false,
    deadline: Duration::from_secs(3),
};
const DRAIN: Leaving = Leaving {
    drain: true,
    deadline: Duration::from_mins(1),
};

/// Sends in a task of its own, so that a sender that waits is no hindrance.
async fn send(mailer: &Mailer, subject: &'static str) {
    let before = mailer.snapshot().live.len();
    let sender = mailer.clone();
    tokio::spawn(async move { sender.send(draft(subject)).await });
    until(|| mailer.snapshot().live.len() > before || !mailer.snapshot().done.is_empty()).await;
    sleep(Duration::from_millis(10)).await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_mailer_closes_within_a_second() {
    for name in MANAGERS {
        let fake = Fake::new([], Act::Deliver);
        let mailer = mailer(&fake, manager(name));
        mailer.send(draft("one")).await.expect("sent");
        sleep(Duration::from_secs(1)).await;
        let began = Instant::now();
        assert!(mailer.close(DRAIN).await.is_empty(), "{name}");
        assert!(began.elapsed() <= Duration::from_secs(1), "{name}");
        assert_eq!(fake.alive.load(Ordering::SeqCst), 0);
        let late = mailer.send(draft("late")).await;
        assert!(matches!(late, Err(MailerError::Closed)));
    }
}

#[tokio::test(start_paused = true)]
async fn draining_delivers_what_falls_due_in_time() {
    for name in MANAGERS {
        let fake = Fake::new([Act::Defer, Act::Defer], Act::Deliver);
        let mailer = mailer(&fake, manager(name));
        send(&mailer, "soon").await;
        let began = Instant::now();
        assert!(mailer.close(DRAIN).await.is_empty(), "{name}");
        let took = began.elapsed();
        let range = Duration::from_secs(29)..Duration::from_secs(32);
        assert!(range.contains(&took), "{name}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn draining_does_not_wait_for_what_cannot_come() {
    for name in MANAGERS {
        let fake = Fake::new([Act::Defer, unreachable()], Act::Deliver);
        let mailer = mailer(&fake, manager(name));
        let first = mailer.send(draft("retry")).await.expect("sent");
        first.attempted().await.expect("kept");
        let second = mailer.send(draft("held")).await.expect("sent");
        second.attempted().await.expect("kept");
        mailer.hold(second.id).expect("waiting");
        let began = Instant::now();
        let short = Leaving {
            drain: true,
            deadline: Duration::from_secs(8),
        };
        let left = mailer.close(short).await;
        assert!(began.elapsed() <= Duration::from_secs(1), "{name}");
        let ids: Vec<_> = left.iter().map(|entry| entry.id).collect();
        assert_eq!(ids, [first.id, second.id], "{name}");
        assert!(left.iter().all(|entry| entry.message.draft.is_some()));
    }
}

#[tokio::test(start_paused = true)]
async fn leaving_cuts_what_runs_before_the_dot_and_keeps_it() {
    for name in MANAGERS {
        let fake = Fake::new([], Act::Hang { dot: false });
        let mailer = mailer(&fake, manager(name));
        send(&mailer, "hangs").await;
        assert_eq!(fake.tries(), 1);
        let began = Instant::now();
        let left = mailer.close(LEAVE).await;
        let took = began.elapsed();
        assert!(took <= Duration::from_secs(4), "{name}: {took:?}");
        assert_eq!(left.len(), 1, "{name}");
        assert_eq!(left[0].recipients[0].status, Status::Pending, "{name}");
        assert!(left[0].running().is_none() && left[0].attempts.is_empty());
        assert_eq!(fake.alive.load(Ordering::SeqCst), 0, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn leaving_waits_ten_seconds_for_the_reply_to_a_dot() {
    for name in MANAGERS {
        let fake = Fake::new([], Act::Slow(Duration::from_secs(9)));
        let quick = mailer(&fake, manager(name));
        send(&quick, "slow").await;
        assert!(quick.close(LEAVE).await.is_empty(), "{name}");
        assert_eq!(fake.delivered.load(Ordering::SeqCst), 1);

        let fake = Fake::new([], Act::Hang { dot: true });
        let never = mailer(&fake, manager(name));
        send(&never, "never").await;
        let began = Instant::now();
        let left = never.close(LEAVE).await;
        let took = began.elapsed();
        let range = Duration::from_secs(13)..Duration::from_secs(15);
        assert!(range.contains(&took), "{name}: {took:?}");
        let status = &left[0].recipients[0].status;
        assert!(matches!(status, Status::Uncertain(_)), "{name}: {status:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn leaving_finishes_the_message_behind_its_dot_and_not_the_batch() {
    let fake = Fake::new([], Act::Slow(Duration::from_secs(5)));
    let mailer = mailer(&fake, manager("on-demand"));
    mailer.pause();
    for n in 0..5 {
        mailer.send(draft(&n.to_string())).await.expect("sent");
    }
    mailer.resume();
    until(|| fake.tries() >= 2).await;
    // The batch of those behind the first is under way.
    let left = mailer.close(LEAVE).await;
    assert_eq!((left.len(), fake.delivered.load(Ordering::SeqCst)), (3, 2));
    let untouched = |status: &Status| *status == Status::Pending;
    assert!(
        left.iter()
            .all(|entry| untouched(&entry.recipients[0].status))
    );
}

#[tokio::test(start_paused = true)]
async fn leaving_with_the_queue_paused_returns_all_at_once() {
    let fake = Fake::new([], Act::Deliver);
    let mailer = mailer(&fake, manager("on-demand"));
    mailer.pause();
    for n in 0..5 {
        mailer.send(draft(&n.to_string())).await.expect("sent");
    }
    let began = Instant::now();
    assert_eq!(mailer.close(DRAIN).await.len(), 5);
    assert!(began.elapsed() <= Duration::from_secs(1));
    assert_eq!((mailer.close(LEAVE).await.len(), fake.tries()), (5, 0));
}

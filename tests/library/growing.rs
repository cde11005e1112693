//! What comes to a mailer at work: an account, and a spool.

use std::sync::Arc;
use std::time::Duration;

use turbomail::mail::dsn::Return;
use turbomail::mail::entry::State;
use turbomail::mail::rhythm::Rhythm;
use turbomail::mailer::{
    Account, AccountError, Leaving, MailerError, RouteRules, Schedule, Scope, SpoolError,
};

use crate::fake::{Act, Fake, MANAGERS, Shared, builder, mailer, manager};
use crate::{draft, settled, until};

/// An account that is not there yet.
fn late(fake: &Arc<Fake>, hand: &str) -> Account {
    Account {
        manager: manager(hand),
        rules: RouteRules {
            schedule: Arc::new(Schedule::steps(&[5], 5)),
            ..RouteRules::default()
        },
        ..Account::new("late", Arc::new(Shared(Arc::clone(fake))))
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_comes_later_works_like_any_other_and_disturbs_none() {
    for name in MANAGERS {
        let busy = Fake::new([Act::Hang { dot: false }], Act::Deliver);
        let mailer = mailer(&busy, manager(name));
        let sender = mailer.clone();
        let under_way = tokio::spawn(async move { sender.send(draft("under way")).await });
        until(|| busy.tries() == 1).await;
        let unknown = mailer.send_from("late", draft("too early")).await;
        assert!(matches!(unknown, Err(MailerError::UnknownAccount { .. })));

        let fake = Fake::new([Act::Defer], Act::Deliver);
        let clone = mailer.clone();
        let facts = mailer.add_account(late(&fake, name)).expect("added");
        assert_eq!((&*facts.name, facts.manager), ("late", name));
        let names: Vec<_> = clone.accounts().into_iter().map(|one| one.name).collect();
        assert_eq!(
            names,
            ["work".into(), "late".into()],
            "the default one first"
        );
        // By its own rules, its own transport, and what every clone knows.
        let receipt = clone.send_from("late", draft("hello")).await.expect("sent");
        let entry = settled(&receipt).await;
        assert_eq!(entry.state(mailer.now()), State::Delivered);
        assert_eq!((&*entry.route, fake.gaps()), ("late", vec![5]), "{name}");
        // In a transaction too.
        let mut tx = mailer.transaction();
        tx.send_from("late", draft("one")).await.expect("staged");
        let receipts = tx.commit().await.expect("committed");
        assert_eq!(
            settled(&receipts[0]).await.state(mailer.now()),
            State::Delivered
        );

        // The other one's attempt is the same that it was.
        assert_eq!(busy.tries(), 1, "{name}");
        let all = mailer.snapshot();
        assert_eq!((all.live.len(), all.totals.delivered), (1, 2));
        let left = mailer
            .close(Leaving {
                drain: false,
                deadline: Duration::from_secs(1),
            })
            .await;
        assert_eq!(left.len(), 1, "{name}");
        under_way.abort();
        // Its background work has ended with the rest.
        let refused = mailer.add_account(Account {
            name: "never".to_owned(),
            ..late(&fake, name)
        });
        assert_eq!(refused.err(), Some(AccountError::Closed));
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_is_taken_once() {
    let (first, second) = (Fake::new([], Act::Deliver), Fake::new([], Act::Deliver));
    let mailer = mailer(&first, manager("immediate"));
    let mut taken = late(&second, "on-demand");
    taken.name = "work".to_owned();
    taken.rules.expire = Duration::from_secs(1);
    let refused = mailer.add_account(taken).expect_err("taken");
    assert_eq!(refused, AccountError::Taken("work".to_owned()));
    let receipt = mailer.send(draft("as before")).await.expect("sent");
    settled(&receipt).await;
    assert_eq!((first.tries(), second.tries()), (1, 0));
    assert_eq!(mailer.accounts()[0].rules.expire, Duration::from_hours(1));
}

#[tokio::test(start_paused = true)]
async fn what_holds_for_every_account_holds_for_a_later_one() {
    // Test mode.
    let fake = Fake::new([], Act::Deliver);
    let tested = builder(&fake, manager("immediate")).queue_only(true);
    let tested = tested.build().expect("built");
    let facts = tested.add_account(late(&fake, "immediate")).expect("added");
    assert_eq!(facts.rules.rhythm, Rhythm::Never);
    tested
        .send_from("late", draft("kept"))
        .await
        .expect("queued");
    assert_eq!((fake.tries(), tested.snapshot().live.len()), (0, 1));
    // Reports to the author.
    let failing = Fake::new([Act::Fail], Act::Deliver);
    let mailer = mailer(&fake, manager("immediate"));
    let reported = Account {
        report: Some(Return::Headers),
        ..late(&failing, "immediate")
    };
    mailer.add_account(reported).expect("added");
    let receipt = mailer.send_from("late", draft("no")).await.expect("sent");
    settled(&receipt).await;
    until(|| failing.tries() == 2).await;
    until(|| mailer.snapshot().totals.delivered == 1).await;
    assert_eq!(fake.tries(), 0, "by its own way");
}

#[tokio::test]
async fn a_spool_that_comes_later_keeps_what_comes_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("spool");
    let fake = Fake::new([], Act::Defer);
    let first = mailer(&fake, manager("on-demand"));
    assert!(!first.has_spool() && !first.is_open_to_others());
    let before = first.send(draft("before")).await.expect("queued");
    first.add_spool(&dir, Scope::All).expect("opened");
    first
        .add_spool(folder.path().join("other"), Scope::All)
        .expect("has one");
    assert!(first.has_spool() && first.is_open_to_others());
    assert!(!folder.path().join("other").exists());
    first.add_account(late(&fake, "on-demand")).expect("added");
    let after = first
        .send_from("late", draft("after"))
        .await
        .expect("queued");
    let kept = |receipt: &turbomail::mailer::Receipt| {
        receipt.entry().is_some_and(|entry| entry.is_spooled())
    };
    assert!(!kept(&before) && kept(&after));
    assert_eq!(
        std::fs::read_dir(dir.join("new")).expect("a spool").count(),
        1
    );
    // Another mailer does not get in.
    let other = Fake::new([], Act::Deliver);
    let second = mailer(&other, manager("on-demand"));
    let held = second.add_spool(&dir, Scope::All);
    assert!(matches!(held, Err(SpoolError::Held { .. })), "{held:?}");
    let left = first
        .close(Leaving {
            drain: false,
            deadline: Duration::ZERO,
        })
        .await;
    assert_eq!(left.len(), 2);
    let id = after.id;
    drop((first, before, after));
    // What waits there for an account goes out as soon as that is there.
    let way = Fake::new([], Act::Deliver);
    second.add_spool(&dir, Scope::All).expect("free");
    assert_eq!(second.snapshot().live.len(), 1);
    second.add_account(late(&way, "on-demand")).expect("added");
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while second.snapshot().totals.delivered == 0 {
        assert!(std::time::Instant::now() < deadline, "it was not delivered");
        // A person's wish; it may be under way.
        drop(second.retry_now(id));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((way.tries(), other.tries()), (1, 0));
}

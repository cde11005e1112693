//! What a transaction promises.

use std::sync::Arc;

use tokio::time::timeout;
use turbomail::mail::clock::SystemClock;
use turbomail::mail::entry::{Route, State};
use turbomail::mail::event::Kind;
use turbomail::mail::parcel::EntryId;
use turbomail::mail::transaction::TransactionId;
use turbomail::mailer::{
    Admission, Leaving, Mailer, MailerError, Queue, QueueError, Terms, TransactionError,
};
use turbomail::transport::debug::Debug;

use crate::{LONG, draft, live, mailer, queue_only};

#[tokio::test]
async fn nothing_is_seen_before_the_commit_and_everything_at_once_after_it() {
    let mailer = queue_only();
    let (mut events, before) = (mailer.subscribe(), mailer.snapshot().number);
    let mut tx = mailer.transaction();
    let mut staged = Vec::new();
    for subject in ["one", "two", "three"] {
        staged.push(tx.send(draft(subject)).await.expect("staged"));
    }
    assert_eq!(tx.staged(), staged);
    tx.prepare().await.expect("promised");
    assert!(staged.iter().all(|one| mailer.entry(one.id).is_none()));
    assert_eq!((live(&mailer), mailer.snapshot().number), (vec![], before));
    assert!(events.try_recv().is_err(), "an event inside a transaction");
    let receipts = tx.commit().await.expect("committed");
    let number = before + 1;
    assert_eq!(mailer.snapshot().number, number, "more than one change");
    for (receipt, staged) in receipts.iter().zip(&staged) {
        assert_eq!(
            (receipt.id, &receipt.message_id),
            (staged.id, &staged.message_id)
        );
        let event = events.try_recv().expect("an event for each");
        assert_eq!(
            (event.number, event.kind),
            (number, Kind::Queued(staged.id))
        );
        let entry = receipt.entry().expect("queued");
        assert_eq!(entry.message.message_id, staged.message_id);
    }
    assert_eq!((receipts.len(), live(&mailer).len()), (3, 3));
    assert!(events.try_recv().is_err());
}

#[tokio::test]
async fn without_a_commit_nothing_was_ever_there() {
    let mailer = queue_only();
    let (mut events, before) = (mailer.subscribe(), mailer.snapshot().number);
    for prepare in [false, true] {
        for abort in [false, true] {
            let mut tx = mailer.transaction();
            tx.send(draft("never")).await.expect("staged");
            if prepare {
                tx.prepare().await.expect("promised");
            }
            if abort {
                tx.abort().await;
            } else {
                drop(tx);
            }
        }
    }
    assert_eq!((live(&mailer), mailer.snapshot().number), (vec![], before));
    assert!(events.try_recv().is_err());
    let nothing = mailer.transaction().commit().await.expect("empty");
    assert_eq!((nothing.len(), mailer.snapshot().number), (0, before));
}

#[tokio::test]
async fn a_draft_that_is_no_message_is_told_at_once_and_the_others_stay() {
    let mailer = queue_only();
    let mut tx = mailer.transaction();
    tx.send(draft("good")).await.expect("staged");
    let nobody = turbomail::mail::draft::Draft::new("me@example.com", "", "x", "x");
    let error = tx.send(nobody).await.expect_err("no recipient");
    assert!(matches!(
        error,
        TransactionError::Mailer(MailerError::Compose(_))
    ));
    let error = tx.send_from("home", draft("x")).await.expect_err("unknown");
    assert!(
        error.to_string().contains("expected one of: work"),
        "{error}"
    );
    assert_eq!(tx.commit().await.expect("committed").len(), 1);
}

#[tokio::test]
async fn a_transaction_that_is_prepared_or_over_takes_nothing_more() {
    let mailer = queue_only();
    let mut tx = mailer.transaction();
    tx.send(draft("one")).await.expect("staged");
    tx.prepare().await.expect("promised");
    let late = tx.send(draft("late")).await;
    assert!(matches!(late, Err(TransactionError::Over("prepared"))));
    let again = tx.prepare().await;
    assert!(matches!(again, Err(TransactionError::Over("prepared"))));
    // Neither has done any harm.
    assert_eq!(tx.commit().await.expect("committed").len(), 1);
}

#[tokio::test]
async fn receipts_resolve_to_the_final_outcome_whichever_manager_delivers() {
    for manager in ["immediate", "on-demand"] {
        let debug = Arc::new(Debug::new(None).expect("the script"));
        let mailer = mailer(debug.clone(), manager);
        let mut tx = mailer.transaction();
        for n in 0..12 {
            tx.send(draft(&n.to_string())).await.expect("staged");
        }
        let mut refused = draft("refused");
        refused.to = "refuse@example.com".to_owned();
        tx.send(refused).await.expect("staged");
        assert!(debug.received().is_empty());
        // Also from another thread.
        let commit = tokio::spawn(tx.commit()).await;
        let receipts = commit.expect("no panic").expect("committed");
        let mut states = Vec::new();
        for receipt in &receipts {
            let entry = timeout(LONG, receipt.settled()).await.expect("in time");
            states.push(entry.expect("kept").state(mailer.now()));
        }
        let failed = states.pop();
        assert_eq!(failed, Some(State::Failed), "{manager}");
        assert!(states.iter().all(|state| *state == State::Delivered));
        assert_eq!(debug.received().len(), 12, "{manager}");
    }
}

fn leaving(milliseconds: u64) -> Leaving {
    Leaving {
        drain: true,
        deadline: std::time::Duration::from_millis(milliseconds),
    }
}

#[tokio::test]
async fn a_mailer_that_closes_promises_nothing_more_and_waits_for_what_it_promised() {
    let mailer = mailer(Arc::new(Debug::new(None).expect("the script")), "on-demand");
    let (mut promised, mut open) = (mailer.transaction(), mailer.transaction());
    let kept = promised.send(draft("promised")).await.expect("staged");
    open.send(draft("open")).await.expect("staged");
    promised.prepare().await.expect("promised");
    let closing = tokio::spawn({
        let mailer = mailer.clone();
        async move { mailer.close(leaving(20_000)).await }
    });
    // The queue is closed before anything is waited for.
    while mailer.send(draft("probe")).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let closed =
        |error: &TransactionError| matches!(error, TransactionError::Mailer(MailerError::Closed));
    assert!(closed(&open.commit().await.expect_err("closing")));
    let receipts = promised.commit().await.expect("a promise is kept");
    assert_eq!(receipts[0].id, kept.id);
    let left = timeout(LONG, closing).await.expect("in time");
    assert!(left.expect("no panic").is_empty());
    let entry = receipts[0].entry().expect("kept");
    assert_eq!(entry.state(mailer.now()), State::Delivered);
}

#[tokio::test]
async fn a_promise_outlives_the_close_that_did_not_wait_for_it() {
    for abort in [true, false] {
        let debug = Arc::new(Debug::new(None).expect("the script"));
        let mailer = mailer(debug.clone(), "on-demand");
        let mut tx = mailer.transaction();
        tx.send(draft("late")).await.expect("staged");
        tx.prepare().await.expect("promised");
        assert!(mailer.close(leaving(50)).await.is_empty());
        if abort {
            tx.abort().await;
            assert!(live(&mailer).is_empty());
        } else {
            let receipts = tx.commit().await.expect("a promise is kept");
            assert_eq!(live(&mailer), [receipts[0].id]);
        }
        // Nobody works here any more.
        assert!(debug.received().is_empty());
    }
}

#[tokio::test]
async fn an_abort_lets_a_close_go_on_at_once() {
    let mailer = queue_only();
    let mut tx = mailer.transaction();
    tx.send(draft("aborted")).await.expect("staged");
    tx.prepare().await.expect("promised");
    let began = std::time::Instant::now();
    let (left, ()) = tokio::join!(mailer.close(leaving(60_000)), async move { drop(tx) });
    assert!(left.is_empty() && began.elapsed() < LONG);
}

/// Admissions without a mailer, so that their identities can be chosen.
async fn admissions(ids: &[EntryId]) -> Vec<Admission> {
    let mailer = Mailer::debug().expect("built");
    let message = mailer.compose("debug", draft("x")).await.expect("built");
    let message = Arc::new(message);
    let admission = |id: &EntryId| Admission {
        id: *id,
        route: Route::from("work"),
        message: Arc::clone(&message),
        terms: Terms::default(),
    };
    ids.iter().map(admission).collect()
}

#[tokio::test]
async fn the_queue_takes_a_batch_whole_or_not_and_keeps_promised_identities_free() {
    let queue = Queue::new(Arc::new(SystemClock::new()));
    let [a, b, c] = [(); 3].map(|()| EntryId::new());
    let tx = TransactionId::new();
    let prepared = queue.prepare(tx, admissions(&[a, b]).await).await;
    let prepared = prepared.expect("promised");
    assert_eq!((prepared.transaction(), prepared.batch().len()), (tx, 2));
    let again = queue.prepare(tx, Vec::new()).await;
    assert_eq!(again.err(), Some(QueueError::Prepared(tx)));
    // Each batch has one good message, and one that cannot come in.
    let nobody = {
        let mut pair = admissions(&[c, EntryId::new()]).await;
        let mut message = (*pair[1].message).clone();
        message.envelope.recipients.clear();
        pair[1].message = Arc::new(message);
        pair
    };
    for (batch, error) in [
        (admissions(&[c, b]).await, QueueError::Duplicate(b)),
        (admissions(&[c, c]).await, QueueError::Duplicate(c)),
        (nobody, QueueError::NoRecipients),
    ] {
        assert_eq!(queue.take(batch.clone()).await.err(), Some(error.clone()));
        let other = TransactionId::new();
        assert_eq!(queue.prepare(other, batch).await.err(), Some(error));
    }
    assert!(queue.snapshot().live.is_empty());
    assert_eq!(queue.snapshot().number, 0);
    drop(prepared);
    assert!(!queue.has_prepared());
    // What was aborted may be used again.
    let tickets = queue.take(admissions(&[c, b]).await).await.expect("taken");
    assert_eq!((tickets[0].id(), tickets[1].id()), (c, b));
    let taken = queue.prepare(tx, admissions(&[a, b]).await).await;
    assert_eq!(taken.err(), Some(QueueError::Duplicate(b)));
    assert!(!queue.has_prepared());
}

#[tokio::test]
async fn a_queue_in_memory_has_no_doubts() {
    let mailer = queue_only();
    let mut tx = mailer.transaction();
    tx.send(draft("prepared")).await.expect("staged");
    tx.prepare().await.expect("promised");
    // What this process has prepared is for it to decide.
    assert!(mailer.in_doubt().is_empty());
    for commit in [true, false] {
        let error = mailer.resolve(tx.id(), commit).await.expect_err("no doubt");
        assert!(matches!(
            error,
            MailerError::Queue(QueueError::NotInDoubt(id)) if id == tx.id()
        ));
    }
    assert_eq!(tx.commit().await.expect("committed").len(), 1);
}

//! When a report is mailed, to whom, and how often.

use std::time::Duration;

use turbomail::mail::draft::Draft;
use turbomail::mail::dsn::Return;
use turbomail::mail::entry::State;
use turbomail::mail::event::Kind;
use turbomail::mailer::Leaving;

use crate::office::{MANAGERS, Office, until};

fn draft(from: &str, to: &str) -> Draft {
    Draft::new(from, to, "Lunch?", "Hello")
}

#[tokio::test(start_paused = true)]
async fn a_refusal_comes_back_to_its_author_once() {
    for manager in MANAGERS {
        let office = Office::default();
        let mailer = office
            .builder(manager, Some(Return::Full))
            .build()
            .expect("built");
        let to = "fail@example.org, fine@example.org";
        let receipt = mailer
            .send(draft("me@example.com", to))
            .await
            .expect("queued");
        receipt.settled().await.expect("settled");
        until(|| office.reports().len() == 1 && mailer.snapshot().live.is_empty()).await;
        let report = office.reports().remove(0);
        assert_eq!(
            report.envelope.recipients,
            ["me@example.com".parse().expect("valid")]
        );
        assert_eq!(report.subject, "Not delivered: Lunch?");
        let done = mailer.snapshot().done;
        assert_eq!(done.len(), 2, "{manager}");
        let states: Vec<State> = done
            .values()
            .map(|entry| entry.state(mailer.now()))
            .collect();
        assert_eq!(states, [State::Partial, State::Delivered], "{manager}");
        tokio::time::sleep(Duration::from_hours(3)).await;
        assert_eq!(office.reports().len(), 1, "{manager}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delay_and_then_an_expiry_are_told_each_once() {
    for manager in MANAGERS {
        let office = Office::default();
        let mailer = office
            .builder(manager, Some(Return::Headers))
            .build()
            .expect("built");
        let mut events = mailer.subscribe();
        let from = "me@example.com";
        let receipt = mailer
            .send(draft(from, "defer@example.org"))
            .await
            .expect("queued");
        until(|| !office.reports().is_empty()).await;
        let waited = mailer.now().tick.0;
        assert!(
            (600..=661).contains(&waited.as_secs()),
            "{manager}: {waited:?}"
        );
        let entry = receipt.settled().await.expect("settled");
        assert_eq!(entry.state(mailer.now()), State::Expired);
        let note = entry.notes.first().map(|note| note.text.to_string());
        assert!(note.is_some_and(|note| note.starts_with("not delivered for 1")));
        until(|| office.reports().len() == 2).await;
        let subjects = office
            .reports()
            .iter()
            .map(|one| one.subject.clone())
            .collect::<Vec<_>>();
        assert_eq!(
            subjects,
            ["Not yet delivered: Lunch?", "Not delivered: Lunch?"]
        );
        let mut late = 0;
        while let Ok(event) = events.try_recv() {
            late += usize::from(event.kind == Kind::Delayed(receipt.id));
        }
        assert_eq!(late, 1, "{manager}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_report_that_fails_is_not_reported() {
    let office = Office::default();
    let mailer = office
        .builder("on-demand", Some(Return::Full))
        .build()
        .expect("built");
    let receipt = mailer
        .send(draft("fail@example.com", "fail@example.org"))
        .await;
    receipt.expect("queued").settled().await.expect("settled");
    until(|| mailer.snapshot().done.len() == 2).await;
    tokio::time::sleep(Duration::from_hours(3)).await;
    assert_eq!(
        (office.reports().len(), mailer.snapshot().done.len()),
        (1, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_where_no_reports_are_wanted() {
    let office = Office::default();
    let mailer = office.builder("on-demand", None).build().expect("built");
    let receipt = mailer
        .send(draft("me@example.com", "fail@example.org"))
        .await;
    receipt.expect("queued").settled().await.expect("settled");
    tokio::time::sleep(Duration::from_hours(3)).await;
    assert_eq!(
        (office.reports().len(), mailer.snapshot().done.len()),
        (0, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_mailer_that_closes_still_tells() {
    for manager in MANAGERS {
        let office = Office::default();
        let mailer = office
            .builder(manager, Some(Return::Full))
            .build()
            .expect("built");
        let from = "me@example.com";
        mailer
            .send(draft(from, "fail@example.org"))
            .await
            .expect("queued");
        let leaving = Leaving {
            drain: true,
            deadline: Duration::from_secs(20),
        };
        let left = mailer.close(leaving).await;
        assert_eq!((left.len(), office.reports().len()), (0, 1), "{manager}");
    }
    // Without time for it, it is at least among what is left.
    let office = Office::default();
    let mailer = office
        .builder("immediate", Some(Return::Full))
        .build()
        .expect("built");
    mailer
        .send(draft("me@example.com", "fail@example.org"))
        .await
        .expect("queued");
    let leaving = Leaving {
        drain: false,
        deadline: Duration::ZERO,
    };
    let left = mailer.close(leaving).await;
    let sent = office.reports().len();
    assert_eq!(left.len() + sent, 1, "{left:?}");
}

//! Who may speak against a transaction, and that nothing is queued then.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use turbomail::mail::outcome::Cause;
use turbomail::mail::smarthost::{Security, SmartHost};
use turbomail::mail::stage::Stage;
use turbomail::mailer::{Mailer, Terms, TransactionError, Veto};
use turbomail::transport::smtp::Smtp;

use crate::{draft, live, mailer, scripted};

fn veto<T: std::fmt::Debug>(result: Result<T, TransactionError>) -> Veto {
    match result {
        Err(TransactionError::Vetoed(veto)) => veto,
        other => panic!("expected a veto, got {other:?}"),
    }
}

#[tokio::test]
async fn a_check_of_ones_own_sees_everything_and_stops_everything() {
    let mailer = crate::queue_only();
    for prepare in [true, false] {
        let mut tx = mailer.transaction();
        tx.send(draft("fine")).await.expect("staged");
        let bad = tx.send(draft("bad")).await.expect("staged");
        tx.vote(|batch| match batch.len() {
            2 => Ok(()),
            n => Err(Veto::new(format!("{n} messages"))),
        });
        tx.vote(|batch| {
            let bad = batch.iter().find(|one| one.message.subject == "bad");
            bad.map_or(Ok(()), |one| Err(Veto::of(one.id, "no bad\u{1b}[2J words")))
        });
        let veto = if prepare {
            let veto = veto(tx.prepare().await);
            // A veto is the end of it.
            let over = tx.commit().await;
            assert!(matches!(over, Err(TransactionError::Over("rolled back"))));
            veto
        } else {
            veto(tx.commit().await)
        };
        assert_eq!(veto.message, Some(bad.id));
        let words = veto.to_string();
        assert!(
            words.contains(&bad.id.short()) && !words.contains('\u{1b}'),
            "{words}"
        );
    }
    assert!(live(&mailer).is_empty());
}

/// A message of about so many octets.
async fn large(mailer: &Mailer, octets: usize) -> turbomail::mail::message::Message {
    let mut draft = draft("large");
    draft.body = "forty characters are a line of this text\n".repeat(octets / 41);
    mailer.compose("work", draft).await.expect("built")
}

#[tokio::test]
async fn what_is_too_large_is_known_from_the_last_session_or_asked() {
    let server = scripted("capabilities = [\"SIZE 5000\"]");
    let mailer = mailer(server.clone(), "immediate");
    let staged = async |ask: bool| {
        let mut tx = mailer.transaction();
        tx.check_server(ask);
        tx.send(draft("small")).await.expect("staged");
        let message = large(&mailer, 6000).await;
        let terms = Terms {
            held: true,
            ..Terms::default()
        };
        let staged = tx.send_message("work", message, terms);
        (tx, staged.expect("staged"))
    };
    // Nothing is known, and nobody is asked.
    let (tx, _) = staged(false).await;
    let receipts = tx.commit().await.expect("nothing speaks against it");
    mailer.drop_entry(receipts[1].id).expect("held");
    let received = server.received().len();
    for ask in [false, true] {
        let (mut tx, message) = staged(ask).await;
        let veto = veto(tx.prepare().await);
        assert_eq!(veto.message, Some(message.id), "asked: {ask}");
        let words = veto.to_string();
        assert!(words.contains("takes at most 5000"), "{words}");
        assert_eq!(veto.failure.map(|failure| failure.stage), Some(Stage::Mail));
    }
    assert_eq!(
        (live(&mailer).len(), server.received().len()),
        (0, received)
    );
}

#[tokio::test]
async fn a_server_that_is_asked_says_its_limit_before_anything_was_ever_sent() {
    let server = scripted("capabilities = [\"SIZE 5000\"]");
    let mailer = mailer(server.clone(), "immediate");
    let mut tx = mailer.transaction();
    tx.check_server(true);
    let message = large(&mailer, 6000).await;
    let staged = tx.send_message("work", message, Terms::default());
    let staged = staged.expect("staged");
    assert_eq!(veto(tx.commit().await).message, Some(staged.id));
    let mut tx = mailer.transaction();
    tx.check_server(true);
    tx.send(draft("small")).await.expect("staged");
    let receipts = tx.commit().await.expect("the server is fine");
    assert!(receipts[0].settled().await.is_some());
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_recipient_that_the_server_cannot_take_is_told_before_the_commit() {
    let mailer = mailer(scripted("capabilities = [\"8BITMIME\"]"), "immediate");
    let mut tx = mailer.transaction();
    tx.check_server(true);
    let mut foreign = draft("Grüße");
    foreign.to = "you@example.com, jürgen@example.com".to_owned();
    let staged = tx.send(foreign).await.expect("staged");
    let veto = veto(tx.commit().await);
    assert_eq!(veto.message, Some(staged.id));
    assert!(veto.to_string().contains("SMTPUTF8"), "{veto}");
}

fn at(port: u16) -> Mailer {
    let server = format!("127.0.0.1:{port}").parse().expect("a server");
    let host = SmartHost::new(server, Security::None);
    mailer(Arc::new(Smtp::new(host)), "queue-only")
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_a_veto_where_it_is_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    // It accepts by its backlog, and never greets.
    let silent = at(port);
    let mut tx = silent.transaction();
    tx.check_server_within(Duration::from_millis(200));
    tx.send(draft("silence")).await.expect("staged");
    let failure = veto(tx.commit().await).failure.expect("a reason");
    assert_eq!(failure.stage, Stage::Greeting);
    assert!(matches!(failure.cause, Cause::TimedOut(_)));
    drop(listener);
    let gone = at(port);
    let mut tx = gone.transaction();
    tx.check_server(true);
    tx.send(draft("nobody")).await.expect("staged");
    let veto = veto(tx.commit().await);
    assert_eq!(veto.message, None);
    let failure = veto.failure.expect("a reason");
    assert_eq!(failure.stage, Stage::Connect, "{failure:?}");
    // Where nobody asks, the queue takes it and tries later.
    let mut tx = gone.transaction();
    tx.send(draft("later")).await.expect("staged");
    assert_eq!(tx.commit().await.expect("queued").len(), 1);
    assert!(live(&silent).is_empty() && live(&gone).len() == 1);
}

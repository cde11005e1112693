//! A server that takes only so many connections: everything is delivered all the same, and nobody waits long.

use std::sync::Arc;
use std::time::{Duration, Instant};

use turbomail::mail::entry::State;
use turbomail::mail::outcome::Status;
use turbomail::mailer::{Account, Mailer, ManagerOptions, Managers, Terms};
use turbomail::transport::smtp::Smtp;

use crate::support::parcels::parcel;
use crate::support::relay::{Mode, Relay};

/// Sends so many messages with four workers; how many attempts were turned away.
async fn send(relay: &Relay, count: usize, messages: usize) -> usize {
    let options = ManagerOptions {
        workers: 4,
        divisor: 1,
        count: 10_000,
        ..ManagerOptions::default()
    };
    let manager = Managers::default().make("on-demand", &options);
    let mut host = relay.host();
    host.count = count;
    let account = Account {
        manager: manager.expect("there is one"),
        ..Account::new("work", Arc::new(Smtp::new(host)))
    };
    let mailer = Mailer::builder().account(account).build().expect("built");
    let mut receipts = Vec::new();
    for _ in 0..messages {
        let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
        let message = turbomail::mail::message::Message::clone(&parcel.message);
        let sent = mailer.send_message("work", message, Terms::default());
        receipts.push(sent.await.expect("queued"));
    }
    let mut turned_away = 0;
    for receipt in receipts {
        let entry = receipt.settled().await.expect("kept");
        assert_eq!(entry.state(mailer.now()), State::Delivered);
        let status = &entry.recipients[0].status;
        assert!(matches!(status, Status::Delivered(_)), "{status:?}");
        let ends = entry.attempts.iter().filter_map(|one| one.end.as_ref());
        turned_away += ends.filter(|end| end.trouble.is_some()).count();
    }
    turned_away
}

#[tokio::test]
async fn two_connections_at_a_time_are_enough() {
    // Each message takes a moment, so that all workers want to be at it at once.
    let script = "connections = 2\n[[rule]]\non = 'content'\nreply = { delay = 10 }";
    let relay = Relay::start(script.parse().expect("a script"), Mode::Plain).await;
    let begun = Instant::now();
    let turned_away = send(&relay, 10, 120).await;
    assert!((1..=4).contains(&turned_away), "{turned_away}");
    // The first pause of a host in trouble would be 30 seconds.
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(15), "{took:?}");
    let accepted = relay.journal().messages();
    assert_eq!(accepted.iter().filter(|one| one.accepted).count(), 120);
}

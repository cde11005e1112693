//! The debug transport: every kind of outcome from one embedded server, and nothing leaves the machine.

use std::time::Duration;

use turbomail::transport::contract::Transport;
use turbomail::transport::debug::Debug;

use crate::support::parcels::{Collector, parcel, transcript};

const CONTENT: &[u8] = b"Subject: x\r\n\r\nHello\r\n";

/// What one attempt for this recipient comes to.
async fn send(debug: &Debug, to: &str) -> String {
    let parcel = parcel("me@x.example", &[to], CONTENT);
    let collector = Collector::default();
    let mut carrier = debug.carrier();
    carrier.deliver(vec![parcel.clone()], &collector).await;
    carrier.close().await;
    collector.words(&parcel).join(" ")
}

#[tokio::test]
async fn local_parts_choose_the_outcome() {
    let debug = Debug::new(None).expect("the embedded script");
    assert!(!debug.leaves_the_machine());
    for (to, first, second) in [
        ("anyone@x.example", "delivered 250", "delivered 250"),
        (
            "greylist@x.example",
            "deferred rcpt 450 4.7.1",
            "delivered 250",
        ),
        (
            "refuse@x.example",
            "failed rcpt 550 5.1.1",
            "failed rcpt 550 5.1.1",
        ),
        (
            "full@x.example",
            "deferred rcpt 452 4.2.2",
            "deferred rcpt 452 4.2.2",
        ),
        ("drop@x.example", "uncertain content", "delivered 250"),
        (
            "auth@x.example",
            "trouble rcpt 530 5.7.0",
            "trouble rcpt 530 5.7.0",
        ),
        ("busy@x.example", "deferred rcpt 421", "deferred rcpt 421"),
    ] {
        for expected in [first, second] {
            let got = send(&debug, to).await;
            assert!(
                got.starts_with(expected),
                "{to}: expected {expected}, got {got}"
            );
        }
    }
    let received = debug.received();
    assert!(received.iter().all(|message| message.content == CONTENT));
    let accepted = received.iter().filter(|message| message.accepted);
    assert_eq!(accepted.count(), 4, "{received:?}");
}

#[tokio::test(start_paused = true)]
async fn slow_takes_its_time() {
    let debug = Debug::new(None).expect("the embedded script");
    let begun = tokio::time::Instant::now();
    assert!(
        send(&debug, "slow@x.example")
            .await
            .starts_with("delivered")
    );
    assert!(
        begun.elapsed() >= Duration::from_secs(9),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn mixed_recipients_each_get_their_own() {
    let debug = Debug::new(None).expect("the embedded script");
    let to = [
        "a@x.example",
        "refuse@x.example",
        "full@x.example",
        "greylist@x.example",
    ];
    let parcel = parcel("me@x.example", &to, CONTENT);
    let collector = Collector::default();
    debug
        .carrier()
        .deliver(vec![parcel.clone()], &collector)
        .await;
    let words = collector.words(&parcel);
    for (got, expected) in words
        .iter()
        .zip(["delivered", "failed", "deferred", "deferred"])
    {
        assert!(got.starts_with(expected), "{words:?}");
    }
    let text = transcript(&parcel);
    assert!(
        text.contains("content: 21 bytes") && text.contains("Client: Subject: x"),
        "{text}"
    );
    assert!(!text.contains("Hello"), "{text}");
}

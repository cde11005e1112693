//! One message for ten thousand: split as RFC 5321 §4.5.3.1.8 asks, and each recipient with an outcome of its own.

use std::collections::HashSet;
use std::sync::Arc;

use turbomail::mail::entry::Entry;
use turbomail::mail::message::Message;
use turbomail::mail::outcome::Status;
use turbomail::mail::smarthost::SmartHost;
use turbomail::mailer::{Account, Leaving, Mailer, Terms};
use turbomail::transport::smtp::Smtp;

use crate::support::parcels::parcel;
use crate::support::relay::{Mode, Relay};

const ALL: usize = 10_000;

/// Sends the message through a mailer; the entry after its first attempt.
async fn send(host: SmartHost, to: &[String]) -> Arc<Entry> {
    let mailer = Mailer::builder()
        .account(Account::new("work", Arc::new(Smtp::new(host))))
        .build()
        .expect("built");
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    let parcel = parcel("me@x.example", &to, b"Subject: x\r\n\r\n");
    let message = Message::clone(&parcel.message);
    let sent = mailer.send_message("work", message, Terms::default());
    let receipt = sent.await.expect("queued");
    let entry = receipt.attempted().await.expect("an attempt");
    let leaving = Leaving {
        drain: false,
        deadline: std::time::Duration::ZERO,
    };
    mailer.close(leaving).await;
    entry
}

/// Who has received a message, each once.
fn received(relay: &Relay, transactions: usize, most: usize) -> HashSet<String> {
    let messages = relay.journal().messages();
    assert_eq!(messages.len(), transactions);
    let mut all = HashSet::new();
    for message in messages {
        assert!(message.accepted && message.recipients.len() <= most);
        for recipient in message.recipients {
            assert!(all.insert(recipient.clone()), "{recipient} has it twice");
        }
    }
    all
}

#[tokio::test]
async fn ten_thousand_recipients_go_by_the_hundred_over_one_connection() {
    let to: Vec<String> = (0..ALL).map(|n| format!("r{n}@x.example")).collect();
    for (script, transactions, most) in [
        ("", 100, 100),
        ("capabilities = []", 100, 100),
        (
            "capabilities = ['PIPELINING', 'LIMITS RCPTMAX=250']",
            40,
            250,
        ),
    ] {
        let relay = Relay::start(script.parse().expect("a script"), Mode::Plain).await;
        let entry = send(relay.host(), &to).await;
        assert_eq!(entry.recipients.len(), ALL);
        for one in &entry.recipients {
            assert!(matches!(one.status, Status::Delivered(_)), "{one:?}");
        }
        assert_eq!(received(&relay, transactions, most).len(), ALL);
        assert_eq!(relay.journal().connections(), 1);
    }
}

#[tokio::test]
async fn of_ten_thousand_each_has_its_own_outcome() {
    // By the last digit: refused, put off, or taken.
    let to: Vec<String> = (0..ALL)
        .map(|n| match n % 10 {
            3 => format!("no{n}@x.example"),
            7 => format!("later{n}@x.example"),
            _ => format!("r{n}@x.example"),
        })
        .collect();
    let script = "[[rule]]\non = 'rcpt'\nmatch = 'no*'\nreply = '550 5.1.1 Nobody'\n\
                  [[rule]]\non = 'rcpt'\nmatch = 'later*'\nreply = '450 4.2.1 Later'";
    let relay = Relay::start(script.parse().expect("a script"), Mode::Plain).await;
    let entry = send(relay.host(), &to).await;
    let received = received(&relay, 100, 100);
    assert_eq!(received.len(), ALL / 10 * 8);
    for (one, address) in entry.recipients.iter().zip(&to) {
        assert_eq!(one.address.as_str(), address);
        let is_right = match &one.status {
            Status::Delivered(_) => received.contains(address),
            Status::Failed(failure) => address.starts_with("no") && failure.code() == Some(550),
            Status::Deferred(failure) => {
                address.starts_with("later") && failure.code() == Some(450)
            }
            _ => false,
        };
        assert!(is_right, "{one:?}");
    }
}

//! Failures of real attempts, explained from what the queue keeps of them.

use turbomail::mail::diagnosis::{Owner, Retry};
use turbomail::mail::draft::Draft;
use turbomail::mailer::Mailer;
use turbomail::probe::{Knowledge, explain_entry};

#[tokio::test]
async fn what_the_embedded_server_refuses_is_explained() {
    let mailer = Mailer::debug().expect("a mailer");
    for (to, id, owner, retry) in [
        (
            "greylist@example.com",
            "rcpt.greylist",
            Owner::Relay,
            Retry::Yes,
        ),
        (
            "refuse@example.com",
            "rcpt.user_unknown",
            Owner::Recipient,
            Retry::No,
        ),
        (
            "full@example.com",
            "rcpt.mailbox_full",
            Owner::Recipient,
            Retry::Yes,
        ),
        (
            "drop@example.com",
            "data.lost_after_dot",
            Owner::Network,
            Retry::Ask,
        ),
        (
            "busy@example.com",
            "banner.421_busy",
            Owner::Relay,
            Retry::Yes,
        ),
    ] {
        let draft = Draft::new("me@example.com", to, "Hello", "One line.");
        let receipt = mailer.send(draft).await.expect("queued");
        let entry = receipt.attempted().await.expect("attempted");
        let found = explain_entry(&entry).expect("explained");
        assert_eq!(
            (found.id.as_str(), found.owner, found.retry),
            (id, owner, retry),
            "{to}"
        );
        assert!(!found.evidence.is_empty());
    }
}

#[tokio::test]
async fn a_login_that_is_wanted_later_is_the_host_s_trouble_and_explained() {
    let mailer = Mailer::debug().expect("a mailer");
    let draft = Draft::new("me@example.com", "auth@example.com", "Hello", "One line.");
    let receipt = mailer.send(draft).await.expect("queued");
    let entry = receipt.attempted().await.expect("attempted");
    assert!(entry.trouble().is_some());
    assert_eq!(
        explain_entry(&entry).expect("explained").id,
        "auth.required"
    );
}

#[tokio::test]
async fn what_was_delivered_needs_no_explanation() {
    let mailer = Mailer::debug().expect("a mailer");
    let draft = Draft::new("me@example.com", "you@example.com", "Hello", "One line.");
    let receipt = mailer.send(draft).await.expect("queued");
    let entry = receipt.attempted().await.expect("attempted");
    assert_eq!(explain_entry(&entry), None);
}

#[tokio::test]
async fn each_reason_is_told_with_whom_it_is_about() {
    let mailer = Mailer::debug().expect("a mailer");
    let to = "refuse@example.com, you@example.com, full@example.com";
    let draft = Draft::new("me@example.com", to, "Hello", "One line.");
    let receipt = mailer.send(draft).await.expect("queued");
    let entry = receipt.attempted().await.expect("attempted");
    let found = Knowledge::standard().diagnose_entry(&entry);
    let told: Vec<(&str, Vec<&str>)> = { found.iter().take(2) }
        .map(|one| {
            let whom = one
                .recipients
                .iter()
                .map(turbomail::mail::clean::Clean::as_str);
            (one.id.as_str(), whom.collect())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("rcpt.user_unknown", vec!["refuse@example.com"]),
            ("rcpt.mailbox_full", vec!["full@example.com"])
        ]
    );
    let one = explain_entry(&entry).expect("explained");
    assert_eq!(one.id, "rcpt.user_unknown");
}

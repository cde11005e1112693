//! What is written beside a message where its reply's digit does not say everything.

use std::sync::Arc;
use std::time::Duration;

use turbomail::mail::outcome::Failure;
use turbomail::mail::reply::Reply;
use turbomail::mail::stage::Stage;
use turbomail::probe::Knowledge;

use crate::fake::{Act, Fake, builder, manager};
use crate::{draft, until};

/// The notes of a message that met this reply to RCPT.
async fn notes(code: u16, words: &'static str) -> Vec<String> {
    notes_by(None, code, words).await
}

/// The same, by this knowledge of failures.
async fn notes_by(
    knowledge: Option<Arc<Knowledge>>,
    code: u16,
    words: &'static str,
) -> Vec<String> {
    let failure = Failure::refused(Stage::Rcpt, Reply::new(code, [words]));
    let fake = Fake::new([], Act::Refuse(failure));
    let parts = builder(&fake, manager("immediate")).knowledge(knowledge);
    let mailer = parts.build().expect("built");
    let receipt = mailer.send(draft("advice")).await.expect("queued");
    until(|| fake.tries() > 1 || code >= 500).await;
    // The adviser works beside the queue.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let entry = receipt.entry().expect("kept");
    let notes = entry.notes.iter().map(|note| note.text.to_string());
    notes.filter(|text| !text.contains("by hand")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_now_that_never_heals_is_told_once() {
    let notes = notes(454, "4.7.1 <you@example.com>: Relay access denied").await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].starts_with("waiting alone will not help:"),
        "{notes:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_good_that_heals_is_told() {
    let words = "5.2.2 <you@example.com>: Mailbox is full, over quota";
    let notes = notes(550, words).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].starts_with("it may be taken later"), "{notes:?}");
}

#[tokio::test(start_paused = true)]
async fn what_the_digit_says_is_not_said_again() {
    let soon = notes(450, "4.2.0 Greylisted, try again later").await;
    assert_eq!(soon, Vec::<String>::new());
    let never = notes(550, "5.1.1 <you@example.com>: User unknown").await;
    assert_eq!(never, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn where_some_wait_and_others_are_refused_neither_is_said_of_the_other() {
    let rules = r#"
[[rule]]
id = "own.soon"
severity = "warning"
title = "The server is tired"
explanation = "It sleeps."
advice = ["Let it sleep."]
retry = "yes"
owner = "relay"
[[rule.when]]
codes = ["450"]
words = ["script"]
"#;
    let knowledge = Knowledge::with("rules.toml", rules).expect("a rule");
    let fake = Fake::new([Act::Each(vec![Some(450), Some(550)])], Act::Deliver);
    let parts = builder(&fake, manager("immediate"));
    let parts = parts.knowledge(Some(Arc::new(knowledge)));
    let mailer = parts.build().expect("built");
    let mut draft = draft("advice");
    draft.to = "tired@example.com, gone@example.com".to_owned();
    let receipt = mailer.send(draft).await.expect("queued");
    until(|| fake.tries() > 0).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let entry = receipt.entry().expect("kept");
    let notes: Vec<String> = entry.notes.iter().map(|one| one.text.to_string()).collect();
    let is_wrong = |text: &String| text.contains("though the server said never");
    assert!(!notes.iter().any(is_wrong), "{notes:?}");
}

#[tokio::test(start_paused = true)]
async fn rules_of_one_s_own_are_heard() {
    let rules = r#"
[[rule]]
id = "own.closed"
severity = "error"
title = "The archive was closed for ever"
explanation = "It moved."
advice = ["Write to the new one."]
retry = "no"
owner = "you"
[[rule.when]]
codes = ["450"]
words = ["archive"]
"#;
    let knowledge = Knowledge::with("rules.toml", rules).expect("a rule");
    let notes = notes_by(Some(Arc::new(knowledge)), 450, "4.2.0 Archive away").await;
    let words =
        "waiting alone will not help: The archive was closed for ever. Write to the new one.";
    assert_eq!(notes, [words]);
}

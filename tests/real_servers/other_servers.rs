//! Greylisting, Dovecot's submission and LMTP, and smtp-sink in its many moods.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::dovecot::Dovecot;
use crate::postfix::{Postfix, USER};
use crate::secrets::assert_no_secret;
use crate::sink::{Postgrey, Sink};
use crate::{json, or_skipped, postfix, send};

fn home() -> TempDir {
    TempDir::new().expect("a scratch home")
}

/// What a message through this server comes to: the exit status, and the outcome of each recipient.
fn outcome(home: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = send(home, arguments);
    let result = json(&output);
    let recipients = result["recipients"].as_array().expect("recipients");
    let words = recipients.iter().map(|one| {
        let word = |key: &str| one[key].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", word("status"), word("stage"), one["code"])
    });
    let words: Vec<_> = words.collect();
    (output.status.code(), words.join(", "))
}

#[test]
fn greylisting_is_waited_out_and_delivers_once() {
    let Some(grey) = or_skipped(|| Postgrey::start(2)) else {
        return;
    };
    let Some(postfix) = or_skipped(|| Postfix::start_with(&grey.restriction())) else {
        return;
    };
    let (home, server) = (home(), format!("localhost:{}", postfix.mx));
    let ca = postfix.ca().display().to_string();
    let output = send(
        home.path(),
        &[
            "--from",
            "me@mx.test",
            "--server",
            &server,
            "--ca-file",
            &ca,
            "--retry",
            "3s",
            "--wait",
            "30s",
            "bob@example.test",
        ],
    );
    let result = json(&output);
    assert_eq!(output.status.code(), Some(0), "{result:#}");
    assert_eq!(result["status"], "delivered");
    assert_eq!(result["recipients"][0]["attempts"], 2, "{result:#}");
    let first = result["attempts"][0]["transcript"].to_string();
    assert!(first.contains("450 4.2.0"), "{first}");
    assert_eq!(postfix.wait_for_mail(1).len(), 1);
}

/// Sends through Dovecot's submission with a login, over STARTTLS.
fn submit(home: &Path, dovecot: &Dovecot) -> Output {
    let server = format!("localhost:{}", dovecot.submission);
    let ca = dovecot.ca().display().to_string();
    let arguments = [
        "--from",
        USER,
        "--server",
        &server,
        "--security",
        "starttls",
        "--user",
        "alice",
        "--ca-file",
        &ca,
        "--transcript",
        "--dsn",
        "failure,delay",
        "bob@example.test",
    ];
    send(home, &arguments)
}

#[test]
fn dovecot_s_submission_takes_every_login_that_it_offers_and_we_know() {
    let Some(postfix) = postfix() else { return };
    // Dovecot 2.3 has no mechanism with a channel binding; those meet the scripted server in tests/dialogue.
    let mechanisms = [
        "plain",
        "login",
        "cram-md5",
        "scram-sha-1",
        "scram-sha-256",
        // Of all of these the best one is taken.
        "plain login cram-md5 scram-sha-1 scram-sha-256",
    ];
    for (number, offered) in mechanisms.into_iter().enumerate() {
        let mechanism = offered.rsplit(' ').next().expect("a mechanism");
        let Some(dovecot) = or_skipped(|| Dovecot::start(offered, postfix.mx)) else {
            return;
        };
        let home = home();
        let output = submit(home.path(), &dovecot);
        let result = json(&output);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{result:#}\n{}",
            dovecot.log()
        );
        let attempt = &result["attempts"][0];
        assert_eq!(attempt["tls"]["version"], "TLS 1.3", "{attempt:#}");
        let said = attempt["transcript"].to_string();
        // With what follows, so that no other's name begins alike.
        let auth = format!("AUTH {}", mechanism.to_uppercase());
        let [bare, more] = ["\"", " "].map(|behind| format!("{auth}{behind}"));
        assert!(said.contains(&bare) || said.contains(&more), "{said}");
        assert!(!said.contains("334 dj"), "{said}");
        assert!(
            said.contains("NOTIFY=FAILURE,DELAY") || said.contains("does not offer DSN"),
            "{said}"
        );
        assert_eq!(postfix.wait_for_mail(number + 1).len(), number + 1);
        for (what, octets) in [
            ("the output", &output.stdout),
            ("standard error", &output.stderr),
            ("Dovecot's log", &dovecot.log().into_bytes()),
        ] {
            assert_no_secret(what, octets);
        }
    }
}

#[test]
fn dovecot_s_lmtp_has_a_verdict_for_each_recipient() {
    let Some(dovecot) = or_skipped(|| Dovecot::start("plain", 9)) else {
        return;
    };
    let home = home();
    let ca = dovecot.ca().display().to_string();
    let tcp = format!("localhost:{}", dovecot.lmtp);
    let socket = format!("unix:{}", dovecot.socket().display());
    let long = "A line that takes room.\n".repeat(100);
    let file = home.path().join("long.txt");
    std::fs::write(&file, long).expect("a file");
    for (number, server) in [&tcp, &socket].into_iter().enumerate() {
        let (code, words) = outcome(
            home.path(),
            &[
                "--transport",
                "lmtp",
                "--from",
                USER,
                "--server",
                server,
                "--ca-file",
                &ca,
                "--attach",
                &file.display().to_string(),
                "alice@mx.test",
                "full@mx.test",
                "nobody@mx.test",
                "bob@mx.test",
            ],
        );
        let expected =
            "delivered content 250, failed content 552, failed rcpt 550, delivered content 250";
        assert_eq!(words, expected, "{server}\n{}", dovecot.log());
        // The refusal of the content is what the caller can mend.
        assert_eq!(code, Some(65));
        for user in ["alice", "bob"] {
            let mails = dovecot.wait_for_mail(user, number + 1);
            assert_eq!(mails.len(), number + 1, "{user}");
        }
        assert!(dovecot.wait_for_mail("full", 0).is_empty());
    }
    assert_no_secret("Dovecot's log", dovecot.log().as_bytes());
}

/// smtp-sink's options, the transport, and what must come of one message for two recipients.
const MOODS: &[(&[&str], &str, i32, &str)] = &[
    (&[], "smtp", 0, "delivered content 250"),
    (&["-8"], "smtp", 0, "delivered content 250"),
    (&["-p"], "smtp", 0, "delivered content 250"),
    (&["-8", "-p", "-E"], "smtp", 0, "delivered content 250"),
    (&["-e"], "smtp", 0, "delivered content 250"),
    (
        &["-h", "odd.example", "-w", "1"],
        "smtp",
        0,
        "delivered content 250",
    ),
    (&["-f", "mail"], "smtp", 69, "failed mail 500"),
    (&["-f", "rcpt"], "smtp", 69, "failed rcpt 500"),
    (&["-f", "data"], "smtp", 65, "failed data 500"),
    (&["-f", "."], "smtp", 65, "failed content 500"),
    (&["-p", "-f", "rcpt"], "smtp", 69, "failed rcpt 500"),
    (&["-p", "-f", "data"], "smtp", 65, "failed data 500"),
    (&["-r", "mail"], "smtp", 75, "deferred mail 450"),
    (&["-r", "rcpt"], "smtp", 75, "deferred rcpt 450"),
    (&["-r", "data"], "smtp", 75, "deferred data 450"),
    (&["-r", "."], "smtp", 75, "deferred content 450"),
    (&["-q", "ehlo"], "smtp", 75, "deferred hello null"),
    (&["-q", "mail"], "smtp", 75, "deferred mail null"),
    (&["-q", "rcpt"], "smtp", 75, "deferred rcpt null"),
    (&["-q", "data"], "smtp", 75, "deferred data null"),
    (&["-q", "."], "smtp", 75, "uncertain content null"),
    (&["-Q", "mail"], "smtp", 75, "deferred mail 421"),
    (&["-Q", "."], "smtp", 75, "deferred content 421"),
    (&["-f", "connect"], "smtp", 69, "deferred greeting 500"),
    (&["-q", "quit"], "smtp", 0, "delivered content 250"),
    (&["-L"], "lmtp", 0, "delivered content 250"),
    (&["-L", "-p"], "lmtp", 0, "delivered content 250"),
    (&["-L", "-f", "."], "lmtp", 65, "failed content 500"),
    (&["-L"], "smtp", 76, "deferred hello 500"),
];

#[test]
fn smtp_sink_in_every_mood_has_the_right_outcome() {
    let home = home();
    let mut wrong = Vec::new();
    for (options, transport, code, words) in MOODS {
        let Some(sink) = or_skipped(|| Sink::start(options)) else {
            return;
        };
        let server = format!("127.0.0.1:{}", sink.port);
        let got = outcome(
            home.path(),
            &[
                "--transport",
                transport,
                "--from",
                "me@mx.test",
                "--server",
                &server,
                "a@example.test",
                "b@example.test",
            ],
        );
        let expected = (Some(*code), format!("{words}, {words}"));
        if got != expected {
            wrong.push(format!(
                "{options:?} {transport}: {got:?} instead of {expected:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! The real binary against real servers: Postfix, Dovecot, postgrey and smtp-sink.
//!
//! Skipped, and said so, where one is missing; `REAL_SERVERS=required` makes that a failure.
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

mod console;
mod daemon;
mod dovecot;
mod experts;
mod other_servers;
mod postfix;
mod probe;
mod secrets;
mod sink;
#[expect(dead_code, reason = "the console's own tests use more of it")]
#[path = "../support/terminal.rs"]
mod terminal;
mod walks;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use mail_parser::{MessageParser, MimeHeaders};
use postfix::{PASSWORD, Postfix, USER};
use secrets::assert_no_secret;
use serde_json::Value;
use tempfile::TempDir;

/// A Postfix, or `None` where there is none and none is demanded.
fn postfix() -> Option<Postfix> {
    or_skipped(Postfix::start)
}

/// A server, or `None` where there is none and none is demanded.
fn or_skipped<T>(start: impl Fn() -> Result<T, String>) -> Option<T> {
    // Ports are free when they are chosen and may be taken when the server gets there; other tests start theirs at the same time.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    match start().or_else(|_| start()).or_else(|_| start()) {
        Ok(server) => Some(server),
        Err(reason) if std::env::var_os("REAL_SERVERS").is_some() => {
            panic!("a real server is required and could not be started: {reason}")
        }
        Err(reason) => {
            eprintln!("skipped: {reason}");
            None
        }
    }
}

/// `turbomail send --json --transcript` in an empty home.
fn send(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .args([
            "send",
            "--json",
            "--subject",
            "Übung",
            "--body",
            "Grüße\n.\nfrom far away",
        ])
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .env("TURBOMAIL_PASSWORD", PASSWORD)
        .output()
        .expect("the program runs")
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.trim()).unwrap_or_else(|error| {
        panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr))
    })
}

/// Every byte value, and line ends of all kinds.
fn attachment(home: &Path) -> Vec<u8> {
    let bytes: Vec<u8> = (0..=255)
        .cycle()
        .take(50_000)
        .chain(*b"\r\n.\r\n\n\r")
        .collect();
    fs::write(home.join("Prüfung & more.bin"), &bytes).expect("an attachment");
    bytes
}

#[test]
fn a_message_with_an_attachment_arrives_byte_for_byte_over_every_kind_of_tls() {
    let Some(postfix) = postfix() else { return };
    let home = TempDir::new().expect("a scratch home");
    let bytes = attachment(home.path());
    let file = home.path().join("Prüfung & more.bin");
    let ca = postfix.ca();
    for (number, (port, security)) in [
        (postfix.submission, "starttls"),
        (postfix.submission, "auto"),
        (postfix.smtps, "tls"),
    ]
    .iter()
    .enumerate()
    {
        let server = format!("localhost:{port}");
        let output = send(
            home.path(),
            &[
                "--from",
                USER,
                "--server",
                &server,
                "--security",
                security,
                "--user",
                USER,
                "--ca-file",
                &ca.to_string_lossy(),
                "--attach",
                &file.to_string_lossy(),
                "--transcript",
                "bob@example.test",
            ],
        );
        let result = json(&output);
        assert_eq!(output.status.code(), Some(0), "{result:#}");
        assert_eq!(result["status"], "delivered");
        assert_eq!(
            result["attempts"][0]["tls"]["version"], "TLS 1.3",
            "{result:#}"
        );
        assert_no_secret(
            "the output",
            &[&output.stdout[..], &output.stderr[..]].concat(),
        );

        let files = postfix.wait_for_mail(number + 1);
        let newest = files
            .iter()
            .max_by_key(|path| fs::metadata(path).and_then(|facts| facts.modified()).ok());
        let raw = fs::read(newest.expect("the message in the Maildir")).expect("readable mail");
        let message = MessageParser::default().parse(&raw).expect("a message");
        assert_eq!(message.subject(), Some("Übung"));
        assert_eq!(
            message.body_text(0).as_deref().map(str::trim_end),
            Some("Grüße\r\n.\r\nfrom far away")
        );
        let part = message.attachment(0).expect("the attachment");
        assert_eq!(part.attachment_name(), Some("Prüfung & more.bin"));
        assert!(part.contents() == bytes, "the attachment differs");
        python_agrees(newest.expect("the message"), &file);
    }
    assert_no_secret("Postfix's log", postfix.log().as_bytes());
}

/// Python's `email` has read more odd mail than any other parser within reach.
fn python_agrees(mail: &Path, attachment: &Path) {
    const READ: &str = "import email, email.policy, sys\n\
         m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)\n\
         a = list(m.iter_attachments())\n\
         assert len(a) == 1 and a[0].get_filename() == 'Prüfung & more.bin', a\n\
         assert a[0].get_content() == open(sys.argv[2], 'rb').read()\n\
         assert m['subject'] == 'Übung', m['subject']\n\
         assert not m.defects, m.defects\n";
    let python = Command::new("python3")
        .args(["-c", READ])
        .arg(mail)
        .arg(attachment)
        .output();
    match python {
        Ok(output) => assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(_) if std::env::var_os("REAL_SERVERS").is_none() => {
            eprintln!("skipped: no python3");
        }
        Err(error) => panic!("python3: {error}"),
    }
}

#[test]
fn what_postfix_refuses_is_reported_in_its_own_words() {
    let Some(postfix) = postfix() else { return };
    let home = TempDir::new().expect("a scratch home");
    let ca = postfix.ca();
    let ca = ca.to_string_lossy();
    let submission = format!("localhost:{}", postfix.submission);
    let mx = format!("localhost:{}", postfix.mx);

    let wrong = Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .args([
            "send",
            "--json",
            "--from",
            USER,
            "--body",
            "x",
            "--server",
            &submission,
            "--security",
            "starttls",
        ])
        .args([
            "--user",
            USER,
            "--ca-file",
            &ca,
            "--transcript",
            "bob@example.test",
        ])
        .env_clear()
        .env("HOME", home.path())
        .env("TURBOMAIL_PASSWORD", "not-the-password")
        .output()
        .expect("the program runs");
    let result = json(&wrong);
    assert_eq!(wrong.status.code(), Some(77), "{result:#}");
    assert_eq!(result["status"], "deferred");
    assert_eq!(result["recipients"][0]["stage"], "auth");
    assert_eq!(result["recipients"][0]["code"], 535);
    assert!(!String::from_utf8_lossy(&wrong.stdout).contains("not-the-password"));

    let refused = send(
        home.path(),
        &[
            "--from",
            "me@mx.test",
            "--server",
            &mx,
            "--ca-file",
            &ca,
            "bob@example.test",
            "eve@elsewhere.test",
        ],
    );
    let result = json(&refused);
    assert_eq!(refused.status.code(), Some(69), "{result:#}");
    assert_eq!(result["status"], "partial");
    assert_eq!(result["recipients"][0]["status"], "delivered");
    assert_eq!(result["recipients"][1]["status"], "failed");
    assert_eq!(result["recipients"][1]["enhanced"], "5.7.1");

    let untrusted = send(
        home.path(),
        &[
            "--from",
            USER,
            "--server",
            &submission,
            "--security",
            "starttls",
            "--user",
            USER,
            "a@b.test",
        ],
    );
    let result = json(&untrusted);
    assert_eq!(untrusted.status.code(), Some(76), "{result:#}");
    assert_eq!(result["recipients"][0]["stage"], "tls");
    assert!(
        result["recipients"][0]["text"]
            .as_str()
            .is_some_and(|text| text.contains("authority")),
        "{result:#}"
    );
}

#[test]
fn each_mechanism_that_postfix_offers_logs_in() {
    let Some(postfix) = postfix() else { return };
    let home = TempDir::new().expect("a scratch home");
    let server = format!("localhost:{}", postfix.submission);
    let ca = postfix.ca();
    for mechanism in ["plain", "login", "cram-md5"] {
        let output = send(
            home.path(),
            &[
                "--from",
                USER,
                "--server",
                &server,
                "--user",
                USER,
                "--auth",
                mechanism,
                "--ca-file",
                &ca.to_string_lossy(),
                "bob@example.test",
            ],
        );
        let result = json(&output);
        assert_eq!(output.status.code(), Some(0), "{mechanism}: {result:#}");
        let said = result["attempts"][0]["transcript"].to_string();
        let command = format!("AUTH {}", mechanism.to_uppercase());
        assert!(said.contains(&command), "{mechanism}: {said}");
        assert_no_secret(mechanism, &output.stdout);
    }
}

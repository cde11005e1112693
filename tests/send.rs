//! `turbomail send` all the way: over the debug transport, and against hosts that are not there.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

fn send(arguments: &[&str]) -> (i32, String, String) {
    send_from("me@example.com", arguments)
}

fn send_from(from: &str, arguments: &[&str]) -> (i32, String, String) {
    let home = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .args(["send", "--from", from, "--body", "hello"])
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let text = |octets| String::from_utf8(octets).expect("UTF-8");
    (
        output.status.code().expect("a status"),
        text(output.stdout),
        text(output.stderr),
    )
}

fn object(out: &str) -> Value {
    assert_eq!(out.lines().count(), 1, "one object a line: {out}");
    serde_json::from_str(out).expect("JSON")
}

#[test]
fn each_outcome_has_its_status_and_its_words() {
    for (to, status, word, reply) in [
        ("anyone@example.com", 0, "delivered", "250"),
        ("greylist@example.com", 75, "deferred", "450 4.7.1"),
        ("refuse@example.com", 69, "failed", "550 5.1.1"),
        ("auth@example.com", 77, "deferred", "530 5.7.0"),
        ("drop@example.com", 75, "uncertain", "closed"),
    ] {
        let (code, out, err) = send(&[to]);
        assert_eq!((code, err.as_str()), (status, ""), "{to}: {out}");
        assert!(out.starts_with(word) && out.contains(reply), "{out}");
        let (code, out, _) = send(&["--json", to]);
        assert_eq!(code, status);
        let object = object(&out);
        assert_eq!(
            (
                object["status"].as_str(),
                object["recipients"][0]["address"].as_str()
            ),
            (Some(word), Some(to))
        );
        assert_eq!(
            object["next_retry"].is_null(),
            matches!(word, "delivered" | "failed")
        );
        assert!(
            object["attempts"][0]["transcript"]
                .as_array()
                .is_some_and(|lines| lines.len() > 5)
        );
    }
}

#[test]
fn a_mixture_is_told_for_each_recipient_and_the_worst_counts() {
    let (code, out, _) = send(&["--json", "ok@example.com", "--bcc", "refuse@example.com"]);
    let object = object(&out);
    assert_eq!((code, object["status"].as_str()), (69, Some("partial")));
    assert_eq!(object["recipients"][1]["stage"], "rcpt");
    assert_eq!(object["recipients"][1]["code"], 550);
    let attempt = object["attempts"][0].to_string();
    assert!(
        attempt.contains("RCPT TO:<refuse@example.com>") && !attempt.contains("Bcc:"),
        "{attempt}"
    );
}

#[test]
fn waiting_keeps_to_the_schedule_until_all_is_settled_or_the_time_is_over() {
    let (code, out, _) = send(&[
        "--json",
        "--retry",
        "1s",
        "--wait",
        "1m",
        "greylist@example.com",
    ]);
    let object = object(&out);
    assert_eq!((code, object["status"].as_str()), (0, Some("delivered")));
    assert_eq!(object["attempts"].as_array().map(Vec::len), Some(2));
    let (code, out, _) = send(&["--retry", "1h", "--wait", "200ms", "greylist@example.com"]);
    assert_eq!(code, 75);
    assert!(out.starts_with("deferred"), "{out}");
}

#[test]
fn hosts_that_are_not_there_have_statuses_of_their_own() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = listener.local_addr().expect("an address").to_string();
    let (code, out, _) = send(&[
        "--json",
        "--server",
        &address,
        "--timeout",
        "200ms",
        "a@example.com",
    ]);
    let silent = object(&out);
    assert_eq!(
        (code, silent["recipients"][0]["stage"].as_str()),
        (69, Some("greeting"))
    );
    assert_eq!(
        silent["recipients"][0]["attempts"], 0,
        "the host's trouble burns no attempt"
    );
    drop(listener);
    let (code, out, _) = send(&["--json", "--server", &address, "a@example.com"]);
    let refused = object(&out);
    assert_eq!(
        (code, refused["recipients"][0]["stage"].as_str()),
        (69, Some("connect"))
    );
    assert_eq!(refused["status"], "deferred");
}

#[test]
fn the_transcript_goes_where_it_is_asked_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("transcript");
    let name = path.to_str().expect("Unicode");
    let (_, out, _) = send(&["a@example.com", "--transcript", name]);
    assert!(!out.contains("EHLO"), "{out}");
    let kept = std::fs::read_to_string(&path).expect("written");
    assert!(
        kept.contains("  C  EHLO ") && kept.contains("  S  220 "),
        "{kept}"
    );
    let (code, out, err) = send(&["--quiet", "--transcript", "a@example.com"]);
    assert_eq!((code, err.as_str()), (0, ""), "the value is a recipient");
    assert!(out.contains("  C  RCPT TO:<a@example.com>"), "{out}");
    let (_, out, err) = send(&["--verbose", "a@example.com"]);
    assert!(!out.contains("EHLO") && err.contains("EHLO"), "{out}{err}");
}

#[test]
fn kinds_that_nobody_knows_are_named_with_their_place() {
    let (code, _, err) = send(&["--transport", "smpt", "a@example.com"]);
    assert_eq!(code, 64);
    assert!(
        err.contains("--transport") && err.contains("debug, lmtp, smtp"),
        "{err}"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    let text = "[account.a]\ntransport = \"debug\"\n[account.a.manager]\nkind = \"on-demnd\"\n";
    std::fs::write(&path, text).expect("written");
    let (code, _, err) = send(&["--config", path.to_str().expect("Unicode"), "a@example.com"]);
    assert_eq!(code, 78);
    assert!(
        err.contains("config.toml:4:") && err.contains("unknown manager \"on-demnd\""),
        "{err}"
    );
}

/// The words of the delivery log's lines.
fn logged(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("a log");
    let word = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
    text.lines().filter_map(word).collect()
}

#[test]
fn the_log_has_each_step_and_a_report_still_leaves() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("delivery.log");
    let log = path.to_str().expect("a name");
    let (code, _, err) = send(&["--log", log, "anyone@example.com"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let sent = ["QUEUED", "DELIVER", "SENT"];
    assert_eq!(logged(&path), sent);
    let (code, out, err) = send(&["--log", log, "--report", "full", "refuse@example.com"]);
    assert_eq!((code, err.as_str()), (69, ""), "{out}");
    let refused = ["QUEUED", "DELIVER", "REFUSED"];
    let words = logged(&path);
    assert_eq!(words[3..6], refused);
    assert_eq!(words[6..], sent, "the report to the author");
    let text = std::fs::read_to_string(&path).expect("a log");
    assert!(text.contains(" from=<>\n"), "{text}");
    assert!(
        text.lines()
            .last()
            .is_some_and(|line| line.contains(" to=me@example.com ")),
        "{text}"
    );
}

#[test]
fn a_log_that_cannot_be_written_is_told_and_the_mail_goes_its_way() {
    let (code, out, err) = send(&["--log", "/dev/null/x", "anyone@example.com"]);
    assert_eq!(code, 0, "{out}");
    assert!(
        err.contains("the delivery log cannot be written: /dev/null/x: "),
        "{err}"
    );
}

#[test]
fn a_report_that_cannot_leave_is_told() {
    let (code, _, err) = send_from(
        "drop@example.com",
        &["--no-retry", "--report", "full", "refuse@example.com"],
    );
    assert_eq!(code, 69);
    assert!(
        err.contains("the report to the author could not be delivered either"),
        "{err}"
    );
}

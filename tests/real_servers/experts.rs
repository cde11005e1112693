//! What experts ask for, against a real Postfix: XCLIENT, the PROXY header, the test message, and other programs' lines.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::or_skipped;
use crate::postfix::{PASSWORD, Postfix, USER};
use crate::secrets::assert_no_secret;

fn probe(home: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .arg("probe")
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .env("TURBOMAIL_PASSWORD", PASSWORD)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    assert_no_secret("the output", &all);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), text)
}

#[test]
fn postfix_believes_xclient() {
    let start = || Postfix::start_with("smtpd_authorized_xclient_hosts = 127.0.0.0/8\n");
    let Some(postfix) = or_skipped(start) else {
        return;
    };
    let home = TempDir::new().expect("a scratch home");
    let ca = postfix.ca();
    let ca = ca.to_string_lossy();
    let client = "NAME=other.example ADDR=192.0.2.9 HELO=he.example";
    for security in ["none", "starttls"] {
        let server = format!("localhost:{}", postfix.mx);
        let arguments = [
            server.as_str(),
            "--security",
            security,
            "--ca-file",
            &ca,
            "--xclient",
            client,
            "--from",
            "me@elsewhere.test",
            "--to",
            "eve@elsewhere.test",
        ];
        let (status, out) = probe(home.path(), &arguments);
        assert_eq!(status, Some(69), "{out}");
        assert!(
            out.contains("XCLIENT: 220") && out.contains("Relay access denied"),
            "{out}"
        );
    }
    let log = postfix.log();
    let told = "RCPT from other.example[192.0.2.9]";
    assert_eq!(log.matches(told).count(), 2, "{log}");
}

#[test]
fn postfix_reads_the_proxy_header_in_both_forms_and_before_tls() {
    let start = || Postfix::start_with("smtpd_upstream_proxy_protocol = haproxy\n");
    let Some(postfix) = or_skipped(start) else {
        return;
    };
    let home = TempDir::new().expect("a scratch home");
    let ca = postfix.ca();
    let ca = ca.to_string_lossy();
    for (number, form) in ["", ",v2"].iter().enumerate() {
        for (port, security) in [
            (postfix.mx, "none"),
            (postfix.mx, "starttls"),
            (postfix.smtps, "tls"),
        ] {
            let server = format!("localhost:{port}");
            let header = format!("192.0.2.{}:40000,127.0.0.1:{port}{form}", number + 1);
            let arguments = [
                server.as_str(),
                "--security",
                security,
                "--ca-file",
                &ca,
                "--proxy-header",
                &header,
                "--from",
                "me@elsewhere.test",
                "--to",
                "eve@elsewhere.test",
            ];
            let (status, out) = probe(home.path(), &arguments);
            assert!(out.contains("✗ rcpt"), "{status:?} {out}");
        }
    }
    let log = postfix.log();
    for told in ["unknown[192.0.2.1]", "unknown[192.0.2.2]"] {
        let told = format!("RCPT from {told}");
        assert_eq!(log.matches(told.as_str()).count(), 3, "{log}");
    }
}

#[test]
fn the_test_message_arrives() {
    let Some(postfix) = crate::postfix() else {
        return;
    };
    let home = TempDir::new().expect("a scratch home");
    let ca = postfix.ca();
    let server = format!("localhost:{}", postfix.submission);
    let arguments = [
        server.as_str(),
        "--security",
        "starttls",
        "--ca-file",
        &ca.to_string_lossy(),
        "--user",
        USER,
        "--from",
        USER,
        "--to",
        "bob@example.test",
        "--test-message",
    ];
    let (status, out) = probe(home.path(), &arguments);
    assert_eq!(status, Some(0), "{out}");
    assert!(out.contains("✓ content"), "{out}");
    let mail = postfix.wait_for_mail(1);
    let text = std::fs::read_to_string(mail.first().expect("a message")).expect("text");
    assert!(text.contains("Subject: turbomail test\n"), "{text}");
}

#[test]
fn the_lines_of_other_programs_work() {
    let Some(postfix) = crate::postfix() else {
        return;
    };
    let home = TempDir::new().expect("a scratch home");
    let ca = postfix.ca();
    let ca = ca.to_string_lossy();
    for (port, security) in [(postfix.mx, "starttls"), (postfix.smtps, "tls")] {
        for (program, greeting) in [
            ("openssl", "250 "),
            ("curl", "220 mx.test"),
            ("swaks", "221 "),
        ] {
            if Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_err()
            {
                eprintln!("skipped: {program} is not installed");
                continue;
            }
            let server = format!("localhost:{port}");
            let arguments = [
                server.as_str(),
                "--security",
                security,
                "--ca-file",
                &ca,
                "--hello",
                "client.example",
                "--as",
                program,
            ];
            let (status, line) = probe(home.path(), &arguments);
            assert_eq!(status, Some(0), "{line}");
            let output = run(&line);
            let all = [&output.stdout[..], &output.stderr[..]].concat();
            let all = String::from_utf8_lossy(&all);
            assert!(output.status.success(), "{line}: {all}");
            assert!(all.contains(greeting), "{line}: {all}");
        }
    }
}

/// Runs a line in a shell; what openssl then waits to be told is EHLO and QUIT.
fn run(line: &str) -> Output {
    let line = line.trim();
    let command = format!("printf 'EHLO client.example\\nQUIT\\n' | {line}");
    Command::new("sh")
        .arg("-c")
        .arg(command)
        .output()
        .expect("a shell")
}

//! The command itself: its JSON, its statuses, and that no output tells the password.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use turbomail::smtp::script::Script;

use crate::relay::{Mode, Relay};
use crate::{CANARY, secrets};

/// Runs the program in an empty home.
async fn probe(arguments: &[&str]) -> (i32, String, String) {
    probe_saying(arguments, "").await
}

/// Runs the program in an empty home with this on its standard input.
pub(crate) async fn probe_saying(arguments: &[&str], input: &str) -> (i32, String, String) {
    let home = tempfile::tempdir().expect("a folder");
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .arg("probe")
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TURBOMAIL_PASSWORD", CANARY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = child.stdin.take().expect("its input");
    // One that reads nothing closes it.
    stdin.write_all(input.as_bytes()).await.ok();
    drop(stdin);
    let output = child.wait_with_output().await.expect("it ends");
    let text = |octets| String::from_utf8(octets).expect("UTF-8");
    let (out, err) = (text(output.stdout), text(output.stderr));
    for secret in secrets() {
        assert!(
            !out.contains(&secret) && !err.contains(&secret),
            "{out}{err}"
        );
    }
    assert!(
        !out.replace('\n', "").contains(turbomail::mail::clean::acts),
        "{out:?}"
    );
    (output.status.code().expect("a status"), out, err)
}

pub(crate) async fn relay(script: &str, mode: Mode) -> (Relay, String, String) {
    let script = format!("auth_in_clear = true\naccounts = {{ tim = '{CANARY}' }}\n{script}");
    let relay = Relay::start(script.parse::<Script>().expect("a script"), mode).await;
    let host = relay.host();
    let ca = host.ca_files.first().map(|path| path.display().to_string());
    (relay, host.name(), ca.expect("an authority"))
}

fn object(out: &str) -> Value {
    assert_eq!(out.lines().count(), 1, "one object a line: {out}");
    serde_json::from_str(out).expect("JSON")
}

#[tokio::test]
async fn its_json_has_the_members_that_programs_rely_on() {
    let (_relay, server, ca) = relay("", Mode::StartTls).await;
    let arguments = [
        "--json",
        &server,
        "--security",
        "starttls",
        "--ca-file",
        &ca,
        "--user",
        "tim",
        "--to",
        "you@x.example",
    ];
    let (status, out, err) = probe(&arguments).await;
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    let told = object(&out);
    for member in [
        "server",
        "verdict",
        "checks",
        "findings",
        "capabilities",
        "tls",
        "transcript",
    ] {
        assert!(told.get(member).is_some(), "{member}: {told:#}");
    }
    let of = &told["server"];
    assert_eq!(of["host"], "127.0.0.1");
    assert_eq!(
        (
            of["port"].as_u64().map(|port| format!("127.0.0.1:{port}")),
            of["security"].as_str()
        ),
        (Some(server.clone()), Some("starttls"))
    );
    assert_eq!(of["address"], server.as_str());
    assert_eq!(told["verdict"], "ok");
    let checks = told["checks"].as_array().expect("checks");
    let stages: Vec<_> = checks
        .iter()
        .filter_map(|check| check["stage"].as_str())
        .collect();
    assert_eq!(
        stages,
        [
            "resolve", "connect", "greeting", "hello", "starttls", "tls", "hello", "auth", "mail",
            "rcpt", "quit"
        ]
    );
    for check in checks {
        assert_eq!(check["status"], "ok", "{check}");
        assert!(
            check["took_ms"].is_u64() && check["detail"].is_string(),
            "{check}"
        );
    }
    assert_eq!(told["findings"], Value::Array(Vec::new()));
    let has = |when: &str, word: &str| {
        told["capabilities"][when].as_array().is_some_and(|all| {
            all.iter()
                .any(|line| line.as_str().is_some_and(|line| line.starts_with(word)))
        })
    };
    assert!(
        has("before_tls", "STARTTLS") && !has("after_tls", "STARTTLS") && has("after_tls", "AUTH")
    );
    assert_eq!(told["tls"]["version"], "TLS 1.3");
    let leaf = &told["tls"]["certificates"][0];
    for member in [
        "subject",
        "issuer",
        "names",
        "not_before",
        "not_after",
        "sha256",
    ] {
        assert!(
            leaf.get(member).is_some_and(|value| !value.is_null()),
            "{member}: {leaf}"
        );
    }
    let line = &told["transcript"][0];
    assert!(
        line["at_ms"].is_u64()
            && line["stage"].is_string()
            && line["from"].is_string()
            && line["text"].is_string()
    );
}

#[tokio::test]
async fn each_end_has_its_status() {
    for (rule, extra, status, word) in [
        ("", &[][..], 0, "all is well"),
        (
            "[[rule]]\non = 'connect'\nreply = '554 No'",
            &[][..],
            69,
            "the greeting",
        ),
        (
            "[[rule]]\non = 'connect'\nreply = 'SSH-2.0-x'",
            &[],
            76,
            "SSH",
        ),
        ("[[rule]]\non = 'ehlo'\nreply = '550 No'", &[], 76, "EHLO"),
        ("[[rule]]\non = 'ehlo'\nreply = '421 Busy'", &[], 75, "421"),
        (
            "starttls = false",
            &["--security", "starttls"],
            76,
            "STARTTLS",
        ),
        (
            "[[rule]]\non = 'auth'\nreply = '535 5.7.8 No'",
            &["--user", "tim"],
            77,
            "the login",
        ),
        (
            "[[rule]]\non = 'auth'\nreply = '454 4.7.0 Later'",
            &["--user", "tim"],
            75,
            "454",
        ),
        (
            "[[rule]]\non = 'mail'\nreply = '530 5.7.0 Log in'",
            &["--to", "a@x.example"],
            77,
            "530",
        ),
        (
            "[[rule]]\non = 'rcpt'\nreply = '550 5.1.1 No'",
            &["--to", "a@x.example"],
            69,
            "550 5.1.1 No",
        ),
        (
            "[[rule]]\non = 'rcpt'\nreply = '450 4.7.1 Later'",
            &["--to", "a@x.example"],
            75,
            "450",
        ),
        ("", &["--hello", "a b"], 78, "EHLO"),
        ("", &["--security", "tls"], 76, "plain text"),
        (
            "",
            &["--timeout", "greeting=300ms", "--stop-after", "greeting"],
            0,
            "the greeting",
        ),
    ] {
        let (_relay, server, _) = relay(rule, Mode::Plain).await;
        let (code, out, err) = probe(&[&[server.as_str()], extra].concat()).await;
        assert_eq!(code, status, "{rule} {extra:?}: {out}{err}");
        // There is a password in the environment, and not always a user.
        assert!(err.is_empty() || err.contains("is not used"), "{err}");
        assert!(out.contains(word), "{word}: {out}");
    }
    let mixed = "[[rule]]\non = 'rcpt'\nmatch = 'no*'\nreply = '550 5.1.1 No'\n[[rule]]\non = 'rcpt'\nreply = '450 4.7.1 Later'";
    let (_relay, server, _) = relay(mixed, Mode::Plain).await;
    for (to, status) in [("no@x.example", 69), ("grey@x.example", 75)] {
        let (code, out, _) = probe(&[&server, "--to", "a@x.example", "--to", to]).await;
        assert_eq!(code, status, "{to}: {out}");
    }
    for (arguments, status) in [
        (&["no.such.host.invalid"][..], 68),
        (&["127.0.0.1:1"], 69),
        (&[], 64),
        (&["https://x.example"], 64),
        (&["127.0.0.1:70000"], 64),
        (&["127.0.0.1", "--server", "x.example"], 64),
        (
            &[
                "127.0.0.1",
                "--ca-file",
                "/nonexistent",
                "--security",
                "tls",
                "--connect-to",
                "127.0.0.1:1",
            ],
            69,
        ),
        (&["smtp://tim:kanarien-Vogel+7@127.0.0.1"], 64),
        (&["127.0.0.1", "--stop-after", "data"], 64),
    ] {
        let (code, out, err) = probe(arguments).await;
        assert_eq!(code, status, "{arguments:?}: {out}{err}");
    }
}

#[tokio::test]
async fn people_see_the_ladder_the_verdict_the_card_and_the_promises() {
    let (_relay, server, ca) =
        relay("capabilities = ['SIZE 52428800', 'PIPELINING']", Mode::Tls).await;
    let url = format!("smtps://tim@{server}/");
    let (status, out, err) = probe(&[&url, "--ca-file", &ca, "--transcript"]).await;
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    for words in [
        "✓ auth",
        "all is well, up to and with the login",
        "Certificate (trusted, TLS 1.3",
        "relay under test",
        "days left",
        "sha256",
        "messages of up to 50 MB",
        "C  QUIT",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let (_, out, err) = probe(&[&url, "--ca-file", &ca, "--quiet", "-v"]).await;
    assert!(
        out.is_empty() && err.contains("cannot be used with"),
        "{err}"
    );
    let (status, out, _) = probe(&[&url, "--ca-file", &ca, "--quiet"]).await;
    assert_eq!((status, out.as_str()), (0, ""));
    let (_, out, err) = probe(&[&url, "--ca-file", &ca, "-v"]).await;
    assert!(!out.contains("C  QUIT") && err.contains("C  QUIT"), "{err}");
}

#[tokio::test]
async fn a_look_around_names_the_best_way() {
    let (_relay, server, ca) = relay("", Mode::StartTls).await;
    let port = server.rsplit(':').next().expect("a port");
    let ports = format!("--grid={port},1");
    let (status, out, _) = probe(&["127.0.0.1", &ports, "--ca-file", &ca]).await;
    assert_eq!(status, 0, "{out}");
    assert!(
        out.contains(&format!("--server 127.0.0.1:{port} --security starttls")),
        "{out}"
    );
    assert!(out.contains("1  starttls  refused"), "{out}");
    let (_, out, _) = probe(&["127.0.0.1", &ports, "--ca-file", &ca, "--json"]).await;
    let told = object(&out);
    assert_eq!(told["best"]["security"], "starttls");
    assert_eq!(told["ports"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_report_is_a_page_without_the_server_s_markup() {
    let rule = "[[rule]]\non = 'rcpt'\nreply = '550 5.1.1 No |<b> [x](y)'";
    let (_relay, server, ca) = relay(rule, Mode::Tls).await;
    let way = [
        "--security",
        "tls",
        "--ca-file",
        &ca,
        "--user",
        "tim",
        "--to",
        "a@x.example",
    ];
    let all = [&[server.as_str()], &way[..], &["--export", "markdown"]].concat();
    let (status, out, err) = probe(&all).await;
    assert_eq!((status, err.as_str()), (69, ""), "{out}");
    for words in [
        "# Probe of 127.0.0.1:",
        "| rcpt | failed |",
        "No \\|&lt;b> \\[x\\](y) |",
        "## Certificates (trusted",
        "C  QUIT",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let all = [&[server.as_str()], &way[..], &["--export", "json"]].concat();
    let (_, out, _) = probe(&all).await;
    assert_eq!(object(&out)["verdict"], "failed");
}

/// A watch is ended by its reader, and walks until then.
#[tokio::test]
async fn a_watch_says_a_line_each_time() {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let (relay, server, ca) = relay("", Mode::Tls).await;
    let home = tempfile::tempdir().expect("a folder");
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .args([
            "probe",
            &server,
            "--security",
            "tls",
            "--ca-file",
            &ca,
            "--watch",
            "1s",
            "--json",
        ])
        .env_clear()
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    for _ in 0..2 {
        let line = tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await;
        let line = line.expect("in time").expect("read").expect("a line");
        let told = object(&line);
        assert_eq!(told["verdict"], "ok");
        assert!(told["tls"]["days_left"].is_i64() && told["started"].is_string());
    }
    drop(lines);
    let ended = tokio::time::timeout(Duration::from_secs(30), child.wait()).await;
    assert_eq!(ended.expect("in time").expect("waited").code(), Some(0));
    assert!(relay.journal().connections() >= 2);
}

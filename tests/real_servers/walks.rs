//! `turbomail probe` against a real Dovecot by every login and over LMTP, and what it proposes against a real Postfix, done.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::dovecot::Dovecot;
use crate::postfix::{PASSWORD, USER, free_port};
use crate::probe::failed;
use crate::secrets::assert_no_secret;
use crate::{json, or_skipped, postfix};

const BINARY: &str = env!("CARGO_BIN_EXE_turbomail");

/// The program, or a shell with a line that it has printed, in this home and with this password.
fn run(program: &str, home: &Path, password: &str, arguments: &[&str]) -> Output {
    let folder = Path::new(BINARY).parent().expect("a folder").display();
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .env("PATH", format!("{folder}:/usr/bin:/bin"))
        .env("TURBOMAIL_PASSWORD", password)
        .output()
        .expect("it runs");
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    assert_no_secret("the output", &all);
    output
}

fn probe(home: &Path, password: &str, arguments: &[&str]) -> (i32, Value) {
    let all = [&["probe", "--json"], arguments].concat();
    let output = run(BINARY, home, password, &all);
    (output.status.code().expect("a status"), json(&output))
}

#[test]
fn dovecot_is_walked_through_by_every_login() {
    let Some(postfix) = postfix() else { return };
    let all = ["plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256"];
    let Some(dovecot) = or_skipped(|| Dovecot::start(&all.join(" "), postfix.mx)) else {
        return;
    };
    let home = TempDir::new().expect("a scratch home");
    let server = format!("localhost:{}", dovecot.submission);
    let ca = dovecot.ca().display().to_string();
    let way = [
        server.as_str(),
        "--security",
        "starttls",
        "--ca-file",
        &ca,
        "--user",
        "alice",
        "--from",
        USER,
        "--to",
        "bob@example.test",
        "--auth",
    ];
    for mechanism in all {
        let arguments = [&way[..], &[mechanism]].concat();
        let (status, told) = probe(home.path(), PASSWORD, &arguments);
        assert_eq!(status, 0, "{mechanism}: {told:#}\n{}", dovecot.log());
        assert_eq!(told["server"]["mechanism"], mechanism.to_uppercase());
        let (status, told) = probe(home.path(), "not-the-password", &arguments);
        assert_eq!(
            (status, failed(&told)),
            (77, Some("auth")),
            "{mechanism}: {told:#}"
        );
        assert_eq!(told["findings"][0]["owner"], "you", "{told:#}");
    }
    for unoffered in ["xoauth2", "scram-sha-512", "external"] {
        let arguments = [&way[..], &[unoffered]].concat();
        let output = run(
            BINARY,
            home.path(),
            PASSWORD,
            &[&["probe", "--json"], &arguments[..]].concat(),
        );
        let status = output.status.code();
        if output.stdout.is_empty() {
            // Some need more than a password, and say so before anybody is called.
            let words = String::from_utf8_lossy(&output.stderr).to_lowercase();
            assert!(words.contains(unoffered), "{status:?}: {words}");
            continue;
        }
        let told = json(&output);
        assert_eq!(
            (status, failed(&told)),
            (Some(77), Some("auth")),
            "{unoffered}: {told:#}"
        );
        let commands = told["transcript"].to_string();
        assert!(
            !commands.contains("\"AUTH "),
            "nothing is tried: {commands}"
        );
    }
    assert!(postfix.delivered().is_empty(), "nothing was sent");
    assert_no_secret("Dovecot's log", dovecot.log().as_bytes());
}

#[test]
fn dovecot_s_lmtp_is_walked_to_over_tcp_and_a_socket() {
    let Some(dovecot) = or_skipped(|| Dovecot::start("plain", free_port())) else {
        return;
    };
    let home = TempDir::new().expect("a scratch home");
    let ca = dovecot.ca().display().to_string();
    let socket = format!("unix:{}", dovecot.socket().display());
    let tcp = format!("localhost:{}", dovecot.lmtp);
    for server in [&socket, &tcp] {
        let way = [
            server.as_str(),
            "--transport",
            "lmtp",
            "--ca-file",
            &ca,
            "--from",
            USER,
        ];
        let (status, told) = probe(
            home.path(),
            PASSWORD,
            &[&way[..], &["--to", "alice@mx.test"]].concat(),
        );
        assert_eq!(status, 0, "{server}: {told:#}\n{}", dovecot.log());
        let said = told["transcript"].to_string();
        assert!(
            said.contains("\"LHLO ") && !said.contains("\"EHLO "),
            "{said}"
        );
        let to = ["--to", "nobody@mx.test", "--to", "alice@mx.test"];
        let (status, told) = probe(home.path(), PASSWORD, &[&way[..], &to].concat());
        assert_eq!(
            (status, &told["verdict"]),
            (69, &"warning".into()),
            "{told:#}"
        );
        assert_eq!(told["findings"][0]["id"], "rcpt.user_unknown", "{told:#}");
    }
    // By the wrong name of the protocol.
    let (status, told) = probe(home.path(), PASSWORD, &[&tcp, "--security", "none"]);
    assert!(
        status != 0 && failed(&told) == Some("hello"),
        "{status}: {told:#}"
    );
    // Where there is no socket.
    let (status, told) = probe(
        home.path(),
        PASSWORD,
        &["unix:/nowhere/lmtp", "--transport", "lmtp"],
    );
    assert_eq!((status, failed(&told)), (69, Some("connect")), "{told:#}");
}

#[test]
fn what_is_proposed_against_postfix_heals_when_it_is_pasted() {
    let Some(postfix) = postfix() else { return };
    let home = TempDir::new().expect("a scratch home");
    let ca = postfix.ca().display().to_string();
    let [submission, smtps] =
        [postfix.submission, postfix.smtps].map(|port| format!("localhost:{port}"));
    let nobody = format!("localhost:{}", free_port());
    let grid = format!(
        "--grid={},{},{}",
        nobody.rsplit(':').next().unwrap_or_default(),
        postfix.submission,
        postfix.smtps
    );
    let login = ["--ca-file", &ca, "--user", USER];
    let ends = ["--from", USER, "--to", "bob@example.test"];
    for (name, given, stage) in [
        (
            "wrong mode, STARTTLS",
            &[submission.as_str(), "--security", "tls"][..],
            "tls",
        ),
        (
            "wrong mode, TLS",
            &[&smtps, "--security", "starttls"],
            "greeting",
        ),
        (
            "wrong name",
            &[
                &submission,
                "--security",
                "starttls",
                "--tls-name",
                "wrong.test",
            ],
            "tls",
        ),
        (
            "wrong mechanism",
            &[
                &submission,
                "--security",
                "starttls",
                "--auth",
                "scram-sha-512",
            ],
            "auth",
        ),
    ] {
        let arguments = [given, &login, &ends, &["--timeout", "greeting=3s"]].concat();
        let (status, told) = probe(home.path(), PASSWORD, &arguments);
        assert!(
            status != 0 && failed(&told) == Some(stage),
            "{name}: {told:#}"
        );
        heals(home.path(), &told, name);
    }
    // The wrong port is told by a look around.
    let arguments = [
        &[nobody.as_str(), "--security", "starttls", &grid],
        &login[..],
    ]
    .concat();
    let (_, told) = probe(home.path(), PASSWORD, &arguments);
    heals(home.path(), &told, "wrong port");
    // For a password there is no command, only words; typed anew it does.
    let given = [
        &[submission.as_str(), "--security", "starttls"],
        &login[..],
        &ends,
    ]
    .concat();
    let (status, told) = probe(home.path(), "not-the-password", &given);
    assert_eq!((status, failed(&told)), (77, Some("auth")), "{told:#}");
    let first = &told["remedies"][0];
    assert_eq!(
        (&first["changes"][0], &first["command"]),
        (&"another password".into(), &Value::Null),
        "{told:#}"
    );
    assert_eq!(probe(home.path(), PASSWORD, &given).0, 0);
    assert!(postfix.delivered().is_empty(), "nothing was sent");
}

/// The first proposal that is a command and lowers no guard does away with the fault.
fn heals(home: &Path, told: &Value, name: &str) {
    let mut all = told["remedies"].as_array().into_iter().flatten();
    let safe = all.find(|one| one["command"].is_string() && one["lowers_guard"] == false);
    let command = safe.and_then(|one| one["command"].as_str());
    let command =
        command.unwrap_or_else(|| panic!("{name}: nothing is proposed: {:#}", told["remedies"]));
    let output = run("sh", home, PASSWORD, &["-c", command]);
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{name}: {command}\n{out}");
}

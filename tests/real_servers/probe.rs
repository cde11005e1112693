//! `turbomail probe` against a real Postfix: every stage in three ways, and its refusals.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::postfix::{PASSWORD, USER};
use crate::secrets::assert_no_secret;
use crate::{json, postfix};

fn probe(home: &Path, password: &str, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .args(["probe", "--json", "--from", USER])
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .env("TURBOMAIL_PASSWORD", password)
        .output()
        .expect("the program runs");
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    assert_no_secret("the output", &all);
    output
}

/// The first stage that failed.
pub(crate) fn failed(told: &Value) -> Option<&str> {
    let mut checks = told["checks"].as_array().into_iter().flatten();
    checks.find(|check| check["status"] == "failed")?["stage"].as_str()
}

#[test]
fn postfix_is_walked_through_in_every_way() {
    let Some(postfix) = postfix() else { return };
    let home = TempDir::new().expect("a scratch home");
    let ca = postfix.ca();
    let ca = ca.to_string_lossy();
    for (port, security) in [(postfix.submission, "starttls"), (postfix.smtps, "tls")] {
        let server = format!("localhost:{port}");
        let way = ["--security", security, "--user", USER, "--ca-file", &ca];
        let all = [&[server.as_str()], &way[..], &["--to", "bob@example.test"]].concat();
        let output = probe(home.path(), PASSWORD, &all);
        let told = json(&output);
        assert_eq!(output.status.code(), Some(0), "{told:#}");
        assert_eq!(told["verdict"], "ok", "{told:#}");
        assert_eq!(told["recipients"][0]["taken"], true);
        assert_eq!(told["tls"]["certificates"][0]["names"][0], "mx.test");
        let offered = told["capabilities"]["after_tls"].to_string();
        assert!(
            offered.contains("SIZE 4194304") && offered.contains("AUTH"),
            "{offered}"
        );

        let output = probe(home.path(), "not-the-password", &all);
        let told = json(&output);
        assert_eq!(output.status.code(), Some(77), "{told:#}");
        assert_eq!(failed(&told), Some("auth"));

        let output = probe(home.path(), PASSWORD, &[&server, "--security", security]);
        assert_eq!(output.status.code(), Some(76));
        let told = json(&output);
        assert_eq!(failed(&told), Some("tls"));
        let shown = told["tls"]["certificates"].as_array().map_or(0, Vec::len);
        assert!(shown >= 1, "{told:#}");
    }
    let mx = format!("localhost:{}", postfix.mx);
    let way = [
        &mx,
        "--ca-file",
        &ca,
        "--to",
        "bob@example.test",
        "--to",
        "eve@elsewhere.test",
    ];
    let output = probe(home.path(), PASSWORD, &way);
    let told = json(&output);
    assert_eq!(output.status.code(), Some(69), "{told:#}");
    assert_eq!(told["verdict"], "warning", "{told:#}");
    assert_eq!(told["recipients"][1]["enhanced"], "5.7.1");
    let output = probe(home.path(), PASSWORD, &[&mx, "--security", "tls"]);
    assert_eq!(failed(&json(&output)), Some("tls"));
    assert!(postfix.delivered().is_empty(), "nothing was sent");
    assert_no_secret("Postfix's log", postfix.log().as_bytes());
}

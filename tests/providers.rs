//! `provider = "…"` in the settings: what it brings, what stands over it, and that no login goes astray.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use turbomail::config::{Loaded, Override, Request, Scope, load};

fn loaded(text: &str, flags: &[(&str, &str)]) -> Result<Loaded, String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("written");
    let flag = |(key, value): &(&str, &str)| {
        Override::flag(&format!("--{key}"), Scope::Account, &["smtp", key], *value)
    };
    let request = Request {
        file: Some(file.path().to_owned()),
        flags: flags.iter().map(flag).collect(),
        can_ask: true,
        ..Request::default()
    };
    load(&request).map_err(|error| error.to_string())
}

fn of(loaded: &Loaded, key: &[&str]) -> (String, String) {
    let key = [&["account", "w"], key].concat().join(".");
    let all = loaded.show();
    let one = all.iter().find(|one| one.key == key).expect("there");
    (one.value.to_string(), one.source.clone())
}

#[test]
fn a_provider_brings_what_is_not_set_and_says_so() {
    let text = "[account.w.smtp]\nprovider = \"office365\"\n";
    let all = loaded(text, &[]).expect("right");
    let from = |value: &str| (value.to_owned(), "provider office365".to_owned());
    let server = of(&all, &["smtp", "server"]);
    assert_eq!(server, from("\"smtp.office365.com:587\""));
    assert_eq!(of(&all, &["smtp", "security"]), from("\"starttls\""));
    assert_eq!(of(&all, &["manager", "workers"]), from("3"));
    assert_eq!(of(&all, &["smtp", "count"]).1, "default");
    let own = format!("{text}security = \"tls\"\n[account.w.manager]\nworkers = 2\n");
    let all = loaded(&own, &[]).expect("right");
    assert_eq!(of(&all, &["smtp", "security"]).0, "\"tls\"");
    assert_eq!(of(&all, &["manager", "workers"]).0, "2");
    let other = format!("{text}server = \"relay.example:25\"\n");
    let all = loaded(&other, &[]).expect("right");
    assert_eq!(of(&all, &["smtp", "server"]).0, "\"relay.example:25\"");
    assert_eq!(of(&all, &["smtp", "security"]).1, "default");
    assert_eq!(of(&all, &["manager", "workers"]).1, "default");
}

#[test]
fn a_flag_stands_over_the_file_and_the_login_stays_with_its_host() {
    let login = "user = \"me\"\npassword_command = \"true\"\n";
    let gmail = format!("[account.w.smtp]\nprovider = \"gmail\"\n{login}");
    let all = loaded(&gmail, &[]).expect("right");
    assert_eq!(of(&all, &["smtp", "user"]).0, "\"me\"");
    let elsewhere = loaded(&gmail, &[("server", "relay.example:25")]).expect("right");
    assert_eq!(of(&elsewhere, &["smtp", "user"]).0, "null");
    assert_eq!(of(&elsewhere, &["smtp", "password_command"]).0, "null");
    assert_eq!(of(&elsewhere, &["smtp", "security"]).1, "default");
    let relay = format!("[account.w.smtp]\nserver = \"relay.example:25\"\n{login}");
    let all = loaded(&relay, &[("provider", "gmail")]).expect("right");
    let server = of(&all, &["smtp", "server"]);
    assert_eq!(server.0, "\"smtp.gmail.com:465\"");
    assert_eq!(of(&all, &["smtp", "password_command"]).0, "null");
    let all = loaded(&gmail, &[("provider", "fastmail")]).expect("right");
    assert_eq!(of(&all, &["smtp", "user"]).0, "null");
}

#[test]
fn an_unknown_provider_is_a_fault_that_names_the_nearest() {
    let fault = |name: &str| {
        let text = format!("[account.w.smtp]\nprovider = \"{name}\"\n");
        loaded(&text, &[]).expect_err("a fault")
    };
    let words = fault("gmial");
    assert!(words.contains("did you mean \"gmail\"?"), "{words}");
    assert!(words.contains(":2:"), "{words}");
    let words = fault("ses");
    assert!(words.contains("ses-eu-west-1"), "{words}");
}

//! The settings for logins and TLS: what reaches the smart host, and a password that is asked for on the terminal.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use turbomail::config::{Loaded, Request, load};
use turbomail::mail::sasl::Sasl;
use turbomail::mail::smarthost::{Secret, SmartHost};

fn read(text: &str, can_ask: bool) -> Result<Loaded, String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("written");
    let request = Request {
        file: Some(file.path().to_owned()),
        can_ask,
        ..Request::default()
    };
    load(&request).map_err(|error| error.to_string())
}

#[test]
fn the_ways_to_log_in_reach_the_smart_host() {
    let host = |more: &str| {
        let text = format!("[account.a.smtp]\nserver = \"relay\"\n{more}\n");
        let loaded = read(&text, false).expect("valid");
        let account = loaded.selected().expect("there");
        account.smart_host().expect("valid").expect("there")
    };
    let print = "0A".repeat(32);
    let full = host(&format!(
        "pin = [\"{print}\", \"{}\"]\ntls_name = \"mx.example\"\nauth = \"SCRAM-SHA-256\"\nuser = \"me\"\npassword_file = \"p\"",
        ["0b"; 32].join(":")
    ));
    assert_eq!(
        full.pins.iter().map(|pin| pin.0[0]).collect::<Vec<_>>(),
        [10, 11]
    );
    assert_eq!(full.tls_name.as_deref(), Some("mx.example"));
    assert_eq!(full.auth, Some(Sasl::ScramSha256));
    let secret = |host: SmartHost| host.credentials.map(|one| (one.user, one.secret));
    assert!(matches!(secret(full), Some((_, Secret::File(path))) if path.ends_with("p")));
    let token = host("user = \"me\"\ntoken_command = \"t\"");
    assert!(matches!(secret(token), Some((_, Secret::Token(command))) if command == "t"));
    let external = host("auth = \"external\"\nclient_cert = \"c\"\nclient_key = \"k\"");
    let files = external.client_certificate.clone().expect("a certificate");
    assert_eq!((files.certificate, files.key), ("c".into(), "k".into()));
    assert!(matches!(secret(external), Some((user, Secret::Certificate)) if user.is_empty()));
    let both = host("user = \"me\"\nclient_cert = \"c\"");
    assert_eq!(
        both.client_certificate.clone().expect("there").key,
        std::path::PathBuf::from("c")
    );
    assert!(matches!(secret(both), Some((_, Secret::Certificate))));
    assert!(secret(host("client_cert = \"c\"")).is_none());
}

#[test]
fn a_password_that_can_be_asked_for_is_no_fault_of_the_account_that_is_meant() {
    let text = "[account.a.smtp]\nserver = \"relay:25\"\nuser = \"me\"\n";
    let mut loaded = read(text, true).expect("no fault");
    assert_eq!(loaded.lacks_password(), Some(("me", "relay:25")));
    loaded.set_password("canary".to_owned().into());
    assert_eq!(loaded.lacks_password(), None);
    let account = loaded.selected().expect("there");
    assert!(
        account
            .smart_host()
            .expect("valid")
            .is_some_and(|host| host.credentials.is_some())
    );
    let list = serde_json::to_string(&loaded.show()).expect("JSON");
    assert!(
        list.contains("prompt") && !list.contains("canary"),
        "{list}"
    );
    assert!(read(text, false).is_err_and(|words| words.contains("no password")));
}

/// The real program on a real pseudo-terminal, with a real server at the other end.
#[cfg(unix)]
#[tokio::test]
async fn send_asks_on_the_terminal_and_shows_nothing_of_what_is_typed() {
    use std::io::{Read, Write};
    use tokio::net::TcpListener;
    use turbomail::smtp::script::{Script, Server};

    const PASSWORD: &str = "c4nary ü";
    let script = "auth_in_clear = true\nauth_required = true\naccounts = { tim = 'c4nary ü' }";
    let script: Script = script.parse().expect("a script");
    let server = Server::new(script);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let serving = server.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serving.serve(stream).await;
        }
    });
    let typed = tokio::task::spawn_blocking(move || {
        let home = tempfile::tempdir().expect("a home");
        let (mut pty, pts) = pty_process::blocking::open().expect("a pseudo-terminal");
        let server = format!("127.0.0.1:{port}");
        let flags = [
            "send",
            "--server",
            &server,
            "--security",
            "none",
            "--user",
            "tim",
        ];
        let mut child = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_turbomail"))
            .args(flags)
            .args([
                "--from",
                "me@x.example",
                "--body",
                "x",
                "-v",
                "--timeout",
                "20s",
                "you@x.example",
            ])
            .env_clear()
            .env("HOME", home.path())
            .env("TERM", "xterm")
            .spawn(pts)
            .expect("it starts");
        let mut seen = Vec::new();
        let mut block = [0; 1024];
        let mut said = false;
        // The read fails when the program has ended and closed its side.
        while let Ok(count @ 1..) = pty.read(&mut block) {
            seen.extend_from_slice(&block[..count]);
            if !said && String::from_utf8_lossy(&seen).contains("Password of tim at 127.0.0.1:") {
                pty.write_all(format!("wrong\u{15}{PASSWORD}\r").as_bytes())
                    .expect("typed");
                said = true;
            }
        }
        let status = child.wait().expect("it ends");
        (status.code(), String::from_utf8_lossy(&seen).into_owned())
    });
    let (status, seen) = typed.await.expect("no panic");
    assert_eq!(status, Some(0), "{seen}");
    assert!(!seen.contains("c4nary"), "{seen}");
    assert_eq!(server.journal().messages().len(), 1, "{seen}");
}

//! Probe on a real pseudo-terminal against scripted servers: each usual mistake ends with a fix on one key that works.
#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

#[expect(dead_code, reason = "the other tests use more of it")]
#[path = "support/terminal.rs"]
mod terminal;

#[path = "support/probe_screen.rs"]
mod probe_screen;

#[expect(dead_code, reason = "the other tests use more of it")]
#[path = "support/certificates.rs"]
mod certificates;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use certificates::Authority;
use probe_screen::{PASSWORD, at_the_keyboard, home, leave, probe, script, serve};
use tempfile::TempDir;
use terminal::files;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use turbomail::smtp::script::Server;

/// A home whose account has this smart host and these settings more.
fn account(server: &str, more: &str) -> Arc<TempDir> {
    home(&format!(
        "[account.work]\nfrom = \"me@x.example\"\n[account.work.smtp]\nserver = \"{server}\"\n{more}\n"
    ))
}

/// The seconds after which the walk on the screen gives up.
fn left(screen: &str) -> Option<u64> {
    let (_, behind) = screen.split_once("gives up in ")?;
    behind.split(' ').next()?.parse().ok()
}

fn trusting(authority: &Authority) -> String {
    format!("ca_file = {:?}", authority.file().display().to_string())
}

#[tokio::test]
async fn the_wrong_mode_is_mended_by_one_key() {
    let authority = Authority::new("Trusted Test CA");
    let tls = authority.server(&["127.0.0.1"], 2000, 2100);
    let server = Server::with_tls(script(""), tls);
    let port = serve("127.0.0.1:0", server, true).await;
    let more = format!(
        "security = \"starttls\"\ntimeout = {{ greeting = \"500ms\" }}\n{}",
        trusting(&authority)
    );
    at_the_keyboard(move || {
        let terminal = probe(account(&format!("127.0.0.1:{port}"), &more));
        terminal.press("\r");
        terminal.wait_for("✗ greeting");
        terminal.wait_for("a  use TLS from the first byte");
        terminal.press("a");
        terminal.wait_for("all is well");
        terminal.wait_for("Security tls");
        terminal.wait_for("last runs");
        leave(terminal);
    })
    .await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_wrong_port_is_found_by_a_look_around() {
    // All of 127.0.0.0/8 is this machine: an address of one's own has all its ports free.
    let octets = uuid::Uuid::now_v7().into_bytes();
    let host = format!("127.{}.{}.{}", octets[13] | 1, octets[14], octets[15] | 1);
    let authority = Authority::new("Trusted Test CA");
    let tls = authority.server(&[&host], 2000, 2100);
    let server = Server::with_tls(script(""), tls);
    serve(&format!("{host}:2525"), server, false).await;
    let more = trusting(&authority);
    at_the_keyboard(move || {
        let terminal = probe(account(&format!("{host}:1"), &more));
        terminal.press("\r");
        terminal.wait_for("✗ connect");
        terminal.wait_for("m  look");
        terminal.press("m");
        terminal.wait_for("the best way: port 2525 with security = starttls");
        terminal.press("\x1b");
        // What was found there is a fix now, the first of all.
        terminal.wait_until("a fix", |screen| {
            screen
                .lines()
                .any(|line| line.starts_with("   a  ") && line.contains("2525"))
        });
        terminal.press("a");
        terminal.wait_for("all is well");
        terminal.wait_for("Port 2525");
        leave(terminal);
    })
    .await;
}

#[tokio::test]
async fn the_wrong_name_in_a_certificate_is_mended_by_one_key_and_a_yes() {
    let authority = Authority::new("Trusted Test CA");
    let tls = authority.server(&["relay.test"], 2000, 2100);
    let port = serve("127.0.0.1:0", Server::with_tls(script(""), tls), false).await;
    let more = trusting(&authority);
    at_the_keyboard(move || {
        let terminal = probe(account(
            &format!("127.0.0.1:{port}"),
            &format!("security = \"starttls\"\n{more}"),
        ));
        terminal.press("\r");
        terminal.wait_for("✗ tls");
        terminal.wait_for("expect relay.test in the certificate");
        terminal.press("a");
        terminal.wait_for("this lowers a guard");
        terminal.press("\x1b");
        terminal.wait_until("no question", |screen| {
            !screen.contains("this lowers a guard")
        });
        assert!(!terminal.screen().contains("all is well"));
        terminal.press("a");
        terminal.wait_for("this lowers a guard");
        terminal.press("\r");
        terminal.wait_for("all is well");
        terminal.wait_for("certificate for relay.test");
        leave(terminal);
    })
    .await;
}

#[tokio::test]
async fn the_wrong_password_is_typed_anew_and_never_shown() {
    let text = format!("auth_in_clear = true\naccounts = {{ tim = '{PASSWORD}' }}");
    let server = Server::new(script(&text));
    let port = serve("127.0.0.1:0", server.clone(), false).await;
    at_the_keyboard(move || {
        let more = "security = \"none\"\nuser = \"tim\"\npassword_command = \"echo mistaken\"";
        let terminal = probe(account(&format!("127.0.0.1:{port}"), more));
        terminal.wait_for("command echo");
        terminal.press("\r");
        terminal.wait_for("a  type the password anew");
        terminal.press("a");
        terminal.wait_for("Password of tim at 127.0.0.1");
        terminal.press(&format!("nonsense\x15{PASSWORD}"));
        terminal.wait_for("typed, not shown");
        terminal.press("\r");
        terminal.wait_for("all is well");
        terminal.wait_for("✓ auth");
        terminal.press("t");
        terminal.wait_for("passwords are never shown");
        terminal.wait_for("AUTH");
        terminal.press("t");
        terminal.wait_for("4 PROBE");
        // Kept as an account, the file says where the password is to come from, and nothing of it.
        terminal.press("s");
        terminal.wait_for("name of the account");
        terminal.press("fixed\r");
        terminal.wait_for("without the password");
        let file = terminal.folder().join(".config/turbomail/config.toml");
        let kept = fs::read_to_string(file).expect("a configuration");
        assert!(kept.contains("[account.work.smtp]"), "{kept}");
        assert!(
            kept.contains("[account.fixed.smtp]\nserver = \"127.0.0.1:"),
            "{kept}"
        );
        assert!(kept.contains("# password_command"), "{kept}");
        leave(terminal);
    })
    .await;
    assert_eq!(server.journal().connections(), 2, "one walk, and one more");
}

#[tokio::test]
async fn a_silent_server_is_waited_for_as_long_as_one_wants_and_keys_work() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let closed = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a caller");
        stream.read(&mut [0; 64]).await.unwrap_or(0)
    });
    at_the_keyboard(move || {
        let more = "timeout = { greeting = \"20s\" }";
        let terminal = probe(account(&format!("127.0.0.1:{port}"), more));
        terminal.press("\r");
        terminal.wait_for("» greeting");
        let counts = |least: u64, most: u64| {
            terminal.wait_until("the countdown", |screen| {
                left(screen).is_some_and(|left| (least..=most).contains(&left))
            });
        };
        counts(1, 18);
        terminal.press("w");
        counts(21, 49);
        terminal.press("t");
        terminal.wait_for("passwords are never shown");
        terminal.press("t");
        terminal.wait_for("4 PROBE");
        terminal.press("2");
        terminal.wait_for("2 QUEUE");
        terminal.press("4");
        terminal.wait_for("» greeting");
        terminal.resize(10, 40);
        terminal.wait_for("gives up in");
        terminal.press("x");
        terminal.wait_for("cancelled by you");
        leave(terminal);
    })
    .await;
    let rest = tokio::time::timeout(Duration::from_secs(10), closed).await;
    assert_eq!(
        rest.expect("in time").expect("no panic"),
        0,
        "hung up without a word"
    );
}

#[tokio::test]
async fn a_stranger_pastes_an_address_and_saves_what_works() {
    let port = serve("127.0.0.1:0", Server::new(script("")), false).await;
    at_the_keyboard(move || {
        let terminal = probe(Arc::new(TempDir::new().expect("a scratch home")));
        terminal.wait_for("Why does my smart host not take my mail?");
        terminal.paste(&format!("smtp://me:{PASSWORD}@127.0.0.1:{port}"));
        terminal.wait_for("was not taken");
        terminal.paste(&format!("smtp://127.0.0.1:{port}/"));
        terminal.press("\r");
        terminal.wait_for("all is well");
        terminal.press("s");
        terminal.wait_for("name of the account");
        terminal.press("mine\r");
        terminal.wait_for("mine is in");
        let file = terminal.folder().join(".config/turbomail/config.toml");
        let kept = fs::read_to_string(file).expect("a configuration");
        assert!(kept.contains("[account.mine.smtp]"), "{kept}");
        terminal.press("s");
        terminal.wait_for("name of the account");
        terminal.press("mine\r");
        terminal.wait_for("already");
        leave(terminal);
    })
    .await;
}

#[tokio::test]
async fn a_run_is_there_after_a_restart_and_on_a_page() {
    let text = format!("auth_in_clear = true\naccounts = {{ tim = '{PASSWORD}' }}");
    let port = serve("127.0.0.1:0", Server::new(script(&text)), false).await;
    at_the_keyboard(move || {
        let more = "security = \"none\"\nuser = \"tim\"\npassword_command = \"echo mistaken\"";
        let home = account(&format!("127.0.0.1:{port}"), more);
        let terminal = probe(Arc::clone(&home));
        terminal.press("\r");
        terminal.wait_for("a  type the password anew");
        terminal.press(&format!("a{PASSWORD}\r"));
        terminal.wait_for("all is well");
        leave(terminal);
        let terminal = probe(Arc::clone(&home));
        terminal.press("[");
        terminal.wait_for("A run of an earlier session");
        terminal.wait_for("all was well");
        terminal.press("t");
        terminal.wait_for("the conversation is not kept");
        terminal.press("\r");
        terminal.wait_for("a  type the password anew");
        terminal.press("=");
        terminal.wait_for("compare this run");
        terminal.press("=");
        terminal.wait_for("with the good run of");
        terminal.press("p");
        terminal.wait_for("the page is in");
        let pages = files(terminal.folder()).into_iter();
        let pages: Vec<_> = { pages }
            .filter(|path| path.extension().is_some_and(|end| end == "md"))
            .collect();
        let [page] = &pages[..] else {
            panic!("one page is expected in {pages:?}");
        };
        let page = fs::read_to_string(page).expect("a page");
        assert!(
            page.starts_with(&format!("# Probe of 127.0.0.1:{port}\n")),
            "{page}"
        );
        assert!(page.contains("Compared with the last good run"), "{page}");
        leave(terminal);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_kept_where_that_is_not_wanted() {
    let port = serve("127.0.0.1:0", Server::new(script("")), false).await;
    at_the_keyboard(move || {
        let home = account(&format!("127.0.0.1:{port}"), "[probe]\nhistory = false");
        let terminal = probe(Arc::clone(&home));
        terminal.press("\r");
        terminal.wait_for("all is well");
        terminal.press("[");
        terminal.wait_for("there is no run before this one");
        leave(terminal);
        let kept = files(home.path()).into_iter();
        let kept: Vec<_> = { kept }
            .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
            .collect();
        assert!(kept.is_empty(), "{kept:?}");
    })
    .await;
}

#[tokio::test]
async fn a_provider_is_typed_by_its_name_and_saved_as_what_it_stands_for() {
    at_the_keyboard(move || {
        let terminal = probe(Arc::new(TempDir::new().expect("a scratch home")));
        terminal.wait_for("Why does my smart host not take my mail?");
        // Nothing is run: the provider's server is on another machine.
        terminal.press("gmail\t");
        terminal.wait_for("Host smtp.gmail.com");
        terminal.wait_for("Port 465");
        terminal.wait_for("Gmail and Google Workspace is at smtp.gmail.com:465");
        terminal.press("\x1b");
        terminal.wait_for("s save account");
        terminal.press("s");
        terminal.wait_for("name of the account");
        terminal.press("mine\r");
        terminal.wait_for("mine is in");
        let file = terminal.folder().join(".config/turbomail/config.toml");
        let kept = fs::read_to_string(file).expect("a configuration");
        assert!(kept.contains("server = \"smtp.gmail.com:465\""), "{kept}");
        leave(terminal);
    })
    .await;
}

//! The console against hosts that misbehave: one that never speaks, one that speaks to the terminal.
#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

#[expect(dead_code, reason = "the other tests use more of it")]
#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use tempfile::TempDir;
use terminal::Terminal;

/// A listener, and a home whose only account is there, in clear, with this limit for the greeting.
fn host(greeting: &str) -> (TcpListener, Arc<TempDir>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let home = TempDir::new().expect("a scratch home");
    let folder = home.path().join(".config/turbomail");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(
        folder.join("config.toml"),
        format!(
            "[account.main]\nfrom = \"me@example.org\"\n[account.main.smtp]\nserver = \"{}\"\n\
             security = \"none\"\n[account.main.smtp.timeout]\ngreeting = \"{greeting}\"\n",
            listener.local_addr().expect("its address")
        ),
    )
    .expect("a configuration");
    (listener, Arc::new(home))
}

fn send(home: Arc<TempDir>) -> Terminal {
    let terminal = Terminal::start_in(home, 30, 100, &[], &[]);
    terminal.wait_for("1 COMPOSE");
    terminal.press("alice@example.com\tHello there\tA text.\x04");
    terminal.wait_for("Compose › review");
    terminal.press("y");
    terminal.wait_for("2 QUEUE");
    terminal
}

#[test]
fn a_host_that_never_speaks_blocks_no_key_and_is_given_up_at_its_limit() {
    // It accepts by its backlog alone, and nobody ever says a word.
    let (_listener, home) = host("4s");
    let mut terminal = send(home);
    terminal.wait_for("1 sending");
    terminal.press("t");
    terminal.wait_for("greeting for");
    // While it waits every key does what it does.
    terminal.press("\x1b");
    terminal.wait_for("2 QUEUE 1");
    terminal.press("c");
    terminal.wait_for("1 COMPOSE");
    terminal.press("bob@example.com");
    terminal.wait_for("bob@example.com");
    terminal.wait_for("host of main paused: greeting: no answer for 4 s");
    // Escape leaves typing; behind it the letters are commands. Sent together they would be Alt and a key.
    terminal.press("\x1b");
    terminal.wait_for("t to");
    terminal.press("2");
    terminal.wait_for("2 QUEUE 1");
    terminal.press("t");
    terminal.wait_for("no try is counted");
    terminal.press("q");
    terminal.wait_for("the spool keeps");
    terminal.press("s");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn what_a_host_says_never_reaches_the_terminal_raw() {
    const PAYLOAD: &str = "\x1b]0;owned\x07\x1b[31mred\u{9b}32m\u{202e}desrever";
    let (listener, home) = host("30s");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut writer = stream.try_clone().expect("a second handle");
            let mut say = |text: String| writer.write_all(text.as_bytes()).is_ok();
            say(format!("220 host {PAYLOAD}\r\n"));
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let verb = line.get(..4).unwrap_or_default().to_uppercase();
                let code = if verb == "RCPT" { 550 } else { 250 };
                if !say(format!("{code} {verb} {PAYLOAD}\r\n")) {
                    break;
                }
            }
        }
    });
    let mut terminal = send(home);
    terminal.press("3");
    terminal.wait_for("failed");
    terminal.press("t");
    terminal.wait_for("RCPT");
    terminal.wait_for("\\x1b]0;owned");
    let seen = terminal.bytes();
    for raw in ["\x1b]0;", "\x1b[31mred", "\u{9b}", "\u{202e}"] {
        let found = seen
            .windows(raw.len())
            .any(|window| window == raw.as_bytes());
        assert!(!found, "{raw:?} reached the terminal");
    }
    terminal.press("q");
    assert!(terminal.wait_for_end().success());
}

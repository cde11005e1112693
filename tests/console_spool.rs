//! The console on its spool: over a kill, and beside another console.
#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

#[path = "support/home.rs"]
mod home;
#[expect(dead_code, reason = "the other tests use more of it")]
#[path = "support/terminal.rs"]
mod terminal;
#[path = "support/waiting.rs"]
mod waiting;

use std::sync::Arc;

use home::home_without_host;
use tempfile::TempDir;
use terminal::{Terminal, files};
use waiting::{leave_it_waiting, send, to_queue};

/// Writes a message that cannot go out.
fn write(terminal: &Terminal, subject: &str) {
    terminal.wait_for("1 COMPOSE");
    send(terminal, subject);
}

/// The messages in the spool of this home.
fn waiting(home: &TempDir) -> usize {
    let spool = home.path().join(".local/state/turbomail/spool/new");
    std::fs::read_dir(spool).expect("a spool").count()
}

#[test]
fn what_waits_in_the_spool_outlives_the_console_whatever_ends_it() {
    let home = home_without_host();
    let mut terminal = Terminal::start_in(Arc::clone(&home), 24, 100, &[], &[]);
    write(&terminal, "Stuck");
    terminal.signal("KILL");
    assert!(!terminal.wait_for_end().success());
    let mut terminal = Terminal::start_in(Arc::clone(&home), 24, 100, &[], &[]);
    to_queue(&terminal, "Stuck");
    // Its text is read from the spool.
    terminal.press("\r");
    terminal.wait_for("Hello.");
    leave_it_waiting(&mut terminal);
    let drafts = files(&home.path().join(".local/state/turbomail/drafts"));
    assert!(drafts.is_empty(), "{drafts:?}");
    assert_eq!(waiting(&home), 1);
}

#[test]
fn a_second_console_shows_the_queue_of_the_first_and_steers_it() {
    let home = home_without_host();
    let mut first = Terminal::start_in(Arc::clone(&home), 24, 100, &[], &[]);
    write(&first, "Mine");
    let mut second = Terminal::start_in(Arc::clone(&home), 24, 100, &[], &[]);
    second.wait_for("(console) delivers from this spool");
    write(&second, "Yours");
    // Each sees both.
    for terminal in [&first, &second] {
        terminal.wait_until("both", |screen| {
            screen.contains("Mine") && screen.contains("Yours")
        });
    }
    second.press("d");
    first.wait_for("2 QUEUE 1");
    second.wait_for("2 QUEUE 1");
    // Its file goes behind the journal's word.
    first.wait_until("one file", |_| waiting(&home) == 1);
    // What the first delivers from is free when it goes, and the second says so.
    first.signal("KILL");
    assert!(!first.wait_for_end().success());
    second.wait_for("nobody delivers from this spool now");
    leave_it_waiting(&mut second);
    assert_eq!(waiting(&home), 1);
}

#[test]
fn what_was_said_before_the_console_was_started_is_read_from_the_spool() {
    let home = home_without_host();
    let mut terminal = Terminal::start_in(Arc::clone(&home), 24, 100, &[], &[]);
    write(&terminal, "Stuck");
    let folder = home.path().join(".local/state/turbomail/spool/transcripts");
    terminal.wait_until("kept", |_| {
        let kept = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        kept.filter(|entry| entry.metadata().is_ok_and(|facts| facts.len() > 0))
            .count()
            == 1
    });
    terminal.signal("KILL");
    assert!(!terminal.wait_for_end().success());
    let mut terminal = Terminal::start_in(Arc::clone(&home), 24, 100, &[], &[]);
    to_queue(&terminal, "Stuck");
    // It is tried again by this console, and so the first attempt is one that only the spool can tell of.
    terminal.press("t");
    terminal.wait_for("› attempt 2 of 2");
    terminal.press("[");
    terminal.wait_for("› attempt 1 of 2");
    terminal.wait_until("the conversation", |screen| {
        screen.contains("refused") && !screen.contains("not at hand")
    });
    // The page of the message has both.
    terminal.press("\x1b");
    terminal.wait_for("2 QUEUE 1");
    terminal.press("\r");
    terminal.wait_until("both attempts", |screen| {
        screen.contains("#1 ") && screen.contains("#2 ")
    });
    leave_it_waiting(&mut terminal);
}

//! The real program in a real pseudo-terminal, from the first frame to the shell.
#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test says what it takes for granted")]

#[path = "support/home.rs"]
mod home;
#[path = "support/terminal.rs"]
mod terminal;

use std::time::Duration;

use home::home_without_host;
use terminal::{Terminal, files};

const ESC: &str = "\x1b";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

fn start() -> Terminal {
    Terminal::start(24, 80, &[], &[])
}

fn drafts(terminal: &Terminal) -> Vec<String> {
    let kept = files(terminal.folder())
        .into_iter()
        .filter(|path| path.to_string_lossy().contains("drafts"));
    kept.filter_map(|path| std::fs::read_to_string(path).ok())
        .collect()
}

#[test]
fn a_message_goes_from_the_keyboard_to_delivered() {
    let mut terminal = start();
    terminal.wait_for("1 COMPOSE");
    terminal.wait_for("nothing leaves this machine");
    terminal.press("\x1b[Z");
    terminal.press("me@example.org\t");
    terminal.press("alice@example.com\tInvoice 1042\tHello Alice,\rhere it is.\r");
    terminal.press(CTRL_D);
    terminal.wait_for("Compose › review");
    terminal.wait_for("1 recipient, well formed");
    terminal.press("y");
    terminal.wait_for("2 QUEUE");
    terminal.press("3");
    terminal.wait_until("delivered", |screen| {
        screen.contains("3 DONE") && screen.contains("Invoice 1042")
    });
    terminal.press("q");
    assert!(terminal.wait_for_end().success());
    assert!(terminal.is_restored());
    assert_eq!(drafts(&terminal), Vec::<String>::new(), "the queue had it");
}

#[test]
fn what_was_typed_survives_every_way_out() {
    for (n, way) in ["quit", "TERM", "HUP", "INT"].into_iter().enumerate() {
        let mut terminal = start();
        terminal.wait_for("1 COMPOSE");
        terminal.press(&format!("person{n}@example.com"));
        terminal.wait_for(&format!("person{n}@example.com"));
        match way {
            "quit" => terminal.press(CTRL_C),
            signal => terminal.signal(signal),
        }
        assert!(terminal.wait_for_end().success(), "{way}");
        assert!(terminal.is_restored(), "{way}");
        let kept = drafts(&terminal);
        assert!(
            kept.len() == 1 && kept[0].contains(&format!("person{n}@example.com")),
            "{way}: {kept:?}"
        );
        let again = Terminal::start_in(terminal.home(), 24, 80, &[], &[]);
        again.wait_for("1 COMPOSE");
        again.press("\x0f");
        again.wait_for(&format!("person{n}@example.com"));
    }
}

#[test]
fn a_pause_in_typing_is_enough() {
    let mut terminal = start();
    terminal.wait_for("1 COMPOSE");
    terminal.press("alice@example.com\tPrecious");
    terminal.wait_for("Draft kept");
    terminal.signal("KILL");
    terminal.wait_for_end();
    assert!(drafts(&terminal)[0].contains("Precious"));
}

#[test]
fn a_window_of_any_size_is_drawn() {
    let mut terminal = start();
    terminal.wait_for("1 COMPOSE");
    for (rows, columns) in [
        (1, 1),
        (2, 300),
        (200, 2),
        (5, 20),
        (10, 40),
        (0, 0),
        (60, 200),
        (24, 80),
    ] {
        terminal.resize(rows, columns);
        terminal.press("x");
    }
    terminal.wait_for("xxxxxxxx");
    terminal.press(ESC);
    terminal.wait_for("review & send  t to");
    terminal.press(CTRL_C);
    assert!(terminal.wait_for_end().success());
}

#[test]
fn the_editor_has_the_terminal_and_gives_it_back() {
    let editor = "sh -c 'printf \"from the editor\\n\" > \"$0\"'";
    let mut terminal = Terminal::start(24, 80, &[], &[("EDITOR", editor)]);
    terminal.wait_for("1 COMPOSE");
    terminal.press("\t\told text\x07");
    terminal.wait_for("from the editor");
    assert!(!terminal.screen().contains("old text"));
    terminal.press(CTRL_C);
    assert!(terminal.wait_for_end().success());
    assert!(terminal.is_restored());

    let mut terminal = Terminal::start(24, 80, &[], &[("EDITOR", "false")]);
    terminal.wait_for("1 COMPOSE");
    terminal.press("\t\told text\x07");
    terminal.wait_for("the text is as it was");
    assert!(terminal.screen().contains("old text"));
    terminal.press(CTRL_C);
    assert!(terminal.wait_for_end().success());
}

#[test]
fn pasted_bytes_never_reach_the_terminal_raw() {
    let mut terminal = start();
    terminal.wait_for("1 COMPOSE");
    terminal.press("\t");
    terminal.paste("inv\u{9b}31moice\x07 \u{202e}evil\r\nBcc: eve@example.org");
    terminal.wait_for("Bcc: eve@example.org");
    let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!text.contains(['\u{9b}', '\u{7}', '\u{202e}']));
    terminal.press(CTRL_C);
    assert!(terminal.wait_for_end().success());
}

#[test]
fn colours_and_line_drawing_follow_the_environment() {
    for (name, value) in [("NO_COLOR", "1"), ("LANG", "C")] {
        let mut terminal = Terminal::start(24, 80, &[], &[(name, value)]);
        terminal.wait_for("1 COMPOSE");
        terminal.press(ESC);
        terminal.wait_for("review & send  t to");
        terminal.press(CTRL_C);
        assert!(terminal.wait_for_end().success());
        let bytes = terminal.bytes();
        let text = String::from_utf8_lossy(&bytes);
        match name {
            "NO_COLOR" => {
                for colour in 30..38 {
                    assert!(
                        !text.contains(&format!("\x1b[{colour}m"))
                            && !text.contains(&format!("\x1b[38;5;{}m", colour - 30))
                    );
                }
                assert!(
                    text.contains("\x1b[7m"),
                    "the chosen field is still reversed"
                );
            }
            _ => assert!(bytes.is_ascii()),
        }
    }
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let run = |terminal: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_turbomail"))
            .env("TERM", terminal)
            .stdin(std::process::Stdio::null())
            .output()
            .expect("it runs")
    };
    let output = run("xterm");
    assert_eq!(output.status.code(), Some(64));
    assert!(output.stdout.is_empty());
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(
        words.contains("needs a terminal")
            && words.contains("turbomail send")
            && words.lines().count() == 1,
        "{words}"
    );

    let mut terminal = Terminal::start(24, 80, &[], &[("TERM", "dumb")]);
    terminal.wait_for("TERM=dumb");
    assert_eq!(terminal.wait_for_end().code(), Some(64));
}

#[test]
fn a_faulty_key_map_names_its_line() {
    let home = std::sync::Arc::new(tempfile::TempDir::new().expect("a home"));
    let folder = home.path().join(".config/turbomail");
    std::fs::create_dir_all(&folder).expect("made");
    std::fs::write(folder.join("keymap.toml"), "[queue]\n\"x\" = \"dorp\"\n").expect("written");
    let mut terminal = Terminal::start_in(home, 24, 80, &[], &[]);
    terminal.wait_for("line 2: unknown action \"dorp\"");
    assert!(!terminal.wait_for_end().success());
    assert!(terminal.is_restored());
}

#[test]
fn a_still_console_uses_no_time() {
    let mut terminal = start();
    terminal.wait_for("1 COMPOSE");
    let used = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", terminal.id()));
        let fields: Vec<String> = stat
            .map(|stat| stat.split(' ').map(str::to_owned).collect())
            .unwrap_or_default();
        fields.get(13..15).map(|ticks| {
            ticks
                .iter()
                .filter_map(|n| n.parse::<u64>().ok())
                .sum::<u64>()
        })
    };
    // The welcome is news for ten seconds; after that nothing moves.
    std::thread::sleep(Duration::from_secs(1));
    let before = used();
    std::thread::sleep(Duration::from_secs(2));
    if let (Some(before), Some(after)) = (before, used()) {
        assert!(
            after - before <= 2,
            "{} ticks in two seconds",
            after - before
        );
    }
    terminal.press(CTRL_C);
    assert!(terminal.wait_for_end().success());
}

/// A console with a message in the queue that cannot go out.
fn stuck(arguments: &[&str]) -> Terminal {
    let terminal = Terminal::start_in(home_without_host(), 24, 100, arguments, &[]);
    terminal.wait_for("1 COMPOSE");
    terminal.press("alice@example.com\tStuck\tHello.\x04");
    terminal.wait_for("Compose › review");
    terminal.press("y");
    terminal.wait_for("2 QUEUE 1");
    terminal.press("1");
    terminal.wait_for("host of main paused: connect:");
    terminal
}

#[test]
fn mail_that_waits_is_asked_for_and_kept_as_drafts() {
    let mut terminal = stuck(&["--no-spool"]);
    assert_eq!(drafts(&terminal), Vec::<String>::new());
    terminal.press(CTRL_C);
    terminal.wait_for("1 message is still waiting");
    terminal.press(ESC);
    terminal.wait_for("1 COMPOSE");
    terminal.press(CTRL_C);
    terminal.wait_for("save it as a draft and leave");
    terminal.press("s");
    assert!(terminal.wait_for_end().success());
    assert!(terminal.is_restored());
    terminal.wait_for("1 message kept");
    let kept = drafts(&terminal);
    assert!(kept[0].contains("Stuck"));
    assert!(kept[0].contains(r#""account": "main""#), "{}", kept[0]);
}

#[test]
fn a_signal_keeps_mail_that_waits() {
    let mut terminal = stuck(&["--no-spool"]);
    terminal.signal("TERM");
    assert!(terminal.wait_for_end().success());
    assert!(drafts(&terminal)[0].contains("Stuck"));
}

#[test]
fn mail_is_lost_only_when_that_was_asked_for() {
    let mut terminal = stuck(&["--no-spool"]);
    terminal.press(CTRL_C);
    terminal.wait_for("leave and lose it");
    terminal.press("x");
    assert!(terminal.wait_for_end().success());
    terminal.wait_for("1 message lost, as asked");
    assert_eq!(drafts(&terminal), Vec::<String>::new());
}

#[test]
fn the_background_and_back() {
    let mut terminal = start();
    terminal.wait_for("1 COMPOSE");
    // Without a shell's job control nothing stops; the terminal was given back and taken again all the same.
    terminal.press("before\x1a");
    // What is typed before the terminal is ours again belongs to whoever had it.
    let drawn_again = |times| {
        let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        text.split("\x1b[?1049h")
            .nth(times)
            .is_some_and(|rest| rest.contains("COMPOSE"))
    };
    terminal.wait_until("the second frame", |_| drawn_again(2));
    terminal.press("after");
    terminal.wait_for("beforeafter");
    // Stopped from outside, and the terminal left in disorder.
    terminal.signal("STOP");
    terminal.signal("CONT");
    terminal.wait_until("the third frame", |_| drawn_again(3));
    terminal.press("!");
    terminal.wait_for("beforeafter!");
    terminal.press(CTRL_C);
    assert!(terminal.wait_for_end().success());
    assert!(terminal.is_restored());
}

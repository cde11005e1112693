//! Commands that are spoken through and behave badly: nothing of them is left when the walk ends, however it ends.
#![cfg(unix)]

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::CANARY;

/// Longer than anything here may take; only a hang comes near it.
const HANG: Duration = Duration::from_mins(1);

/// Whether anything of a process group lives. Those that only wait to be buried do not count.
pub(crate) fn lives(leader: &str) -> bool {
    let listed = std::process::Command::new("ps")
        .args(["-A", "-o", "pgid=,stat="])
        .output();
    let listed = String::from_utf8_lossy(&listed.expect("ps").stdout).into_owned();
    assert!(listed.lines().count() > 1, "nothing is listed");
    listed.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some(leader) && !words.any(|stat| stat.starts_with('Z'))
    })
}

/// The number that a command has written down, as soon as it is there.
async fn leader(file: &Path) -> String {
    let deadline = Instant::now() + HANG;
    loop {
        let number = std::fs::read_to_string(file).unwrap_or_default();
        if number.ends_with('\n') {
            return number.trim().to_owned();
        }
        assert!(Instant::now() < deadline, "the command was never started");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) async fn is_gone(leader: &str, what: &str) {
    let deadline = Instant::now() + HANG;
    while lives(leader) {
        assert!(Instant::now() < deadline, "{what}: it lives on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The program, speaking through a command that writes its number down and then does this.
fn probing(home: &Path, does: &str, arguments: &[&str]) -> Child {
    let pid = home.join("pid");
    let command = format!("echo $$ > '{}'; {does}", pid.display());
    Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .args(["probe", "relay.example", "--security", "none", "--pipe"])
        .arg(command)
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TURBOMAIL_PASSWORD", CANARY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs")
}

/// Ignores what can be ignored, has children that do the same, and never says a word.
const STUBBORN: &str = "trap '' TERM INT HUP PIPE; sleep 1000 & (trap '' TERM; sleep 1000) & while :; do sleep 1000; done";

#[tokio::test]
async fn a_signal_ends_the_walk_and_every_command_of_it() {
    for (signal, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        for arguments in [&[][..], &["--json"], &["--step"], &["--confirm"]] {
            let what = format!("{signal} {arguments:?}");
            let home = tempfile::tempdir().expect("a folder");
            let mut child = probing(home.path(), STUBBORN, arguments);
            // The line is held, so that it is not the end of the input that ends the walk.
            let mut input = child.stdin.take().expect("its input");
            // Whoever is asked behind the stage before goes on.
            input.write_all(b"\n").await.expect("written");
            let leader = leader(&home.path().join("pid")).await;
            let number = child.id().expect("it runs").to_string();
            let sent = Command::new("kill").args(["-s", signal, &number]).status();
            assert!(sent.await.expect("kill").success());
            let output = tokio::time::timeout(HANG, child.wait_with_output()).await;
            let output = output.expect("it ends").expect("it ran");
            drop(input);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(status), "{what}: {said}");
            assert!(said.contains(&format!("SIG{signal}")), "{what}: {said}");
            is_gone(&leader, &what).await;
        }
    }
}

#[tokio::test]
async fn a_signal_ends_a_session_by_hand_that_waits_for_a_reply() {
    let home = tempfile::tempdir().expect("a folder");
    let mute = "trap '' TERM INT HUP; printf '220 mx\\r\\n'; read -r line; printf '250 mx\\r\\n'; \
                read -r line; : > said; while :; do sleep 1000; done";
    let does = format!("cd '{}'; {mute}", home.path().display());
    let mut child = probing(home.path(), &does, &["--step"]);
    let mut input = child.stdin.take().expect("its input");
    input.write_all(b"NOOP\n").await.expect("written");
    let deadline = Instant::now() + HANG;
    while !home.path().join("said").exists() {
        assert!(Instant::now() < deadline, "nothing was said");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let leader = leader(&home.path().join("pid")).await;
    let number = child.id().expect("it runs").to_string();
    let sent = Command::new("kill").args(["-s", "INT", &number]).status();
    assert!(sent.await.expect("kill").success());
    let ended = tokio::time::timeout(HANG, child.wait()).await;
    ended.expect("it ends").expect("it ran");
    is_gone(&leader, "by hand").await;
}

#[tokio::test]
async fn a_walk_through_a_bad_command_keeps_its_limits() {
    let good = "printf '220 mx\\r\\n'; read -r line; printf '250 mx\\r\\n'; read -r line; printf '221 bye\\r\\n'";
    for (name, does, status) in [
        ("says nothing", STUBBORN.to_owned(), 69),
        ("says no end", "trap '' PIPE; exec yes".to_owned(), 76),
        ("says zeros", "exec cat /dev/zero".to_owned(), 76),
        (
            "complains without end",
            format!("trap '' TERM; yes complaint >&2 & {good}"),
            0,
        ),
        (
            "leaves children",
            format!("(trap '' TERM HUP; sleep 1000) & sleep 1000 & {good}"),
            0,
        ),
        (
            "reads nothing",
            "printf '220 mx\\r\\n'; exec sleep 1000".to_owned(),
            75,
        ),
        ("closes its output", "exec >&-; sleep 1000".to_owned(), 69),
        ("closes all", "exec >&- 2>&- <&-; sleep 1000".to_owned(), 69),
    ] {
        let home = tempfile::tempdir().expect("a folder");
        let limit = ["--timeout", "700ms", "--json"];
        let mut child = probing(home.path(), &does, &limit);
        drop(child.stdin.take());
        let output = tokio::time::timeout(HANG, child.wait_with_output()).await;
        let output = output.expect("it ends").expect("it ran");
        let out = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(status), "{name}: {out}");
        assert!(out.len() < 256 * 1024, "{name}: {} octets", out.len());
        is_gone(&leader(&home.path().join("pid")).await, name).await;
    }
}

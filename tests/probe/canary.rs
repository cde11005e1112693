//! One password, planted wherever a walk can come by it, and looked for in everything that the program leaves behind.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use turbomail::smtp::script::Script;

use crate::relay::{Mode, Relay};

/// With signs that every way of writing octets writes otherwise.
const PASSWORD: &str = "kanari=Vögel+7/%x";
const USER: &str = "tim@x.example";

/// What PLAIN says, and what it would be with user and password the other way round (RFC 4616 §2).
fn plain() -> [String; 2] {
    [(USER, PASSWORD), (PASSWORD, USER)]
        .map(|(first, second)| STANDARD.encode(format!("\0{first}\0{second}")))
}

/// The octets, with a sign and digits for those that are not plain.
fn escaped(sign: &str, is_plain: impl Fn(u8) -> bool, digits: impl Fn(u8) -> String) -> String {
    let one = |octet: u8| {
        if is_plain(octet) {
            char::from(octet).to_string()
        } else {
            format!("{sign}{}", digits(octet))
        }
    };
    PASSWORD.bytes().map(one).collect()
}

/// Ways of writing the whole of it.
fn whole() -> Vec<String> {
    let [right, reversed] = plain();
    let mut forms = vec![PASSWORD.to_owned(), right, reversed];
    for digits in [
        |octet| format!("{octet:02x}"),
        |octet| format!("{octet:02X}"),
    ] {
        let word = |octet: u8| octet.is_ascii_alphanumeric();
        forms.push(escaped("", |_| false, digits));
        forms.push(escaped("%", word, digits));
        forms.push(escaped(
            "=",
            |octet| octet.is_ascii_graphic() && octet != b'=',
            digits,
        ));
        forms.push(escaped(
            "+",
            |octet| octet.is_ascii_graphic() && !b"+=".contains(&octet),
            digits,
        ));
        // As JSON, a page and a transcript write octets.
        forms.push(escaped("\\x", |octet| octet.is_ascii(), digits));
        forms.push(escaped("\\u00", |octet| octet.is_ascii(), digits));
    }
    forms
}

/// Every way of writing the password that is looked for, and the part of each base64 that no neighbour changes.
fn forms() -> Vec<String> {
    let mut forms = whole();
    for engine in [STANDARD, URL_SAFE] {
        for before in 0..3 {
            let padded = [&vec![b'x'; before][..], PASSWORD.as_bytes(), b"yyy"].concat();
            let text = engine.encode(padded);
            forms.push(text[4..text.len() - 8].to_owned());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

/// What a server could say back: the same, with the whole of what was encoded.
fn echoes() -> Vec<String> {
    // A form that has a backslash is the program's own way of writing and no server's.
    let own = whole().into_iter();
    let mut echoes: Vec<String> = own.filter(|form| !form.contains('\\')).collect();
    for before in ["", "x", "xx", "user:", "\0tim@x.example\0"] {
        for engine in [STANDARD, URL_SAFE] {
            echoes.push(engine.encode(format!("{before}{PASSWORD}")));
            echoes.push(engine.encode(format!("{before}{PASSWORD} and more")));
        }
    }
    echoes
}

/// Fails where a form of the password stands in these octets.
fn holds_none(octets: &[u8], place: &str) {
    for form in forms() {
        let found = octets.windows(form.len()).any(|one| one == form.as_bytes());
        let shown = String::from_utf8_lossy(octets);
        let shown = shown.lines().find(|line| line.contains(&form));
        assert!(!found, "{place}: {form:?} is in {shown:?}");
    }
}

/// Looks through every file below a folder.
fn look_through(folder: &Path) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files += look_through(&path);
        } else {
            files += 1;
            let place = path.display().to_string();
            holds_none(&std::fs::read(&path).expect("a file"), &place);
        }
    }
    files
}

/// Runs the program; all that it has written. One that watches is ended behind its first line.
async fn run(home: &Path, arguments: &[&str], input: &str, beside: &[(&str, &str)]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .arg("probe")
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TURBOMAIL_PASSWORD", PASSWORD)
        .envs(beside.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it runs");
    let mut stdin = child.stdin.take().expect("its input");
    // One that reads nothing closes it.
    stdin.write_all(input.as_bytes()).await.ok();
    drop(stdin);
    let mut said = Vec::new();
    if arguments.contains(&"--watch") {
        let out = child.stdout.as_mut().expect("its output");
        while !said.contains(&b'\n') {
            assert!(out.read_buf(&mut said).await.expect("read") > 0, "it ended");
        }
        child.start_kill().expect("it runs");
    }
    let output = tokio::time::timeout(Duration::from_mins(1), child.wait_with_output()).await;
    let output = output.expect("in time").expect("it ran");
    said.extend(output.stdout);
    said.extend(output.stderr);
    holds_none(&said, &format!("{arguments:?} {beside:?}"));
    String::from_utf8(said).expect("UTF-8")
}

/// A server that says the password back in every form, from the login on. `lets_in` tells what comes of the login.
async fn parrot(mode: Mode, lets_in: bool) -> Relay {
    let all = echoes();
    let reply = |code: &str| {
        let lines = all
            .iter()
            .map(|form| format!("{code}-you said <{form}>\\r\\n"));
        format!("{}{code} that was all\\r\\n", lines.collect::<String>())
    };
    let rule = |on: &str, code: &str| {
        format!(
            "[[rule]]\non = '{on}'\nreply = {{ raw = '{}' }}\n",
            reply(code)
        )
    };
    let mut script = format!("auth_in_clear = true\naccounts = {{ '{USER}' = '{PASSWORD}' }}\n");
    if !lets_in {
        script.push_str(&rule("auth", "535"));
    }
    for (on, code) in [
        ("mail", "250"),
        ("rcpt", "550"),
        ("noop", "250"),
        ("quit", "221"),
    ] {
        script.push_str(&rule(on, code));
    }
    let script = script.parse::<Script>().expect("a script");
    Relay::start(script, mode).await
}

#[tokio::test]
async fn the_password_is_in_no_output_of_a_walk() {
    for (mode, security) in [(Mode::Plain, "none"), (Mode::StartTls, "starttls")] {
        for lets_in in [true, false] {
            let home = tempfile::tempdir().expect("a folder");
            let relay = parrot(mode, lets_in).await;
            let host = relay.host();
            let (server, ca) = (host.name(), host.ca_files[0].display().to_string());
            let base = [
                &server,
                "--security",
                security,
                "--ca-file",
                &ca,
                "--user",
                USER,
                "--from",
                USER,
                "--to",
                "a@x.example",
                "--to",
                "b@x.example",
            ];
            for (beside, is_walk) in [
                (&[][..], true),
                (&["--transcript"], true),
                (&["--json"], true),
                (&["-v"], true),
                (&["-v", "--json"], true),
                (&["--export", "markdown"], true),
                (&["--export", "html"], true),
                (&["--export", "text"], true),
                (&["--export", "json"], true),
                (&["--all-addresses"], true),
                (&["--no-history", "--confirm"], false),
                (&["--compare", &server], true),
                (&["--compare", &server, "--json"], true),
                (&["--watch", "1s"], true),
                (&["--watch", "1s", "--json"], true),
                (&["--as", "swaks"], false),
                (&["--as", "openssl"], false),
                (&["--as", "curl"], false),
            ] {
                let said = run(home.path(), &[&base[..], beside].concat(), "\n\n\n\n", &[]).await;
                assert!(!said.is_empty(), "{beside:?}");
                let has_lines = ["--transcript", "-v", "--json", "html", "text"];
                let repeats = is_walk && beside.iter().any(|one| has_lines.contains(one));
                if repeats {
                    assert!(said.contains("‹hidden›"), "{beside:?}: {said}");
                }
            }
            let way = [&server, "--security", security, "--ca-file", &ca];
            for beside in [
                &["--grid"][..],
                &["--grid", "--json"],
                &["--history"],
                &["--history", "--json"],
            ] {
                let start = if beside.contains(&"--history") {
                    &way[..1]
                } else {
                    &way[..]
                };
                run(home.path(), &[start, beside].concat(), "", &[]).await;
            }
            assert!(look_through(home.path()) > 0, "the runs are kept");
        }
    }
}

#[tokio::test]
async fn the_password_is_in_no_output_of_a_session_by_hand() {
    let [right, reversed] = plain();
    let (user, password) = (STANDARD.encode(USER), STANDARD.encode(PASSWORD));
    for lets_in in [true, false] {
        let relay = parrot(Mode::StartTls, lets_in).await;
        let host = relay.host();
        let (server, ca) = (host.name(), host.ca_files[0].display().to_string());
        let home = tempfile::tempdir().expect("a folder");
        for said in [
            format!("AUTH PLAIN {right}\nMAIL FROM:<a@x.example>\nNOOP\n.transcript\nQUIT\n"),
            format!("AUTH PLAIN\n{right}\nNOOP\nQUIT\n"),
            format!("auth  plain {reversed}\nNOOP\nQUIT\n"),
            format!("AUTH LOGIN\n{user}\n{password}\nNOOP\n.transcript\nQUIT\n"),
            format!("AUTH LOGIN {user}\n{password}\nNOOP\n"),
            format!(
                ".auth\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\n.transcript\nRSET\nAUTH PLAIN {right}\nNOOP\n"
            ),
            format!("AUTH PLAIN {right}\n.auth login\nNOOP\n.transcript\n"),
            format!("AUTH {right}\nNOOP\nAUTH\tPLAIN\t{right}\t\nNOOP\n"),
        ] {
            // Who refuses at once is never told the answers that would follow, and cannot say them back.
            let told_at_once = said.lines().next().is_some_and(|first| {
                first == ".auth" || first.contains(&right) || first.contains(&reversed)
            });
            if !lets_in && !told_at_once {
                continue;
            }
            // Behind the handshake a server has forgotten who is there (RFC 3207 §4.2).
            let said = format!("EHLO client.example\n{said}");
            let arguments = [
                &server,
                "--security",
                "starttls",
                "--ca-file",
                &ca,
                "--user",
                USER,
                "--step",
                "--stop-after",
                "tls",
            ];
            let out = run(home.path(), &arguments, &said, &[]).await;
            assert!(out.contains("‹hidden"), "{out}");
        }
        look_through(home.path());
    }
}

/// Whoever pastes a login as a whole goes on with its answers when AUTH was refused already.
#[tokio::test]
async fn the_answers_to_a_login_that_was_refused_go_nowhere() {
    let [right, _] = plain();
    let (user, password) = (STANDARD.encode(USER), STANDARD.encode(PASSWORD));
    let rule = "[[rule]]\non = 'auth'\nreply = '503 5.5.1 Not here'";
    let relay = Relay::start(rule.parse::<Script>().expect("a script"), Mode::Plain).await;
    let server = relay.host().name();
    let home = tempfile::tempdir().expect("a folder");
    for said in [
        format!("AUTH PLAIN\n{right}\nNOOP\n"),
        format!("AUTH LOGIN\n{user}\n{password}\nNOOP\n"),
        format!("AUTH LOGIN\n{USER}\n{PASSWORD}\nNOOP\n"),
    ] {
        let arguments = [&server, "--security", "none", "--step"];
        let out = run(home.path(), &arguments, &said, &[]).await;
        assert!(out.contains("not sent") && out.contains("NOOP"), "{out}");
    }
    let commands = format!("{:?}", relay.journal().commands());
    holds_none(commands.as_bytes(), "the server");
    assert_eq!(commands.matches("NOOP").count(), 3, "{commands}");
}

#[tokio::test]
async fn the_password_is_in_no_refusal() {
    let home = tempfile::tempdir().expect("a folder");
    let percent = escaped(
        "%",
        |octet| octet.is_ascii_alphanumeric(),
        |octet| format!("{octet:02X}"),
    );
    let url = |scheme: &str, word: &str| format!("{scheme}tim:{word}@127.0.0.1:1");
    for address in [
        url("smtp://", PASSWORD),
        url("smtps://", &percent),
        url("", PASSWORD),
        url("https://", PASSWORD),
        url("smtp:", PASSWORD),
        format!("smtp://127.0.0.1:1@tim:{PASSWORD}"),
    ] {
        for arguments in [
            &[address.as_str()][..],
            &[&address, "--grid"],
            &[&address, "--history"],
            &[&address, "--as", "swaks"],
            &["--server", &address],
            &["127.0.0.1:1", "--compare", &address],
            &["127.0.0.1:1", "--connect-to", &address],
            &["127.0.0.1:1", "--providers", &address],
        ] {
            let said = run(home.path(), arguments, "", &[]).await;
            assert!(!said.is_empty(), "{arguments:?}");
        }
        run(home.path(), &[], "", &[("TURBOMAIL_SERVER", &address)]).await;
    }
    let flag = format!("--password={PASSWORD}");
    for arguments in [
        &["127.0.0.1:1", "--password", PASSWORD][..],
        &["127.0.0.1:1", &flag],
        &["127.0.0.1:1", "--auth-password", PASSWORD],
    ] {
        assert!(!run(home.path(), arguments, "", &[]).await.is_empty());
    }
    for line in [
        format!("swaks --server 127.0.0.1:1 --auth-user tim --auth-password '{PASSWORD}'"),
        format!("swaks -s 127.0.0.1:1 -au tim -ap '{PASSWORD}'"),
        format!("swaks --server 127.0.0.1:1 --auth-password='{PASSWORD}' --nonsense"),
        format!("swaks --server 127.0.0.1:1 --pass '{PASSWORD}"),
        format!("swaks --server 127.0.0.1:1 --user tim --password {PASSWORD} --to x@x.example"),
    ] {
        assert!(
            !run(home.path(), &["--from-swaks", &line], "", &[])
                .await
                .is_empty()
        );
    }
    look_through(home.path());
}

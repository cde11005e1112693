//! A session by hand: what is typed goes out as it is, and of a login nothing is seen anywhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::CANARY;
use crate::command::{probe_saying, relay};
use crate::relay::{Mode, Relay};

async fn by_hand(mode: Mode, script: &str, input: &str, beside: &[&str]) -> (Relay, i32, String) {
    let (relay, server, ca) = relay(script, mode).await;
    let security = match mode {
        Mode::Plain => "none",
        Mode::StartTls => "starttls",
        Mode::Tls => "tls",
    };
    let arguments = [
        &[
            server.as_str(),
            "--security",
            security,
            "--ca-file",
            &ca,
            "--hello",
            "me.example",
            "--step",
        ],
        beside,
    ]
    .concat();
    let (code, out, err) = probe_saying(&arguments, input).await;
    (relay, code, out + &err)
}

fn said(relay: &Relay) -> Vec<String> {
    relay
        .journal()
        .commands()
        .into_iter()
        .map(|(_, line)| line)
        .collect()
}

#[tokio::test]
async fn typed_lines_go_out_as_they_are() {
    let input = "NOOP x  y\nmail from:<a@x.example>\nRCPT TO:<b@x.example>\nDATA\nSubject: by hand\n\n.\n..\nquit\n.\nFOO\nQUIT\n";
    let input = input.replace("\n.\n..\n", "\n..\n");
    for mode in [Mode::Plain, Mode::StartTls, Mode::Tls] {
        let (relay, code, out) = by_hand(mode, "", &input, &[]).await;
        assert_eq!(code, 0, "{out}");
        let got = relay.journal().messages();
        let [got] = got.as_slice() else {
            panic!("{out}")
        };
        assert_eq!(got.content[..], *b"Subject: by hand\r\n\r\n.\r\nquit\r\n");
        let said = said(&relay);
        assert!(
            said.iter().any(|line| line == "NOOP x  y") && said.iter().any(|line| line == "FOO"),
            "{said:?}"
        );
        let arrow = if mode == Mode::Plain {
            " -> NOOP x  y"
        } else {
            " ~> NOOP x  y"
        };
        assert!(out.contains(arrow), "{out}");
        assert!(
            out.lines().any(|line| line.contains("<~* 500")
                || line.contains("<** 500")
                || line.contains("* 502")),
            "{out}"
        );
        assert!(said.last().is_some_and(|line| line == "QUIT"), "{said:?}");
    }
}

#[tokio::test]
async fn words_behind_a_dot_drive_the_session_s_own_steps() {
    let input = ".help\n.starttls\n.auth plain\n:from me@x.example\n.to you@x.example\n.data\n.wait 50ms\n.quit\n";
    let more = ["--stop-after", "hello", "--user", "tim"];
    // The walk ends before it comes to a login, so the user is not asked for a password; here the environment has one.
    let (relay, code, out) = by_hand(Mode::StartTls, "", input, &more).await;
    assert_eq!(code, 0, "{out}");
    let got = relay.journal().messages();
    let [got] = got.as_slice() else {
        panic!("{out}")
    };
    assert!(got.secure && got.user.as_deref() == Some("tim"), "{got:?}");
    assert!(
        out.contains(".starttls         STARTTLS") && out.contains("~> AUTH PLAIN ‹hidden"),
        "{out}"
    );
    assert!(String::from_utf8_lossy(&got.content).contains("turbomail test"));
}

#[tokio::test]
async fn a_login_by_hand_is_masked_in_every_form() {
    let encode = |text: &str| STANDARD.encode(text);
    let plain = encode(&format!("\0tim\0{CANARY}"));
    let (user, password) = (encode("tim"), encode(CANARY));
    for mode in [Mode::Plain, Mode::StartTls, Mode::Tls] {
        for input in [
            format!("AUTH PLAIN {plain}\nNOOP {plain}\nVRFY {CANARY}\nQUIT\n"),
            format!("  auth plain {plain}\n.transcript\nQUIT\n"),
            format!("AUTH PLAIN\n{plain}\nQUIT\n"),
            format!("AUTH LOGIN\n{user}\n{password}\n.transcript\nQUIT\n"),
            format!("AUTH LOGIN {user}\n{CANARY}\nQUIT\n"),
            format!("AUTH {CANARY}\nAUTH {plain}\nQUIT\n"),
            // A server that tells everything again.
            format!("AUTH PLAIN {plain}\nVRFY x\nQUIT\n"),
        ] {
            let script = format!(
                "[[rule]]\non = 'any'\nmatch = 'x'\nreply = '252 {CANARY} and {password} and {plain}'"
            );
            let (relay, code, out) = by_hand(
                mode,
                &script,
                &input,
                &[
                    "--stop-after",
                    if mode == Mode::Tls { "hello" } else { "auth" },
                ],
            )
            .await;
            assert_eq!(code, 0, "{out}");
            assert!(out.contains("AUTH"), "{out}");
            assert!(
                said(&relay).last().is_some_and(|line| line == "QUIT"),
                "{out}"
            );
        }
    }
}

#[tokio::test]
async fn a_cancelled_login_leads_back_to_commands() {
    let script = "[[rule]]\non = 'auth'\nmatch = 'LOGIN'\nreply = '334 VXNlcm5hbWU6'";
    let (relay, code, out) =
        by_hand(Mode::Plain, script, "AUTH LOGIN\n*\nNOOP\n.drop\n", &[]).await;
    assert_eq!(code, 0, "{out}");
    let said = said(&relay);
    assert!(said.last().is_some_and(|line| line == "NOOP"), "{said:?}");
    assert!(out.contains("cut by hand") && out.contains("-> *"), "{out}");
}

#[tokio::test]
async fn what_fails_gives_its_status_and_what_is_wrong_its_words() {
    for (script, input, code, word) in [
        (
            "",
            ".auth hunter\n.nonsense\nBDAT 4 LAST\n.data\n",
            0,
            "none of .help",
        ),
        (
            "[[rule]]\non = 'noop'\nreply = { silent = true, then = 'close' }",
            "NOOP\nNOOP\n",
            75,
            "closed",
        ),
        (
            "[[rule]]\non = 'mail'\nreply = '550 5.7.1 no'",
            ".from me@x.example\n",
            69,
            "550",
        ),
        // What a server says to what was typed is an answer, not a failure.
        (
            "[[rule]]\non = 'mail'\nreply = '550 5.7.1 no'",
            "MAIL FROM:<me@x.example>\n",
            0,
            "550",
        ),
        (
            "[[rule]]\non = 'connect'\nreply = '554 no'",
            "NOOP\n",
            69,
            "554",
        ),
        (
            "[[rule]]\non = 'noop'\nreply = 'nonsense'",
            "NOOP\n",
            76,
            "no SMTP reply",
        ),
    ] {
        let (_relay, status, out) = by_hand(Mode::Plain, script, input, &[]).await;
        assert_eq!(status, code, "{input}: {out}");
        assert!(
            out.contains(word) && !out.contains("hunter"),
            "{input}: {out}"
        );
    }
    // Nobody's password is typed into a connection that others can hear.
    let (_relay, _, out) = by_hand(Mode::Plain, "", ".auth\n", &[]).await;
    assert!(out.contains("no user is set"), "{out}");
}

#[tokio::test]
async fn what_the_server_says_of_itself_is_heard() {
    let script = "[[rule]]\non = 'noop'\nreply = { say = '250 ok', extra = '421 4.3.2 going down\\r\\n', then = 'close' }";
    let (_relay, code, out) = by_hand(Mode::Plain, script, "NOOP\n.wait 5s\n", &[]).await;
    assert!(out.contains("421 4.3.2 going down"), "{out}");
    assert_eq!(code, 75, "{out}");
}

#[tokio::test]
async fn what_was_typed_stays_hidden_behind_a_login_of_our_own() {
    let script = format!(
        "[[rule]]\non = 'auth'\nturns = ['535 5.7.8 no', 'default']\n[[rule]]\non = 'noop'\nreply = '250 {CANARY} was typed'"
    );
    let plain = STANDARD.encode(format!("\0tim\0{CANARY}"));
    let input = format!("AUTH PLAIN {plain}\n.auth\nNOOP\nQUIT\n");
    let beside = ["--stop-after", "hello", "--user", "tim"];
    let (_relay, code, out) = by_hand(Mode::Plain, &script, &input, &beside).await;
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("250 ‹hidden› was typed") && out.contains("235"),
        "{out}"
    );
}

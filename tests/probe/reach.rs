//! Special ways to a server: through a command, behind a PROXY header, and as another client by XCLIENT.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use turbomail::mail::reach::Place;
use turbomail::mail::smarthost::{Security, SmartHost};
use turbomail::mail::stage::Stage;
use turbomail::probe::walk::{Plan, Verdict};
use turbomail::smtp::script::Script;

use crate::command::probe_saying;
use crate::relay::{Mode, Relay};
use crate::{CANARY, course, walked, with_login};

/// A mail server in a few lines of shell.
const SHELL: &str = r#"printf '220 mx\r\n'
while read -r line; do case "$line" in
EHLO*) printf '250-mx\r\n250 SIZE 1000\r\n';;
QUIT*) printf '221 bye\r\n';;
*) printf '250 ok\r\n';; esac; done"#;

fn through(command: String) -> SmartHost {
    let server = "relay.example:25".parse().expect("a server");
    let mut host = SmartHost::new(server, Security::None);
    host.reach.detour = Some(Place::Command(command));
    host
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_is_spoken_through_and_ends_with_all_it_has_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pid");
    let command = format!(
        "echo $$ > {}; echo 'take \x1b[31mcare' >&2; sleep 1000 & {SHELL}",
        file.display()
    );
    let plan = Plan {
        recipients: vec!["you@x.example".parse().expect("an address")],
        ..Plan::new(through(command))
    };
    let walk = walked(&plan).await;
    assert_eq!(walk.verdict(), Verdict::Ok, "{:?}", course(&walk));
    let lines: Vec<String> = { walk.transcript.lines().into_iter() }
        .map(|line| line.text.to_string())
        .collect();
    assert!(
        lines
            .iter()
            .any(|line| line == r"the command says: take \x1b[31mcare"),
        "{lines:?}"
    );
    assert!(
        !lines.iter().any(|line| line.contains("sleep")),
        "its words are not repeated"
    );
    let leader = std::fs::read_to_string(file)
        .expect("it ran")
        .trim()
        .to_owned();
    crate::pipes::is_gone(&leader, "all is well").await;
}

#[cfg(unix)]
#[tokio::test]
async fn what_a_command_dies_of_is_told() {
    let walk = walked(&Plan::new(through(
        "echo 'no route' >&2; exit 3".to_owned(),
    )))
    .await;
    let failure = walk.failure.as_ref().expect("a failure");
    assert_eq!(failure.stage, Stage::Greeting);
    let last = walk.transcript.lines();
    let said = |words: &str| last.iter().position(|line| line.text.contains(words));
    assert!(said("no route").expect("told") < said("closed the connection").expect("told"));

    // More complaints than anybody reads are bounded, and do not block.
    let noisy = format!(
        "i=0; while [ $i -lt 3000 ]; do echo complaint $i $i $i $i >&2; i=$((i+1)); done; {SHELL}"
    );
    let walk = walked(&Plan::new(through(noisy))).await;
    assert_eq!(walk.verdict(), Verdict::Ok, "{:?}", walk.failure);
    let told = walk.transcript.lines().into_iter();
    assert!(
        told.filter(|line| line.text.starts_with("the command says"))
            .count()
            <= 20
    );

    // The password in the environment is not for it.
    let telling = "echo \"<$TURBOMAIL_PASSWORD>\" >&2; exit 1";
    let (status, out, _) = probe_saying(
        &["relay.example", "--security", "none", "--pipe", telling],
        "",
    )
    .await;
    assert_eq!(status, 69, "{out}");
    assert!(out.contains("the command says: <>"), "{out}");
}

#[cfg(unix)]
#[tokio::test]
async fn tls_and_a_login_go_through_a_command_but_no_password_in_clear() {
    for mode in [Mode::StartTls, Mode::Tls, Mode::Plain] {
        let script = format!("auth_in_clear = true\naccounts = {{ tim = '{CANARY}' }}");
        let relay = Relay::start(script.parse::<Script>().expect("a script"), mode).await;
        let mut host = with_login(relay.host(), Duration::from_secs(20));
        let port = host.port;
        let command =
            format!("exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3 & cat >&3'");
        host.reach.detour = Some(Place::Command(command));
        let walk = walked(&Plan::new(host)).await;
        if mode == Mode::Plain {
            // Where the octets go behind a command is not known here.
            assert_eq!(walk.failure.map(|one| one.stage), Some(Stage::Auth));
            let said = relay.journal().commands();
            assert!(
                !said.iter().any(|(_, line)| line.starts_with("AUTH")),
                "{said:?}"
            );
        } else {
            assert_eq!(walk.verdict(), Verdict::Ok, "{mode:?} {:?}", walk.failure);
            assert!(walk.authenticated);
        }
    }
}

/// A server that reads a header of so many octets before it speaks.
async fn behind_a_header(
    length: usize,
    mode: Mode,
) -> (Relay, u16, tokio::task::JoinHandle<Vec<u8>>) {
    let relay = Relay::start(Script::default(), mode).await;
    let target = relay.host().port;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a call");
        let mut header = vec![0; length];
        stream.read_exact(&mut header).await.expect("a header");
        let mut onward = tokio::net::TcpStream::connect(("127.0.0.1", target))
            .await
            .expect("a server");
        tokio::io::copy_bidirectional(&mut stream, &mut onward)
            .await
            .ok();
        header
    });
    (relay, port, task)
}

#[tokio::test]
async fn a_proxy_header_comes_before_anything_else() {
    let v1 = "PROXY TCP4 192.0.2.1 198.51.100.1 40000 25\r\n";
    let v2 = "192.0.2.1:40000,198.51.100.1:25,v2".parse::<turbomail::mail::proxy::ProxyHeader>();
    let v2 = v2.expect("a header").octets();
    for mode in [Mode::Plain, Mode::StartTls, Mode::Tls] {
        for (text, octets) in [
            ("192.0.2.1:40000,198.51.100.1:25", v1.as_bytes()),
            ("192.0.2.1:40000,198.51.100.1:25,v2", &v2),
        ] {
            let (relay, port, task) = behind_a_header(octets.len(), mode).await;
            let mut host = relay.host();
            host.port = port;
            host.reach.proxy = Some(text.parse().expect("a header"));
            let walk = walked(&Plan::new(host)).await;
            assert_eq!(walk.verdict(), Verdict::Ok, "{mode:?} {:?}", walk.failure);
            assert_eq!(task.await.expect("no panic"), octets, "{mode:?}");
            let noted = walk.transcript.lines();
            let first = noted
                .iter()
                .find(|line| line.text.contains("PROXY"))
                .expect("noted");
            assert_eq!(first.stage, Stage::Connect);
        }
    }
}

#[tokio::test]
async fn xclient_is_said_where_it_is_offered_and_greeted_again() {
    for mode in [Mode::Plain, Mode::StartTls, Mode::Tls] {
        let script = "capabilities = ['XCLIENT NAME ADDR LOGIN']\n\
                      [[rule]]\non = 'unknown'\nreply = '220 mx speaks to another'";
        let relay = Relay::start(script.parse().expect("a script"), mode).await;
        let mut plan = Plan {
            client: Some(
                "NAME=other.example ADDR=192.0.2.9 LOGIN=a+b"
                    .parse()
                    .expect("attributes"),
            ),
            ..Plan::new(relay.host())
        };
        let walk = walked(&plan).await;
        assert_eq!(walk.verdict(), Verdict::Ok, "{mode:?} {:?}", walk.failure);
        let said: Vec<String> = relay
            .journal()
            .commands()
            .into_iter()
            .map(|(_, line)| line)
            .collect();
        let at = said
            .iter()
            .position(|line| line == "XCLIENT NAME=other.example ADDR=192.0.2.9 LOGIN=a+2Bb");
        let behind = said.get(at.expect("said") + 1).expect("more");
        assert!(behind.starts_with("EHLO"), "{said:?}");
        assert!(
            walk.checks
                .iter()
                .any(|one| one.detail.starts_with("XCLIENT: 220"))
        );

        // What is not offered is not tried.
        plan.client = Some("HELO=other.example".parse().expect("attributes"));
        let walk = walked(&plan).await;
        let words = walk.failure.expect("a failure").to_string();
        assert!(words.contains("no HELO by XCLIENT"), "{words}");
    }
    let relay = Relay::start(Script::default(), Mode::Plain).await;
    let plan = Plan {
        client: Some("ADDR=192.0.2.9".parse().expect("attributes")),
        ..Plan::new(relay.host())
    };
    let words = walked(&plan).await.failure.expect("a failure").to_string();
    assert!(words.contains("does not offer XCLIENT"), "{words}");
    let said = relay.journal().commands();
    assert!(
        !said.iter().any(|(_, line)| line.starts_with("XCLIENT")),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_connection_is_cut_behind_a_stage_without_a_word() {
    for (stage, last) in [
        (Stage::Hello, "EHLO"),
        (Stage::Mail, "MAIL"),
        (Stage::Rcpt, "RCPT"),
    ] {
        let relay = Relay::start(Script::default(), Mode::Plain).await;
        let plan = Plan {
            recipients: vec!["you@x.example".parse().expect("an address")],
            stop_after: Some(stage),
            cut: true,
            ..Plan::new(relay.host())
        };
        let walk = walked(&plan).await;
        assert_eq!(walk.verdict(), Verdict::Ok, "{:?}", course(&walk));
        assert_eq!(
            course(&walk).last().map(String::as_str),
            Some("quit skipped")
        );
        let said = relay.journal().commands();
        assert!(
            said.last().is_some_and(|(_, line)| line.starts_with(last)),
            "{said:?}"
        );
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        while relay.journal().open() > 0 {
            assert!(
                tokio::time::Instant::now() < deadline,
                "the connection is open"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn mail_is_sent_through_a_command_and_behind_a_header() {
    for mode in [Mode::StartTls, Mode::Tls] {
        let header = "PROXY TCP4 192.0.2.1 198.51.100.1 40000 25\r\n";
        let (relay, port, task) = behind_a_header(header.len(), mode).await;
        let ca = relay
            .host()
            .ca_files
            .first()
            .map(|path| path.display().to_string());
        let command =
            format!("exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3 & cat >&3'");
        let security = if mode == Mode::Tls { "tls" } else { "starttls" };
        let home = tempfile::tempdir().expect("a folder");
        let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_turbomail"))
            .args([
                "send",
                "--from",
                "me@x.example",
                "--body",
                "text",
                "--server",
                "127.0.0.1:25",
            ])
            .args([
                "--security",
                security,
                "--ca-file",
                &ca.expect("an authority"),
                "--pipe",
                &command,
            ])
            .args([
                "--proxy-header",
                "192.0.2.1:40000,198.51.100.1:25",
                "you@x.example",
            ])
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .output()
            .await
            .expect("it runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(relay.journal().messages().len(), 1);
        assert_eq!(task.await.expect("no panic"), header.as_bytes());
    }
}

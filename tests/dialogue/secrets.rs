//! The canary: a password is looked for in everything that a person, a log or a file could get to see.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use turbomail::mail::smarthost::{Credentials, Secret, Security, SmartHost};
use turbomail::smtp::script::Script;
use turbomail::transport::contract::Transport;
use turbomail::transport::smtp::Smtp;

use crate::support::parcels::{Collector, parcel, transcript};
use crate::support::relay::{Mode, Relay};

const PASSWORD: &str = "c4nary in the m1ne";

fn has_secret(text: &str) -> bool {
    [
        PASSWORD.to_owned(),
        STANDARD.encode(PASSWORD),
        STANDARD.encode(format!("\0tim\0{PASSWORD}")),
    ]
    .iter()
    .any(|form| text.contains(form.trim_end_matches('=')))
}

/// Sends with this secret to a server with this script; everything that could be seen of it.
async fn everything(script: &str, mode: Mode, secret: Secret) -> (String, String) {
    let relay = Relay::start(script.parse().expect("a script"), mode).await;
    let mut host = relay.host();
    host.credentials = Some(Credentials {
        user: "tim".to_owned(),
        secret,
    });
    let transport = Smtp::new(host.clone());
    let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
    let collector = Collector::default();
    let mut carrier = transport.carrier();
    carrier.deliver(vec![parcel.clone()], &collector).await;
    carrier.close().await;
    let words = collector.words(&parcel).join(" ");
    let report = collector.of(&parcel);
    let journal = relay.journal();
    let seen = [
        transcript(&parcel),
        format!("{parcel:?} {report:?} {transport:?} {host:?} {words}"),
        format!(
            "{:?} {:?} {journal:?}",
            journal.commands(),
            journal.messages()
        ),
    ];
    (words, seen.join("\n"))
}

#[tokio::test]
async fn a_password_is_nowhere_to_be_seen() {
    let accounts = format!("auth_in_clear = true\naccounts = {{ tim = '{PASSWORD}' }}\n");
    let echo = format!(
        "[[rule]]\non = 'auth'\nreply = '535 5.7.8 {PASSWORD} {} {}'",
        STANDARD.encode(PASSWORD),
        STANDARD.encode(format!("\0tim\0{PASSWORD}"))
    );
    let bare = format!("[[rule]]\non = 'auth'\nreply = {{ raw = '{PASSWORD}\\r\\n' }}");
    for (more, expected) in [
        ("mechanisms = ['PLAIN']", "delivered"),
        ("mechanisms = ['LOGIN']", "delivered"),
        (
            "[[rule]]\non = 'auth'\nreply = '535 5.7.8 No'",
            "trouble auth 535",
        ),
        (
            "[[rule]]\non = 'auth'\nreply = { silent = true, then = 'close' }",
            "trouble auth",
        ),
        ("[[rule]]\non = 'auth'\nreply = 'what?'", "trouble auth"),
        (&echo, "trouble auth 535"),
        (&bare, "trouble auth"),
    ] {
        for mode in [Mode::Plain, Mode::StartTls, Mode::Tls] {
            let secret = Secret::Value(SecretString::from(PASSWORD));
            let (words, seen) = everything(&format!("{accounts}{more}"), mode, secret).await;
            assert!(words.starts_with(expected), "{words}");
            assert!(
                seen.contains("AUTH") && !has_secret(&seen),
                "{mode:?} {more}:\n{seen}"
            );
        }
    }
}

#[test]
fn the_canary_would_be_found() {
    assert!(has_secret(&format!("x{PASSWORD}x")));
    assert!(has_secret(&STANDARD.encode(PASSWORD)));
    assert!(has_secret(&STANDARD.encode(format!("\0tim\0{PASSWORD}"))));
    assert!(!has_secret("AUTH PLAIN ‹hidden, 32 bytes›"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_password_can_come_from_a_command() {
    let script = format!("accounts = {{ tim = '{PASSWORD}' }}");
    // The command itself is configuration and is shown; so it must not hold the password.
    let reversed: String = PASSWORD.chars().rev().collect();
    let good = Secret::Command(format!("echo '{reversed}' | rev; echo second line"));
    let (words, seen) = everything(&script, Mode::Tls, good).await;
    assert!(words.starts_with("delivered"), "{words}");
    assert!(!has_secret(&seen), "{seen}");
    let bad = Secret::Command(format!("echo '{reversed}' | rev; echo locked >&2; exit 2"));
    let (words, seen) = everything(&script, Mode::Tls, bad).await;
    assert!(
        words.starts_with("trouble auth") && words.contains("locked"),
        "{words}"
    );
    assert!(!has_secret(&seen), "{seen}");
}

#[test]
fn a_script_does_not_show_its_accounts() {
    let text = format!("accounts = {{ tim = '{PASSWORD}' }}");
    let script: Script = text.parse().expect("a script");
    assert!(!has_secret(&format!("{script:?}")));
}

/// A server that repeats all it hears of a login, as it came and decoded, and encoded anew behind other octets.
async fn parrot(mechanism: &'static str) -> (SmartHost, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let (mut heard, mut said) = (Vec::new(), "220 parrot ESMTP".to_owned());
        loop {
            let sent = writer.write_all(format!("{said}\r\n").as_bytes()).await;
            let (Ok(()), Ok(Some(line))) = (sent, lines.next_line().await) else {
                return heard;
            };
            said = if line.starts_with("EHLO") {
                format!("250-parrot\r\n250 AUTH {mechanism}")
            } else if line == "QUIT" {
                "221 bye".to_owned()
            } else {
                let last = line.split(' ').next_back().unwrap_or_default().to_owned();
                let fresh = last != mechanism;
                heard.extend(fresh.then_some(last));
                challenge(mechanism, &heard).unwrap_or_else(|| repeated(&heard))
            };
        }
    });
    let server = format!("127.0.0.1:{port}").parse().expect("a server");
    let mut host = SmartHost::new(server, Security::None);
    host.hello = Some("client.example".to_owned());
    (host, task)
}

/// What the mechanism asks next, until it has told all.
fn challenge(mechanism: &str, heard: &[String]) -> Option<String> {
    let rounds = match mechanism {
        "LOGIN" | "SCRAM-SHA-256" => 2,
        _ => 1,
    };
    if heard.len() >= rounds {
        return None;
    }
    Some(
        match heard.first().filter(|_| mechanism.starts_with("SCRAM")) {
            Some(first) => {
                let first = STANDARD.decode(first).expect("base64");
                let first = String::from_utf8(first).expect("UTF-8");
                let (_, nonce) = first.split_once(",r=").expect("a nonce");
                format!(
                    "334 {}",
                    STANDARD.encode(format!("r={nonce}xyz,s=c2FsdA==,i=4096"))
                )
            }
            None if mechanism == "CRAM-MD5" => format!("334 {}", STANDARD.encode("<1@parrot>")),
            None => "334 ".to_owned(),
        },
    )
}

fn repeated(heard: &[String]) -> String {
    let mut said = String::new();
    for text in heard {
        let octets = STANDARD.decode(text).unwrap_or_default();
        let plain: Vec<u8> = { octets.iter().copied() }
            .filter(|octet| !matches!(octet, b'\r' | b'\n'))
            .collect();
        let plain = String::from_utf8_lossy(&plain).into_owned();
        let parts = plain.replace(['\0', '\u{1}', ','], "|");
        for before in ["", "x", "yy"] {
            let again = STANDARD.encode([before.as_bytes(), &octets].concat());
            said += &["535-5.7.8", text, &plain, &parts, &again].join(" ");
            said += "\r\n";
        }
    }
    said + "535 5.7.8 No"
}

#[tokio::test]
async fn what_a_server_repeats_of_a_login_is_hidden_whatever_the_mechanism() {
    for mechanism in [
        "PLAIN",
        "LOGIN",
        "CRAM-MD5",
        "SCRAM-SHA-256",
        "XOAUTH2",
        "OAUTHBEARER",
    ] {
        let (mut host, task) = parrot(mechanism).await;
        host.auth = Some(mechanism.parse().expect("known"));
        host.credentials = Some(Credentials {
            user: "tim".to_owned(),
            secret: Secret::Value(SecretString::from(PASSWORD)),
        });
        let transport = Smtp::new(host.clone());
        let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
        let collector = Collector::default();
        let mut carrier = transport.carrier();
        carrier.deliver(vec![parcel.clone()], &collector).await;
        carrier.close().await;
        let heard = task.await.expect("no panic");
        let words = collector.words(&parcel).join(" ");
        assert!(
            words.starts_with("trouble auth 535"),
            "{mechanism}: {words}"
        );
        let report = collector.of(&parcel);
        let seen = format!(
            "{} {words} {parcel:?} {report:?} {transport:?} {host:?}",
            transcript(&parcel)
        );
        let mut secrets = vec![PASSWORD.to_owned(), STANDARD.encode(PASSWORD)];
        // The password's octets wherever they begin in what is encoded.
        for before in 0..3 {
            let padded = STANDARD.encode([&vec![0; before][..], PASSWORD.as_bytes()].concat());
            secrets.push(padded[4..padded.len() - 4].to_owned());
        }
        let proof = heard.last().expect("it has said something");
        let decoded =
            String::from_utf8_lossy(&STANDARD.decode(proof).expect("base64")).into_owned();
        let derived = match mechanism {
            "CRAM-MD5" => decoded.rsplit_once(' '),
            "SCRAM-SHA-256" => decoded.rsplit_once(",p="),
            _ => None,
        };
        let derived = derived.map_or(PASSWORD, |(_, derived)| derived);
        assert!(derived.len() >= 4, "{mechanism}: {decoded:?}");
        secrets.extend([proof.clone(), derived.to_owned()]);
        for secret in secrets {
            assert!(
                !seen.contains(&secret),
                "{mechanism}: {secret} is in\n{seen}"
            );
        }
        assert!(
            seen.contains("‹hidden›"),
            "{mechanism}: nothing was repeated\n{seen}"
        );
    }
}

/// A token that is spelt in another way inside the JSON of a refusal is the token all the same.
#[tokio::test]
async fn a_token_in_disguise_is_hidden() {
    let spelt: Vec<String> = { PASSWORD.chars() }
        .map(|c| format!("\\u{:04x}", u32::from(c)))
        .collect();
    let spelt = spelt.concat();
    let json = STANDARD.encode(format!(r#"{{"status":"401","why":"{spelt}"}}"#));
    let script = format!(
        "auth_in_clear = true\nmechanisms = ['XOAUTH2']\naccounts = {{ tim = 'x' }}\n\
         [[rule]]\non = 'auth'\nturns = ['334 {json}', '535 5.7.8 No']"
    );
    // The password stands for a token where the mechanism wants one.
    let relay = Relay::start(script.parse().expect("a script"), Mode::Plain).await;
    let mut host = relay.host();
    host.auth = Some("xoauth2".parse().expect("known"));
    host.credentials = Some(Credentials {
        user: "tim".to_owned(),
        secret: Secret::Value(SecretString::from(PASSWORD)),
    });
    let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
    let collector = Collector::default();
    let mut carrier = Smtp::new(host).carrier();
    carrier.deliver(vec![parcel.clone()], &collector).await;
    let seen = format!("{} {:?}", transcript(&parcel), collector.of(&parcel));
    assert!(
        seen.contains("why ‹hidden›") && !has_secret(&seen),
        "{seen}"
    );
}

//! The canary: a password is looked for in everything that a person, a log or a file could get to see.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use turbomail::mail::smarthost::{Credentials, Secret};
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

//! Certificates that must not be trusted: each has its own words, and neither a login nor a message follows.

use secrecy::SecretString;
use tokio_rustls::TlsAcceptor;
use turbomail::mail::smarthost::{Credentials, Secret};
use turbomail::smtp::script::Script;
use turbomail::transport::contract::Transport;
use turbomail::transport::smtp::Smtp;

use crate::support::certificates::{Authority, self_signed};
use crate::support::parcels::{Collector, parcel, transcript};
use crate::support::relay::{Mode, Relay};

const HERE: &[&str] = &["127.0.0.1"];

/// Sends one message to a server with this certificate, over STARTTLS and over TLS; what came of it, each time.
async fn send_to(make: impl Fn(&Authority) -> TlsAcceptor, host: &str) -> Vec<String> {
    let mut all = Vec::new();
    for mode in [Mode::StartTls, Mode::Tls] {
        let script: Script = "accounts = { tim = 'tanstaaf' }".parse().expect("a script");
        let relay = Relay::with_certificate(script, mode, &make).await;
        let mut smart_host = relay.host();
        smart_host.host = host.to_owned();
        smart_host.credentials = Some(Credentials {
            user: "tim".to_owned(),
            secret: Secret::Value(SecretString::from("tanstaaf")),
        });
        let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
        let collector = Collector::default();
        let mut carrier = Smtp::new(smart_host).carrier();
        carrier.deliver(vec![parcel.clone()], &collector).await;
        carrier.close().await;
        let words = collector.words(&parcel).join(" ");
        if !words.starts_with("delivered") {
            let commands = relay.journal().commands();
            let secret = |(_, command): &(usize, String)| {
                command.starts_with("AUTH") || command.starts_with("MAIL")
            };
            assert!(!commands.iter().any(secret), "{commands:?}");
            assert!(
                transcript(&parcel).contains("tls      Note:"),
                "{}",
                transcript(&parcel)
            );
        }
        let tls = collector.of(&parcel).connection.tls;
        all.push(format!("{words} {tls:?}"));
    }
    all
}

fn all_have(results: &[String], words: &[&str]) {
    assert_eq!(results.len(), 2);
    for result in results {
        for word in words {
            assert!(result.contains(word), "{word:?} is not in {result}");
        }
    }
}

#[tokio::test]
async fn a_good_one_is_described() {
    let good = send_to(|authority| authority.server(HERE, 2000, 2100), "127.0.0.1").await;
    all_have(
        &good,
        &["delivered", "TLS 1.3", "relay under test", "days_left"],
    );
    let by_name = send_to(
        |authority| authority.server(&["localhost"], 2000, 2100),
        "localhost",
    )
    .await;
    all_have(&by_name, &["delivered"]);
}

#[tokio::test]
async fn an_expired_one_is_named_with_its_day() {
    let results = send_to(|authority| authority.server(HERE, 2000, 2020), "127.0.0.1").await;
    all_have(
        &results,
        &[
            "trouble tls",
            "expired on 2020-01-01",
            "days ago",
            "clock says 20",
        ],
    );
}

#[tokio::test]
async fn one_that_is_not_yet_valid_hints_at_the_clock() {
    let results = send_to(|authority| authority.server(HERE, 2099, 2100), "127.0.0.1").await;
    all_have(
        &results,
        &["trouble tls", "not valid before 2099-01-01", "clock"],
    );
}

#[tokio::test]
async fn one_for_another_name_tells_the_names_it_has() {
    let names = ["mail.example", "192.0.2.1"];
    let results = send_to(
        |authority| authority.server(&names, 2000, 2100),
        "127.0.0.1",
    )
    .await;
    all_have(
        &results,
        &[
            "trouble tls",
            "not for 127.0.0.1",
            "mail.example, 192.0.2.1",
        ],
    );
    let results = send_to(|authority| authority.server(HERE, 2000, 2100), "localhost").await;
    all_have(&results, &["trouble tls", "not for localhost", "127.0.0.1"]);
}

#[tokio::test]
async fn one_that_nobody_vouches_for_is_named() {
    let results = send_to(|_| self_signed(HERE), "127.0.0.1").await;
    all_have(
        &results,
        &["trouble tls", "self-signed", "relay under test", "ca_file"],
    );
    let other = Authority::new("Another CA");
    let results = send_to(|_| other.server(HERE, 2000, 2100), "127.0.0.1").await;
    all_have(
        &results,
        &[
            "trouble tls",
            "issuer is not trusted",
            "Another CA",
            "ca_file",
        ],
    );
}

#[tokio::test]
async fn a_ca_file_that_is_none_is_named() {
    let relay = Relay::start(Script::default(), Mode::Tls).await;
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing").expect("written");
    for (file, word) in [
        (empty, "holds no certificate"),
        (folder.path().join("none"), "cannot be read"),
    ] {
        let mut host = relay.host();
        host.ca_files = vec![file];
        let parcel = parcel("me@x.example", &["you@x.example"], b"\r\n");
        let collector = Collector::default();
        Smtp::new(host)
            .carrier()
            .deliver(vec![parcel.clone()], &collector)
            .await;
        assert!(
            collector.words(&parcel).join(" ").contains(word),
            "{:?}",
            collector.words(&parcel)
        );
    }
}

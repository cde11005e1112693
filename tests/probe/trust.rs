//! Certificates that must not be trusted: they are shown all the same, and nothing is said behind them.

use tokio_rustls::TlsAcceptor;
use turbomail::mail::stage::Stage;
use turbomail::probe::conclude::conclude;
use turbomail::probe::report::Report;
use turbomail::probe::walk::{Plan, Status, Walk};
use turbomail::smtp::script::Script;

use crate::certificates::{Authority, self_signed, self_signed_for};
use crate::relay::{Mode, Relay};
use crate::{walked, with_login};

const HERE: &[&str] = &["127.0.0.1"];

/// Walks to a server with this certificate over STARTTLS and over TLS.
async fn shown(make: impl Fn(&Authority) -> TlsAcceptor) -> Vec<Walk> {
    let mut walks = Vec::new();
    for mode in [Mode::StartTls, Mode::Tls] {
        let script: Script = "accounts = { tim = 'kanarien-Vogel+7' }"
            .parse()
            .expect("a script");
        let relay = Relay::with_certificate(script, mode, &make).await;
        let limit = std::time::Duration::from_secs(20);
        let walk = walked(&Plan::new(with_login(relay.host(), limit))).await;
        let commands = relay.journal().commands();
        let logged_in = commands.iter().any(|(_, line)| line.starts_with("AUTH"));
        assert_eq!(logged_in, walk.failure.is_none(), "{commands:?}");
        walks.push(walk);
    }
    walks
}

fn refused(walks: &[Walk], words: &[&str], id: &str) {
    assert_eq!(walks.len(), 2);
    for walk in walks {
        let failure = walk.failure.as_ref().expect("not trusted");
        assert_eq!(failure.stage, Stage::Tls);
        let findings = conclude(walk);
        assert_eq!(findings.first().map(|one| one.id.as_str()), Some(id));
        let text = failure.text();
        for word in words {
            assert!(text.contains(word), "{word:?} is not in {text}");
        }
        assert!(walk.tls.is_none() && walk.after_tls.is_none());
        let leaf = walk.certificates.first().expect("shown");
        assert!(leaf.subject.contains("relay under test"));
        let tls = Report::of(walk).tls.expect("told");
        assert!(tls.version.is_none() && !tls.certificates.is_empty());
    }
}

#[tokio::test]
async fn each_has_its_words_and_its_card() {
    refused(
        &shown(|authority| authority.server(HERE, 2000, 2020)).await,
        &["expired on 2020-01-01"],
        "tls.expired",
    );
    refused(
        &shown(|authority| authority.server(HERE, 2099, 2100)).await,
        &["not valid before", "clock"],
        "tls.not_yet_valid",
    );
    let other = |authority: &Authority| authority.server(&["mail.example"], 2000, 2100);
    refused(
        &shown(other).await,
        &["not for 127.0.0.1", "mail.example"],
        "tls.ip_host",
    );
    refused(
        &shown(|_| self_signed(HERE)).await,
        &["self-signed", "pin"],
        "tls.self_signed",
    );
    refused(
        &shown(|_| self_signed_for(HERE, 2000, 2010)).await,
        &["expired"],
        "tls.expired",
    );
    let nobody = Authority::new("Another CA");
    refused(
        &shown(|_| nobody.server(HERE, 2000, 2100)).await,
        &["issuer is not trusted"],
        "tls.unknown_ca",
    );
}

#[tokio::test]
async fn a_pin_makes_up_for_it_and_few_days_are_a_warning() {
    let relay = Relay::with_certificate(Script::default(), Mode::Tls, |_| {
        self_signed_for(HERE, 2000, 2010)
    })
    .await;
    let mut host = relay.host();
    let first = walked(&Plan::new(host.clone())).await;
    host.pins = vec![first.certificates.first().expect("shown").sha256];
    let walk = walked(&Plan::new(host)).await;
    assert!(walk.failure.is_none(), "{:?}", walk.failure);
    assert!(walk.days_left().is_some_and(|days| days < 0));
    assert_eq!(
        walk.check(Stage::Tls).map(|check| check.status),
        Some(Status::Warning)
    );
}

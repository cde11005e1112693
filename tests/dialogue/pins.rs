//! Pins and names: one certificate is trusted for what it is, and never more; and a chain is known also where it is refused.

use std::sync::Arc;

use turbomail::mail::certificate::Certificate;
use turbomail::mail::clock::SystemClock;
use turbomail::mail::fingerprint::Fingerprint;
use turbomail::mail::smarthost::{Security, SmartHost};
use turbomail::mail::transcript::Transcript;
use turbomail::smtp::script::Script;
use turbomail::smtp::{Session, Tls, dial};
use turbomail::transport::contract::Transport;
use turbomail::transport::smtp::Smtp;

use crate::support::certificates::{Authority, self_signed, self_signed_for};
use crate::support::parcels::{Collector, parcel, transcript};
use crate::support::relay::{Mode, Relay};

const HERE: &[&str] = &["127.0.0.1"];

/// Sends one message; what came of it, and the certificates that the server has shown.
async fn send(host: &SmartHost) -> (String, Vec<Certificate>) {
    let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
    let collector = Collector::default();
    let mut carrier = Smtp::new(host.clone()).carrier();
    carrier.deliver(vec![parcel.clone()], &collector).await;
    carrier.close().await;
    let words = collector.words(&parcel).join(" ");
    let is_secure = collector.of(&parcel).connection.tls.is_some();
    assert_eq!(is_secure, words.starts_with("delivered"));
    let shown = look(host, is_secure).await;
    let told = transcript(&parcel);
    for certificate in &shown {
        assert!(told.contains(&certificate.sha256.to_string()), "{told}");
    }
    (words, shown)
}

/// Opens a session; the certificates that the server has shown.
async fn look(host: &SmartHost, is_good: bool) -> Vec<Certificate> {
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    let link = dial(host, &transcript).await.expect("it listens");
    let mut session = Session::new(link, Arc::new(host.clone()), Tls::of(host), &transcript);
    assert_eq!(session.establish().await.is_ok(), is_good);
    let shown = session.certificates().to_vec();
    session.quit().await;
    shown
}

#[tokio::test]
async fn a_pin_of_the_certificate_or_of_its_key_stands_for_all_authorities() {
    for mode in [Mode::StartTls, Mode::Tls] {
        // Nobody vouches for it, it is for another name, and it has expired: a pin is a pin.
        let odd = |_: &Authority| self_signed_for(&["mail.example"], 2000, 2020);
        let relay = Relay::with_certificate(Script::default(), mode, odd).await;
        let mut host = relay.host();
        let (words, shown) = send(&host).await;
        assert!(words.starts_with("trouble tls"), "{words}");
        let own = shown.first().expect("its facts though it is not trusted");
        for pin in [own.sha256, own.key_sha256] {
            host.pins = vec![Fingerprint([7; 32]), pin];
            let (words, shown) = send(&host).await;
            assert!(words.starts_with("delivered"), "{words}");
            assert_eq!(shown.first(), Some(own));
        }
    }
}

#[tokio::test]
async fn another_certificate_is_refused_whoever_vouches_for_it() {
    let relay = Relay::start(Script::default(), Mode::Tls).await;
    let mut host = relay.host();
    let (words, shown) = send(&host).await;
    assert!(
        words.starts_with("delivered"),
        "trusted without a pin: {words}"
    );
    host.pins = vec![Fingerprint([7; 32])];
    let (words, refused) = send(&host).await;
    assert!(words.starts_with("trouble tls"), "{words}");
    for print in [
        "07".repeat(32),
        shown[0].sha256.to_string(),
        shown[0].key_sha256.to_string(),
    ] {
        assert!(words.contains(&print), "{print} is not in {words}");
    }
    assert_eq!(shown, refused);
    assert_eq!(relay.journal().messages().len(), 1);
}

#[tokio::test]
async fn the_print_to_pin_is_told_where_nobody_vouches() {
    let relay = Relay::with_certificate(Script::default(), Mode::Tls, |_| self_signed(HERE)).await;
    let mut host = relay.host();
    let (words, _) = send(&host).await;
    let (_, rest) = words.split_once("pin = \"").expect("a pin");
    let (pin, _) = rest.split_once('"').expect("its end");
    host.pins = vec![pin.parse().expect("a print")];
    let (words, _) = send(&host).await;
    assert!(words.starts_with("delivered"), "{words}");
}

#[tokio::test]
async fn the_name_to_look_for_can_be_another() {
    let make = |authority: &Authority| authority.server(&["relay.example"], 2000, 2100);
    let relay = Relay::with_certificate(Script::default(), Mode::StartTls, make).await;
    let mut host = relay.host();
    let (words, _) = send(&host).await;
    assert!(
        words.contains("not for 127.0.0.1") && words.contains("relay.example"),
        "{words}"
    );
    host.tls_name = Some("relay.example".to_owned());
    let (words, _) = send(&host).await;
    assert!(words.starts_with("delivered"), "{words}");
    host.tls_name = Some("other.example".to_owned());
    let (words, _) = send(&host).await;
    assert!(words.contains("not for other.example"), "{words}");
}

#[tokio::test]
async fn a_chain_with_a_gap_is_told_from_one_that_is_whole() {
    let send_to = |is_whole, until| async move {
        let make = |authority: &Authority| authority.distant_server(HERE, is_whole, until);
        let relay = Relay::with_certificate(Script::default(), Mode::Tls, make).await;
        send(&relay.host()).await
    };
    let (words, shown) = send_to(true, 2100).await;
    assert!(words.starts_with("delivered"), "{words}");
    let titles: Vec<_> = shown.iter().map(Certificate::title).collect();
    assert_eq!(titles, ["CN=relay under test", "CN=Intermediate Test CA"]);
    assert_eq!(shown[0].names[0].as_str(), "127.0.0.1");
    assert_eq!(shown[0].not_after.to_string(), "2100-01-01T00:00:00Z");
    let (words, shown) = send_to(false, 2100).await;
    assert!(
        words.contains("Intermediate Test CA") && words.contains("incomplete"),
        "{words}"
    );
    assert_eq!(shown.len(), 1);
    let (words, _) = send_to(true, 2020).await;
    assert!(
        words.contains("intermediate certificate CN=Intermediate Test CA expired on 2020-01-01"),
        "{words}"
    );
}

#[tokio::test]
async fn a_pin_wants_a_certificate_to_be_seen_also_on_this_machine() {
    let relay = Relay::start(Script::default(), Mode::Plain).await;
    let mut host = relay.host();
    host.security = Security::Auto;
    host.pins = vec![Fingerprint([7; 32])];
    let (words, shown) = send(&host).await;
    assert!(words.starts_with("trouble starttls"), "{words}");
    assert!(shown.is_empty());
    assert!(relay.journal().messages().is_empty());
}

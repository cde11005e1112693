//! The certificate of this side: shown where a server wants one, missed aloud where there is none, and good for a login.

use turbomail::mail::sasl::Sasl;
use turbomail::mail::smarthost::{ClientCertificate, Credentials, Secret, SmartHost};
use turbomail::smtp::script::Script;
use turbomail::transport::contract::Transport;
use turbomail::transport::smtp::Smtp;

use crate::support::certificates::{Authority, ClientFiles};
use crate::support::parcels::{Collector, parcel, transcript};
use crate::support::relay::{Mode, Relay};

const HERE: &[&str] = &["127.0.0.1"];

/// Sends one message; what came of it and what was said.
async fn send(host: SmartHost) -> (String, String) {
    let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
    let collector = Collector::default();
    let mut carrier = Smtp::new(host).carrier();
    carrier.deliver(vec![parcel.clone()], &collector).await;
    carrier.close().await;
    (collector.words(&parcel).join(" "), transcript(&parcel))
}

fn shown(files: &ClientFiles) -> ClientCertificate {
    ClientCertificate {
        certificate: files.certificate.path().to_owned(),
        key: files.key.path().to_owned(),
    }
}

#[tokio::test]
async fn a_server_that_insists_is_shown_it_or_named() {
    let authority = Authority::new("Clients CA");
    let files = authority.client();
    let stranger = Authority::new("Strangers CA").client();
    for mode in [Mode::StartTls, Mode::Tls] {
        for old in [false, true] {
            let curious = |_: &Authority| authority.curious_server(HERE, true, old);
            let relay = Relay::with_certificate(Script::default(), mode, curious).await;
            let mut host = relay.host();
            host.ca_files = vec![authority.file()];
            let (words, said) = send(host.clone()).await;
            assert!(
                words.starts_with("trouble") && words.contains("client_cert"),
                "{mode:?} old {old}: {words}\n{said}"
            );
            host.client_certificate = Some(shown(&stranger));
            let (words, said) = send(host.clone()).await;
            assert!(
                words.starts_with("trouble") && !words.contains("set client_cert"),
                "{mode:?} old {old}: {words}\n{said}"
            );
            host.client_certificate = Some(shown(&files));
            let (words, said) = send(host).await;
            assert!(words.starts_with("delivered"), "{mode:?} {words}\n{said}");
            let accepted = relay.journal().messages().len();
            assert_eq!(accepted, 1, "{mode:?} old {old}");
        }
    }
}

#[tokio::test]
async fn a_server_that_only_asks_is_served_without() {
    let curious = |authority: &Authority| authority.curious_server(HERE, false, false);
    let relay = Relay::with_certificate(Script::default(), Mode::Tls, curious).await;
    let (words, said) = send(relay.host()).await;
    assert!(words.starts_with("delivered"), "{words}\n{said}");
}

#[tokio::test]
async fn it_logs_in_by_external() {
    let script =
        "accounts = { tim = 'x' }\nauth_required = true\nmechanisms = ['EXTERNAL', 'PLAIN']";
    let clients = Authority::new("Clients CA");
    let files = clients.client();
    for user in ["tim", ""] {
        let curious = |_: &Authority| clients.curious_server(HERE, false, false);
        let script: Script = script.parse().expect("a script");
        let relay = Relay::with_certificate(script, Mode::StartTls, curious).await;
        let mut host = relay.host();
        host.ca_files = vec![clients.file()];
        host.client_certificate = Some(shown(&files));
        host.credentials = Some(Credentials {
            user: user.to_owned(),
            secret: Secret::Certificate,
        });
        let (words, said) = send(host.clone()).await;
        assert!(words.starts_with("delivered"), "{words}\n{said}");
        assert!(said.contains("AUTH EXTERNAL"), "{said}");
        // The same without the certificate is refused by the server.
        host.client_certificate = None;
        host.auth = Some(Sasl::External);
        let (words, _) = send(host).await;
        assert!(words.starts_with("trouble auth 535"), "{words}");
    }
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let authority = Authority::new("Clients CA");
    let (files, others) = (authority.client(), authority.client());
    let relay = Relay::start(Script::default(), Mode::Tls).await;
    let try_with = |certificate: &std::path::Path, key: &std::path::Path| {
        let mut host = relay.host();
        host.client_certificate = Some(ClientCertificate {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        });
        send(host)
    };
    let (certificate, key) = (files.certificate.path(), files.key.path());
    let (words, _) = try_with(key, key).await;
    assert!(
        words.contains("client_cert") && words.contains("BEGIN CERTIFICATE"),
        "{words}"
    );
    let (words, _) = try_with(certificate, certificate).await;
    assert!(
        words.contains("client_key") && words.contains("PRIVATE KEY"),
        "{words}"
    );
    let (words, _) = try_with(certificate, others.key.path()).await;
    assert!(words.contains("does not belong"), "{words}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(key, open).expect("changed");
        let (words, said) = try_with(certificate, key).await;
        assert!(
            words.starts_with("trouble tls") && words.contains("chmod 600"),
            "{words}"
        );
        assert!(!said.contains("PRIVATE KEY"), "{said}");
    }
    assert!(relay.journal().messages().is_empty());
}

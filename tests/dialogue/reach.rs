//! Where a smart host is found: the next address where one does not greet, a detour with the name's own certificate, sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use turbomail::mail::outcome::{Cause, Failure};
use turbomail::mail::parcel::Connection;
use turbomail::mail::reach::Place;
use turbomail::mail::smarthost::{Credentials, Secret, Security, SmartHost};
use turbomail::mail::stage::Stage;
use turbomail::smtp::script::{Script, Server};
use turbomail::smtp::{Delivery, Logins, Session, Tls, arrive, call};
use turbomail::transport::contract::Transport;
use turbomail::transport::lmtp::Lmtp;
use turbomail::transport::smtp::Smtp;

use crate::support::parcels::{Collector, parcel, transcript};
use crate::support::relay::{Mode, Relay};

fn script(text: &str) -> Script {
    text.parse().expect("a script")
}

/// The address behind a relay's smart host.
fn address(host: &SmartHost) -> SocketAddr {
    host.name().parse().expect("an address")
}

/// Goes to the first of these addresses that lets us in, and sends one message there.
async fn send(
    host: &SmartHost,
    addresses: Vec<SocketAddr>,
) -> (Result<(Session, Delivery), (Failure, Connection)>, String) {
    let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
    let log = &parcel.transcript;
    let host = Arc::new(host.clone());
    let tls = Tls::new(host.ca_files.clone());
    let link = call(&host, addresses, log).await.expect("a connection");
    let result = match arrive(link, &host, &tls, &Logins::default(), log).await {
        Ok(mut session) => {
            let delivery = session.deliver(parcel.clone()).await;
            session.quit().await;
            Ok((session, delivery))
        }
        Err(error) => Err(error),
    };
    (result, transcript(&parcel))
}

#[tokio::test]
async fn an_address_that_does_not_greet_gives_way_to_the_next() {
    for (first, mode) in [
        (
            "[[rule]]\non = 'connect'\nreply = { silent = true, then = 'close' }",
            Mode::Plain,
        ),
        (
            "[[rule]]\non = 'connect'\nreply = { silent = true, then = 'silence' }",
            Mode::Plain,
        ),
        (
            "[[rule]]\non = 'connect'\nreply = { say = '421 4.3.2 Busy', then = 'close' }",
            Mode::Plain,
        ),
        (
            "[[rule]]\non = 'connect'\nreply = '554 5.3.2 Not here'",
            Mode::StartTls,
        ),
        (
            "[[rule]]\non = 'tls'\nreply = { silent = true, then = 'close' }",
            Mode::Tls,
        ),
    ] {
        let dead = Relay::start(script(first), mode).await;
        let good = Relay::start(Script::default(), mode).await;
        let mut host = good.host();
        host.timeouts.greeting = Duration::from_secs(2);
        let addresses = vec![address(&dead.host()), address(&host)];
        let (result, log) = send(&host, addresses).await;
        let (session, delivery) = result.expect("the second lets us in");
        assert!(matches!(delivery, Delivery::Settled(_)), "{log}");
        assert_eq!(
            session.connection().peer,
            Some(address(&host).to_string()),
            "{log}"
        );
        assert!(log.contains("the next address is tried"), "{log}");
        assert_eq!(log.matches("connected to").count(), 2, "{log}");
        assert_eq!(good.journal().messages().len(), 1);
        assert!(dead.journal().messages().is_empty());
    }
}

#[tokio::test]
async fn what_an_address_has_said_outweighs_that_others_are_closed() {
    let busy = "[[rule]]\non = 'connect'\nreply = { say = '421 4.3.2 Busy', then = 'close' }";
    let busy = Relay::start(script(busy), Mode::Plain).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let nowhere = closed.local_addr().expect("bound");
    drop(closed);
    let host = busy.host();
    let (result, log) = send(&host, vec![address(&host), nowhere]).await;
    let (failure, connection) = result.expect_err("nobody lets us in");
    assert_eq!(
        (failure.stage, failure.code()),
        (Stage::Greeting, Some(421))
    );
    assert_eq!(connection.peer, Some(address(&host).to_string()));
    assert!(
        log.contains(&format!("connection refused by {nowhere}")),
        "{log}"
    );
}

#[tokio::test]
async fn a_wrong_server_is_no_reason_to_try_elsewhere() {
    let foreign = "[[rule]]\non = 'connect'\nreply = { raw = 'SSH-2.0-x\\r\\n' }";
    let foreign = Relay::start(script(foreign), Mode::Plain).await;
    let good = Relay::start(Script::default(), Mode::Plain).await;
    let addresses = vec![address(&foreign.host()), address(&good.host())];
    let (result, log) = send(&foreign.host(), addresses).await;
    let (failure, _) = result.expect_err("no SMTP");
    assert!(matches!(failure.cause, Cause::OutOfStep(_)), "{log}");
    assert_eq!(good.journal().connections(), 0);
}

/// What one parcel comes to, and its transcript.
async fn deliver(transport: &dyn Transport) -> (String, String) {
    let parcel = parcel(
        "me@x.example",
        &["a@x.example", "full@x.example"],
        b"Subject: x\r\n\r\n",
    );
    let collector = Collector::default();
    let mut carrier = transport.carrier();
    carrier.deliver(vec![parcel.clone()], &collector).await;
    carrier.close().await;
    (collector.words(&parcel).join("; "), transcript(&parcel))
}

#[tokio::test]
async fn behind_a_detour_the_certificate_is_checked_for_the_name() {
    for (name, expected) in [
        ("relay.example", "delivered"),
        ("other.example", "trouble tls"),
    ] {
        for mode in [Mode::StartTls, Mode::Tls] {
            let relay = Relay::with_certificate(Script::default(), mode, |authority| {
                authority.server(&["relay.example"], 2000, 2100)
            })
            .await;
            let mut host = relay.host();
            host.reach.detour = Some(Place::Host("127.0.0.1".to_owned(), host.port));
            (host.host, host.port) = (name.to_owned(), 4711);
            let (words, log) = deliver(&Smtp::new(host)).await;
            assert!(words.starts_with(expected), "{words}\n{log}");
            assert!(log.contains(&format!("in place of {name}:4711")), "{log}");
        }
    }
}

#[tokio::test]
async fn a_detour_to_this_machine_makes_a_password_no_safer() {
    let accounts = "accounts = { tim = 'tanstaaf' }\nauth_in_clear = true";
    let relay = Relay::start(script(accounts), Mode::Plain).await;
    for security in [Security::None, Security::Auto] {
        let mut host = relay.host();
        host.reach.detour = Some(host.place());
        host.host = "relay.example".to_owned();
        host.security = security;
        host.credentials = Some(Credentials {
            user: "tim".to_owned(),
            secret: Secret::Value(SecretString::from("tanstaaf")),
        });
        let (words, log) = deliver(&Smtp::new(host)).await;
        assert!(words.starts_with("trouble"), "{words}\n{log}");
    }
    let commands = relay.journal().commands();
    assert!(
        !commands.iter().any(|(_, text)| text.starts_with("AUTH")),
        "{commands:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn mail_goes_through_a_unix_socket_in_both_languages() {
    for lmtp in [false, true] {
        let text = format!(
            "lmtp = {lmtp}\n[[rule]]\non = 'content'\nmatch = 'full@*'\nreply = '452 4.2.2 Full'"
        );
        let server = Server::new(script(&text));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lmtp");
        let listener = tokio::net::UnixListener::bind(&path).expect("bound");
        let serving = server.clone();
        let task = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("called");
            serving.serve(stream).await;
        });
        let name = format!("unix:{}", path.display());
        let host = SmartHost::new(name.parse().expect("a socket"), Security::Auto);
        let (words, log) = if lmtp {
            deliver(&Lmtp::new(host)).await
        } else {
            deliver(&Smtp::new(host)).await
        };
        let expected = if lmtp {
            "delivered 250 2.0.0 Ok, 14 octets; deferred content 452 4.2.2 Full"
        } else {
            "deferred content 452 4.2.2 Full; deferred content 452 4.2.2 Full"
        };
        assert_eq!(words, expected, "{log}");
        assert!(log.contains(&format!("connected to {name}")), "{log}");
        task.await.expect("it ends by itself");
    }
}

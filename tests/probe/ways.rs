//! Other ways to a server: a UNIX socket with LMTP, each address by itself, and more time for a reply that is waited for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use turbomail::mail::clock::SystemClock;
use turbomail::mail::reach::Protocol;
use turbomail::mail::smarthost::{Security, SmartHost, Timeouts};
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::Transcript;
use turbomail::probe::each::each_address;
use turbomail::probe::walk::{Event, Plan, Verdict, walk};
use turbomail::smtp::Patience;
use turbomail::smtp::script::{Script, Server};

use crate::relay::{Mode, Relay};
use crate::{course, walked};

#[cfg(unix)]
#[tokio::test]
async fn lmtp_over_a_socket_is_walked_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s");
    let listener = tokio::net::UnixListener::bind(&path).expect("bound");
    let server = Server::new("lmtp = true".parse().expect("a script"));
    let serving = server.clone();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serving.clone().serve(stream).await;
        }
    });
    let name = format!("unix:{}", path.display());
    let mut host = SmartHost::new(name.parse().expect("a socket"), Security::Auto);
    host.reach.protocol = Protocol::Lmtp;
    let plan = Plan {
        recipients: vec!["you@x.example".parse().expect("an address")],
        ..Plan::new(host)
    };
    let walk = walked(&plan).await;
    assert_eq!(walk.verdict(), Verdict::Ok, "{:?}", course(&walk));
    assert!(
        walk.hello
            .as_deref()
            .is_some_and(|line| line.starts_with("LHLO "))
    );
    assert_eq!(walk.peer.as_deref(), Some(name.as_str()));
    assert!(walk.addresses.is_empty());
    task.abort();
}

#[tokio::test]
async fn who_waits_longer_hears_more() {
    let script = "[[rule]]\non = 'connect'\nreply = { say = '220 late', delay = 900 }";
    let relay = Relay::start(script.parse().expect("a script"), Mode::Plain).await;
    let mut host = relay.host();
    host.timeouts = Timeouts::all(Duration::from_millis(300));
    let mut plan = Plan::new(host);
    let hasty = walked(&plan).await;
    assert_eq!(hasty.failure.map(|one| one.stage), Some(Stage::Greeting));

    let patience = Patience::new();
    plan.patience = patience.clone();
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    let more = |event: &Event| {
        if matches!(
            event,
            Event::Entered {
                stage: Stage::Greeting,
                ..
            }
        ) {
            patience.grant(Duration::from_secs(20));
        }
    };
    let patient = walk(&plan, &transcript, &mut { more }).await;
    assert_eq!(patient.verdict(), Verdict::Ok, "{:?}", patient.failure);

    // What was granted for one stage is not left for the next.
    let silent = "[[rule]]\non = 'ehlo'\nreply = { silent = true, then = 'silence' }";
    let relay = Relay::start(silent.parse().expect("a script"), Mode::Plain).await;
    let mut host = relay.host();
    host.timeouts = Timeouts::all(Duration::from_millis(300));
    plan = Plan {
        patience: patience.clone(),
        ..Plan::new(host)
    };
    let walked = walk(&plan, &transcript, &mut { more }).await;
    let text = walked.failure.map(|one| one.to_string());
    assert_eq!(text.as_deref(), Some("hello: no answer for 0.3 s"));
}

#[tokio::test]
async fn each_address_is_looked_at_by_itself() {
    let relay = Relay::start(Script::default(), Mode::Plain).await;
    let port = relay.host().port;
    let Ok(other) = TcpListener::bind(("127.0.0.2", port)).await else {
        eprintln!("skipped: this system has one loopback address");
        return;
    };
    let task = tokio::spawn(async move {
        // What listens here closes at once.
        while other.accept().await.is_ok() {}
    });
    let plan = Plan::new(relay.host());
    let mut first = walked(&plan).await;
    let own = first.addresses.first().copied().expect("an address");
    // As if the name had three.
    for ip in ["127.0.0.2", "127.0.0.3"] {
        let one: SocketAddr = format!("{ip}:{port}").parse().expect("an address");
        first.addresses.extend([one; 2]);
    }
    let others = each_address(&plan, &first).await;
    let ends: Vec<_> = { others.iter() }
        .map(|walk| walk.failure.as_ref().map(|failure| failure.stage))
        .collect();
    assert_eq!(ends, [Some(Stage::Greeting), Some(Stage::Connect)]);
    assert_eq!(own.port(), port);
    assert_eq!(
        relay.journal().connections(),
        1,
        "its own was not called again"
    );
    task.abort();
}

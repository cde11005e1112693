//! Other ways to a server: a UNIX socket with LMTP, each address by itself, and more time for a reply that is waited for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use turbomail::mail::circumstances::Reached;
use turbomail::mail::clock::SystemClock;
use turbomail::mail::reach::Protocol;
use turbomail::mail::smarthost::{Security, SmartHost, Timeouts};
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::Transcript;
use turbomail::probe::compare::Record;
use turbomail::probe::conclude::{Beside, circumstances_with, conclude_with};
use turbomail::probe::each::each_address;
use turbomail::probe::grid::grid;
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

#[tokio::test]
async fn what_other_ports_have_shown_counts_for_the_diagnosis() {
    let open = Relay::start(Script::default(), Mode::StartTls).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = closed.local_addr().expect("bound").port();
    drop(closed);
    let mut host = open.host();
    host.port = port;
    let walk = walked(&Plan::new(host.clone())).await;
    let cells = grid(&host, &[open.host().port, port]).await;
    let beside = Beside {
        cells: &cells,
        container: Some(true),
        written: Some("127.0.0.1"),
        ..Beside::default()
    };
    let all = circumstances_with(&walk, &beside);
    let reached = |port: u16| {
        let mut tried = all.tried.iter().filter(|one| one.address.port() == port);
        (tried.next().map(|one| one.reached), tried.count())
    };
    assert_eq!(reached(port), (Some(Reached::Refused), 0), "each once");
    assert_eq!(reached(open.host().port), (Some(Reached::Open), 0));
    assert_eq!(
        (all.container, all.written.as_deref()),
        (Some(true), Some("127.0.0.1"))
    );
}

#[tokio::test]
async fn what_was_offered_before_and_how_lines_end_is_seen() {
    let script = "capabilities = ['PIPELINING', 'CHUNKING']";
    let relay = Relay::start(script.parse().expect("a script"), Mode::Plain).await;
    let good = Record::of(&walked(&Plan::new(relay.host())).await);
    assert!(good.is_good(), "{good:?}");
    let script = r"capabilities = ['PIPELINING']
rule = [{ on = 'connect', reply = { raw = '220 relay ESMTP\n' } }]";
    let less = Relay::start(script.parse().expect("a script"), Mode::Plain).await;
    let walk = walked(&Plan::new(less.host())).await;
    let beside = Beside {
        last_good: Some(&good),
        ..Beside::default()
    };
    let found = conclude_with(&walk, &beside);
    let ids: Vec<&str> = found.iter().map(|one| one.id.as_str()).collect();
    assert!(
        ids.contains(&"ehlo.changed") && ids.contains(&"any.lf_only"),
        "{ids:?} {found:#?}"
    );
    assert!(
        found.iter().any(|one| one.evidence.contains("CHUNKING")),
        "{found:#?}"
    );
    let text = serde_json::to_string(&good).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Record>(&text).expect("read back"),
        good
    );
}

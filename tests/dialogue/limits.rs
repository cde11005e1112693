//! Every wait has its limit: a silent server is given up when it is over and not before, one that drips wins nothing, and one
//! that is merely slow is waited for. In memory, on a clock that jumps ahead while everybody waits.

use std::sync::Arc;
use std::time::Duration;

use turbomail::mail::outcome::{Failure, Outcome};
use turbomail::mail::smarthost::{Credentials, Secret, Security, SmartHost, Timeouts};
use turbomail::smtp::script::Server;
use turbomail::smtp::{Delivery, Link, Session, Tls};
use turbomail::transport::contract::Transport;
use turbomail::transport::smtp::Smtp;

use crate::support::certificates::Authority;
use crate::support::parcels::{Collector, parcel};

/// What of the paused clock may go by beside the waits themselves: its smallest steps.
const SPARE: Duration = Duration::from_secs(1);

/// Limits of which no two are the same.
fn limits() -> Timeouts {
    let mut limits = Timeouts::default();
    for (name, number) in Timeouts::NAMES.iter().zip(1..) {
        let limit = limits.named(name).expect("a limit");
        *limit = Duration::from_secs(100 + 17 * number);
    }
    limits
}

/// Delivers one message of this size over STARTTLS and with a login; what came of it and how long it took.
async fn deliver(rules: &str, timeouts: Timeouts, size: usize) -> (String, Duration) {
    let authority = Authority::new("Trusted Test CA");
    let script = format!("accounts = {{ tim = 'tanstaaf' }}\nauth_required = true\n{rules}");
    let acceptor = authority.server(&["relay.example"], 2000, 2100);
    let server = Server::with_tls(script.parse().expect("a script"), acceptor);
    let (ours, theirs) = tokio::io::duplex(16 * 1024);
    tokio::spawn(async move { server.serve(theirs).await });
    let address = "relay.example:587".parse().expect("a server");
    let mut host = SmartHost::new(address, Security::StartTls);
    host.ca_files = vec![authority.file()];
    host.timeouts = timeouts;
    host.credentials = Some(Credentials {
        user: "tim".to_owned(),
        secret: Secret::Value("tanstaaf".into()),
    });
    let content = b"0123456789012345678901234567890\r\n".repeat(size / 33 + 1);
    let parcel = parcel("me@x.example", &["you@x.example"], &content);
    let (link, tls) = (Link::inside(ours, &host), Tls::new(host.ca_files.clone()));
    let begun = tokio::time::Instant::now();
    let mut session = Session::new(link, Arc::new(host), tls, &parcel.transcript);
    let words =
        |word: &str, failure: &Failure| format!("{word} {} {}", failure.stage, failure.cause);
    let what = match session.establish().await {
        Err(failure) => words("trouble", &failure),
        Ok(()) => match session.deliver(parcel).await {
            Delivery::HostTrouble(failure) => words("trouble", &failure),
            Delivery::Settled(outcomes) => match &outcomes[..] {
                [Outcome::Delivered(reply)] => format!("delivered {reply}"),
                [Outcome::Deferred(failure)] => words("deferred", failure),
                [Outcome::Failed(failure)] => words("failed", failure),
                [Outcome::Uncertain(failure)] => words("uncertain", failure),
                other => panic!("{other:?}"),
            },
        },
    };
    (what, begun.elapsed())
}

/// The events of a conversation, with the limit that ends a silence there and what the failure is called.
const WAITS: [(&str, &str, &str); 9] = [
    ("connect", "greeting", "trouble greeting"),
    ("ehlo", "hello", "trouble hello"),
    ("starttls", "starttls", "trouble starttls"),
    ("tls", "tls", "trouble tls"),
    ("auth", "auth", "trouble auth"),
    ("mail", "mail", "deferred mail"),
    ("rcpt", "rcpt", "deferred rcpt"),
    ("data", "data", "deferred data"),
    ("content", "dot", "uncertain content"),
];

async fn ends_at_its_limit(event: &str, limit: &str, words: &str, reply: &str) {
    // One command at a time, so that each reply is waited for from its own command on.
    let rules = format!("capabilities = []\n[[rule]]\non = '{event}'\nreply = {{ {reply} }}");
    let (what, took) = deliver(&rules, limits(), 100).await;
    assert!(what.starts_with(words), "{event}: {what}");
    let limit = *limits().named(limit).expect("a limit");
    assert!(
        took >= limit && took < limit + SPARE,
        "{event}, {reply}: {took:?} instead of {limit:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_the_limit_of_its_stage_and_not_before() {
    for (event, limit, words) in WAITS {
        ends_at_its_limit(event, limit, words, "silent = true, then = 'silence'").await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_octet_every_ten_seconds_wins_no_time_at_any_stage() {
    for (event, limit, words) in WAITS.into_iter().filter(|wait| wait.0 != "tls") {
        let lines = "250-and so on and on and on\\r\\n".repeat(10);
        ends_at_its_limit(
            event,
            limit,
            words,
            &format!("raw = \"{lines}\", drip = 10_000"),
        )
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_reads_no_more_is_given_up_at_the_limit_of_a_block() {
    let rules = "[[rule]]\non = 'data'\nreply = { say = '354 go', then = 'stop-reading' }";
    let (what, took) = deliver(rules, limits(), 4_000_000).await;
    assert!(what.starts_with("deferred content"), "{what}");
    let limit = limits().block;
    assert!(took >= limit && took < limit + SPARE, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn half_a_minute_is_nothing_to_any_stage() {
    for (event, _, _) in WAITS.into_iter().filter(|wait| wait.0 != "tls") {
        let rules = format!("[[rule]]\non = '{event}'\nreply = {{ delay = 30_000 }}");
        let (what, took) = deliver(&rules, Timeouts::default(), 100).await;
        assert!(what.starts_with("delivered"), "{event}: {what}");
        assert!(took >= Duration::from_secs(30), "{event}: {took:?}");
    }
    let rules = "[[rule]]\non = 'any'\nreply = { delay = 1000 }";
    let (what, _) = deliver(rules, Timeouts::default(), 100).await;
    assert!(what.starts_with("delivered"), "{what}");
}

#[tokio::test(start_paused = true)]
async fn content_that_is_read_slowly_has_no_limit_as_a_whole() {
    let rules = "[[rule]]\non = 'body'\nreply = { silent = true, pace = 1000 }";
    let (what, took) = deliver(rules, Timeouts::default(), 4_000_000).await;
    assert!(what.starts_with("delivered"), "{what}");
    let block = Timeouts::default().block;
    assert!(
        took > block * 2,
        "{took:?}: not slow enough to show anything"
    );
}

#[tokio::test]
async fn a_connection_that_nobody_accepts_ends_at_the_greeting_s_limit() {
    // The kernel takes it; no program ever does.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    let limit = Duration::from_millis(300);
    let mut host = SmartHost::new(address.parse().expect("a server"), Security::None);
    host.timeouts = Timeouts::all(limit);
    let parcel = parcel("me@x.example", &["you@x.example"], b"\r\n");
    let (collector, begun) = (Collector::default(), std::time::Instant::now());
    let mut carrier = Smtp::new(host).carrier();
    carrier.deliver(vec![parcel.clone()], &collector).await;
    let took = begun.elapsed();
    let words = collector.words(&parcel).join(" ");
    assert!(words.starts_with("trouble greeting no answer"), "{words}");
    assert!(took >= limit && took < limit * 2, "{took:?}");
}

//! Laws: content comes out as it went in and as one message; a delivery that was dropped leaves nothing to use.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use turbomail::mail::outcome::Outcome;
use turbomail::mail::smarthost::{Security, SmartHost, Timeouts};
use turbomail::smtp::script::{Script, Server};
use turbomail::smtp::{Consignment, Delivery, Link, Session, Tls};
use turbomail::transport::contract::Transport;
use turbomail::transport::debug::Debug;
use turbomail::transport::smtp::Smtp;

use crate::support::parcels::{Collector, parcel};
use crate::support::relay::{Mode, Relay};

/// Content in the form that the session is given: lines that end with CRLF, and no other CR, LF or NUL.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b".".to_vec()),
        Just(b"\r\n.\r\n".to_vec()),
        Just(b"\r\n..".to_vec()),
        Just(b"x".repeat(33_000)),
        prop::collection::vec(1..=255_u8, 0..20),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| {
        let mut content = Vec::new();
        for piece in pieces {
            if piece.contains(&b'\r') {
                content.extend(piece.chunks_exact(1).flatten());
            } else {
                content.extend(piece.iter().filter(|octet| !matches!(octet, b'\r' | b'\n')));
            }
        }
        normal(&content)
    })
}

/// Every CR, LF or CRLF as CRLF, and one at the end.
fn normal(content: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    let mut octets = content.iter().copied().peekable();
    while let Some(octet) = octets.next() {
        match octet {
            b'\r' => {
                octets.next_if_eq(&b'\n');
                out.extend(b"\r\n");
            }
            b'\n' => out.extend(b"\r\n"),
            _ => out.push(octet),
        }
    }
    if !out.is_empty() && !out.ends_with(b"\r\n") {
        out.extend(b"\r\n");
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn content_comes_out_as_one_message_and_unchanged(content in content(), lenient: bool, piped: bool) {
        let capabilities = if piped { "['PIPELINING', '8BITMIME']" } else { "[]" };
        let script: Script = format!("lenient = {lenient}\ncapabilities = {capabilities}").parse().expect("a script");
        let debug = Debug::with_script(script, None);
        let parcel = parcel("me@x.example", &["you@x.example"], &content);
        let collector = Collector::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut carrier = debug.carrier();
            carrier.deliver(vec![parcel.clone()], &collector).await;
            carrier.close().await;
        });
        let received = debug.received();
        prop_assert_eq!(received.len(), 1);
        prop_assert!(received[0].content == content, "the content changed");
        prop_assert!(collector.words(&parcel)[0].starts_with("delivered"));
    }
}

/// Waits until something is so, for a minute at most.
async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to be");
}

#[tokio::test]
async fn a_delivery_that_was_dropped_leaves_nothing_to_use() {
    for event in ["mail", "rcpt", "data", "content"] {
        let script = format!(
            "[[rule]]\non = '{event}'\nturns = ['default', {{ delay = 60000 }}, 'default']"
        );
        let relay = Relay::start(script.parse().expect("a script"), Mode::Plain).await;
        let mut carrier = Smtp::new(relay.host()).carrier();
        let collector = Collector::default();
        let new = || parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
        let (first, second, third) = (new(), new(), new());
        carrier.deliver(vec![first.clone()], &collector).await;
        // The second is dropped as soon as the server has the command that it does not answer.
        let reached = || {
            if event == "content" {
                return second.transcript.progress().committed;
            }
            let commands = relay.journal().commands();
            let starts = |text: &str| text.to_lowercase().starts_with(event);
            commands.iter().filter(|(_, text)| starts(text)).count() == 2
        };
        tokio::select! {
            () = carrier.deliver(vec![second.clone()], &collector) => panic!("{event}: not delayed"),
            () = until(reached) => {}
        }
        assert_eq!(second.transcript.progress().committed, event == "content");
        carrier.deliver(vec![third.clone()], &collector).await;
        carrier.close().await;
        assert!(collector.words(&first)[0].starts_with("delivered"));
        assert!(collector.words(&third)[0].starts_with("delivered"));
        assert_eq!(relay.journal().connections(), 2, "{event}");
    }
}

#[tokio::test]
async fn of_a_batch_that_was_dropped_only_what_was_past_its_end_may_have_been_taken() {
    let script = "[[rule]]\non = 'content'\nturns = ['default', { delay = 60000 }]";
    let relay = Relay::start(script.parse().expect("a script"), Mode::Plain).await;
    let mut carrier = Smtp::new(relay.host()).carrier();
    let collector = Collector::default();
    let new = || parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
    let batch = [new(), new(), new()];
    // The third one's envelope is with the server when everything is dropped.
    let reached = || {
        let commands = relay.journal().commands();
        let mails = commands.iter().filter(|(_, text)| text.starts_with("MAIL"));
        mails.count() == 2
            && batch[1].transcript.progress().committed
            && batch[2].transcript.count() > 0
    };
    tokio::select! {
        () = carrier.deliver(batch.to_vec(), &collector) => panic!("not delayed"),
        () = until(reached) => {}
    }
    let committed = batch
        .each_ref()
        .map(|one| one.transcript.progress().committed);
    assert_eq!(committed, [true, true, false]);
    assert!(collector.words(&batch[0])[0].starts_with("delivered"));
    let again = new();
    tokio::select! {
        () = carrier.deliver(vec![again.clone()], &collector) => {}
        () = until(|| again.transcript.progress().committed) => {}
    }
    let connections = relay.journal().connections();
    assert_eq!(connections, 2, "what was dropped is not used");
}

#[tokio::test]
async fn progress_is_told_while_content_goes_out() {
    let relay = Relay::start(Script::default(), Mode::Plain).await;
    let mut content = b"Subject: x\r\n\r\n".to_vec();
    content.extend(b"0123456789012345678901234567890\r\n".repeat(10_000));
    let parcel = parcel("me@x.example", &["you@x.example"], &content);
    let collector = Collector::default();
    Smtp::new(relay.host())
        .carrier()
        .deliver(vec![parcel.clone()], &collector)
        .await;
    let progress = parcel.transcript.progress();
    assert_eq!(progress.sent, parcel.message.size());
    assert!(progress.committed);
    assert!(collector.words(&parcel)[0].starts_with("delivered"));
}

#[tokio::test]
async fn a_server_that_never_stops_talking_costs_little_memory() {
    let line = "250-and so on without end\\r\\n".repeat(50_000);
    let script = format!("[[rule]]\non = 'ehlo'\nreply = {{ raw = '{line}' }}");
    let relay = Relay::start(script.parse().expect("a script"), Mode::Plain).await;
    let parcel = parcel("me@x.example", &["you@x.example"], b"\r\n");
    let collector = Collector::default();
    Smtp::new(relay.host())
        .carrier()
        .deliver(vec![parcel.clone()], &collector)
        .await;
    assert!(collector.words(&parcel)[0].starts_with("trouble hello"));
    let lines = parcel.transcript.lines();
    let kept: usize = lines.iter().map(|line| line.text.len()).sum();
    assert!(
        lines.len() < 150 && kept < 64 * 1024,
        "{} lines, {kept} octets",
        lines.len()
    );
}

#[tokio::test]
async fn an_early_receipt_is_none_even_where_the_network_takes_all_content_at_once() {
    for capabilities in ["['PIPELINING']", "[]", "['PIPELINING', 'CHUNKING']"] {
        let script = format!(
            "capabilities = {capabilities}\n[[rule]]\non = 'body'\nafter = 1000\nreply = '250 2.0.0 Ok already'"
        );
        let server = Server::new(script.parse().expect("a script"));
        // As large as the message, so that no write ever has to wait.
        let (ours, theirs) = tokio::io::duplex(4 * 1024 * 1024);
        let serving = server.clone();
        tokio::spawn(async move { serving.serve(theirs).await });
        let address = "relay.example:25".parse().expect("a server");
        let mut host = SmartHost::new(address, Security::None);
        host.timeouts = Timeouts::all(Duration::from_secs(20));
        let mut content = b"Subject: x\r\n\r\n".to_vec();
        content.extend(b"0123456789012345678901234567890\r\n".repeat(50_000));
        let parcel = parcel("me@x.example", &["you@x.example"], &content);
        let link = Link::inside(ours, &host);
        let tls = Tls::new(Vec::new());
        let mut session = Session::new(link, Arc::new(host), tls, &parcel.transcript);
        session.establish().await.expect("let in");
        let mut batch = [Consignment::new(parcel)];
        let mut words = Vec::new();
        let lost = session
            .deliver_batch(&mut batch, &mut |_, delivery| words.push(delivery))
            .await;
        assert!(lost.is_some() && session.is_over(), "{capabilities}");
        let [Delivery::Settled(outcomes)] = words.as_slice() else {
            panic!("{words:?}");
        };
        assert!(
            matches!(outcomes[..], [Outcome::Deferred(_)]),
            "{outcomes:?}"
        );
        assert!(server.journal().messages().is_empty());
    }
}

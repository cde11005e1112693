//! A server that is down, and one that puts a message off: the tries go on, with gaps that grow, until it is delivered once.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpSocket;
use turbomail::mail::entry::{Entry, State};
use turbomail::mail::message::Message;
use turbomail::mail::outcome::Status;
use turbomail::mail::smarthost::{Security, Server as Address, SmartHost};
use turbomail::mailer::{Account, Mailer, ManagerOptions, Managers, Receipt, Terms};
use turbomail::smtp::script::{Received, Server};
use turbomail::transport::contract::Transport;
use turbomail::transport::debug::Debug;
use turbomail::transport::smtp::Smtp;

use crate::support::parcels::parcel;

/// A mailer with the usual rules.
fn mailer(manager: &str, transport: Arc<dyn Transport>) -> Mailer {
    let managers = Managers::default();
    let account = Account {
        manager: { managers.make(manager, &ManagerOptions::default()) }.expect("there is one"),
        ..Account::new("work", transport)
    };
    Mailer::builder().account(account).build().expect("built")
}

async fn send(mailer: &Mailer) -> Receipt {
    let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
    let message = Message::clone(&parcel.message);
    let sent = mailer.send_message("work", message, Terms::default());
    sent.await.expect("queued")
}

/// The times between the beginnings of its attempts.
fn gaps(entry: &Entry) -> Vec<Duration> {
    let begun = entry.attempts.iter().map(|attempt| attempt.started.tick);
    let begun: Vec<_> = begun.collect();
    { begun.windows(2) }
        .map(|two| two[1].since(two[0]))
        .collect()
}

/// What the gaps must be, to which a moment may come on top.
fn assert_gaps(entry: &Entry, seconds: &[u64], spare: u32) {
    let gaps = gaps(entry);
    assert_eq!(gaps.len(), seconds.len(), "{gaps:?}");
    for (gap, seconds) in gaps.iter().zip(seconds) {
        let least = Duration::from_secs(*seconds) * (100 - spare) / 100;
        let most = Duration::from_secs(*seconds) * (100 + spare) / 100 + Duration::from_secs(1);
        assert!(
            (least..=most).contains(gap),
            "{gap:?}, {seconds} s in {gaps:?}"
        );
    }
    let grow = gaps.windows(2).all(|two| two[0] < two[1]);
    assert!(grow, "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_for_five_tries_gets_the_message_at_the_sixth() {
    for manager in ["immediate", "on-demand"] {
        // Bound and not listening: nobody else can have the port, and a call is refused.
        let socket = TcpSocket::new_v4().expect("a socket");
        socket
            .bind("127.0.0.1:0".parse().expect("an address"))
            .expect("bound");
        let address = Address {
            host: "127.0.0.1".to_owned(),
            port: Some(socket.local_addr().expect("bound").port()),
        };
        let mut host = SmartHost::new(address, Security::None);
        host.hello = Some("client.example".to_owned());
        let mailer = mailer(manager, Arc::new(Smtp::new(host)));
        let receipt = send(&mailer).await;
        let tries = || receipt.entry().map_or(0, |entry| entry.attempts.len());
        let mut changed = mailer.changed();
        while tries() < 5
            || receipt
                .entry()
                .is_some_and(|entry| entry.running().is_some())
        {
            changed.changed().await.expect("it goes on");
        }
        let server = Server::new("".parse().expect("a script"));
        let listener = socket.listen(8).expect("listening");
        let serving = server.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serving.serve(stream).await;
            }
        });
        let entry = receipt.settled().await.expect("kept");
        assert_eq!(entry.state(mailer.now()), State::Delivered);
        assert_gaps(&entry, &[30, 60, 120, 300, 600], 0);
        let ends = entry
            .attempts
            .iter()
            .filter_map(|attempt| attempt.end.as_ref());
        let troubles: Vec<_> = ends.filter_map(|end| end.trouble.as_ref()).collect();
        assert_eq!(troubles.len(), 5);
        for trouble in troubles {
            let words = trouble.text();
            assert!(
                words.contains("connection refused by 127.0.0.1:"),
                "{words}"
            );
        }
        assert_eq!(server.journal().messages().len(), 1);
        task.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_put_off_five_times_is_delivered_once_at_the_sixth() {
    let script = "[[rule]]\non = 'rcpt'\nturns = ['450 4.2.0 Not yet', '450 4.2.0 Not yet', \
                  '450 4.2.0 Not yet', '450 4.2.0 Not yet', '450 4.2.0 Not yet', 'default']";
    for manager in ["immediate", "on-demand"] {
        let debug = Arc::new(Debug::with_script(script.parse().expect("a script"), None));
        let mailer = mailer(manager, Arc::clone(&debug) as Arc<dyn Transport>);
        let entry = send(&mailer).await.settled().await.expect("kept");
        assert_eq!(entry.state(mailer.now()), State::Delivered);
        // Greylisting wants a minute; RFC 5321 §4.5.4.1 two tries in the first hour.
        let minutes = [5, 15, 30, 60, 120].map(|minutes| 60 * minutes);
        assert_gaps(&entry, &minutes, 10);
        let received = debug.received();
        assert_eq!(received.len(), 1);
        assert!(received[0].accepted);
    }
}

/// Sends one message to these over the debug transport with the usual rules and this script, until it is settled; the entry
/// and what the server has seen.
async fn settled(script: &str, to: &[&str]) -> (Arc<Entry>, Vec<Received>) {
    let debug = Arc::new(Debug::with_script(script.parse().expect("a script"), None));
    let mailer = mailer("on-demand", Arc::clone(&debug) as Arc<dyn Transport>);
    let parcel = parcel(
        "me@x.example",
        to,
        b"Message-ID: <test@client.example>\r\n\r\nx\r\n",
    );
    let message = Message::clone(&parcel.message);
    let sent = mailer.send_message("work", message, Terms::default());
    let receipt = sent.await.expect("queued");
    // Without a limit a message that is never settled would be tried for ever: expiry goes by the calendar, which stands still.
    let month = Duration::from_hours(30 * 24);
    let entry = tokio::time::timeout(month, receipt.settled()).await;
    let entry = entry.expect("settled").expect("kept");
    (entry, debug.received())
}

fn words(entry: &Entry) -> Vec<&'static str> {
    let words = entry.recipients.iter().map(|one| match one.status {
        Status::Delivered(_) => "delivered",
        Status::Failed(_) => "failed",
        _ => "open",
    });
    words.collect()
}

#[tokio::test(start_paused = true)]
async fn the_next_try_is_for_those_alone_who_were_put_off() {
    let script = "[[rule]]\non = 'rcpt'\nmatch = 'b@*'\nturns = ['450 4.2.1 Later', 'default']\n\
                  [[rule]]\non = 'rcpt'\nmatch = 'c@*'\nreply = '550 5.1.1 Nobody'";
    let (entry, received) = settled(script, &["a@x.example", "b@x.example", "c@x.example"]).await;
    assert_eq!(words(&entry), ["delivered", "delivered", "failed"]);
    let got: Vec<_> = received
        .iter()
        .map(|one| one.recipients.join(" "))
        .collect();
    assert_eq!(got, ["a@x.example", "b@x.example"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_without_a_word_is_sent_once_more_unchanged() {
    for act in [
        "{ silent = true, then = 'close' }",
        "{ raw = 'what?\\r\\n250 2.0.0 Ok\\r\\n' }",
        "'354 go on'",
    ] {
        let script = format!("[[rule]]\non = 'content'\nturns = [{act}, 'default']");
        let (entry, received) = settled(&script, &["a@x.example"]).await;
        assert_eq!(words(&entry), ["delivered"], "{act}");
        let first = entry.attempts[0].end.as_ref().expect("over");
        let (_, status) = first.recipients.first().expect("an outcome");
        assert!(matches!(status, Status::Uncertain(_)), "{status:?}");
        // One copy too many at the most, and known by its Message-ID.
        let [first, second] = &received[..] else {
            panic!("{act}: {} copies", received.len());
        };
        assert!(first.content == second.content && second.accepted);
        assert!(
            first
                .content
                .starts_with(b"Message-ID: <test@client.example>")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_and_never_says_so_gets_no_more_copies_than_there_are_tries() {
    let script = "[[rule]]\non = 'content'\nreply = { silent = true, then = 'close' }";
    let debug = Arc::new(Debug::with_script(script.parse().expect("a script"), None));
    let mailer = mailer("on-demand", Arc::clone(&debug) as Arc<dyn Transport>);
    let receipt = send(&mailer).await;
    let mut changed = mailer.changed();
    // Expiry goes by the calendar, which does not jump, so the tries are counted.
    let entry = loop {
        changed.changed().await.expect("it goes on");
        let entry = receipt.entry().expect("kept");
        if entry.tries >= 8 && entry.running().is_none() {
            break entry;
        }
    };
    let status = &entry.recipients[0].status;
    assert!(matches!(status, Status::Uncertain(_)), "{status:?}");
    let received = debug.received();
    assert_eq!(received.len(), usize::try_from(entry.tries).expect("few"));
    let same = { received.windows(2) }.all(|two| two[0].content == two[1].content);
    assert!(same);
}

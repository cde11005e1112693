//! A server that takes only so many connections: everything is delivered all the same, nobody waits long, and no more than
//! it takes are tried from then on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use turbomail::mail::entry::State;
use turbomail::mail::outcome::Status;
use turbomail::mail::smarthost::{Security, Server as Address, SmartHost, Timeouts};
use turbomail::mailer::{Account, Mailer, ManagerOptions, Managers, Terms};
use turbomail::smtp::script::{Script, Server};
use turbomail::transport::smtp::Smtp;

use crate::support::parcels::parcel;
use crate::support::relay::{Mode, Relay};

/// How many connections are open, and how many that were after the number had first been too large and then fallen.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    open: usize,
    peak: usize,
    has_fallen: bool,
    peak_after: usize,
}

/// A server that takes two connections at a time, and counts those that are tried.
struct Door {
    port: u16,
    server: Server,
    count: Arc<Mutex<Count>>,
    task: tokio::task::JoinHandle<()>,
}

impl Door {
    const MOST: usize = 2;

    async fn open(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (server, count) = (Server::new(script), Arc::<Mutex<Count>>::default());
        let (serving, counting) = (server.clone(), Arc::clone(&count));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (server, count) = (serving.clone(), Arc::clone(&counting));
                Self::change(&count, |count| count.open += 1);
                connections.spawn(async move {
                    server.serve(stream).await;
                    Self::change(&count, |count| count.open -= 1);
                });
            }
        });
        Self {
            port,
            server,
            count,
            task,
        }
    }

    fn change(count: &Mutex<Count>, by: impl FnOnce(&mut Count)) {
        let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
        by(&mut count);
        count.peak = count.peak.max(count.open);
        count.has_fallen |= count.peak > Self::MOST && count.open <= Self::MOST;
        if count.has_fallen {
            count.peak_after = count.peak_after.max(count.open);
        }
    }

    fn host(&self) -> SmartHost {
        let address = Address {
            host: "127.0.0.1".to_owned(),
            port: Some(self.port),
        };
        let mut host = SmartHost::new(address, Security::None);
        host.hello = Some("client.example".to_owned());
        host.timeouts = Timeouts::all(Duration::from_secs(30));
        host
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Each message takes a moment, so that all workers want to be at it at once.
fn script() -> Script {
    let text = "connections = 2\n[[rule]]\non = 'content'\nreply = { delay = 10 }";
    text.parse().expect("a script")
}

/// Sends so many messages with four workers; how many attempts were turned away.
async fn send(
    mut host: SmartHost,
    options: ManagerOptions,
    count: usize,
    messages: usize,
) -> usize {
    let manager = Managers::default().make("on-demand", &options);
    host.count = count;
    let account = Account {
        manager: manager.expect("there is one"),
        ..Account::new("work", Arc::new(Smtp::new(host)))
    };
    let mailer = Mailer::builder().account(account).build().expect("built");
    let mut receipts = Vec::new();
    for _ in 0..messages {
        let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
        let message = turbomail::mail::message::Message::clone(&parcel.message);
        let sent = mailer.send_message("work", message, Terms::default());
        receipts.push(sent.await.expect("queued"));
    }
    let mut turned_away = 0;
    for receipt in receipts {
        let entry = receipt.settled().await.expect("kept");
        assert_eq!(entry.state(mailer.now()), State::Delivered);
        let status = &entry.recipients[0].status;
        assert!(matches!(status, Status::Delivered(_)), "{status:?}");
        let ends = entry.attempts.iter().filter_map(|one| one.end.as_ref());
        turned_away += ends.filter(|end| end.trouble.is_some()).count();
    }
    turned_away
}

/// Workers that do not tire, and come for every message.
fn eager() -> ManagerOptions {
    ManagerOptions {
        workers: 4,
        divisor: 1,
        count: 10_000,
        ..ManagerOptions::default()
    }
}

#[tokio::test]
async fn two_connections_at_a_time_are_enough() {
    let relay = Relay::start(script(), Mode::Plain).await;
    let begun = Instant::now();
    let turned_away = send(relay.host(), eager(), 10, 120).await;
    assert!((1..=4).contains(&turned_away), "{turned_away}");
    // The first pause of a host in trouble would be 30 seconds.
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(15), "{took:?}");
    let accepted = relay.journal().messages();
    assert_eq!(accepted.iter().filter(|one| one.accepted).count(), 120);
}

#[tokio::test]
async fn after_the_first_421_no_more_connections_are_tried_than_the_server_takes() {
    let door = Door::open(script()).await;
    // The usual options: a worker for ten messages, and a connection for each worker.
    let turned_away = send(door.host(), ManagerOptions::default(), 10, 120).await;
    let count = *door.count.lock().expect("no panic");
    assert!((1..=2).contains(&turned_away), "{turned_away} {count:?}");
    assert!(count.peak > Door::MOST && count.has_fallen, "{count:?}");
    assert!(count.peak_after <= Door::MOST, "{count:?}");
    let accepted = door.server.journal().messages();
    assert_eq!(accepted.iter().filter(|one| one.accepted).count(), 120);
}

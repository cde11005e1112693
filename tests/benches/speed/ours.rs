//! Our engine: carriers of the smtp transport, each with its share of the messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use turbomail::mail::address::Address;
use turbomail::mail::clock::SystemClock;
use turbomail::mail::envelope::Envelope;
use turbomail::mail::message::Message;
use turbomail::mail::outcome::Outcome;
use turbomail::mail::parcel::{EntryId, Parcel, Report, Verdict};
use turbomail::mail::smarthost::{Security, Server, SmartHost, Timeouts};
use turbomail::mail::transcript::Transcript;
use turbomail::transport::contract::{Reports, Transport};
use turbomail::transport::smtp::Smtp;

/// What is sent, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) messages: usize,
    pub(crate) size: usize,
    pub(crate) recipients: usize,
    pub(crate) connections: usize,
    /// Messages for each connection.
    pub(crate) count: usize,
    pub(crate) window: usize,
    pub(crate) transcript: bool,
}

impl Load {
    /// Messages of 4 KiB to one recipient over one connection.
    pub(crate) fn of(messages: usize) -> Self {
        Self {
            messages,
            size: 4096,
            recipients: 1,
            connections: 1,
            count: 10_000,
            window: 1,
            transcript: true,
        }
    }
}

/// How long it took, and how much of a processor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

impl Took {
    pub(crate) fn rate(self, messages: usize) -> f64 {
        per_second(messages, self.wall)
    }

    pub(crate) fn cpu_micros(self, messages: usize) -> f64 {
        1e6 / per_second(messages, self.cpu)
    }
}

/// So many messages in this time, as a rate.
pub(crate) fn per_second(messages: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(messages).unwrap_or(u32::MAX)) / took.as_secs_f64()
}

/// Counts what was delivered.
#[derive(Default)]
struct Count(AtomicUsize);

impl Reports for Count {
    fn ready(&self) {}

    fn settled(&self, report: Report) {
        let Verdict::Settled(outcomes) = report.verdict else {
            panic!("{:?}", report.verdict);
        };
        for outcome in outcomes {
            assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}");
        }
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A smart host on a loopback port.
pub(crate) fn host(port: u16, load: &Load) -> SmartHost {
    let server = Server {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
    };
    let mut host = SmartHost::new(server, Security::None);
    host.hello = Some("bench.example".to_owned());
    host.timeouts = Timeouts::all(Duration::from_mins(1));
    host.count = load.count;
    host.bulk_window = load.window;
    host
}

/// A message of this size.
pub(crate) fn message(load: &Load) -> Message {
    let recipients: Vec<Address> = (0..load.recipients)
        .map(|n| format!("you{n}@example.test").parse().expect("an address"))
        .collect();
    let mut content = b"From: me@example.test\r\nTo: you0@example.test\r\nSubject: bench\r\n\
        Message-ID: <bench@example.test>\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n\r\n"
        .to_vec();
    while content.len() < load.size {
        content.extend_from_slice(&[b'x'; 70]);
        content.extend_from_slice(b"\r\n");
    }
    Message {
        envelope: Envelope::new("me@example.test".parse().ok(), recipients),
        message_id: "<bench@example.test>".to_owned(),
        from: "me@example.test".to_owned(),
        subject: "bench".to_owned(),
        content: content.into(),
        eight_bit: false,
        draft: None,
    }
}

/// The processor's time of this thread so far.
pub(crate) fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text
        .split_whitespace()
        .next()
        .and_then(|word| word.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

/// Sends it all to a port, from the first connection to the reply to the last QUIT.
pub(crate) fn send(port: u16, load: &Load) -> Took {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let transport = Smtp::new(host(port, load));
    let message = Arc::new(message(load));
    let clock = Arc::new(SystemClock::new());
    let parcel = |_| Parcel {
        entry: EntryId::new(),
        attempt: 1,
        message: message.clone(),
        recipients: message.envelope.recipients.clone().into(),
        transcript: if load.transcript {
            Transcript::new(clock.clone())
        } else {
            Transcript::without_lines(clock.clone())
        },
    };
    let batches: Vec<Vec<Parcel>> = (0..load.connections)
        .map(|number| {
            let share = load.messages / load.connections;
            let more = usize::from(number < load.messages % load.connections);
            (0..share + more).map(parcel).collect()
        })
        .collect();
    let count = Count::default();
    let (begun, before) = (Instant::now(), cpu());
    runtime.block_on(async {
        let all = batches.into_iter().map(|batch| async {
            let mut carrier = transport.carrier();
            carrier.deliver(batch, &count).await;
            carrier.close().await;
        });
        futures_util::future::join_all(all).await;
    });
    let took = Took {
        wall: begun.elapsed(),
        cpu: cpu().saturating_sub(before),
    };
    assert_eq!(count.0.into_inner(), load.messages);
    took
}

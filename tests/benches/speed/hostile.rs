//! Servers that mean no good: how much memory they win, and how long they can hold us.

use std::sync::Arc;
use std::time::{Duration, Instant};

use turbomail::mail::clock::SystemClock;
use turbomail::mail::parcel::{EntryId, Parcel, Report};
use turbomail::mail::smarthost::Timeouts;
use turbomail::mail::transcript::Transcript;
use turbomail::transport::contract::{Reports, Transport};
use turbomail::transport::smtp::Smtp;

use super::ours::{Load, host, message};
use super::server::Helper;

struct Ignore;

impl Reports for Ignore {
    fn ready(&self) {}

    fn settled(&self, _report: Report) {}
}

/// Memory in use, in octets.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split_whitespace().nth(1);
    pages
        .and_then(|word| word.parse::<f64>().ok())
        .unwrap_or(0.0)
        * 4096.0
}

/// Tries one message on a hostile server: growth in MiB, and the time over the limit in seconds.
pub(crate) fn meet(kind: &str, limit: Duration) -> (f64, f64) {
    let sink = Helper::sink(kind);
    let load = Load::of(1);
    let mut host = host(sink.port, &load);
    host.timeouts = Timeouts::all(limit);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let message = Arc::new(message(&load));
    let parcel = Parcel {
        entry: EntryId::new(),
        attempt: 1,
        recipients: message.envelope.recipients.clone().into(),
        message,
        transcript: Transcript::new(Arc::new(SystemClock::new())),
    };
    let transport = Smtp::new(host);
    let before = resident();
    let begun = Instant::now();
    runtime.block_on(async {
        let mut carrier = transport.carrier();
        carrier.deliver(vec![parcel], &Ignore).await;
        carrier.close().await;
    });
    let over = begun.elapsed().as_secs_f64() - limit.as_secs_f64();
    ((resident() - before) / 1024.0 / 1024.0, over.max(0.0))
}

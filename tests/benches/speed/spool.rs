//! The spool: how soon a long queue is usable and what it costs, what a burst costs, and what it takes off the rate.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::Timestamp;
use turbomail::mail::parcel::EntryId;
use turbomail::mailer::{
    Account, Leaving, Mailer, ManagerOptions, Managers, Scope, Terms, conversations,
};
use turbomail::queue::spool::{Head, Keep, Layout};
use turbomail::transport::smtp::Smtp;

use super::ours::{Load, host, message, per_second};
use super::server::Helper;
use super::table::Table;

/// A mailer of which nothing goes out until it is told to.
fn mailer(port: u16, load: &Load, spool: Option<&Path>) -> Mailer {
    keeping(port, load, spool, conversations::USUAL)
}

/// The same with so many conversations kept of each message.
fn keeping(port: u16, load: &Load, spool: Option<&Path>, most: usize) -> Mailer {
    let options = ManagerOptions {
        workers: load.connections,
        count: load.messages,
        ..ManagerOptions::default()
    };
    let managers = Managers::default();
    let account = Account {
        manager: managers.make("on-demand", &options).expect("there is one"),
        ..Account::new("bench", Arc::new(Smtp::new(host(port, load))))
    };
    let builder = Mailer::builder().account(account).transcripts(most);
    let builder = match spool {
        Some(dir) => builder.spool(dir, Scope::All),
        None => builder,
    };
    let mailer = builder.build().expect("a mailer");
    mailer.pause();
    mailer
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

fn keep(load: &Load) -> Keep {
    let (message, id) = (message(load), EntryId::new());
    let terms = Terms::default();
    Keep {
        head: Head::new(id, &"bench".into(), &message, &terms, Timestamp::now()),
        content: message.content.here().expect("in memory").clone(),
    }
}

/// Opens a spool in this process, and says how long that took and what the memory's peak is: microseconds and KiB.
pub(crate) fn open(dir: &str) {
    let runtime = runtime();
    let guard = runtime.enter();
    let begun = Instant::now();
    let mailer = mailer(1, &Load::of(1), Some(Path::new(dir)));
    let length = mailer.snapshot().live.len();
    let took = begun.elapsed().as_micros();
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let peak = line.and_then(|line| line.split_whitespace().nth(1));
    println!("{length} {took} {}", peak.expect("a number"));
    drop((mailer, guard));
}

/// Seconds until a queue of this length is usable, and the peak of memory in MiB.
pub(crate) fn start(length: usize) -> (f64, f64) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let spool = dir.path().join("spool");
    let layout = Layout::open(&spool).expect("fit");
    for _ in 0..length / 1000 {
        let batch: Vec<Keep> = (0..1000).map(|_| keep(&Load::of(1))).collect();
        assert!(layout.deposit(&batch).iter().all(Result::is_ok));
    }
    let program = std::env::current_exe().expect("this program");
    let (mut took, mut peak) = (f64::MAX, f64::MAX);
    for _ in 0..3 {
        let mut command = Command::new(&program);
        let output = command.arg("open-spool").arg(&spool).output();
        let output = output.expect("a process").stdout;
        let text = String::from_utf8_lossy(&output);
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!(words.first(), Some(&length.to_string().as_str()));
        let number = |at: usize| words[at].parse::<f64>().expect("a number");
        took = took.min(number(1) / 1e6);
        peak = peak.min(number(2) / 1024.0);
    }
    (took, peak)
}

/// How long it takes to queue so many at a time, and how long one after another.
pub(crate) fn burst(count: usize) -> (Duration, Duration) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let load = Load::of(1);
    let all = runtime().block_on(async {
        let mailer = mailer(1, &load, Some(&dir.path().join("burst")));
        let begun = Instant::now();
        let sent =
            (0..count).map(|_| mailer.send_message("bench", message(&load), Terms::default()));
        for sent in join_all(sent).await {
            sent.expect("queued");
        }
        begun.elapsed()
    });
    let layout = Layout::open(&dir.path().join("single")).expect("fit");
    let begun = Instant::now();
    for _ in 0..count {
        assert!(layout.deposit(&[keep(&load)]).iter().all(Result::is_ok));
    }
    (all, begun.elapsed())
}

/// How long it takes to deliver what is queued.
pub(crate) fn deliver(port: u16, load: &Load, spool: Option<&Path>, most: usize) -> Duration {
    runtime().block_on(async {
        let mailer = keeping(port, load, spool, most);
        let sent = (0..load.messages)
            .map(|_| mailer.send_message("bench", message(load), Terms::default()));
        let receipts: Vec<_> = join_all(sent).await;
        let begun = Instant::now();
        mailer.resume();
        for receipt in receipts.into_iter().rev() {
            let entry = receipt.expect("queued").settled().await.expect("kept");
            assert!(entry.open().next().is_none());
        }
        let took = begun.elapsed();
        let leaving = Leaving {
            drain: false,
            deadline: Duration::ZERO,
        };
        mailer.close(leaving).await;
        took
    })
}

/// The benchmark.
pub(crate) fn bench(table: &mut Table, quick: bool) {
    Table::title("The spool");
    let length = if quick { 2000 } else { 10_000 };
    let (took, peak) = start(length);
    table.at_most(&format!("seconds until {length} are usable"), took, 1.0);
    table.at_most(&format!("MiB with {length} queued"), peak, 80.0);
    let count = 1000;
    let (all, single) = burst(count);
    let text = format!("{:.0} messages/s", per_second(count, all));
    Table::figure("queued, 1,000 at a time", &text);
    let text = format!("{:.0} messages/s", per_second(count, single));
    Table::figure("queued, one after another", &text);
    let ratio = single.as_secs_f64() / all.as_secs_f64();
    table.at_least("1,000 at a time / one after another", ratio, 2.0);
    let sink = Helper::sink("piped");
    let load = Load::of(if quick { 500 } else { 2000 });
    let [mut off, mut on, mut told] = [Duration::MAX; 3];
    // In turns, so that what else the machine does meets all three.
    for _ in 0..5 {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let on_disk = |name: &str, most| {
            let spool = dir.path().join(name);
            deliver(sink.port, &load, Some(&spool), most)
        };
        off = off.min(deliver(sink.port, &load, None, 0));
        on = on.min(on_disk("none", 0));
        told = told.min(on_disk("kept", conversations::USUAL));
    }
    for (name, took) in [
        ("delivered, spool off", off),
        ("delivered, spool on, no conversations", on),
        ("delivered, spool on", told),
    ] {
        let text = format!("{:.0} messages/s", per_second(load.messages, took));
        Table::figure(name, &text);
    }
    let ratio = told.as_secs_f64() / on.as_secs_f64();
    table.at_most("with conversations / without", ratio, 1.1);
}

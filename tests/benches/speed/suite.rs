//! The benchmarks themselves, by the numbers of the project's goals.

use std::time::Duration;

use super::ours::{self, Load};
use super::server::Helper;
use super::table::Table;
use super::{hostile, peers, whole};

const TEN: Duration = Duration::from_millis(10);

/// Runs the benchmarks whose names hold one of the words; all without words.
pub(crate) fn run(quick: bool, wanted: &[&str]) {
    let all: [(&str, fn(&mut Table, bool)); 7] = [
        ("latency", latency),
        ("recipients", recipients),
        ("bulk", bulk),
        ("connections", connections),
        ("loopback", loopback),
        ("whole", whole_path),
        ("hostile", hostile_servers),
    ];
    let mut table = Table::default();
    for (name, bench) in all {
        if wanted.is_empty() || wanted.iter().any(|word| name.contains(word)) {
            bench(&mut table, quick);
        }
    }
    table.end();
}

/// The best of some runs: what disturbs a run only ever makes it slower.
fn best(times: usize, mut run: impl FnMut() -> Option<Duration>) -> Option<Duration> {
    (0..times).filter_map(|_| run()).min()
}

/// Our rate against a peer's, in messages a second; a peer that is not installed is left out.
fn against(table: &mut Table, name: &str, ours: f64, theirs: Option<f64>, goal: f64) {
    match theirs {
        Some(theirs) => {
            table.figure(name, &format!("{theirs:.1} messages/s"));
            table.at_least(&format!("ours / {name}"), ours / theirs, goal);
        }
        None => table.figure(name, "not installed"),
    }
}

fn rate(load: &Load, took: Option<Duration>) -> Option<f64> {
    took.map(|took| load.messages as f64 / took.as_secs_f64())
}

fn latency(table: &mut Table, quick: bool) {
    let sink = Helper::sink("piped");
    let proxy = Helper::delay(sink.port, TEN);
    let load = Load::of(100);
    let (few, some) = (Load::of(10), Load::of(if quick { 25 } else { 100 }));
    table.title("1. Round trip 10 ms, one connection, 4 KiB");
    let took = best(3, || Some(ours::send(proxy.port, &load).wall)).expect("ours");
    let ours = 100.0 / took.as_secs_f64();
    table.figure("ours", &format!("{ours:.1} messages/s"));
    let limit = 100.0 / (105.0 * TEN.as_secs_f64());
    table.at_least("share of n/((n+5)·RTT)", ours / limit, 0.95);
    let port = proxy.port;
    let theirs = rate(&some, peers::smtplib(port, &some));
    against(table, "smtplib", ours, theirs, 3.5);
    let theirs = rate(&some, peers::smtp_source(port, &some));
    against(table, "smtp-source", ours, theirs, 3.5);
    let theirs = rate(&some, peers::nodemailer(port, &some));
    against(table, "nodemailer", ours, theirs, 1.9);
    let theirs = rate(&few, peers::lettre(port, &few));
    against(table, "lettre's pool", ours, theirs, 8.0);
}

fn recipients(table: &mut Table, quick: bool) {
    let sink = Helper::sink("piped");
    let proxy = Helper::delay(sink.port, TEN);
    let load = Load {
        recipients: 3,
        ..Load::of(if quick { 30 } else { 100 })
    };
    table.title("Three recipients, round trip 10 ms");
    let took = best(3, || Some(ours::send(proxy.port, &load).wall));
    let ours = rate(&load, took).expect("ours");
    table.figure("ours", &format!("{ours:.1} messages/s"));
    let theirs = rate(&load, peers::smtplib(proxy.port, &load));
    against(table, "smtplib", ours, theirs, 4.8);
}

fn bulk(table: &mut Table, quick: bool) {
    let sink = Helper::sink("chunks");
    let proxy = Helper::delay(sink.port, TEN);
    let load = Load {
        window: 8,
        ..Load::of(if quick { 100 } else { 400 })
    };
    table.title("2. CHUNKING with a window of 8, round trip 10 ms");
    let took = best(3, || Some(ours::send(proxy.port, &load).wall));
    let ours = rate(&load, took).expect("ours");
    table.figure("ours", &format!("{ours:.1} messages/s"));
    let few = Load::of(50);
    let theirs = rate(&few, peers::nodemailer(proxy.port, &few));
    // It takes two round trips for a message.
    let theirs = theirs.unwrap_or(1.0 / (2.0 * TEN.as_secs_f64()));
    against(table, "nodemailer, or its limit", ours, Some(theirs), 10.0);
    let one = Load {
        window: 1,
        ..Load::of(100)
    };
    let took = best(3, || Some(ours::send(proxy.port, &one).wall));
    let one = rate(&one, took).expect("ours");
    let limit = 100.0 / (105.0 * TEN.as_secs_f64());
    table.at_least("CHUNKING without a window, share", one / limit, 0.95);
}

fn connections(table: &mut Table, quick: bool) {
    let sink = Helper::sink("piped");
    let proxy = Helper::delay(sink.port, TEN);
    table.title("3. Ten messages for each connection, ten connections, round trip 10 ms");
    let free = Load {
        connections: 10,
        ..Load::of(if quick { 500 } else { 1000 })
    };
    let ten = Load { count: 10, ..free };
    let rate_of = |load: &Load| {
        let took = best(3, || Some(ours::send(proxy.port, load).wall));
        rate(load, took).expect("ours")
    };
    let (free, ten) = (rate_of(&free), rate_of(&ten));
    table.figure("ours without a limit", &format!("{free:.1} messages/s"));
    table.figure("ours, ten for each", &format!("{ten:.1} messages/s"));
    table.at_least("share", ten / free, 0.88);
}

fn loopback(table: &mut Table, quick: bool) {
    let sink = Helper::sink("piped");
    let load = Load::of(if quick { 2000 } else { 5000 });
    table.title("5. Loopback, one connection");
    let quiet = Load {
        transcript: false,
        ..load
    };
    let runs = 5;
    let measure = |load: &Load| {
        let runs = (0..runs).map(|_| ours::send(sink.port, load));
        let (wall, cpu) = runs.fold((Duration::MAX, Duration::MAX), |(wall, cpu), took| {
            (wall.min(took.wall), cpu.min(took.cpu))
        });
        let took = ours::Took { wall, cpu };
        (took.rate(load.messages), took.cpu_micros(load.messages))
    };
    let (_, bare) = measure(&quiet);
    let (ours, cpu) = measure(&load);
    table.figure("ours", &format!("{ours:.0} messages/s"));
    table.at_most("processor µs a message, without transcript", bare, 20.0);
    table.figure(
        "processor µs a message, with transcript",
        &format!("{cpu:.2}"),
    );
    table.at_most("with transcript / without", cpu / bare, 1.15);
    let theirs = best(3, || peers::smtp_source(sink.port, &load));
    against(table, "smtp-source", ours, rate(&load, theirs), 1.5);
}

fn whole_path(table: &mut Table, quick: bool) {
    let sink = Helper::sink("piped");
    let proxy = Helper::delay(sink.port, TEN);
    table.title("6. The whole path: mailer, queue, manager and transport, without a spool");
    for (name, port, messages) in [
        ("loopback", sink.port, if quick { 1000 } else { 4000 }),
        ("round trip 10 ms", proxy.port, 100),
    ] {
        let load = Load::of(messages);
        let bare = best(3, || Some(ours::send(port, &load).wall)).expect("ours");
        let all = best(3, || Some(whole::send(port, &load).wall)).expect("ours");
        let text = format!("{:.1} messages/s", messages as f64 / all.as_secs_f64());
        table.figure(name, &text);
        let ratio = all.as_secs_f64() / bare.as_secs_f64();
        table.at_most(&format!("whole path / engine, {name}"), ratio, 1.3);
    }
}

fn hostile_servers(table: &mut Table, _quick: bool) {
    table.title("9. Hostile servers, one second for each stage");
    for kind in ["endless-line", "endless-lines", "silent"] {
        let (growth, over) = hostile::meet(kind, Duration::from_secs(1));
        table.at_most(&format!("{kind}: MiB"), growth, 4.0);
        table.at_most(&format!("{kind}: seconds over its limit"), over, 0.2);
    }
}

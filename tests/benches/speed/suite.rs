//! The benchmarks themselves, by the numbers of the project's goals.

use std::time::Duration;

use super::ours::{self, Load, per_second};
use super::postfix::Postfix;
use super::server::{Helper, round_trip};
use super::table::Table;
use super::{hostile, peers, price, probe, spool, whole};

const TEN: Duration = Duration::from_millis(10);

/// A benchmark; with `true` a short run.
type Bench = fn(&mut Table, bool);

/// Runs the benchmarks whose names hold one of the words; all without words.
pub(crate) fn run(quick: bool, wanted: &[&str]) {
    let all: [(&str, Bench); 10] = [
        ("latency", latency),
        ("recipients", recipients),
        ("bulk", bulk),
        ("connections", connections),
        ("loopback", loopback),
        ("whole", whole_path),
        ("spool", spool::bench),
        ("postfix", real_postfix),
        ("hostile", hostile_servers),
        ("probe", probe::bench),
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
            Table::figure(name, &format!("{theirs:.1} messages/s"));
            table.at_least(&format!("ours / {name}"), ours / theirs, goal);
        }
        None => Table::figure(name, "not installed"),
    }
}

fn rate(load: &Load, took: Option<Duration>) -> Option<f64> {
    took.map(|took| per_second(load.messages, took))
}

fn latency(table: &mut Table, quick: bool) {
    let sink = Helper::sink("piped");
    let proxy = Helper::delay(sink.port, TEN);
    let load = Load::of(100);
    let (few, some) = (Load::of(10), Load::of(if quick { 25 } else { 100 }));
    Table::title("1. Round trip 10 ms, one connection, 4 KiB");
    let real = round_trip(proxy.port);
    Table::figure("the round trip as measured", &format!("{real:.2?}"));
    let took = best(3, || Some(ours::send(proxy.port, &load).wall)).expect("ours");
    let ours = 100.0 / took.as_secs_f64();
    Table::figure("ours", &format!("{ours:.1} messages/s"));
    let limit = 100.0 / (105.0 * real.as_secs_f64());
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
    Table::title("Three recipients, round trip 10 ms");
    let took = best(3, || Some(ours::send(proxy.port, &load).wall));
    let ours = rate(&load, took).expect("ours");
    Table::figure("ours", &format!("{ours:.1} messages/s"));
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
    Table::title("2. CHUNKING with a window of 8, round trip 10 ms");
    let took = best(3, || Some(ours::send(proxy.port, &load).wall));
    let ours = rate(&load, took).expect("ours");
    Table::figure("ours", &format!("{ours:.1} messages/s"));
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
    let limit = 100.0 / (105.0 * round_trip(proxy.port).as_secs_f64());
    table.at_least("CHUNKING without a window, share", one / limit, 0.95);
}

fn connections(table: &mut Table, quick: bool) {
    let sink = Helper::sink("piped");
    let proxy = Helper::delay(sink.port, TEN);
    Table::title("3. Ten messages for each connection, ten connections, round trip 10 ms");
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
    Table::figure("ours without a limit", &format!("{free:.1} messages/s"));
    Table::figure("ours, ten for each", &format!("{ten:.1} messages/s"));
    table.at_least("share", ten / free, 0.88);
}

fn loopback(table: &mut Table, quick: bool) {
    let sink = Helper::sink("piped");
    let load = Load::of(if quick { 2000 } else { 5000 });
    Table::title("5. Loopback");
    let quiet = Load {
        transcript: false,
        ..load
    };
    let across = price::of(sink.port, &load);
    let ours = across.full.rate(load.messages);
    Table::figure("ours, one connection", &format!("{ours:.0} messages/s"));
    let theirs = best(3, || peers::smtp_source(sink.port, &load));
    against(table, "smtp-source", ours, rate(&load, theirs), 1.5);
    let ten = Load {
        connections: 10,
        ..quiet
    };
    let micros = |took: ours::Took| took.cpu_micros(load.messages);
    let ten = (0..5).map(|_| micros(ours::send(sink.port, &ten)));
    let ten = ten.fold(f64::INFINITY, f64::min);
    table.at_most("processor µs a message, ten connections", ten, 20.0);
    // Beside the sink on one core the engine's own work is seen; with the sink on another, the price of waking that core is
    // part of every write, and a bare client pays it too.
    match price::on_one_core(quick) {
        Some([bare, full, floor]) => {
            let name = "processor µs a message, one connection, one core";
            table.at_most(name, bare, 20.0);
            Table::figure("  a bare client that blocks", &format!("{floor:.2}"));
            table.at_most("with transcript / without", full / bare, 1.15);
        }
        None => Table::figure("one core", "taskset is not installed"),
    }
    let name = "processor µs a message, as the cores fall";
    Table::figure(name, &format!("{:.2}", micros(across.bare)));
    let floor = micros(across.floor);
    Table::figure("  a bare client that blocks", &format!("{floor:.2}"));
}

fn whole_path(table: &mut Table, quick: bool) {
    let sink = Helper::sink("piped");
    let proxy = Helper::delay(sink.port, TEN);
    Table::title("6. The whole path: mailer, queue, manager and transport, without a spool");
    for (name, port, messages) in [
        ("loopback", sink.port, if quick { 1000 } else { 4000 }),
        ("round trip 10 ms", proxy.port, 100),
    ] {
        let load = Load::of(messages);
        // In turns, so that what else the machine does meets both.
        let (mut bare, mut all) = (Duration::MAX, Duration::MAX);
        for _ in 0..5 {
            bare = bare.min(ours::send(port, &load).wall);
            all = all.min(whole::send(port, &load).wall);
        }
        let text = format!("{:.1} messages/s", per_second(messages, all));
        Table::figure(name, &text);
        let ratio = all.as_secs_f64() / bare.as_secs_f64();
        table.at_most(&format!("whole path / engine, {name}"), ratio, 1.3);
    }
}

fn hostile_servers(table: &mut Table, _quick: bool) {
    Table::title("9. Hostile servers, one second for each stage");
    for kind in ["endless-line", "endless-lines", "silent"] {
        let (growth, over) = hostile::meet(kind, Duration::from_secs(1));
        table.at_most(&format!("{kind}: MiB"), growth, 4.0);
        table.at_most(&format!("{kind}: seconds over its limit"), over, 0.2);
    }
}

fn real_postfix(table: &mut Table, quick: bool) {
    Table::title("4. A real Postfix on loopback");
    let postfix = match Postfix::start() {
        Ok(postfix) => postfix,
        Err(why) => return Table::figure("Postfix", &why),
    };
    let proxy = Helper::delay(postfix.mx, TEN);
    // lettre does not set TCP_NODELAY, and waits for the server's delayed acknowledgement. Behind a proxy that acknowledges at
    // once it is as quick as it would be with it.
    let (near, far) = (Helper::quick(postfix.mx), Helper::quick(proxy.port));
    let places = [
        ("loopback", postfix.mx, 1.0),
        ("loopback, never delayed", near.port, 1.0),
        ("round trip 10 ms", proxy.port, 2.0),
        ("round trip 10 ms, never delayed", far.port, 2.0),
    ];
    for (place, port, goal) in places {
        for (size, messages) in [(4096, 40), (32 * 1024, 40), (1024 * 1024, 8)] {
            let load = Load {
                size,
                ..Load::of(if quick { messages / 4 } else { messages })
            };
            let (mut ours, mut theirs) = (Duration::MAX, None);
            for _ in 0..2 {
                ours = ours.min(ours::send(port, &load).wall);
                let took = peers::lettre(port, &load);
                theirs = theirs.into_iter().chain(took).min();
            }
            let name = format!("lettre, {} KiB, {place}", size / 1024);
            let ours = per_second(load.messages, ours);
            Table::figure("ours", &format!("{ours:.1} messages/s"));
            against(table, &name, ours, rate(&load, theirs), goal);
        }
    }
}

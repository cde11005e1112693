//! A probe as a whole process: what it takes from start to end, beside a script that does no more than greet.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::server::Helper;
use super::table::Table;

const SMTPLIB: &str = "
import smtplib, sys
server = smtplib.SMTP('127.0.0.1', int(sys.argv[1]), local_hostname='bench.example')
server.ehlo()
server.quit()
";

pub(crate) fn bench(table: &mut Table, quick: bool) {
    Table::title("A probe from start to end, loopback, the best of some");
    let sink = Helper::sink("piped");
    let server = format!("127.0.0.1:{}", sink.port);
    let mut ours = Command::new(env!("CARGO_BIN_EXE_turbomail"));
    ours.env_clear()
        .args(["probe", "--json", "--no-history", "--security", "none"])
        .arg(&server);
    let mut theirs = Command::new("python3");
    theirs.args(["-c", SMTPLIB]).arg(sink.port.to_string());
    let (mut best, mut peer) = (Duration::MAX, None);
    // In turns, so that what else the machine does meets both.
    for _ in 0..if quick { 5 } else { 20 } {
        best = best.min(time(&mut ours).expect("a probe that ends well"));
        peer = peer.into_iter().chain(time(&mut theirs)).min();
    }
    table.at_most("ours, milliseconds", millis(best), 50.0);
    match peer {
        Some(peer) => {
            Table::figure("smtplib", &format!("{:.1} ms", millis(peer)));
            table.at_most("ours / smtplib", millis(best) / millis(peer), 1.0);
        }
        None => Table::figure("smtplib", "not installed"),
    }
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

/// How long a process takes; `None` where it is not there or does not end well.
fn time(command: &mut Command) -> Option<Duration> {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let begun = Instant::now();
    let status = quiet.status().ok()?;
    status.success().then(|| begun.elapsed())
}

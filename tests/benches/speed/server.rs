//! Starts the sink and the proxy as processes that end with the benchmark.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A helper process that listens on a port.
pub(crate) struct Helper {
    child: Child,
    pub(crate) port: u16,
}

impl Helper {
    fn start(arguments: &[String]) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a helper");
        let output = child.stdout.take().expect("its output");
        let mut line = String::new();
        BufReader::new(output)
            .read_line(&mut line)
            .expect("its port");
        let port = line.trim().parse().expect("a port");
        Self { child, port }
    }

    /// A server that takes everything. Kinds: `plain`, `piped`, `chunks`, and the hostile ones.
    pub(crate) fn sink(kind: &str) -> Self {
        Self::start(&["serve-sink".to_owned(), kind.to_owned()])
    }

    /// A proxy before a port that makes the round trip this long.
    pub(crate) fn delay(port: u16, round_trip: Duration) -> Self {
        let micros = round_trip.as_micros() / 2;
        Self::start(&[
            "serve-delay".to_owned(),
            port.to_string(),
            micros.to_string(),
        ])
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

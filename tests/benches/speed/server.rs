//! Starts the sink and the proxy as processes that end with the benchmark.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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

    /// A proxy before a port that acknowledges at once.
    pub(crate) fn quick(port: u16) -> Self {
        Self::start(&["serve-quick".to_owned(), port.to_string()])
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

/// The round trip to a port as it really is: what a proxy's timer adds is no client's fault.
pub(crate) fn round_trip(port: u16) -> Duration {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("a server");
    stream.set_nodelay(true).expect("an open stream");
    let mut line = String::new();
    let mut reader = BufReader::new(stream.try_clone().expect("an open stream"));
    reader.read_line(&mut line).expect("a greeting");
    let mut times: Vec<Duration> = (0..21)
        .map(|_| {
            let begun = Instant::now();
            stream.write_all(b"NOOP\r\n").expect("written");
            reader.read_line(&mut line).expect("a reply");
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

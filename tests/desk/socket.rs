//! The control socket itself: private, bounded, and not to be upset.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::bench::{Bench, Process};

struct Caller(BufReader<UnixStream>);

impl Caller {
    fn new(spool: &Path) -> Self {
        let stream = UnixStream::connect(spool.join("control")).expect("somebody listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a limit");
        Self(BufReader::new(stream))
    }

    /// The next line; `None` at the end.
    fn hear(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).expect("in time");
        (read > 0).then(|| serde_json::from_str(&line).expect("an object a line"))
    }

    fn say(&mut self, octets: &[u8]) {
        self.0.get_mut().write_all(octets).expect("taken");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_for_its_owner_alone_and_says_who_it_is() {
    let bench = Bench::new().await;
    let run = bench.start(&[]);
    let facts = std::fs::metadata(bench.spool().join("control")).expect("there");
    assert_eq!(facts.permissions().mode() & 0o777, 0o600);
    let mut caller = Caller::new(&bench.spool());
    let greeting = caller.hear().expect("a greeting");
    assert_eq!(greeting["holder"]["pid"], run.id());
    assert_eq!(greeting["holder"]["kind"], "run");
    caller.say(b"{\"verb\":\"ping\"}\n{\"verb\":\"look\"}\n");
    assert_eq!(caller.hear(), Some(greeting));
    assert_eq!(caller.hear(), Some(serde_json::json!({"end": {}})));
    assert_eq!(caller.hear(), Some(serde_json::json!({"end": {}})));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_answered_and_hurts_nobody() {
    let bench = Bench::new().await;
    let _run = bench.start(&[]);
    let mut caller = Caller::new(&bench.spool());
    caller.hear().expect("a greeting");
    for nonsense in [
        &b"\n"[..],
        b"no json\n",
        b"\xff\xfe\n",
        b"{\"verb\":\"explode\"}\n",
        b"{\"verb\":\"hold\"}\n",
    ] {
        caller.say(nonsense);
        let fault = caller.hear().expect("an answer");
        assert!(fault["fault"].is_string(), "{fault}");
    }
    // A line without end is not read for ever.
    let long = vec![b'x'; 1024 * 1024 + 1];
    caller.say(&long);
    let fault = caller.hear().expect("an answer");
    assert!(fault["fault"].is_string(), "{fault}");
    assert_eq!(caller.hear(), None);
    // Callers who say nothing keep nobody from being answered.
    let _silent: Vec<Caller> = (0..20).map(|_| Caller::new(&bench.spool())).collect();
    bench.put("a@there.example", "all the same");
    bench.well(&["queue", "list", "--all"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_folder_may_have_a_long_name() {
    let bench = Bench::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let long = folder.path().join("l".repeat(120)).join("spool");
    let command = |arguments: &[&str]| bench.command_on(&long, arguments);
    let well = |arguments: &[&str]| {
        let output = command(arguments).output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let mut run = Process::start(command(&["queue", "run"]));
    run.wait_for(|line| line.contains("delivers from"));
    well(&["send", "--queue-only", "--body", "x", "full@there.example"]);
    run.wait_for(|line| line.contains("deferred   full@there.example"));
    // Only the holder can do this while it is there.
    assert!(well(&["queue", "hold", "--all"]).contains("held"));
}

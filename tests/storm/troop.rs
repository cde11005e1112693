//! Starts the processes, hears what they say, and kills them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use crate::child::{Orders, VARIABLES};

/// How long a process may take for what it was told to do.
const PATIENCE: Duration = Duration::from_mins(3);

/// A process of the storm. It is killed with its guard.
pub(crate) struct Process {
    child: Child,
    /// While it is open the process lives.
    _input: Option<ChildStdin>,
    lines: Receiver<String>,
    said: Vec<String>,
    number: u64,
}

/// What a process has said until its end.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) number: u64,
    said: Vec<String>,
    status: ExitStatus,
}

impl Process {
    pub(crate) fn start(orders: &Orders) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        let arguments = ["--exact", "child::process_of_the_storm", "--nocapture"];
        command.args(arguments).args(["--test-threads", "1"]);
        command.envs(VARIABLES.iter().zip(orders.values()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a process");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            _input: child.stdin.take(),
            child,
            lines,
            said: Vec::new(),
            number: orders.number,
        }
    }

    /// Waits until it has said this, or has ended.
    pub(crate) fn hear(&mut self, word: &str) -> bool {
        let begun = Instant::now();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            let found = line.starts_with(word);
            self.said.push(line);
            if found {
                return true;
            }
        }
        assert!(begun.elapsed() < PATIENCE, "never said {word}");
        false
    }

    pub(crate) fn kill(mut self) -> End {
        // It may have ended by itself.
        self.child.kill().ok();
        self.end()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> End {
        let status = self.child.wait().expect("it ended");
        // The pipe is at its end, and the thread that reads it with it.
        self.said.extend(self.lines.iter());
        End {
            number: self.number,
            said: std::mem::take(&mut self.said),
            status,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What all processes together have said.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Messages that were said to be queued.
    pub(crate) queued: BTreeSet<String>,
    /// Messages of which a killed process could not say it any more.
    pub(crate) unsure: BTreeSet<String>,
    /// Messages that are queued together or not at all.
    pub(crate) wholes: Vec<BTreeSet<String>>,
    /// Messages that somebody was about to drop.
    pub(crate) dropping: BTreeSet<String>,
    /// Messages that were said to be dropped, or held, by the process where that was.
    pub(crate) dropped: BTreeMap<String, u64>,
    pub(crate) held: BTreeMap<String, u64>,
    /// The process that came last, and lets go what is held.
    pub(crate) last: u64,
    /// The processes that were killed, and how often each kind was.
    pub(crate) killed: BTreeSet<u64>,
    pub(crate) kills: BTreeMap<String, usize>,
}

impl Told {
    /// Takes in what a process said. One that ended otherwise than by a kill must have ended well.
    pub(crate) fn take_in(&mut self, role: &str, end: &End) {
        let killed = end.status.signal() == Some(9);
        let said = end.said.join("\n");
        assert!(killed || end.status.success(), "{role}: {said}");
        let words = |kind: &str| -> BTreeSet<String> {
            let lines = end.said.iter().filter_map(|line| line.strip_prefix(kind));
            lines
                .flat_map(str::split_whitespace)
                .map(str::to_owned)
                .collect()
        };
        let wholes = end
            .said
            .iter()
            .filter_map(|line| line.strip_prefix("whole "));
        let names = |line: &str| line.split_whitespace().map(str::to_owned).collect();
        self.wholes.extend(wholes.map(names));
        let (tried, queued) = (words("trying "), words("queued "));
        assert!(queued.is_subset(&tried), "{said}");
        assert!(killed || queued == tried, "{role} did not say all: {said}");
        let by = |names: BTreeSet<String>| names.into_iter().map(|name| (name, end.number));
        self.dropping.extend(words("dropping "));
        self.dropped.extend(by(words("dropped ")));
        self.held.extend(by(words("held ")));
        self.last = self.last.max(end.number);
        self.unsure.extend(tried.difference(&queued).cloned());
        self.queued.extend(queued);
        if killed {
            self.killed.insert(end.number);
            *self.kills.entry(role.to_owned()).or_default() += 1;
        }
    }

    pub(crate) fn all_kills(&self) -> usize {
        self.kills.values().sum()
    }
}

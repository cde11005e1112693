//! The transcript of an attempt: every line once, timed, staged, masked before it gets here, bounded by bytes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clean::Clean;
use super::clock::{Clock, ManualClock, Tick};
use super::stage::Stage;

/// Who said a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// This side.
    Client,
    /// The smart host.
    Server,
    /// Neither: a remark about a connection, a certificate, a deadline or a decision.
    Note,
}

/// One line of a transcript. Secrets are already masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Since the attempt's start.
    pub at: Duration,
    /// The stage of the conversation.
    pub stage: Stage,
    /// Who said it.
    pub by: By,
    /// What was said, without its line end.
    pub text: Clean,
}

/// Octets of text kept from the start of an attempt.
const HEAD: usize = 48 * 1024;
/// Octets of text kept from its end.
const TAIL: usize = 16 * 1024;
/// Lines of a usual attempt over an open connection.
const USUAL: usize = 20;
/// What a line costs beside its text.
const PER_LINE: usize = 48;

/// A transcript that one attempt writes and any number of readers read while it grows. Clones share the same lines.
///
/// It holds 64 KiB: the first 48 and the last 16, with a note of how many lines were left out between them.
#[derive(Clone)]
pub struct Transcript(Arc<Mutex<Inner>>);

struct Inner {
    clock: Arc<dyn Clock>,
    start: Tick,
    head: Vec<Line>,
    head_bytes: usize,
    tail: VecDeque<Line>,
    tail_bytes: usize,
    left_out: usize,
    stage: Stage,
    stage_since: Tick,
    sent: u64,
    committed: bool,
    /// What is to be done once before the end of the content goes out.
    before_commit: Option<Box<dyn FnOnce() + Send>>,
    lines: bool,
}

impl Inner {
    fn add(&mut self, line: Line) {
        let bytes = line.text.len() + PER_LINE;
        if self.tail.is_empty() && self.left_out == 0 && self.head_bytes + bytes <= HEAD {
            if self.head.is_empty() {
                self.head.reserve(USUAL);
            }
            self.head_bytes += bytes;
            self.head.push(line);
            return;
        }
        self.tail_bytes += bytes;
        self.tail.push_back(line);
        while self.tail_bytes > TAIL && self.tail.len() > 1 {
            if let Some(old) = self.tail.pop_front() {
                self.tail_bytes -= old.text.len() + PER_LINE;
                self.left_out += 1;
            }
        }
    }
}

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The stage it is in.
    pub stage: Stage,
    /// Since when.
    pub since: Tick,
    /// Octets of content handed to the network.
    pub sent: u64,
    /// Whether the final dot (or the last chunk) was handed to the network: from then on the server may have the message.
    pub committed: bool,
}

impl Transcript {
    /// An empty transcript of an attempt that starts now, timed by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let start = clock.tick();
        Self(Arc::new(Mutex::new(Inner {
            clock,
            start,
            head: Vec::new(),
            head_bytes: 0,
            tail: VecDeque::new(),
            tail_bytes: 0,
            left_out: 0,
            stage: Stage::Resolve,
            stage_since: start,
            sent: 0,
            committed: false,
            before_commit: None,
            lines: true,
        })))
    }

    /// A transcript that keeps how far the attempt has come, and no lines: for programs that send in bulk and read none.
    #[must_use]
    pub fn without_lines(clock: Arc<dyn Clock>) -> Self {
        let transcript = Self::new(clock);
        transcript.inner().lines = false;
        transcript
    }

    /// A conversation that is over, from what was kept of it.
    #[must_use]
    pub fn of(lines: impl IntoIterator<Item = Line>) -> Self {
        // Nothing in it will ever need the time.
        let transcript = Self::new(Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH)));
        let mut inner = transcript.inner();
        for line in lines {
            inner.stage = line.stage;
            inner.add(line);
        }
        drop(inner);
        transcript
    }

    /// Whether both are the same transcript, and not merely equal.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether lines are kept.
    #[must_use]
    pub fn keeps_lines(&self) -> bool {
        self.inner().lines
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line.
    pub fn push(&self, stage: Stage, by: By, text: impl Into<Clean>) {
        self.push_all(by, [(stage, text)]);
    }

    /// Adds lines that were said at the same moment.
    pub fn push_all<T: Into<Clean>>(&self, by: By, lines: impl IntoIterator<Item = (Stage, T)>) {
        let mut inner = self.inner();
        if !inner.lines {
            return;
        }
        let at = inner.clock.tick().since(inner.start);
        for (stage, text) in lines {
            inner.add(Line {
                at,
                stage,
                by,
                text: text.into(),
            });
        }
    }

    /// Says which stage the attempt has entered.
    pub fn enter(&self, stage: Stage) {
        let mut inner = self.inner();
        if inner.stage != stage {
            inner.stage = stage;
            inner.stage_since = inner.clock.tick();
        }
    }

    /// Says how many octets of content have been handed to the network so far.
    pub fn sent(&self, octets: u64) {
        self.inner().sent = octets;
    }

    /// Says that the end of the content is about to be handed to the network.
    pub fn commit(&self) {
        let mut inner = self.inner();
        inner.committed = true;
        let before = inner.before_commit.take();
        drop(inner);
        if let Some(before) = before {
            before();
        }
    }

    /// Has something done, once, before the end of the content goes out.
    pub fn before_commit(&self, act: impl FnOnce() + Send + 'static) {
        self.inner().before_commit = Some(Box::new(act));
    }

    /// How far the attempt has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let inner = self.inner();
        Progress {
            stage: inner.stage,
            since: inner.stage_since,
            sent: inner.sent,
            committed: inner.committed,
        }
    }

    /// All lines that are kept, with a note where some were left out.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let inner = self.inner();
        let mut lines = inner.head.clone();
        if inner.left_out > 0 {
            let (at, stage) = inner
                .tail
                .front()
                .map_or((Duration::ZERO, inner.stage), |line| (line.at, line.stage));
            let text = Clean::from(format!("… {} lines left out here …", inner.left_out));
            lines.push(Line {
                at,
                stage,
                by: By::Note,
                text,
            });
        }
        lines.extend(inner.tail.iter().cloned());
        lines
    }

    /// How many lines there have been; readers compare it to know whether to read again.
    #[must_use]
    pub fn count(&self) -> usize {
        let inner = self.inner();
        inner.head.len() + inner.left_out + inner.tail.len()
    }

    /// The time spent in each stage that the lines tell of, in the order of first appearance.
    #[must_use]
    pub fn stages(&self) -> Vec<(Stage, Duration)> {
        let mut stages: Vec<(Stage, Duration)> = Vec::new();
        let mut last = Duration::ZERO;
        for line in self.lines() {
            let spent = line.at.saturating_sub(last);
            last = line.at.max(last);
            match stages.iter_mut().find(|(stage, _)| *stage == line.stage) {
                Some((_, sum)) => *sum += spent,
                None => stages.push((line.stage, spent)),
            }
        }
        stages
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lines()).finish()
    }
}

impl PartialEq for Transcript {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.lines() == other.lines()
    }
}

impl Eq for Transcript {}

#[cfg(test)]
mod tests {
    use super::super::clock::SystemClock;
    use super::*;

    #[test]
    fn it_is_bounded_by_bytes_and_says_what_it_left_out() {
        let transcript = Transcript::new(Arc::new(SystemClock::new()));
        for n in 0..10_000_u64 {
            transcript.push(Stage::Rcpt, By::Server, format!("250 ok number {n}"));
        }
        let lines = transcript.lines();
        let bytes: usize = lines.iter().map(|line| line.text.len() + PER_LINE).sum();
        assert!(bytes <= HEAD + TAIL + 256, "{bytes}");
        assert_eq!(transcript.count(), 10_000);
        assert_eq!(
            lines.last().map(|line| line.text.to_string()),
            Some("250 ok number 9999".into())
        );
        assert!(
            lines
                .iter()
                .any(|line| line.by == By::Note && line.text.contains("left out"))
        );
    }
}

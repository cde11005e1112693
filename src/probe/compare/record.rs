//! What is kept of a walk: enough to be compared with another one, bounded, and without any secret.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::mail::certificate::Certificate;
use crate::mail::clean::Clean;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::probe::walk::{Check, Status, Verdict, Walk};
use crate::smtp::Capabilities;

/// The longest text that is kept, in octets.
const TEXT: usize = 300;
/// The lines of an offer that are kept.
const LINES: usize = 64;
/// The stages that are kept; a walk meets no more.
const STAGES: usize = 16;

/// A walk as it is kept: what was seen, without the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The server as `HOST:PORT`, or `unix:` and a path.
    pub server: Clean,
    /// How the connection was to be protected.
    pub security: Security,
    /// When the walk began.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What it has come to.
    pub verdict: Verdict,
    /// Why it ended before its end.
    pub failure: Option<Clean>,
    /// The stages that were met, in order.
    pub stages: Vec<RecordedStage>,
    /// The address that was spoken with.
    pub address: Option<Clean>,
    /// The text of the greeting.
    pub greeting: Option<Clean>,
    /// What was promised in clear; nothing where nothing was said in clear.
    pub before_tls: Option<Vec<Clean>>,
    /// What was promised inside TLS.
    pub after_tls: Option<Vec<Clean>>,
    /// The version of TLS, such as `TLS 1.3`.
    pub tls: Option<Clean>,
    /// The server's own certificate, trusted or not.
    pub certificate: Option<RecordedCertificate>,
    /// The login mechanism that was tried last.
    pub mechanism: Option<Clean>,
}

/// A stage as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedStage {
    /// The stage. EHLO comes twice where STARTTLS stands between.
    pub stage: Stage,
    /// How it went.
    pub status: Status,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What came of it in a few words.
    pub detail: Clean,
}

/// A certificate as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedCertificate {
    /// Whom it is for.
    pub subject: Clean,
    /// Who vouches for it.
    pub issuer: Clean,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: Clean,
    /// Whole days until it expires, when the walk began.
    pub days_left: i64,
}

impl Record {
    /// Takes down a walk.
    #[must_use]
    pub fn of(walk: &Walk) -> Self {
        let met = |check: &&Check| check.status != Status::Skipped;
        let lines = |offered: &Capabilities| {
            let lines = offered.lines().iter().take(LINES);
            lines.map(|line| cut(line)).collect()
        };
        let failure = walk.failure.as_ref();
        Self {
            server: Clean::from(walk.host.name()),
            security: walk.host.security,
            started: walk.started,
            took_ms: millis(walk.took),
            verdict: walk.verdict(),
            failure: failure.map(|failure| cut(&failure.to_string())),
            stages: { walk.checks.iter().filter(met).take(STAGES) }
                .map(RecordedStage::of)
                .collect(),
            address: walk.peer.as_deref().map(cut),
            greeting: walk.greeting.as_ref().map(|reply| cut(&reply.text())),
            before_tls: walk.before_tls.as_ref().map(lines),
            after_tls: walk.after_tls.as_ref().map(lines),
            tls: walk.tls.as_ref().map(|facts| Clean::from(facts.version)),
            certificate: { walk.certificates.first() }
                .map(|leaf| RecordedCertificate::of(leaf, walk.started)),
            mechanism: walk.mechanism.map(|one| Clean::from(one.name())),
        }
    }

    /// Whether the walk came to its end and had something to say: past the first EHLO, without a failure.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failure.is_none()
            && self.verdict != Verdict::Failed
            && self.stage(Stage::Hello).is_some()
    }

    /// The server without its port and without brackets; what is no host and port is given as it is.
    #[must_use]
    pub fn host(&self) -> &str {
        if self.server.starts_with("unix:") {
            return &self.server;
        }
        let host = self.server.rsplit_once(':').map(|(host, _)| host);
        let host = host.unwrap_or(&self.server);
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// What was promised last: inside TLS where that came about, else in clear.
    #[must_use]
    pub fn offered(&self) -> Option<&[Clean]> {
        self.after_tls.as_deref().or(self.before_tls.as_deref())
    }

    /// The last time that a stage was met.
    #[must_use]
    pub fn stage(&self, stage: Stage) -> Option<&RecordedStage> {
        self.stages.iter().rev().find(|one| one.stage == stage)
    }
}

impl RecordedStage {
    fn of(check: &Check) -> Self {
        Self {
            stage: check.stage,
            status: check.status,
            took_ms: millis(check.took),
            detail: cut(&check.detail),
        }
    }
}

impl RecordedCertificate {
    fn of(leaf: &Certificate, now: Timestamp) -> Self {
        Self {
            subject: cut(&leaf.subject),
            issuer: cut(&leaf.issuer),
            not_after: leaf.not_after,
            sha256: Clean::from(leaf.sha256.to_string()),
            days_left: leaf.days_left(now),
        }
    }
}

/// The start of a text.
fn cut(text: &str) -> Clean {
    match text.get(..text.floor_char_boundary(TEXT)) {
        Some(start) if start.len() < text.len() => Clean::from(format!("{start}…")),
        _ => Clean::new(text),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

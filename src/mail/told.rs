//! An entry as it is told to other programs: plain values that travel as JSON, with every text fit to be shown.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clean::Clean;
use super::clock::{Now, Tick, later};
use super::diagnosis::Finding;
use super::entry::{Attempt, Entry, Recipient, State};
use super::outcome::{Failure, Status};
use super::stage::Stage;
use super::transcript::By;

/// An entry in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Its identity.
    pub id: Uuid,
    /// Its identity for people.
    pub short: String,
    /// The Message-ID with its angle brackets.
    pub message_id: Clean,
    /// The account that it is bound for.
    pub account: Clean,
    /// The author as written in From.
    pub from: Clean,
    /// The subject, decoded.
    pub subject: Clean,
    /// The content's size in octets.
    pub size: u64,
    /// The state's name; see [`State::name`].
    pub state: String,
    /// Where each recipient stands.
    pub recipients: Vec<ToldRecipient>,
    /// Attempts that reached the MAIL stage.
    pub attempts: u32,
    /// When it was queued.
    pub queued: Timestamp,
    /// When it may next be tried; nothing while it is held or being sent, or when it has left the queue.
    pub next_retry: Option<Timestamp>,
    /// When what is still open expires; nothing when it has left the queue.
    pub expires: Option<Timestamp>,
    /// Whether it is held by hand.
    pub held: bool,
    /// When it left the queue.
    pub ended: Option<Timestamp>,
    /// The last words said about it.
    pub last_reply: Option<Clean>,
}

/// Where a recipient stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldRecipient {
    /// The address.
    pub address: String,
    /// The status' name; see [`Status::name`].
    pub status: String,
    /// The stage that decided it.
    pub stage: Option<Stage>,
    /// The reply code.
    pub code: Option<u16>,
    /// The enhanced status code.
    pub enhanced: Option<String>,
    /// The words without the codes.
    pub text: Option<Clean>,
    /// How often it was tried.
    pub attempts: u32,
}

/// An entry with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The entry.
    #[serde(flatten)]
    pub told: Told,
    /// What was done to it.
    pub notes: Vec<ToldNote>,
    /// The attempts of which the conversation is known.
    pub history: Vec<ToldAttempt>,
    /// What keeps it waiting or has failed it, and what to do, where somebody has looked into that.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Of how many attempts the conversation is kept, those of the history among them, where somebody has looked for that.
    #[serde(default)]
    pub transcripts: usize,
}

/// What was done to an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldNote {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: Clean,
}

/// An attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldAttempt {
    /// From 1.
    pub number: u32,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in milliseconds; nothing while it runs.
    pub took_ms: Option<u64>,
    /// The smart host as configured.
    pub server: Option<Clean>,
    /// The address that answered.
    pub address: Option<String>,
    /// What protected the connection; nothing in clear.
    pub tls: Option<ToldTls>,
    /// How long each stage took.
    pub stages: Vec<ToldStage>,
    /// The conversation.
    pub transcript: Vec<ToldLine>,
}

/// What protected a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldTls {
    /// Such as `TLS 1.3`.
    pub version: String,
    /// The cipher suite's name.
    pub cipher: String,
    /// The certificate's subject.
    pub subject: Clean,
    /// Whole days until the certificate expires.
    pub days_left: i64,
}

/// How long a stage took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldStage {
    /// The stage.
    pub stage: Stage,
    /// In milliseconds.
    pub took_ms: u64,
}

/// A line of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldLine {
    /// Milliseconds since the attempt began.
    pub at_ms: u64,
    /// The stage.
    pub stage: Stage,
    /// Who said it.
    pub from: By,
    /// What was said.
    pub text: Clean,
}

/// Where a recipient stands, and why: what the host said to the message, else the host's trouble that kept it waiting.
#[must_use]
pub fn standing<'a>(
    one: &'a Recipient,
    trouble: Option<&'a Failure>,
) -> (&'static str, Option<&'a Failure>) {
    match (&one.status, trouble) {
        (Status::Pending, Some(trouble)) => ("deferred", Some(trouble)),
        (status, _) => (status.name(), status.failure()),
    }
}

impl Told {
    /// An entry at a moment, with its host left alone until `pause`.
    #[must_use]
    pub fn of(entry: &Entry, pause: Option<Tick>, now: Now) -> Self {
        let (state, trouble) = (entry.state(now), entry.trouble());
        let due = pause.map_or(entry.due, |pause| pause.max(entry.due));
        let waits = matches!(state, State::Scheduled | State::Due | State::Retry);
        let words = match (entry.last_words(), trouble) {
            (words, Some(trouble)) if words.is_empty() => trouble.to_string(),
            (words, _) => words,
        };
        let expires = match entry.held {
            // What is left of its life begins again with its release.
            Some(_) => later(now.wall, entry.life_left(now)),
            None => entry.expires,
        };
        Self {
            id: entry.id.0,
            short: entry.id.short(),
            message_id: Clean::new(&entry.message.message_id),
            account: Clean::new(&entry.route),
            from: Clean::new(&entry.message.from),
            subject: Clean::new(&entry.message.subject),
            size: entry.message.size(),
            state: state.name().to_owned(),
            recipients: entry
                .recipients
                .iter()
                .map(|one| ToldRecipient::of(one, trouble))
                .collect(),
            attempts: entry.tries,
            queued: entry.admitted.wall,
            next_retry: waits.then(|| later(now.wall, due.since(now.tick))),
            expires: entry.end.is_none().then_some(expires),
            held: entry.held.is_some(),
            ended: entry.end.map(|(_, at)| at.wall),
            last_reply: (!words.is_empty()).then(|| Clean::from(words)),
        }
    }
}

impl ToldRecipient {
    /// A recipient, whose host was in trouble at the latest attempt.
    #[must_use]
    pub fn of(one: &Recipient, trouble: Option<&Failure>) -> Self {
        let (status, failure) = standing(one, trouble);
        let reply = one.status.reply();
        let reply = reply.or_else(|| failure.and_then(Failure::reply));
        let (stage, text) = match (&one.status, failure) {
            // The reply to the final dot is what delivered it.
            (Status::Delivered(reply), _) => (Some(Stage::Content), Some(reply.text())),
            (_, failure) => (failure.map(|one| one.stage), failure.map(Failure::text)),
        };
        Self {
            address: one.address.as_str().to_owned(),
            status: status.to_owned(),
            stage,
            code: reply.map(|reply| reply.code),
            enhanced: reply
                .and_then(|reply| reply.enhanced)
                .map(|code| code.to_string()),
            text: text.map(Clean::from),
            attempts: one.tries,
        }
    }
}

impl Shown {
    /// An entry at a moment, with its host left alone until `pause`.
    #[must_use]
    pub fn of(entry: &Entry, pause: Option<Tick>, now: Now) -> Self {
        let note = |one: &super::entry::Note| ToldNote {
            at: one.at,
            text: one.text.clone(),
        };
        Self {
            told: Told::of(entry, pause, now),
            notes: entry.notes.iter().map(note).collect(),
            history: entry
                .attempts
                .iter()
                .map(|one| ToldAttempt::of(one))
                .collect(),
            findings: Vec::new(),
            transcripts: 0,
        }
    }
}

impl ToldAttempt {
    /// An attempt, running or finished.
    #[must_use]
    pub fn of(one: &Attempt) -> Self {
        let end = one.end.as_ref();
        let connection = end.map(|end| &end.connection);
        let server = connection.map(|connection| Clean::new(&connection.server));
        let tls = connection.and_then(|connection| connection.tls.as_ref());
        let lines = one.transcript.lines();
        let stages = one.transcript.stages().into_iter();
        Self {
            number: one.number,
            started: one.started.wall,
            took_ms: end.map(|end| millis(end.took)),
            server: server.filter(|name| !name.is_empty()),
            address: connection.and_then(|connection| connection.peer.clone()),
            tls: tls.map(|tls| ToldTls {
                version: tls.version.to_owned(),
                cipher: tls.cipher.clone(),
                subject: tls.subject.clone(),
                days_left: tls.days_left,
            }),
            stages: stages
                .map(|(stage, took)| ToldStage {
                    stage,
                    took_ms: millis(took),
                })
                .collect(),
            transcript: lines
                .iter()
                .map(|line| ToldLine {
                    at_ms: millis(line.at),
                    stage: line.stage,
                    from: line.by,
                    text: line.text.clone(),
                })
                .collect(),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

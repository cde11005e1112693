//! One happening as one line: words for a person and for `grep`, or a JSON object.

use std::fmt::Write;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::mail::clean::clean;
use crate::mail::entry::{Attempt, Entry};
use crate::mail::event::{Event, Kind};
use crate::mail::outcome::{Failure, Status};

/// The most characters of a server's words, or of a name from outside.
const MOST: usize = 500;

/// How a line of the delivery log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// The time (RFC 3339, UTC), one word in capitals, and pairs of `name=value`, with quotes where a value has a space.
    #[default]
    Text,
    /// A JSON object (JSON lines): `time`, `event`, and where they are known `id`, `short`, `message_id`, `account`, `sender`,
    /// `attempt`, `recipient`, `server`, `stage`, `code`, `enhanced` and `text`.
    Json,
}

/// What a line has to say, all of it clean and bounded. What is not known is left out.
#[derive(Serialize)]
struct Record {
    time: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    short: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enhanced: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// The line for an event, with its LF; nothing for an event that others have told already.
pub(super) fn line(event: &Event, entry: Option<&Arc<Entry>>, format: LogFormat) -> Option<String> {
    let mut record = Record::new(word(&event.kind)?, event.at);
    if let Some(id) = event.kind.entry() {
        record.id = Some(id.to_string());
        record.short = Some(id.short());
    }
    if let Some(entry) = entry {
        record.message_id = Some(bounded(&entry.message.message_id));
        record.account = Some(bounded(&entry.route));
    }
    record.details(&event.kind, entry);
    let mut line = match format {
        LogFormat::Text => record.text(),
        LogFormat::Json => serde_json::to_string(&record).ok()?,
    };
    line.push('\n');
    Some(line)
}

/// The line that says how many lines before it were lost, with its LF.
pub(super) fn lost(lines: usize, at: Timestamp, format: LogFormat) -> String {
    let time = time(at);
    match format {
        LogFormat::Text => format!("{time} LOST      lines={lines}\n"),
        LogFormat::Json => {
            let object = serde_json::json!({"time": time, "event": "LOST", "lines": lines});
            format!("{object}\n")
        }
    }
}

/// RFC 3339, in UTC, with milliseconds.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The word of an event.
fn word(kind: &Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Queued(_) => "QUEUED",
        Kind::Attempting(_) => "DELIVER",
        Kind::Recipient(_, _, status) => match status {
            Status::Delivered(_) => "SENT",
            Status::Deferred(_) => "DEFERRED",
            Status::Failed(_) => "REFUSED",
            Status::Uncertain(_) => "UNCERTAIN",
            Status::Expired(_) => "EXPIRED",
            Status::Pending => return None,
        },
        Kind::Delayed(_) => "DELAYED",
        Kind::Held(_) => "HELD",
        Kind::Released(_) => "RELEASED",
        Kind::Dropped(_) => "DROPPED",
        Kind::Restored(_) => "RESTORED",
        Kind::HostPaused(..) => "PAUSED",
        Kind::HostResumed(_) => "RESUMED",
        Kind::WorkerPanicked(..) => "PANIC",
        // Its recipients have said so; and where the log cannot be written, it is the wrong place.
        Kind::Settled(_) | Kind::LogFailed(_) | Kind::Untold(_) => return None,
    })
}

impl Record {
    fn new(event: &'static str, at: Timestamp) -> Self {
        Self {
            time: time(at),
            event,
            id: None,
            short: None,
            message_id: None,
            account: None,
            sender: None,
            attempt: None,
            recipient: None,
            server: None,
            stage: None,
            code: None,
            enhanced: None,
            text: None,
        }
    }

    fn details(&mut self, kind: &Kind, entry: Option<&Arc<Entry>>) {
        let last = entry.and_then(|entry| entry.attempts.last());
        match kind {
            Kind::Queued(_) => {
                let sender = entry.map(|entry| entry.message.envelope.reverse_path.as_ref());
                // The null reverse path of notifications.
                let null = || "<>".to_owned();
                self.sender =
                    sender.map(|sender| sender.map_or_else(null, |one| bounded(one.as_str())));
            }
            Kind::Attempting(_) => self.attempt = last.map(|attempt| attempt.number),
            Kind::Recipient(_, address, status) => {
                self.attempt = last.map(|attempt| attempt.number);
                self.recipient = Some(bounded(address.as_str()));
                self.server = last.and_then(|attempt| server(attempt));
                if let Some(failure) = status.failure() {
                    self.failure(failure);
                } else if let Some(reply) = status.reply() {
                    self.code = Some(reply.code);
                    self.enhanced = reply.enhanced.map(|enhanced| enhanced.to_string());
                    self.text = Some(bounded(&reply.text()));
                }
            }
            Kind::HostPaused(route, failure) => {
                self.account = Some(bounded(route));
                self.failure(failure);
            }
            Kind::HostResumed(route) => self.account = Some(bounded(route)),
            Kind::WorkerPanicked(route, words) => {
                self.account = Some(bounded(route));
                self.text = Some(bounded(words));
            }
            Kind::Delayed(_) => {
                let note = entry.and_then(|entry| entry.notes.last());
                self.text = note.map(|note| bounded(&note.text));
            }
            _ => {}
        }
    }

    fn failure(&mut self, failure: &Failure) {
        self.stage = Some(failure.stage.name());
        self.code = failure.code();
        self.enhanced = failure.enhanced().map(|enhanced| enhanced.to_string());
        self.text = Some(bounded(&failure.text()));
    }

    fn text(&self) -> String {
        let mut line = format!("{} {:9}", self.time, self.event);
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let pairs = [
            ("id", self.short.clone()),
            ("message-id", self.message_id.clone()),
            ("account", self.account.clone()),
            ("from", self.sender.clone()),
            ("attempt", number(self.attempt)),
            ("to", self.recipient.clone()),
            ("host", self.server.clone()),
            ("stage", self.stage.map(str::to_owned)),
            ("code", number(self.code.map(u32::from))),
            ("status", self.enhanced.clone()),
            ("text", self.text.clone()),
        ];
        for (name, value) in pairs {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                // Writing into a String cannot fail.
                _ = write!(line, " {name}={}", quoted(value));
            }
        }
        line
    }
}

/// The host of an attempt, where it was named.
fn server(attempt: &Attempt) -> Option<String> {
    let server = &attempt.end.as_ref()?.connection.server;
    (!server.is_empty()).then(|| bounded(server))
}

/// In quotes where a space or a quote would make two values of one.
fn quoted(value: String) -> String {
    if value.contains([' ', '"', '\\', '=']) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value
    }
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", clean(text.get(..end).unwrap_or_default())),
        None => clean(text).into_owned(),
    }
}

//! What became of a recipient: the server's own words, or what went wrong before it could speak.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clean::Clean;
use super::reply::{EnhancedStatus, Reply, Severity};
use super::stage::Stage;

/// Why a stage did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The server answered, and not with what was needed.
    Refused(Reply),
    /// Nothing, or not enough, came within this time.
    TimedOut(Duration),
    /// The server closed or reset the connection.
    Closed,
    /// The host name could not be resolved: the resolver's words.
    Dns(Clean),
    /// The operating system's words, such as "connection refused".
    Io(Clean),
    /// The TLS handshake or the certificate's check failed.
    Tls(Clean),
    /// The server broke the protocol: what came, and what was expected.
    OutOfStep(Clean),
    /// This side would not go on: no password over a clear line, a message larger than SIZE, a missing extension.
    Local(Clean),
}

/// Where and why something failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Failure {
    /// The stage of the conversation.
    pub stage: Stage,
    /// The reason.
    pub cause: Cause,
}

impl Failure {
    /// A failure at a stage.
    #[must_use]
    pub const fn new(stage: Stage, cause: Cause) -> Self {
        Self { stage, cause }
    }

    /// A server's refusal.
    #[must_use]
    pub const fn refused(stage: Stage, reply: Reply) -> Self {
        Self {
            stage,
            cause: Cause::Refused(reply),
        }
    }

    /// A refusal of our own.
    pub fn local(stage: Stage, text: impl Into<String>) -> Self {
        Self {
            stage,
            cause: Cause::Local(Clean::from(text.into())),
        }
    }

    /// The server's reply, where there is one.
    #[must_use]
    pub const fn reply(&self) -> Option<&Reply> {
        match &self.cause {
            Cause::Refused(reply) => Some(reply),
            _ => None,
        }
    }

    /// The reply code, where there is one.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        self.reply().map(|reply| reply.code)
    }

    /// The enhanced status code, where there is one.
    #[must_use]
    pub fn enhanced(&self) -> Option<EnhancedStatus> {
        self.reply().and_then(|reply| reply.enhanced)
    }

    /// The words without the code, for people.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.cause {
            Cause::Refused(reply) => reply.text(),
            other => other.to_string(),
        }
    }

    /// Whether the smart host as a whole is in trouble: everything before MAIL, and a login demanded later (530, RFC 4954 §6).
    /// Such trouble pauses the host and never fails a message.
    #[must_use]
    pub fn is_host_trouble(&self) -> bool {
        self.stage.is_before_mail() || self.code() == Some(530)
    }

    /// Whether trying again cannot help: a 5yz reply to a message or recipient, or a refusal of our own.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match &self.cause {
            Cause::Refused(reply) => {
                reply.severity() == Severity::Permanent && !self.is_host_trouble()
            }
            Cause::Local(_) => !self.is_host_trouble(),
            _ => false,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reply) => reply.fmt(f),
            Self::TimedOut(limit) if limit.subsec_millis() == 0 => {
                write!(f, "no answer for {} s", limit.as_secs())
            }
            Self::TimedOut(limit) => write!(f, "no answer for {:.1} s", limit.as_secs_f64()),
            Self::Closed => f.write_str("the server closed the connection"),
            Self::Dns(text)
            | Self::Io(text)
            | Self::Tls(text)
            | Self::OutOfStep(text)
            | Self::Local(text) => text.fmt(f),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Refused(reply) => reply.fmt(f),
            cause => write!(f, "{}: {cause}", self.stage),
        }
    }
}

/// The result of one attempt for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 2yz after the final dot.
    Delivered(Reply),
    /// Not now; to be tried again.
    Deferred(Failure),
    /// Refused for good.
    Failed(Failure),
    /// The connection died after the final dot: the server may or may not have taken the message.
    Uncertain(Failure),
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        if failure.is_permanent() {
            Self::Failed(failure)
        } else {
            Self::Deferred(failure)
        }
    }
}

/// Where a recipient stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Not yet tried.
    Pending,
    /// Taken over by the smart host.
    Delivered(Reply),
    /// To be tried again.
    Deferred(Failure),
    /// Refused for good.
    Failed(Failure),
    /// Perhaps delivered; to be tried again with the same Message-ID.
    Uncertain(Failure),
    /// Given up when its time was over; the last failure, where it was ever tried.
    Expired(Option<Failure>),
}

impl Status {
    /// Whether this recipient is still to be tried.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Pending | Self::Deferred(_) | Self::Uncertain(_))
    }

    /// The status as JSON and the screen name it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pending => "queued",
            Self::Delivered(_) => "delivered",
            Self::Deferred(_) => "deferred",
            Self::Failed(_) => "failed",
            Self::Uncertain(_) => "uncertain",
            Self::Expired(_) => "expired",
        }
    }

    /// The failure behind this status, where there is one.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Deferred(failure)
            | Self::Failed(failure)
            | Self::Uncertain(failure)
            | Self::Expired(Some(failure)) => Some(failure),
            Self::Pending | Self::Delivered(_) | Self::Expired(None) => None,
        }
    }

    /// The server's last reply, where there is one.
    #[must_use]
    pub const fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Delivered(reply) => Some(reply),
            _ => match self.failure() {
                Some(failure) => failure.reply(),
                None => None,
            },
        }
    }

    /// The last words about this recipient: the reply or the failure; empty while pending.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Delivered(reply) => reply.to_string(),
            _ => self.failure().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

impl From<Outcome> for Status {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Delivered(reply) => Self::Delivered(reply),
            Outcome::Deferred(failure) => Self::Deferred(failure),
            Outcome::Failed(failure) => Self::Failed(failure),
            Outcome::Uncertain(failure) => Self::Uncertain(failure),
        }
    }
}

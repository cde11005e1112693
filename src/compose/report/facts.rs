//! What is known of a recipient that a report tells of: the last failure, where it came from, and its status code.

use jiff::Timestamp;

use crate::mail::entry::{Entry, Recipient};
use crate::mail::outcome::{Cause, Failure, Status};

/// A recipient that was not reached.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) recipient: &'a Recipient,
    /// The last thing that went wrong: with this recipient, else with the host on its behalf.
    pub(super) failure: Option<&'a Failure>,
    /// The host that was last tried, without its port.
    pub(super) host: Option<&'a str>,
    /// When it was last tried.
    pub(super) tried: Option<Timestamp>,
    /// Whether an attempt was cut off behind the end of the content, so that the message may have arrived.
    pub(super) may_have_arrived: bool,
}

impl<'a> Facts<'a> {
    pub(super) fn of(entry: &'a Entry, recipient: &'a Recipient) -> Self {
        let mut facts = Self {
            recipient,
            failure: recipient.status.failure(),
            host: None,
            tried: None,
            may_have_arrived: matches!(recipient.status, Status::Uncertain(_)),
        };
        // Oldest first, so that the last word stays.
        for attempt in &entry.attempts {
            let Some(end) = &attempt.end else {
                continue;
            };
            let own = end
                .recipients
                .iter()
                .find(|(address, _)| *address == recipient.address);
            if own.is_none() && end.trouble.is_none() {
                continue;
            }
            if matches!(own, Some((_, Status::Uncertain(_)))) {
                facts.may_have_arrived = true;
            }
            facts.tried = Some(attempt.started.wall);
            facts.host = host(&end.connection.server).or(facts.host);
            if recipient.status.failure().is_none() {
                facts.failure = end.trouble.as_ref().or(facts.failure);
            }
        }
        facts
    }

    /// Whether it was given up because its time was over, and not because it was refused.
    pub(super) fn has_expired(&self) -> bool {
        matches!(self.recipient.status, Status::Expired(_))
    }

    /// The enhanced status code (RFC 3463): the server's own where it fits, else the nearest one.
    pub(super) fn status(&self) -> String {
        if self.has_expired() {
            // Delivery time expired.
            return "4.4.7".to_owned();
        }
        let class = match self.recipient.status {
            Status::Failed(_) => 5,
            _ => 4,
        };
        let Some(failure) = self.failure else {
            return format!("{class}.0.0");
        };
        if let Some(own) = failure.enhanced().filter(|own| own.0 == class) {
            return own.to_string();
        }
        let rest = match failure.cause {
            Cause::Refused(_) | Cause::Local(_) => "0.0",
            Cause::TimedOut(_) | Cause::Io(_) => "4.1",
            Cause::Closed => "4.2",
            Cause::Dns(_) => "4.3",
            Cause::OutOfStep(_) => "5.0",
            Cause::Tls(_) => "7.0",
        };
        format!("{class}.{rest}")
    }
}

/// The host of `host:port`; nothing for a socket's path, which nobody else can use.
fn host(server: &str) -> Option<&str> {
    let (host, _) = server.rsplit_once(':')?;
    (!host.is_empty() && host != "unix").then_some(host)
}

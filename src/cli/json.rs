//! What became of a message, as JSON for programs. Pure functions of the entry.

use serde_json::{Value, json};

use super::exit::trouble;
use crate::mail::clean::clean;
use crate::mail::clock::{Now, later};
use crate::mail::entry::{Attempt, Entry, Recipient, State};
use crate::mail::message::Message;
use crate::mail::outcome::{Failure, Status};

/// The message as a whole, in one word: partial where some recipients were delivered and some not, else the worst of what is
/// still open, else how it ended.
pub(super) fn status(entry: &Entry, now: Now) -> &'static str {
    let any = |is: fn(&Status) -> bool| entry.recipients.iter().any(|one| is(&one.status));
    let some = any(|status| matches!(status, Status::Delivered(_)));
    if some && any(|status| !matches!(status, Status::Delivered(_))) {
        "partial"
    } else if any(|status| matches!(status, Status::Uncertain(_))) {
        "uncertain"
    } else if any(|status| matches!(status, Status::Deferred(_))) {
        "deferred"
    } else if any(|status| matches!(status, Status::Pending)) {
        if trouble(entry).is_some() {
            "deferred"
        } else {
            "queued"
        }
    } else {
        match entry.state(now) {
            State::Delivered => "delivered",
            State::Expired => "expired",
            _ => "failed",
        }
    }
}

/// Where a recipient stands, and why: what the host said to the message, else the host's trouble that kept it waiting.
pub(super) fn standing<'a>(
    one: &'a Recipient,
    trouble: Option<&'a Failure>,
) -> (&'static str, Option<&'a Failure>) {
    match (&one.status, trouble) {
        (Status::Pending, Some(trouble)) => ("deferred", Some(trouble)),
        (status, _) => (status.name(), status.failure()),
    }
}

/// The object that `send --json` prints.
pub(super) fn sent(entry: &Entry, now: Now) -> Value {
    let open = entry.open().next().is_some() && entry.end.is_none();
    let trouble = trouble(entry);
    json!({
        "id": entry.id.to_string(),
        "message_id": clean(&entry.message.message_id),
        "status": status(entry, now),
        "recipients": entry.recipients.iter().map(|one| recipient(one, trouble)).collect::<Vec<_>>(),
        "attempts": entry.attempts.iter().map(|one| attempt(one)).collect::<Vec<_>>(),
        "next_retry": open.then(|| later(now.wall, entry.wait(now)).to_string()),
        "expires": open.then(|| entry.expires.to_string()),
    })
}

fn recipient(one: &Recipient, trouble: Option<&Failure>) -> Value {
    let (status, failure) = standing(one, trouble);
    let reply = one
        .status
        .reply()
        .or_else(|| failure.and_then(Failure::reply));
    let text = match (&one.status, failure) {
        (Status::Delivered(reply), _) => Some(reply.text()),
        (_, failure) => failure.map(Failure::text),
    };
    json!({
        "address": one.address.as_str(),
        "status": status,
        "stage": failure.map(|failure| failure.stage.name()).or(match one.status {
            // The reply to the final dot is what delivered it.
            Status::Delivered(_) => Some("content"),
            _ => None,
        }),
        "code": reply.map(|reply| reply.code),
        "enhanced": reply.and_then(|reply| reply.enhanced).map(|code| code.to_string()),
        "text": text,
        "attempts": one.tries,
    })
}

fn attempt(one: &Attempt) -> Value {
    let end = one.end.as_ref();
    let connection = end.map(|end| &end.connection);
    let millis = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let lines: Vec<Value> = one
        .transcript
        .lines()
        .iter()
        .map(|line| {
            json!({
                "at_ms": millis(line.at),
                "stage": line.stage,
                "from": line.by,
                "text": line.text,
            })
        })
        .collect();
    let stages: Vec<Value> = one
        .transcript
        .stages()
        .into_iter()
        .map(|(stage, took)| json!({ "stage": stage, "took_ms": millis(took) }))
        .collect();
    json!({
        "number": one.number,
        "started": one.started.wall.to_string(),
        "took_ms": end.map(|end| millis(end.took)),
        "server": connection.map(|connection| &connection.server).filter(|name| !name.is_empty()),
        "address": connection.and_then(|connection| connection.peer.as_deref()),
        "tls": connection.and_then(|connection| connection.tls.as_ref()).map(|tls| json!({
            "version": tls.version,
            "cipher": tls.cipher,
            "subject": tls.subject,
            "days_left": tls.days_left,
        })),
        "stages": stages,
        "transcript": lines,
    })
}

/// The object that `send --dry-run --json` prints.
pub(super) fn dry_run(message: &Message) -> Value {
    let path = message
        .envelope
        .reverse_path
        .as_ref()
        .map(ToString::to_string);
    let recipients: Vec<_> = message
        .envelope
        .recipients
        .iter()
        .map(ToString::to_string)
        .collect();
    json!({
        "message_id": clean(&message.message_id),
        "status": "dry-run",
        "envelope": { "from": path, "to": recipients },
        "size": message.size(),
        "message": String::from_utf8_lossy(message.octets()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, at};
    use super::*;
    use crate::mail::outcome::{Cause, Failure, Status};
    use crate::mail::stage::Stage;

    #[test]
    fn a_delivered_message_has_all_its_members() {
        let entry = sample::entry(vec![sample::delivered()]);
        let object = sent(&entry, at(1));
        let keys: Vec<_> = object.as_object().expect("an object").keys().collect();
        assert_eq!(
            keys,
            [
                "attempts",
                "expires",
                "id",
                "message_id",
                "next_retry",
                "recipients",
                "status"
            ]
        );
        assert_eq!(object["status"], "delivered");
        assert_eq!(object["next_retry"], Value::Null);
        assert_eq!(
            object["recipients"][0],
            json!({"address": "r0@x.org", "status": "delivered", "stage": "content", "code": 250,
                   "enhanced": "2.0.0", "text": "queued as 17", "attempts": 1})
        );
        let attempt = &object["attempts"][0];
        assert_eq!(attempt["server"], "relay.example.com:587");
        assert_eq!(attempt["tls"]["version"], "TLS 1.3");
        assert_eq!(attempt["took_ms"], 703);
        assert_eq!(
            attempt["transcript"][1],
            json!({"at_ms": 0, "stage": "mail", "from": "client", "text": "MAIL FROM:<me@x.org>"})
        );
        assert_eq!(attempt["stages"][1]["stage"], "mail");
    }

    #[test]
    fn one_word_says_whether_all_some_or_none_were_delivered() {
        let word = |statuses: Vec<Status>| status(&sample::entry(statuses), at(1));
        assert_eq!(
            word(vec![sample::delivered(), sample::deferred()]),
            "partial"
        );
        assert_eq!(
            word(vec![sample::deferred(), sample::uncertain()]),
            "uncertain"
        );
        assert_eq!(word(vec![sample::delivered(), sample::failed()]), "partial");
        assert_eq!(word(vec![sample::failed()]), "failed");
        assert_eq!(word(vec![Status::Expired(None)]), "expired");
        assert_eq!(word(vec![Status::Pending]), "queued");
    }

    #[test]
    fn host_trouble_is_told_for_each_recipient_that_waits() {
        let refused = Failure::new(Stage::Connect, Cause::Io("connection refused".into()));
        let object = sent(&sample::troubled(refused), at(1));
        assert_eq!(object["status"], "deferred");
        assert_eq!(
            object["recipients"][0],
            json!({"address": "r0@x.org", "status": "deferred", "stage": "connect", "code": null,
                   "enhanced": null, "text": "connection refused", "attempts": 0})
        );
        assert_eq!(object["next_retry"], "2026-03-01T00:05:00Z");
        assert_eq!(object["expires"], "2026-03-06T00:00:00Z");
    }
}

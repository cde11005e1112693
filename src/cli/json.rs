//! What became of a message, as JSON for programs. Pure functions of the entry.

use serde_json::{Value, json};

use crate::mail::clean::clean;
use crate::mail::clock::{Now, later};
use crate::mail::entry::{Entry, State};
use crate::mail::message::Message;
use crate::mail::outcome::Status;
use crate::mail::told::{ToldAttempt, ToldRecipient};

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
        if entry.trouble().is_some() {
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

/// The object that `send --json` prints.
pub(super) fn sent(entry: &Entry, now: Now) -> Value {
    let open = entry.open().next().is_some() && entry.end.is_none();
    let trouble = entry.trouble();
    json!({
        "id": entry.id.to_string(),
        "message_id": clean(&entry.message.message_id),
        "status": status(entry, now),
        "recipients": entry.recipients.iter().map(|one| ToldRecipient::of(one, trouble)).collect::<Vec<_>>(),
        "attempts": entry.attempts.iter().map(|one| ToldAttempt::of(one)).collect::<Vec<_>>(),
        "next_retry": open.then(|| later(now.wall, entry.wait(now)).to_string()),
        "expires": open.then(|| entry.expires.to_string()),
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

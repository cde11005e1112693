//! Entries made by hand, for the tests of what is printed.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::mail::clock::{ManualClock, Now, Tick, later};
use crate::mail::entry::{Attempt, AttemptEnd, End, Entry, Recipient};
use crate::mail::envelope::Envelope;
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Failure, Status};
use crate::mail::parcel::{Connection, EntryId, TlsFacts};
use crate::mail::reply::Reply;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};

/// Seconds after the start of March 2026.
pub(super) fn at(seconds: u64) -> Now {
    Now {
        tick: Tick::default(),
        wall: jiff::Timestamp::from_second(1_772_323_200).unwrap_or_default(),
    }
    .after(Duration::from_secs(seconds))
}

pub(super) fn delivered() -> Status {
    Status::Delivered(Reply::new(250, ["2.0.0 queued as 17"]))
}

pub(super) fn deferred() -> Status {
    Status::Deferred(Failure::refused(
        Stage::Rcpt,
        Reply::new(451, ["4.7.1 Greylisted"]),
    ))
}

pub(super) fn uncertain() -> Status {
    Status::Uncertain(Failure::new(Stage::Content, Cause::Closed))
}

pub(super) fn failed() -> Status {
    refused(550, "5.1.1 no such user")
}

pub(super) fn refused(code: u16, words: &str) -> Status {
    Status::Failed(Failure::refused(Stage::Rcpt, Reply::new(code, [words])))
}

/// An entry after one attempt, with a recipient for each status.
pub(super) fn entry(statuses: Vec<Status>) -> Entry {
    let over = statuses.iter().all(|status| !status.is_open());
    let recipients: Vec<Recipient> = (0..)
        .zip(statuses)
        .filter_map(|(n, status)| {
            Some(Recipient {
                address: format!("r{n}@x.org").parse().ok()?,
                tries: u32::from(status != Status::Pending),
                when: Some(at(1).wall),
                status,
            })
        })
        .take(100)
        .collect();
    let addresses = recipients.iter().map(|one| one.address.clone());
    let message = Message {
        envelope: Envelope::new("me@x.org".parse().ok(), addresses),
        message_id: "<1@x.org>".to_owned(),
        from: "me@x.org".to_owned(),
        subject: "s".to_owned(),
        content: Bytes::from_static(b"From: me@x.org\r\n\r\nb\r\n").into(),
        eight_bit: false,
        draft: None,
    };
    Entry {
        id: EntryId::new(),
        message: Arc::new(message),
        route: Arc::from("work"),
        recipients,
        tries: 1,
        attempts: vec![Arc::new(attempt(None))],
        admitted: at(0),
        due: Tick(Duration::from_mins(5)),
        expires: later(at(0).wall, Duration::from_hours(5 * 24)),
        held: None,
        end: over.then(|| (End::Settled, at(1))),
        notes: Vec::new(),
    }
}

/// An entry whose only attempt ended in trouble with the host.
pub(super) fn troubled(failure: Failure) -> Entry {
    let mut entry = entry(vec![Status::Pending]);
    entry.attempts = vec![Arc::new(attempt(Some(failure)))];
    entry
}

fn attempt(trouble: Option<Failure>) -> Attempt {
    let transcript = Transcript::new(Arc::new(ManualClock::at(at(0).wall)));
    transcript.push(Stage::Connect, By::Note, "connected to 192.0.2.1:587");
    transcript.push(Stage::Mail, By::Client, "MAIL FROM:<me@x.org>");
    transcript.push(Stage::Mail, By::Server, "250 ok");
    Attempt {
        number: 1,
        started: at(0),
        end: Some(AttemptEnd {
            took: Duration::from_millis(703),
            connection: Connection {
                server: "relay.example.com:587".to_owned(),
                peer: Some("192.0.2.1:587".to_owned()),
                tls: Some(TlsFacts {
                    version: "TLS 1.3",
                    cipher: "TLS13_AES_128_GCM_SHA256".to_owned(),
                    subject: "CN=relay.example.com".into(),
                    days_left: 61,
                }),
            },
            recipients: Vec::new(),
            trouble,
        }),
        transcript,
    }
}

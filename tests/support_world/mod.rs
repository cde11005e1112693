//! Hand-made worlds for the screens: a fixed day in UTC, entries in every state, and conversations timed by a clock that is
//! moved by hand.
#![expect(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    reason = "made for tests, each of which uses another part and wants to fail loudly"
)]

mod attempts;
mod drawing;
mod stories;

pub use attempts::*;
pub use drawing::*;
pub use stories::*;

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use turbomail::mail::address::Address;
use turbomail::mail::clock::{Clock, ManualClock, Now};
use turbomail::mail::draft::Draft;
use turbomail::mail::entry::{Entry, Note, Recipient};
use turbomail::mail::envelope::Envelope;
use turbomail::mail::message::Message;
use turbomail::mail::outcome::{Failure, Status};
use turbomail::mail::parcel::{Connection, EntryId, TlsFacts};
use turbomail::mail::reply::Reply;
use turbomail::mail::snapshot::Snapshot;
use turbomail::mail::stage::Stage;
use turbomail::tui::theme::{ASCII, Theme, UNICODE};
use turbomail::tui::world::{Account, World};

/// The start of the day's clock.
const START: &str = "2026-11-21T08:00:00Z";

/// A clock that stands at a time of the day, written `10:16:08`.
pub fn clock(time: &str) -> Arc<ManualClock> {
    let clock = ManualClock::at(START.parse().expect("a time"));
    let parts: Vec<u64> = time
        .split(':')
        .map(|n| n.parse().expect("a number"))
        .collect();
    let seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
    clock.advance(Duration::from_secs(seconds - 8 * 3600));
    Arc::new(clock)
}

/// That time of the day.
pub fn at(time: &str) -> Now {
    clock(time).now()
}

pub fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

/// A message from Billing.
pub fn message(number: u128, subject: &str, to: &[&str], size: usize) -> Message {
    let id = EntryId(uuid(number));
    let to_line = to.join(", ");
    let body = "Hello all,\n\nPlease find invoice 1042 attached. Payment is due on 30 September.\n\n - order   A-7781\n - amount  1 240.00 EUR\n";
    let mut content = format!(
        "From: Billing <billing@acme.example>\r\nTo: {to_line}\r\nSubject: {subject}\r\nMessage-ID: <{}@acme.example>\r\n\r\n{}",
        id.short(),
        body.replace('\n', "\r\n")
    );
    while content.len() < size {
        content.push_str("SGVsbG8gd29ybGQsIHRoaXMgaXMgYW4gYXR0YWNobWVudCBpbiBiYXNlNjQK\r\n");
    }
    content.truncate(size);
    Message {
        envelope: Envelope::new(
            Some(address("billing@acme.example")),
            to.iter().map(|text| address(text)),
        ),
        message_id: format!("<{}@acme.example>", id.short()),
        from: "Billing <billing@acme.example>".into(),
        subject: subject.into(),
        content: content.into(),
        eight_bit: false,
        draft: Some(Arc::new(Draft::new(
            "Billing <billing@acme.example>",
            to_line,
            subject,
            body,
        ))),
    }
}

/// Like a real one: later ones sort behind earlier ones.
fn identity(number: u128, admitted: Now) -> uuid::Uuid {
    uuid::Uuid::from_u128(uuid(number).as_u128() | (u128::from(admitted.tick.0.as_secs()) << 104))
}

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128((number << 96) | (number * 0x9E37_79B9 + 0x1234_5678))
}

/// An entry that was admitted at a time, lives four hours and was not yet tried.
pub fn entry(number: u128, admitted: &str, due: &str, message: Message) -> Entry {
    let admitted = at(admitted);
    Entry {
        id: EntryId(identity(number, admitted)),
        recipients: message
            .envelope
            .recipients
            .iter()
            .map(|address| Recipient {
                address: address.clone(),
                status: Status::Pending,
                tries: 0,
                when: None,
            })
            .collect(),
        message: Arc::new(message),
        route: "main".into(),
        tries: 0,
        attempts: Vec::new(),
        admitted,
        due: at(due).tick,
        expires: admitted.after(Duration::from_hours(4)).wall,
        held: None,
        end: None,
        notes: vec![note(admitted, "queued from Compose through main")],
    }
}

pub fn note(at: Now, text: &str) -> Note {
    Note {
        at: at.wall,
        text: text.into(),
    }
}

pub fn deferred(code: u16, text: &str) -> Status {
    Status::Deferred(Failure::refused(Stage::Rcpt, Reply::new(code, [text])))
}

pub fn failed(code: u16, text: &str) -> Status {
    Status::Failed(Failure::refused(Stage::Rcpt, Reply::new(code, [text])))
}

pub fn delivered(text: &str) -> Status {
    Status::Delivered(Reply::new(250, [text]))
}

pub fn connection() -> Connection {
    Connection {
        server: "relay.example.net:587".into(),
        peer: Some("127.0.0.1:587".into()),
        tls: Some(TlsFacts {
            version: "TLS 1.3",
            cipher: "TLS13_AES_256_GCM_SHA384".into(),
            subject: "relay.example.net".into(),
            days_left: 61,
        }),
    }
}

/// A world at 12:30:18 with these entries.
pub fn world(live: Vec<Entry>, done: Vec<Entry>) -> World {
    let keyed = |entries: Vec<Entry>| entries.into_iter().map(|e| (e.id, Arc::new(e))).collect();
    World {
        now: at("12:30:18"),
        zone: TimeZone::UTC,
        snapshot: Snapshot {
            number: 1,
            live: keyed(live),
            done: keyed(done),
            ..Snapshot::default()
        },
        accounts: vec![Account {
            name: "main".into(),
            from: "Billing <billing@acme.example>".into(),
            way: "relay.example.net:587 starttls".into(),
            leaves: true,
        }],
        default_account: "main".into(),
        drafts: Vec::new(),
        kept: None,
        remark: None,
        read: None,
        earlier: None,
        sent_per_minute: vec![0, 0, 1, 4, 2, 1, 0, 0, 1, 12, 4, 1, 0, 0, 0, 3],
        knowledge: None,
    }
}

/// A world later.
pub fn later(world: &World, seconds: u64) -> World {
    World {
        now: world.now.after(Duration::from_secs(seconds)),
        ..world.clone()
    }
}

pub fn colours() -> Theme {
    Theme {
        colour: true,
        glyphs: &UNICODE,
    }
}

pub fn plain() -> Theme {
    Theme {
        colour: false,
        glyphs: &ASCII,
    }
}

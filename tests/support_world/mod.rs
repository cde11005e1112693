//! Hand-made worlds for the screens: a fixed day in UTC, entries in every state, and conversations timed by a clock that is
//! moved by hand.
#![expect(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    reason = "made for tests, each of which uses another part and wants to fail loudly"
)]

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use turbomail::mail::address::Address;
use turbomail::mail::clock::{Clock, ManualClock, Now};
use turbomail::mail::draft::Draft;
use turbomail::mail::entry::{Attempt, AttemptEnd, End, Entry, Note, Recipient};
use turbomail::mail::envelope::Envelope;
use turbomail::mail::message::Message;
use turbomail::mail::outcome::{Failure, Status};
use turbomail::mail::parcel::{Connection, EntryId, TlsFacts};
use turbomail::mail::reply::Reply;
use turbomail::mail::snapshot::Snapshot;
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::{By, Transcript};
use turbomail::tui::screen::contract::{Screen, View};
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
    content.truncate(size.max(content.len().min(size)));
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

/// An attempt that is over, with what each recipient got.
pub fn attempt(entry: &mut Entry, start: &str, took_ms: u64, got: &[(&str, Status)]) {
    let clock = clock(start);
    let started = clock.now();
    let transcript = conversation(&clock, entry, got, took_ms);
    let number = u32::try_from(entry.attempts.len()).expect("few") + 1;
    for (who, status) in got {
        let recipient = entry
            .recipients
            .iter_mut()
            .find(|one| one.address.as_str() == *who)
            .expect("a recipient");
        recipient.status = status.clone();
        recipient.tries += 1;
        recipient.when = Some(started.after(Duration::from_millis(took_ms)).wall);
    }
    entry.tries += 1;
    entry.attempts.push(Arc::new(Attempt {
        number,
        started,
        end: Some(AttemptEnd {
            took: Duration::from_millis(took_ms),
            connection: connection(),
            recipients: got
                .iter()
                .map(|(who, status)| (address(who), status.clone()))
                .collect(),
            trouble: None,
        }),
        transcript,
    }));
}

/// An attempt that ended in host trouble.
pub fn trouble(entry: &mut Entry, start: &str, failure: Failure) {
    let clock = clock(start);
    let transcript = Transcript::new(clock.clone());
    transcript.push(Stage::Resolve, By::Note, "relay.example.net is 127.0.0.1");
    transcript.push(failure.stage, By::Note, failure.to_string());
    entry.attempts.push(Arc::new(Attempt {
        number: u32::try_from(entry.attempts.len()).expect("few") + 1,
        started: clock.now(),
        end: Some(AttemptEnd {
            took: Duration::from_millis(40),
            connection: connection(),
            recipients: Vec::new(),
            trouble: Some(failure),
        }),
        transcript,
    }));
}

/// An attempt that runs, in a stage since `seconds` ago.
pub fn running(entry: &mut Entry, start: &str, stage: Stage, after: u64, sent: u64) {
    let clock = clock(start);
    let started = clock.now();
    let transcript = Transcript::new(clock.clone());
    greet(&transcript, &clock);
    clock.advance(Duration::from_secs(after));
    transcript.enter(stage);
    transcript.sent(sent);
    entry.attempts.push(Arc::new(Attempt {
        number: u32::try_from(entry.attempts.len()).expect("few") + 1,
        started,
        end: None,
        transcript,
    }));
}

fn greet(transcript: &Transcript, clock: &ManualClock) {
    let says = |wait: u64, stage: Stage, by: By, text: &str| {
        clock.advance(Duration::from_millis(wait));
        transcript.enter(stage);
        transcript.push(stage, by, text);
    };
    says(
        12,
        Stage::Resolve,
        By::Note,
        "relay.example.net is 127.0.0.1",
    );
    says(3, Stage::Connect, By::Note, "connected to 127.0.0.1:587");
    says(
        4,
        Stage::Greeting,
        By::Server,
        "220 relay.example.net ESMTP",
    );
    says(0, Stage::Hello, By::Client, "EHLO mail.acme.example");
    for line in [
        "250-relay.example.net",
        "250-SIZE 52428800",
        "250-PIPELINING",
        "250-8BITMIME",
        "250 STARTTLS",
    ] {
        says(0, Stage::Hello, By::Server, line);
    }
    says(1, Stage::StartTls, By::Client, "STARTTLS");
    says(
        1,
        Stage::StartTls,
        By::Server,
        "220 2.0.0 Ready to start TLS",
    );
    says(
        21,
        Stage::Tls,
        By::Note,
        "TLS 1.3, TLS13_AES_256_GCM_SHA384, certificate relay.example.net, valid 61 days",
    );
    says(0, Stage::Hello, By::Client, "EHLO mail.acme.example");
    for line in [
        "250-relay.example.net",
        "250-SIZE 52428800",
        "250-PIPELINING",
        "250-8BITMIME",
        "250-DSN",
        "250 AUTH PLAIN LOGIN",
    ] {
        says(0, Stage::Hello, By::Server, line);
    }
    says(1, Stage::Auth, By::Client, "AUTH PLAIN ‹hidden, 44 bytes›");
    says(
        37,
        Stage::Auth,
        By::Server,
        "235 2.7.0 Authentication successful",
    );
}

/// The whole conversation of an attempt. The time that is left over goes to the recipients.
fn conversation(
    clock: &Arc<ManualClock>,
    entry: &Entry,
    got: &[(&str, Status)],
    took_ms: u64,
) -> Transcript {
    let transcript = Transcript::new(Arc::clone(clock) as Arc<dyn Clock>);
    greet(&transcript, clock);
    let says = |wait: u64, stage: Stage, by: By, text: &str| {
        clock.advance(Duration::from_millis(wait));
        transcript.enter(stage);
        transcript.push(stage, by, text);
    };
    let size = entry.message.size();
    says(
        1,
        Stage::Mail,
        By::Client,
        &format!("MAIL FROM:<billing@acme.example> SIZE={size}"),
    );
    says(2, Stage::Mail, By::Server, "250 2.1.0 Ok");
    let each = took_ms.saturating_sub(430) / u64::try_from(got.len()).expect("few").max(1);
    for (who, status) in got {
        says(0, Stage::Rcpt, By::Client, &format!("RCPT TO:<{who}>"));
        let words = match status {
            Status::Delivered(_) => "250 2.1.5 Ok".to_owned(),
            other => other.words(),
        };
        says(each, Stage::Rcpt, By::Server, &words);
    }
    if let Some((_, taken)) = got
        .iter()
        .find(|(_, status)| matches!(status, Status::Delivered(_)))
    {
        says(1, Stage::Data, By::Client, "DATA");
        says(
            2,
            Stage::Data,
            By::Server,
            "354 End data with <CR><LF>.<CR><LF>",
        );
        says(
            0,
            Stage::Content,
            By::Client,
            "From: Billing <billing@acme.example>",
        );
        says(
            0,
            Stage::Content,
            By::Client,
            &format!("Subject: {}", entry.message.subject),
        );
        says(
            1,
            Stage::Content,
            By::Client,
            &format!("content: {size} bytes"),
        );
        transcript.sent(size);
        transcript.commit();
        says(339, Stage::Content, By::Server, &taken.words());
    }
    says(0, Stage::Quit, By::Client, "QUIT");
    transcript
}

/// Ends an entry.
pub fn ended(mut entry: Entry, time: &str, end: End) -> Entry {
    entry.end = Some((end, at(time)));
    entry
}

/// Invoice 1042: one delivered, one greylisted three times, one refused.
pub fn invoice() -> Entry {
    let to = ["bob@example.com", "alice@example.com", "carol@gone.example"];
    let mut entry = entry(
        3,
        "10:16:08",
        "12:31:00",
        message(3, "Invoice 1042", &to, 49_152),
    );
    let grey = || deferred(451, "4.7.1 Greylisted, try again in 300 seconds");
    attempt(
        &mut entry,
        "10:16:10",
        1840,
        &[
            (to[0], delivered("2.0.0 OK 1a2b3c")),
            (to[1], grey()),
            (to[2], failed(550, "5.1.1 No such user here")),
        ],
    );
    attempt(&mut entry, "10:46:10", 290, &[(to[1], grey())]);
    attempt(&mut entry, "11:31:10", 310, &[(to[1], grey())]);
    entry.notes.push(note(at("10:46:10"), "tried now, by hand"));
    entry
}

/// One entry in each live state.
pub fn live() -> Vec<Entry> {
    let mut notes = entry(
        1,
        "12:30:11",
        "12:30:11",
        message(1, "Deploy notes", &["ops@example.org"], 3_565_158),
    );
    running(&mut notes, "12:30:11", Stage::Content, 1, 1_258_292);
    let team: Vec<String> = (0..12).map(|n| format!("team{n}@example.org")).collect();
    let team: Vec<&str> = team.iter().map(String::as_str).collect();
    let weekly = entry(
        2,
        "12:30:16",
        "12:30:21",
        message(2, "Weekly summary", &team, 2048),
    );
    let grey = |who: &'static str, number: u128, subject: &str, due: &str| {
        let mut entry = entry(
            number,
            "12:21:00",
            due,
            message(number, subject, &[who], 49_152),
        );
        for start in ["12:21:01", "12:26:01"] {
            attempt(
                &mut entry,
                start,
                300,
                &[(
                    who,
                    deferred(451, "4.7.1 Greylisted, try again in 300 seconds"),
                )],
            );
        }
        entry
    };
    let mut busy = entry(
        6,
        "09:08:18",
        "12:58:00",
        message(6, "Release 2.4", &["list@busy.example"], 9000),
    );
    busy.expires = at("12:50:18").wall;
    for start in ["09:08:20", "09:30:20", "10:10:20", "11:10:20", "12:20:20"] {
        attempt(
            &mut busy,
            start,
            300,
            &[(
                "list@busy.example",
                deferred(421, "4.3.2 Too busy, come back later"),
            )],
        );
    }
    let mut held = entry(
        7,
        "11:50:00",
        "11:50:05",
        message(7, "Contract draft", &["legal@example.com"], 70_000),
    );
    held.held = Some(at("11:52:00"));
    let mut due = entry(
        8,
        "12:30:00",
        "12:30:00",
        message(8, "Lunch?", &["nora@example.net"], 700),
    );
    trouble(
        &mut due,
        "12:30:01",
        Failure::refused(
            Stage::Auth,
            Reply::new(535, ["5.7.8 Authentication credentials invalid"]),
        ),
    );
    vec![
        notes,
        weekly,
        invoice(),
        grey("dana@example.net", 4, "Invoice 1043", "12:34:28"),
        grey("erik@example.net", 5, "Invoice 1044", "12:34:29"),
        busy,
        held,
        due,
    ]
}

/// One entry in each end state.
pub fn done() -> Vec<Entry> {
    let to = ["bob@example.com"];
    let mut good = entry(
        101,
        "12:00:00",
        "12:00:00",
        message(101, "Minutes", &to, 5000),
    );
    attempt(
        &mut good,
        "12:00:01",
        900,
        &[(to[0], delivered("2.0.0 Ok: queued as 4XyZ"))],
    );
    let mut bad = entry(
        102,
        "12:10:00",
        "12:10:00",
        message(102, "Offer", &["gone@example.com"], 5000),
    );
    attempt(
        &mut bad,
        "12:10:01",
        900,
        &[("gone@example.com", failed(550, "5.1.1 No such user here"))],
    );
    let mut part = invoice();
    part.id = EntryId(identity(103, part.admitted));
    part.recipients[1].status = failed(
        554,
        "5.7.1 Refused by policy, see https://relay.example.net/policy",
    );
    let mut late = entry(
        104,
        "08:20:00",
        "08:20:00",
        message(104, "Reminder", &["slow@example.com"], 5000),
    );
    attempt(
        &mut late,
        "08:20:01",
        900,
        &[("slow@example.com", deferred(450, "4.2.0 Try later"))],
    );
    if let Some(failure) = late.recipients[0].status.failure().cloned() {
        late.recipients[0].status = Status::Expired(Some(failure));
    }
    let gone = entry(
        105,
        "12:20:00",
        "12:25:00",
        message(105, "Typo in here", &["all@example.com"], 5000),
    );
    vec![
        ended(good, "12:00:02", End::Settled),
        ended(bad, "12:10:02", End::Settled),
        ended(part, "12:15:02", End::Settled),
        ended(late, "12:20:00", End::Settled),
        ended(gone, "12:22:40", End::Dropped),
    ]
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
        sent_per_minute: vec![0, 0, 1, 4, 2, 1, 0, 0, 1, 12, 4, 1, 0, 0, 0, 3],
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

/// The room that a screen has in a terminal of this size: the console keeps five lines, in small terminals two, in tiny none.
pub fn room(width: u16, height: u16) -> Size {
    let kept = match height {
        20.. => 5,
        8.. => 2,
        _ => 0,
    };
    Size::new(width, height - kept)
}

/// Follows the world and draws.
pub fn draw(
    screen: &mut dyn Screen,
    world: &World,
    theme: &Theme,
    size: Size,
) -> (Buffer, Option<Position>) {
    let area = Rect::new(0, 0, size.width, size.height);
    let mut buf = Buffer::empty(area);
    screen.follow(world, size);
    let cursor = screen.render(area, &mut buf, View { world, theme });
    (buf, cursor)
}

/// The cells as text, line by line; reversed lines end with a mark so that the cursor can be seen.
pub fn text(buf: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buf.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buf.area.width {
            let symbol = buf[(x, y)].symbol();
            line.push_str(symbol);
            x +=
                u16::try_from(unicode_width::UnicodeWidthStr::width(symbol).max(1)).expect("small");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

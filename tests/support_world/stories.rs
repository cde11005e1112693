//! One entry in each state, with a story of its own.

use turbomail::mail::entry::{End, Entry};
use turbomail::mail::outcome::{Failure, Status};
use turbomail::mail::parcel::EntryId;
use turbomail::mail::reply::Reply;
use turbomail::mail::stage::Stage;

use super::*;

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

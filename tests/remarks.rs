//! What the console's status line says of events nobody asked for.

mod support_desk;
#[expect(unused_imports, reason = "nothing is drawn here but the status line")]
mod support_world;

use std::sync::Arc;
use std::time::Duration;

use support_desk::Desk;
use support_world::{at, invoice};
use turbomail::mail::clock::SystemClock;
use turbomail::mail::entry::{Attempt, AttemptEnd};
use turbomail::mail::event::{Event, Kind};
use turbomail::mail::outcome::{Cause, Failure, Status};
use turbomail::mail::parcel::{Connection, EntryId};
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::Transcript;
use turbomail::tui::effect::Level;

fn said(desk: &mut Desk, kind: Kind) -> String {
    let now = at("12:31:05");
    desk.app.advance(now);
    desk.app.happened(&Event {
        number: 8,
        at: now.wall,
        kind,
    });
    desk.status()
}

#[test]
fn a_late_message_is_named_once_it_is_known() {
    let mut desk = Desk::new();
    let mut entry = invoice();
    entry.message = {
        let mut message = (*entry.message).clone();
        message.subject = "Invoice \u{1b}[31m1042".to_owned();
        message.into()
    };
    let id = entry.id;
    desk.waiting(vec![entry]);
    desk.keys("esc 2");
    let status = said(&mut desk, Kind::Delayed(id));
    let words = "late: 1 of 3 recipients not reached yet, Invoice \\x1b[31m1042";
    assert!(status.contains(words), "{status}");
    // Events run ahead of the picture of the queue.
    let status = said(&mut desk, Kind::Delayed(EntryId::new()));
    assert!(status.contains("a message is late"), "{status}");
}

#[test]
fn a_remark_that_is_too_long_for_a_line_has_several() {
    let mut desk = Desk::new();
    desk.keys("esc 2");
    let words = "second is kept for the next start: another process delivers the mail, and has to know it too; it is in \
                 /home/somebody/.config/turbomail/config.toml, and the last word is Zebra";
    desk.answers(support_desk::said(Level::Warning, words));
    for (width, height) in [(80, 24), (100, 30), (120, 14)] {
        let picture = desk.picture(width, height);
        assert!(picture.contains("! second is kept"), "{picture}");
        assert!(picture.contains("Zebra"), "{picture}");
        let lines: Vec<&str> = picture.lines().collect();
        assert!(lines[lines.len() - 1].contains("? keys"), "{picture}");
    }
    // Where lines are few there is one, and the cut is marked.
    let picture = desk.picture(60, 10);
    assert!(!picture.contains("Zebra"), "{picture}");
    assert!(picture.contains('…'), "{picture}");
    // It is one line again as soon as it is no news.
    desk.later(11_000);
    assert!(!desk.picture(80, 24).contains("Zebra"));
}

#[test]
fn a_remark_does_not_go_along_to_another_screen() {
    let mut desk = Desk::new();
    desk.keys("esc 2 enter");
    assert!(
        desk.status().contains("nothing to open"),
        "{}",
        desk.status()
    );
    desk.later(11_000);
    assert!(desk.status().contains("nothing to open"), "it is known");
    desk.keys("3");
    assert!(!desk.picture(80, 24).contains("nothing to open"));
}

#[test]
fn a_log_that_cannot_be_written_is_said() {
    let mut desk = Desk::new();
    desk.keys("esc 2");
    let kind = Kind::LogFailed("/x/y.log: No space left on device".into());
    let status = said(&mut desk, kind);
    let words = "no delivery log for now, its lines are kept: /x/y.log: No space left";
    assert!(status.contains(words), "{status}");
}

#[test]
fn what_never_comes_to_an_end_says_how_it_can() {
    let mut desk = Desk::new();
    let mut entry = invoice();
    let address = entry.recipients[0].address.clone();
    let failure = Failure::new(Stage::Content, Cause::Closed);
    let status = Status::Uncertain(failure);
    let attempt = |number: u32| {
        Arc::new(Attempt {
            number,
            started: at("12:30:00"),
            end: Some(AttemptEnd {
                took: Duration::ZERO,
                connection: Connection::default(),
                recipients: vec![(address.clone(), status.clone())],
                trouble: None,
            }),
            transcript: Transcript::new(Arc::new(SystemClock::new())),
        })
    };
    let id = entry.id;
    for (times, told) in [(2, false), (3, true)] {
        entry.attempts = (1..=times).map(attempt).collect();
        desk.waiting(vec![entry.clone()]);
        desk.keys("esc 2");
        let kind = Kind::Recipient(id, address.clone(), status.clone());
        let status = said(&mut desk, kind);
        assert!(status.contains("uncertain"), "{status}");
        assert_eq!(status.contains("hold or drop it"), told, "{status}");
    }
}

//! The console on a queue with a spool: what is safe, what has to be read first, and a disk that is full.

mod support_desk;
mod support_world;

use std::sync::Arc;

use support_desk::Desk;
use support_world::{live, text};
use turbomail::mail::content::Content;
use turbomail::mail::entry::Entry;
use turbomail::mail::snapshot::{Snapshot, SpoolState};
use turbomail::tui::answer::Answer;
use turbomail::tui::effect::{Effect, Parting};

/// The entry as it is in memory where its message lies in the spool.
fn spooled(mut entry: Entry) -> Entry {
    let message = Arc::make_mut(&mut entry.message);
    message.content = Content::Spooled(message.size());
    message.draft = None;
    entry
}

#[test]
fn a_spool_is_never_lost() {
    let mut desk = Desk::new();
    desk.waiting(vec![spooled(live().remove(2))]);
    desk.keys("ctrl-c");
    assert_eq!(desk.keys("x"), []);
    assert!(desk.picture(80, 24).contains("the spool keeps them"));
}

#[test]
fn what_is_only_in_memory_is_told_from_what_the_spool_keeps() {
    let mut desk = Desk::new();
    let mut entries = live();
    let kept = spooled(entries.remove(2));
    desk.waiting(vec![kept, entries.remove(0)]);
    desk.keys("ctrl-c");
    let picture = desk.picture(100, 24);
    assert!(picture.contains("1 of them only in memory"), "{picture}");
    assert_eq!(desk.keys("x"), [Effect::Quit(Parting::Lose)]);
}

#[test]
fn a_spooled_message_is_read_before_it_is_shown_or_edited() {
    let mut desk = Desk::new();
    let whole = live().remove(2);
    let id = whole.id;
    let message = Arc::clone(&whole.message);
    desk.waiting(vec![spooled(whole)]);
    desk.keys("esc 2");
    assert!(desk.keys("enter").contains(&Effect::Read(id, false)));
    desk.answers(Answer::Read(id, Err("it is gone".into()), false));
    desk.answers(Answer::Read(id, Ok(Arc::clone(&message)), false));
    let subject = message.subject.clone();
    assert!(desk.picture(100, 30).contains(&subject));
    desk.keys("esc");
    desk.answers(Answer::Read(id, Err("it is gone".into()), true));
    assert!(desk.picture(100, 30).contains("it is gone"));
    let effects = desk.answers(Answer::Read(id, Ok(message), true));
    assert!(effects.contains(&Effect::Hold(id)), "{effects:?}");
    assert_eq!(desk.draft().subject, subject);
}

#[test]
fn a_disk_that_is_full_is_told_on_every_screen() {
    let mut desk = Desk::new();
    desk.app.refresh(Snapshot {
        number: 3,
        spool: Some(Arc::new(SpoolState {
            trouble: Some("the disk is full".into()),
            aside: vec!["x: no message; it is kept as bad/x".into()],
            ..SpoolState::default()
        })),
        ..Snapshot::default()
    });
    for keys in ["esc 1", "esc 2", "3"] {
        desk.keys(keys);
        let picture = text(&desk.frame().0);
        assert!(picture.contains("the disk is full"), "{keys}\n{picture}");
    }
}

#[test]
fn the_question_before_leaving_notices_when_nothing_waits_any_more() {
    let mut desk = Desk::new();
    desk.waiting(vec![live().remove(0)]);
    desk.keys("ctrl-c");
    desk.waiting(Vec::new());
    let picture = desk.picture(100, 24);
    assert!(picture.contains("nothing waits any more"), "{picture}");
    assert!(!picture.contains("leave and lose"), "{picture}");
    assert_eq!(desk.keys("s"), [Effect::Quit(Parting::Keep)]);
}

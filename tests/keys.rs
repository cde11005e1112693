//! What keys do: from a console and a few keys to the effects that are left for others, and to what is said.

mod support_desk;
mod support_world;

use std::path::PathBuf;

use ratatui::crossterm::event::{KeyEvent, KeyEventKind};
use support_desk::{Desk, clean, id, kept, key, said};
use turbomail::mail::draft::Draft;
use turbomail::tui::action::Context;
use turbomail::tui::answer::{Answer, Refusal};
use turbomail::tui::effect::{Effect, Field, Level, Outgoing, Parting};
use turbomail::tui::keymap::Keymap;

fn invoice() -> Draft {
    let mut draft = Draft::new("", "alice@example.com", "Invoice", "Hello\n");
    draft.account = Some("acme".into());
    draft
}

/// A desk on which that message was written.
fn written() -> Desk {
    let mut desk = Desk::new();
    desk.types("alice@example.com");
    desk.keys("tab");
    desk.types("Invoice");
    desk.keys("tab");
    desk.types("Hello\n");
    assert_eq!(desk.draft(), invoice());
    desk
}

fn outgoing() -> Outgoing {
    Outgoing {
        route: "acme".into(),
        draft: invoice(),
    }
}

#[test]
fn a_message_is_written_reviewed_sent_and_selected() {
    let mut desk = written();
    let key = desk.key();
    assert_eq!(desk.keys("ctrl-d"), []);
    assert!(support_world::text(&desk.frame().0).contains("Compose › review"));
    assert_eq!(desk.keys("y"), [Effect::Send(outgoing())]);
    // A key held down, or a second press out of impatience, sends nothing twice.
    assert_eq!(desk.keys("y"), []);
    assert_eq!(
        desk.answers(Answer::Sent(Ok(id()))),
        [Effect::DropKept(key)]
    );
    assert!(desk.draft().is_blank());
    let picture = desk.picture(80, 24);
    assert!(picture.contains("2 QUEUE"), "{picture}");
    assert!(desk.status().ends_with("Invoice is queued"), "{picture}");
}

#[test]
fn a_refused_message_stays_and_the_cursor_goes_to_the_place() {
    let mut desk = written();
    let key = desk.key();
    desk.keys("ctrl-d y");
    let refusal = Refusal {
        field: Some(Field::Subject),
        words: clean("not queued twice: disk full"),
    };
    let effects = desk.answers(Answer::Sent(Err(refusal)));
    assert_eq!(effects, [Effect::KeepDraft(key.clone(), invoice())]);
    assert!(desk.status().contains("disk full"), "{}", desk.status());
    desk.types("!");
    assert_eq!(desk.draft().subject, "Invoice!");
    assert_eq!(desk.key(), key);
}

#[test]
fn what_is_typed_while_a_message_is_being_queued_is_not_lost() {
    let mut desk = written();
    let key = desk.key();
    desk.keys("ctrl-d y esc");
    desk.types("PS: one more thing");
    assert_eq!(
        desk.later(60_000),
        [],
        "nothing is kept under a name that is about to go"
    );
    assert_eq!(
        desk.answers(Answer::Sent(Ok(id()))),
        [Effect::DropKept(key.clone())]
    );
    assert_ne!(desk.key(), key);
    assert!(desk.draft().body.contains("PS: one more thing"));
    let mut effects = desk.later(1);
    effects.extend(desk.later(700));
    assert_eq!(effects, [Effect::KeepDraft(desk.key(), desk.draft())]);
}

#[test]
fn a_pause_in_typing_keeps_the_draft() {
    let mut desk = Desk::new();
    assert_eq!(desk.types("alice"), []);
    assert_eq!(desk.later(699), []);
    let draft = Draft {
        to: "alice".into(),
        account: Some("acme".into()),
        ..Draft::default()
    };
    assert_eq!(desk.later(1), [Effect::KeepDraft(desk.key(), draft)]);
    assert_eq!(desk.later(100_000), [], "once is enough");
    // Who never pauses is kept all the same.
    let mut kept = Vec::new();
    for _ in 0..60 {
        kept.extend(desk.types("x"));
        kept.extend(desk.later(100));
    }
    assert_eq!(kept.len(), 1, "{kept:?}");
}

#[test]
fn an_erased_draft_is_erased_on_disk() {
    let mut desk = Desk::new();
    desk.types("a");
    desk.later(700);
    let key = desk.key();
    // Also where the disk has not answered yet.
    desk.keys("backspace");
    assert_eq!(desk.later(700), [Effect::DropKept(key)]);
    assert_eq!(desk.later(700), []);
}

#[test]
fn a_draft_that_could_not_be_kept_is_tried_again() {
    let mut desk = Desk::new();
    desk.types("a");
    desk.later(700);
    let key = desk.key();
    desk.answers(Answer::Kept(
        key.clone(),
        Err(clean("no space left on device")),
    ));
    assert!(
        desk.status().contains("not on disk: no space left"),
        "{}",
        desk.status()
    );
    assert_eq!(desk.keys("esc esc"), [Effect::KeepDraft(key, desk.draft())]);
}

#[test]
fn escape_never_loses_anything() {
    let mut desk = written();
    let effects = desk.keys("esc esc");
    assert_eq!(effects, [Effect::KeepDraft(desk.key(), invoice())]);
    assert!(desk.picture(80, 24).contains("2 QUEUE"));
    desk.keys("esc esc esc 1");
    assert_eq!(desk.draft(), invoice());
}

#[test]
fn a_second_message_keeps_the_first() {
    let mut desk = written();
    let first = desk.key();
    desk.keys("esc esc");
    assert_eq!(
        desk.keys("c"),
        [Effect::KeepDraft(first.clone(), invoice())]
    );
    assert!(desk.draft().is_blank());
    assert_ne!(desk.key(), first);
    // And back again: the empty one leaves no trace.
    assert_eq!(desk.keys("ctrl-o enter"), []);
    assert_eq!((desk.key(), desk.draft()), (first, invoice()));
    assert_eq!(desk.app.world().drafts, []);
}

#[test]
fn drafts_are_dropped_and_brought_back() {
    let mut desk = Desk::new();
    let list = vec![kept("a", "One", 1), kept("b", "Two", 2)];
    desk.answers(Answer::Drafts(list.clone()));
    assert_eq!(desk.keys("ctrl-o d"), [Effect::DropKept("a".into())]);
    assert_eq!(desk.app.world().drafts.len(), 1);
    desk.later(3_600_000);
    let back = Effect::KeepDraft("a".into(), list[0].draft.clone());
    assert_eq!(desk.keys("u"), [back]);
    assert_eq!(desk.app.world().drafts, list);
    assert_eq!(desk.keys("u"), []);
    assert!(desk.status().contains("nothing to take back"));
}

#[test]
fn holds_and_drops_are_taken_back_for_half_a_minute() {
    let mut desk = Desk::new();
    desk.waiting(vec![support_world::live().remove(2)]);
    desk.keys("esc esc");
    let drop = desk.keys("d");
    let [Effect::Drop(dropped)] = drop[..] else {
        panic!("{drop:?}")
    };
    assert_eq!(desk.keys("u"), [Effect::Restore(dropped)]);
    let hold = desk.keys("p");
    assert_eq!(hold, [Effect::Hold(dropped)]);
    desk.later(29_000);
    assert_eq!(desk.keys("u"), [Effect::Release(dropped)]);
    desk.keys("d");
    desk.later(31_000);
    assert_eq!(desk.keys("u"), []);
}

#[test]
fn an_error_blocks_sending_and_enter_goes_to_the_place() {
    let mut desk = written();
    desk.keys("esc t");
    desk.types(", bob@");
    assert_eq!(desk.keys("ctrl-d enter"), []);
    assert!(
        desk.status().contains("the domain after @ is missing"),
        "{}",
        desk.status()
    );
    desk.types("example.org");
    assert_eq!(desk.draft().to, "alice@example.com, bob@example.org");
}

#[test]
fn faults_are_marked_only_when_a_field_is_left() {
    let mut desk = Desk::new();
    desk.types("alice@@example.com");
    assert!(!desk.picture(80, 24).contains('^') || !desk.picture(80, 24).contains("^ a domain"));
    desk.keys("tab");
    assert!(desk.picture(80, 24).contains("^ a domain has only letters"));
    desk.keys("backtab backspace");
    assert!(!desk.picture(80, 24).contains("^ a domain"));
}

#[test]
fn the_letters_of_the_field_level() {
    for (letter, field) in [
        ("t", Field::To),
        ("c", Field::Cc),
        ("b", Field::Bcc),
        ("s", Field::Subject),
        ("e", Field::Body),
        ("r", Field::ReplyTo),
        ("f", Field::From),
    ] {
        let mut desk = Desk::new();
        desk.keys("esc");
        assert_eq!(desk.app.contexts(), [Context::Fields]);
        desk.keys(letter);
        assert_eq!(desk.app.contexts(), [Context::Typing]);
        desk.types("x");
        let draft = desk.draft();
        let text = match field {
            Field::From => draft.from,
            Field::To => draft.to,
            Field::Cc => draft.cc,
            Field::Bcc => draft.bcc,
            Field::ReplyTo => draft.reply_to,
            Field::Subject => draft.subject,
            Field::Body => draft.body,
            Field::Attach => unreachable!(),
        };
        assert_eq!(text, "x", "{letter}");
    }
    assert_eq!(written().keys("esc E"), [Effect::Editor("Hello\n".into())]);
}

#[test]
fn shells_keys_edit_lines_and_text() {
    let mut desk = Desk::new();
    desk.types("alice@example.com bob");
    desk.keys("ctrl-w ctrl-a ctrl-k ctrl-y ctrl-e backspace ctrl-b delete");
    assert_eq!(desk.draft().to, "alice@example.co");
    desk.keys("alt-u alt-u alt-r");
    assert_eq!(desk.draft().to, "alice@example.com");
    desk.keys("esc e");
    desk.types("one two\nthree");
    desk.keys("ctrl-u ctrl-y up ctrl-a alt-f ctrl-k ctrl-n");
    desk.types("!");
    assert_eq!(desk.draft().body, "one \nthre!e");
    desk.keys("alt-d ctrl-_");
    assert_eq!(desk.draft().body, "one \nthre!e");
}

#[test]
fn enter_and_arrows_walk_through_fields() {
    let mut desk = Desk::new();
    desk.keys("enter");
    desk.types("s");
    desk.keys("down");
    desk.types("b");
    desk.keys("up");
    desk.types("s");
    let draft = desk.draft();
    assert_eq!((draft.subject.as_str(), draft.body.as_str()), ("ss", "b"));
}

#[test]
fn dropped_files_become_attachments_only_where_nothing_else_is_meant() {
    let mut desk = Desk::new();
    let text = "/tmp/my\\ report.pdf".to_owned();
    let readings = vec![
        vec![PathBuf::from("/tmp/my report.pdf")],
        vec![PathBuf::from("/tmp/my\\ report.pdf")],
    ];
    assert_eq!(
        desk.pastes(&text),
        [Effect::AttachOr(readings.clone(), text.clone())]
    );
    // No such files: then it was meant as text, where it was pasted.
    desk.answers(Answer::PastedText(desk.key(), text.clone()));
    assert_eq!(desk.draft().to, text);
    assert_eq!(desk.pastes(&text), [], "To is not empty any more");
    desk.keys("esc e");
    assert_eq!(desk.pastes(&text).len(), 1);
    let (key, path) = (desk.key(), PathBuf::from("/tmp/my report.pdf"));
    desk.answers(Answer::Attached(key, path.clone(), Ok(7)));
    assert_eq!(desk.draft().attachments, std::slice::from_ref(&path));
    // An answer that comes when another message is open does not reach it.
    desk.answers(Answer::Attached(
        "other".into(),
        "/tmp/secret".into(),
        Ok(7),
    ));
    assert_eq!(desk.draft().attachments, [path]);
}

#[test]
fn pasted_text_is_harmless_and_lists_become_lists() {
    let mut desk = Desk::new();
    desk.pastes("alice@example.com\r\nbob@example.com\r\n");
    assert_eq!(desk.draft().to, "alice@example.com, bob@example.com");
    desk.keys("tab");
    desk.pastes("In\x1b[2Jvoice\r\nBcc: eve@example.org");
    assert_eq!(desk.draft().subject, "In[2Jvoice Bcc: eve@example.org");
    desk.keys("tab");
    desk.pastes("a\r\nb\rc\u{202e}");
    assert_eq!(desk.draft().body, "a\nb\nc");
    let before = desk.draft();
    desk.pastes(&"x".repeat(2 * 1024 * 1024));
    assert_eq!(desk.draft(), before);
    assert!(desk.status().contains("too long"), "{}", desk.status());
    desk.keys("esc esc");
    desk.pastes("hello");
    assert_eq!(desk.draft(), before);
}

#[test]
fn attachments_are_asked_for_completed_taken_off_and_put_back() {
    let mut desk = Desk::new();
    desk.keys("ctrl-t");
    desk.types("~/re");
    assert_eq!(desk.keys("tab"), [Effect::Complete("~/re".into())]);
    desk.answers(Answer::Completed(
        "~/re".into(),
        vec!["~/report-a.pdf".into(), "~/report-b.pdf".into()],
    ));
    assert_eq!(desk.keys("tab tab backtab"), []);
    assert_eq!(
        desk.keys("enter"),
        [Effect::Attach("~/report-a.pdf".into())]
    );
    // A path that is wrong comes back to be put right.
    desk.answers(Answer::Attached(
        desk.key(),
        "/home/me/report-a.pdf".into(),
        Err(clean("there is no such file")),
    ));
    assert_eq!(desk.app.contexts(), [Context::Prompt]);
    assert!(desk.picture(80, 24).contains("/home/me/report-a.pdf"));
    desk.keys("esc");
    desk.answers(Answer::Attached(desk.key(), "/home/me/a".into(), Ok(1)));
    desk.keys("esc d");
    assert!(desk.draft().attachments.is_empty());
    desk.keys("u");
    assert_eq!(desk.draft().attachments, [PathBuf::from("/home/me/a")]);
}

#[test]
fn the_editor_gives_the_text_back_or_leaves_it() {
    let mut desk = written();
    assert_eq!(desk.keys("ctrl-g"), [Effect::Editor("Hello\n".into())]);
    desk.answers(Answer::Edited(Err(clean(
        "vi ended with exit status: 1; the text is as it was",
    ))));
    assert_eq!(desk.draft().body, "Hello\n");
    assert!(desk.status().contains("as it was"));
    desk.answers(Answer::Edited(Ok("Goodbye\n\n".into())));
    assert_eq!(desk.draft().body, "Goodbye\n");
    desk.keys("alt-u alt-u");
    assert_eq!(desk.draft().body, "Hello\n");
}

#[test]
fn leaving_asks_only_when_mail_waits_and_always_keeps_the_draft() {
    let mut desk = written();
    let keep = Effect::KeepDraft(desk.key(), invoice());
    assert_eq!(desk.keys("ctrl-c"), [keep, Effect::Quit(Parting::Keep)]);
    desk.waiting(vec![support_world::live().remove(2)]);
    assert_eq!(desk.keys("ctrl-c"), []);
    assert_eq!(desk.app.contexts(), [Context::Leave]);
    assert_eq!(desk.keys("s"), [Effect::Quit(Parting::Keep)]);
    assert_eq!(desk.keys("x"), [Effect::Quit(Parting::Lose)]);
    assert_eq!(desk.keys("w"), []);
    assert!(
        desk.picture(80, 24)
            .contains("Leaving as soon as everything is settled")
    );
    // Going elsewhere means staying.
    desk.keys("1");
    desk.waiting(Vec::new());
    assert_eq!(desk.later(1), []);
    desk.waiting(vec![support_world::live().remove(2)]);
    desk.keys("ctrl-c w");
    // Staying after all; then the queue becomes empty and nothing happens.
    desk.keys("esc");
    desk.waiting(Vec::new());
    assert_eq!(desk.later(1000), []);
    desk.waiting(vec![support_world::live().remove(2)]);
    desk.keys("ctrl-c w");
    desk.waiting(Vec::new());
    assert_eq!(desk.later(1), [Effect::Quit(Parting::Keep)]);
}

#[test]
fn errors_stay_until_a_key_or_ten_seconds() {
    let mut desk = Desk::new();
    desk.answers(said(Level::Error, "bad"));
    desk.answers(said(Level::Info, "good"));
    assert!(desk.status().contains("bad"));
    desk.later(9_000);
    assert!(desk.status().contains("bad"));
    desk.later(1_500);
    assert!(desk.status().contains("good"));
    desk.answers(said(Level::Error, "bad"));
    desk.answers(said(Level::Info, "good"));
    desk.keys("left");
    assert!(desk.status().contains("good"));
}

#[test]
fn releases_are_ignored_and_a_key_held_down_only_moves_and_types() {
    let mut desk = Desk::new();
    let with = |name: &str, kind| KeyEvent { kind, ..key(name) };
    assert_eq!(desk.app.press(with("a", KeyEventKind::Release)), []);
    assert_eq!(desk.app.press(with("ctrl-d", KeyEventKind::Repeat)), []);
    desk.app.press(with("a", KeyEventKind::Repeat));
    desk.frame();
    assert_eq!(desk.draft().to, "a");
    assert_eq!(desk.app.contexts(), [Context::Typing]);
}

#[test]
fn a_still_console_never_wakes() {
    let mut desk = Desk::new();
    desk.later(20_000);
    assert_eq!(desk.app.wake(), None);
    desk.types("a");
    assert!(desk.app.wake().is_some());
    desk.later(700);
    assert_eq!(desk.app.wake(), None);
    desk.waiting(support_world::live());
    assert_eq!(desk.app.wake(), None, "nothing counts on Compose");
    desk.keys("esc esc");
    let wake = desk.app.wake().expect("countdowns");
    let wall = desk.app.world().now.after(wake).wall;
    assert_eq!(wall.subsec_nanosecond(), 0, "at the full second");
}

#[test]
fn every_key_line_and_help_comes_from_the_map() {
    let map = Keymap::with(
        "mine.toml",
        "[typing]\n\"ctrl-r\" = \"review\"\n\"ctrl-d\" = \"none\"\n",
    )
    .expect("sound");
    let mut desk = Desk::with(vec![support_desk::work()], support_world::colours(), map);
    assert!(desk.picture(80, 24).contains("^R review & send"));
    desk.keys("ctrl-d");
    assert_eq!(desk.app.contexts(), [Context::Typing]);
    desk.types("a");
    desk.keys("ctrl-r");
    assert_eq!(desk.app.contexts(), [Context::Review]);
    desk.keys("?");
    assert_eq!(desk.app.contexts(), [Context::Help]);
}

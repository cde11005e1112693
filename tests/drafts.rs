//! Drafts and their accounts: what was written for one opens with it again.

mod support_desk;
mod support_world;

use support_desk::{Desk, colours, kept, work};
use support_world::live;
use turbomail::mail::snapshot::Snapshot;
use turbomail::tui::answer::Answer;
use turbomail::tui::effect::Effect;
use turbomail::tui::keymap::Keymap;
use turbomail::tui::screen::queue::acts::for_the_rest;
use turbomail::tui::world::{Account, KeptDraft};

fn home() -> Account {
    Account {
        name: "home".into(),
        from: "Me <me@home.example>".into(),
        ..work()
    }
}

fn desk() -> Desk {
    let keymap = Keymap::standard().unwrap_or_else(|error| panic!("{error}"));
    Desk::with(vec![work(), home()], colours(), keymap)
}

fn account(desk: &Desk) -> Option<String> {
    desk.draft().account
}

/// A kept draft that was written for this account.
fn written_for(key: &str, account: Option<&str>) -> KeptDraft {
    let mut kept = kept(key, "Hello", 3);
    kept.draft.account = account.map(str::to_owned);
    kept
}

/// Opens one kept draft and sends it; what is sent.
fn sent(desk: &mut Desk, draft: KeptDraft) -> Vec<Effect> {
    desk.answers(Answer::Drafts(vec![draft]));
    desk.keys("ctrl-o enter");
    desk.keys("ctrl-d y")
}

#[test]
fn a_draft_is_kept_with_its_account_also_when_only_that_changes() {
    let mut desk = desk();
    desk.types("alice@example.com");
    desk.later(700);
    assert_eq!(account(&desk).as_deref(), Some("acme"));
    desk.keys("alt-down");
    assert_eq!(account(&desk).as_deref(), Some("home"));
    desk.later(1);
    assert_eq!(
        desk.later(700),
        [Effect::KeepDraft(desk.key(), desk.draft())]
    );
}

#[test]
fn a_draft_opens_and_goes_through_the_account_it_was_written_for() {
    for (wished, used) in [
        (Some("home"), "home"),
        (Some("acme"), "acme"),
        // Accounts come and go; a draft of an earlier version never had one.
        (Some("gone"), "acme"),
        (None, "acme"),
    ] {
        let mut desk = desk();
        let effects = sent(&mut desk, written_for("k", wished));
        let [Effect::Send(outgoing)] = &effects[..] else {
            panic!("{wished:?}: {effects:?}");
        };
        assert_eq!(&*outgoing.route, used, "{wished:?}");
        assert_eq!(outgoing.draft.account.as_deref(), Some(used), "{wished:?}");
    }
}

#[test]
fn an_unknown_account_is_no_matter_to_talk_about() {
    let mut desk = desk();
    desk.answers(Answer::Drafts(vec![written_for("k", Some("gone"))]));
    desk.keys("ctrl-o enter");
    let picture = support_world::text(&desk.frame().0);
    assert!(!picture.contains("gone"), "{picture}");
    assert!(desk.app.world().remark.is_none());
    assert_eq!(desk.later(10_000), [], "opening a draft changes nothing");
}

#[test]
fn the_next_message_goes_through_the_account_in_use() {
    let mut desk = desk();
    desk.keys("alt-down");
    desk.types("alice@example.com");
    desk.keys("ctrl-d y");
    desk.answers(Answer::Sent(Ok(support_desk::id())));
    assert!(desk.draft().is_blank());
    assert_eq!(account(&desk).as_deref(), Some("home"));
}

#[test]
fn what_is_edited_again_keeps_the_account_through_which_it_was_queued() {
    let mut desk = desk();
    let mut entry = live().remove(2);
    entry.route = "home".into();
    let again =
        for_the_rest(&entry, &entry.message).unwrap_or_else(|| panic!("it was written here"));
    assert_eq!(again.account.as_deref(), Some("home"));
    let waiting = [(entry.id, std::sync::Arc::new(entry))];
    desk.app.refresh(Snapshot {
        number: 7,
        live: waiting.into_iter().collect(),
        ..Snapshot::default()
    });
    desk.keys("esc esc e");
    assert_eq!(desk.draft().subject, "Invoice 1042");
    assert_eq!(account(&desk).as_deref(), Some("home"));
}

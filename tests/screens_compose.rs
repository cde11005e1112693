//! Compose and what belongs to it, as people see it.

mod support_desk;
mod support_world;

use ratatui::style::Color;
use support_desk::{Desk, SIZES, clean, debug, kept, plain, said, work};
use support_world::{colours, live};
use turbomail::mail::outcome::Failure;
use turbomail::mail::reply::Reply;
use turbomail::mail::snapshot::{Pause, RouteState, Snapshot};
use turbomail::mail::stage::Stage;
use turbomail::tui::answer::Answer;
use turbomail::tui::effect::Level;
use turbomail::tui::keymap::Keymap;

fn shoot(name: &str, desk: &mut Desk) {
    for (name, picture) in desk.pictures(name) {
        insta::assert_snapshot!(name, picture);
    }
}

#[test]
fn an_empty_message_on_the_first_run() {
    let mut desk = Desk::with(vec![debug()], colours(), Keymap::standard().expect("sound"));
    shoot("first", &mut desk);
}

#[test]
fn a_message_being_written() {
    let mut desk = Desk::new();
    desk.writes_invoice();
    desk.later(800);
    let (key, _) = desk.app.open_draft();
    desk.answers(Answer::Kept(
        key,
        Ok("2026-11-21T12:31:04Z".parse().expect("a time")),
    ));
    desk.later(20_000);
    shoot("compose", &mut desk);
}

#[test]
fn the_field_level_with_every_field_and_a_fault() {
    let mut desk = Desk::with(
        vec![work(), debug()],
        colours(),
        Keymap::standard().expect("sound"),
    );
    desk.types("alice@example..com, bob@example.com");
    desk.keys("esc c");
    desk.types("Carol Diaz <carol@gone.example>");
    desk.keys("esc b");
    desk.keys("esc r");
    desk.keys("esc");
    shoot("fields", &mut desk);
}

#[test]
fn asking_for_a_path() {
    let mut desk = Desk::new();
    desk.keys("ctrl-t");
    desk.types("/home/me/re");
    desk.keys("tab");
    let offers = [
        "/home/me/recipes/",
        "/home/me/reports/",
        "/home/me/resume.pdf",
    ]
    .map(str::to_owned);
    desk.answers(Answer::Completed("/home/me/re".into(), offers.into()));
    desk.keys("tab tab");
    shoot("path", &mut desk);
}

#[test]
fn the_review() {
    let mut desk = Desk::new();
    desk.writes_invoice();
    desk.keys("ctrl-d");
    shoot("review", &mut desk);
}

#[test]
fn the_review_of_a_message_that_cannot_go() {
    let mut desk = Desk::new();
    desk.types("\"bob@example.com\" <mallory@example.org>, carol@");
    desk.keys("tab");
    desk.keys("tab");
    desk.types("See the attached file.\n");
    desk.keys("ctrl-d");
    shoot("blocked", &mut desk);
}

#[test]
fn leaving_while_mail_waits() {
    let mut desk = Desk::new();
    desk.app.advance(support_world::at("12:30:18"));
    desk.waiting(live());
    desk.app.press(support_desk::key("ctrl-c"));
    shoot("leave", &mut desk);
}

#[test]
fn the_kept_drafts() {
    let mut desk = Desk::new();
    let list = vec![
        kept("a", "Lunch on Friday?", 3),
        kept("b", "", 130),
        kept(
            "c",
            "A very long subject that does not fit into any of the columns of a terminal that is only eighty columns wide",
            4000,
        ),
    ];
    desk.answers(Answer::Drafts(list));
    desk.keys("ctrl-o j");
    shoot("drafts", &mut desk);
}

#[test]
fn the_help() {
    let mut desk = Desk::new();
    desk.keys("f1");
    shoot("help_typing", &mut desk);
    desk.keys("esc esc esc ?");
    shoot("help_queue", &mut desk);
    desk.types("drop");
    shoot("help_search", &mut desk);
}

#[test]
fn a_host_in_trouble() {
    let mut desk = Desk::new();
    let now = desk.app.world().now;
    let failure = Failure::refused(
        Stage::Auth,
        Reply::new(535, ["5.7.8 Authentication credentials invalid"]),
    );
    let pause = Pause {
        failure,
        since: now.wall,
        until: now.tick + std::time::Duration::from_secs(42),
        times: 2,
    };
    let state = RouteState {
        pause: Some(pause),
        sending: 0,
        ..RouteState::default()
    };
    let routes = [("acme".into(), state)].into_iter().collect();
    desk.app.refresh(Snapshot {
        number: 1,
        routes,
        ..Snapshot::default()
    });
    desk.answers(said(
        Level::Error,
        "the draft is not on disk: no space left on device",
    ));
    shoot("trouble", &mut desk);
}

#[test]
fn without_colours_there_are_none_and_ascii_is_ascii() {
    let mut desk = Desk::with(
        vec![work(), debug()],
        plain(),
        Keymap::standard().expect("sound"),
    );
    desk.writes_invoice();
    desk.answers(Answer::Drafts(vec![kept("a", "Lunch?", 3)]));
    for keys in [
        "esc",
        "ctrl-o",
        "esc ?",
        "esc esc",
        "e ctrl-d",
        "esc ctrl-t",
        "esc ctrl-pagedown",
    ] {
        desk.keys(keys);
        for (width, height) in SIZES {
            desk.size = ratatui::layout::Size::new(width, height);
            let (buf, _) = desk.frame();
            for cell in &buf.content {
                assert!(
                    cell.symbol().is_ascii(),
                    "{keys} at {width}x{height}: {:?}",
                    cell.symbol()
                );
                assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{keys}");
            }
        }
    }
}

#[test]
fn nothing_from_outside_acts_on_the_terminal() {
    let evil = "e\u{1b}[31m\u{202e}v\u{9b}i\u{7}l";
    let mut desk = Desk::with(
        vec![turbomail::tui::world::Account {
            name: evil.into(),
            from: evil.into(),
            way: evil.into(),
            leaves: true,
        }],
        colours(),
        Keymap::standard().expect("sound"),
    );
    let mut draft = kept(evil, evil, 3);
    draft.draft = turbomail::mail::draft::Draft {
        from: evil.into(),
        to: evil.into(),
        cc: evil.into(),
        bcc: evil.into(),
        reply_to: evil.into(),
        subject: evil.into(),
        body: format!("{evil}\r\n{evil}"),
        attachments: vec![evil.into()],
        account: Some(evil.into()),
    };
    desk.pastes(evil);
    desk.answers(Answer::Drafts(vec![draft.clone()]));
    desk.answers(said(Level::Error, evil));
    let look = |desk: &mut Desk| {
        let (buf, _) = desk.frame();
        assert!(!support_world::text(&buf).trim().is_empty());
        for cell in &buf.content {
            assert!(
                !cell
                    .symbol()
                    .contains(['\u{1b}', '\u{202e}', '\u{9b}', '\u{7}']),
                "{:?}",
                cell.symbol()
            );
        }
    };
    look(&mut desk);
    desk.keys("ctrl-o");
    look(&mut desk);
    desk.keys("enter");
    let (key, open) = desk.app.open_draft();
    assert_eq!(open.subject, "e[31mvil");
    assert_eq!(open.body, "e[31mvil\ne[31mvil");
    desk.answers(Answer::Attached(key, evil.into(), Err(clean(evil))));
    look(&mut desk);
    desk.keys("ctrl-d");
    look(&mut desk);
    desk.keys("esc ctrl-t");
    desk.answers(Answer::Completed(
        String::new(),
        vec![evil.into(), format!("{evil}2")],
    ));
    look(&mut desk);
}

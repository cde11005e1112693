//! What holds whatever keys are pressed in whatever window: nothing breaks, and nothing that was typed is lost.

#![expect(clippy::expect_used, reason = "a test says what it takes for granted")]

mod support_desk;
mod support_world;

use proptest::prelude::*;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Size;
use support_desk::{Desk, clean, kept};
use turbomail::tui::answer::{Answer, Refusal};
use turbomail::tui::effect::{Effect, Field};
use turbomail::tui::keymap::Keymap;

/// Any key that a keyboard has, those with a meaning more often.
fn any_key() -> impl Strategy<Value = String> {
    let map = Keymap::standard().expect("sound");
    let bound: Vec<String> = map
        .bindings()
        .iter()
        .map(|binding| binding.key.to_string().to_lowercase())
        .collect();
    prop_oneof![
        4 => prop::sample::select(bound),
        2 => prop::sample::select(vec!["a", "漢", "e\u{301}", "👩", "@", ",", "\"", "space", "enter", "\u{202e}"]).prop_map(str::to_owned),
    ]
}

fn press(desk: &mut Desk, name: &str) {
    let mut chars = name.chars();
    let event = match (chars.next(), name.chars().count()) {
        (Some(c), 1) => KeyEvent::from(ratatui::crossterm::event::KeyCode::Char(c)),
        (Some(c), 2) if !c.is_ascii() || name == "e\u{301}" => {
            KeyEvent::from(ratatui::crossterm::event::KeyCode::Char('\u{301}'))
        }
        _ => match crokey::parse(name) {
            Ok(key) => key.into(),
            Err(_) => KeyEvent::from(ratatui::crossterm::event::KeyCode::Null),
        },
    };
    for effect in desk.app.press(event) {
        let key = desk.key();
        match effect {
            Effect::Complete(text) => drop(desk.app.answer(Answer::Completed(
                text.clone(),
                vec![format!("{text}a"), format!("{text}b")],
            ))),
            Effect::Attach(path) => drop(desk.app.answer(Answer::Attached(key, path, Ok(5)))),
            Effect::AttachOr(_, text) => drop(desk.app.answer(Answer::PastedText(key, text))),
            Effect::Editor(text) => drop(desk.app.answer(Answer::Edited(Ok(text + "x")))),
            Effect::Send(_) => drop(desk.app.answer(Answer::Sent(Err(Refusal {
                field: Some(Field::To),
                words: clean("no"),
            })))),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// No keys in any window break the console or put a control character on the screen.
    #[test]
    fn nothing_breaks(steps in prop::collection::vec((any_key(), 0_u16..130, 0_u16..45), 1..60), pasted in "\\PC{0,40}") {
        let mut desk = Desk::new();
        desk.waiting(support_world::live());
        desk.answers(Answer::Drafts(vec![kept("a", "One", 1), kept("b", "漢字 👩", 2)]));
        for (n, (name, width, height)) in steps.iter().enumerate() {
            press(&mut desk, name);
            if n == steps.len() / 2 {
                desk.app.paste(&pasted);
            }
            desk.size = Size::new(*width, *height);
            let (buf, cursor) = desk.frame();
            prop_assert_eq!(support_world::text(&buf).lines().count(), usize::from(*height));
            desk.later(400);
            if let Some(cursor) = cursor {
                prop_assert!(buf.area.contains(cursor), "{cursor:?} outside of {:?}", buf.area);
            }
            for cell in &buf.content {
                prop_assert!(!cell.symbol().contains(|c: char| c.is_control() || c == '\u{202e}'), "{:?}", cell.symbol());
            }
        }
    }

    /// Whatever is done, the text that was typed is in the open draft, in the list of drafts, or was sent: never gone.
    #[test]
    fn nothing_typed_is_lost(keys in prop::collection::vec(prop::sample::select(vec!["esc", "ctrl-o", "enter", "1", "2", "c", "ctrl-d", "?", "ctrl-c", "tab", "e", "ctrl-t", "f1", "ctrl-pagedown"]), 0..40)) {
        let mut desk = Desk::new();
        desk.keys("tab tab");
        desk.types("precious");
        for name in keys {
            desk.keys(name);
            let open = desk.draft();
            let drafts = desk.app.world().drafts.iter().map(|kept| &kept.draft);
            let found = drafts.chain([&open]).any(|draft| format!("{draft:?}").contains("precious"));
            prop_assert!(found, "gone after {name}");
        }
    }
}

//! Keys: as terminals send them, as the key map file writes them, and as the key line shows them.

use crokey::{KeyCombination, OneToThree};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The key that an event stands for, whatever the terminal made of it.
///
/// ^H ^I ^J ^M ^[ are Backspace, Tab, Enter, Enter and Esc on every line that is not a kitty; shift counts only with letters
/// and named keys, because a keyboard may need it for `?` or `/`; ^_ arrives as ^7 or ^/.
pub fn key_of(event: KeyEvent) -> KeyCombination {
    let mut modifiers =
        event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
    let control = modifiers.contains(KeyModifiers::CONTROL);
    let mut code = match (event.code, control) {
        (KeyCode::Char('h'), true) => KeyCode::Backspace,
        (KeyCode::Char('i'), true) => KeyCode::Tab,
        (KeyCode::Char('j' | 'm'), true) | (KeyCode::Char('\r' | '\n'), _) => KeyCode::Enter,
        (KeyCode::Char('['), true) => KeyCode::Esc,
        (KeyCode::Char('7' | '/'), true) => KeyCode::Char('_'),
        (code, _) => code,
    };
    if code != event.code && !matches!(code, KeyCode::Char(_)) {
        modifiers.remove(KeyModifiers::CONTROL);
    }
    match code {
        KeyCode::Char(c) if !c.is_ascii_alphabetic() => modifiers.remove(KeyModifiers::SHIFT),
        KeyCode::Char(c) if control => code = KeyCode::Char(c.to_ascii_lowercase()),
        KeyCode::BackTab => modifiers.insert(KeyModifiers::SHIFT),
        KeyCode::Tab if modifiers.contains(KeyModifiers::SHIFT) => code = KeyCode::BackTab,
        _ => {}
    }
    KeyCombination::one_key(code, modifiers).normalized()
}

/// Whether a key is a plain character: text where text is typed.
pub fn is_plain(key: KeyCombination) -> bool {
    matches!(key.codes, OneToThree::One(KeyCode::Char(_)))
        && !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
}

/// Reads a key from the file: a character as it is typed, or a name with modifiers before it.
pub(super) fn read(text: &str) -> Result<KeyCombination, String> {
    let unknown = || {
        format!(
            "{text:?} is not a key; write a character or a name such as \"r\", \"R\", \"?\", \"ctrl-d\", \"alt-u\", \"f1\", \"space\", \"pagedown\""
        )
    };
    let mut chars = text.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        let event = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        return Ok(key_of(event));
    }
    let key = crokey::parse(text).map_err(|_| unknown())?;
    match key.codes {
        OneToThree::One(code) => Ok(key_of(KeyEvent::new(code, key.modifiers))),
        _ => Err(format!(
            "{text:?} names several keys; terminals send them one by one"
        )),
    }
}

/// The key in few columns: `^D`, `Alt-u`, `G`, `Enter`, `↓`. With `ascii` nothing but ASCII.
pub fn shown(key: KeyCombination, ascii: bool) -> String {
    let OneToThree::One(code) = key.codes else {
        return key.to_string();
    };
    let mut text = String::new();
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if control {
        text.push('^');
    }
    if key.modifiers.contains(KeyModifiers::ALT) {
        text.push_str("Alt-");
    }
    let letter = matches!(code, KeyCode::Char(_) | KeyCode::BackTab);
    if key.modifiers.contains(KeyModifiers::SHIFT) && !letter {
        text.push_str("Shift-");
    }
    let arrow = |sign: &'static str, word: &'static str| if ascii { word } else { sign };
    match code {
        KeyCode::Char(' ') => text.push_str("Space"),
        KeyCode::Char(c) if control => text.push(c.to_ascii_uppercase()),
        KeyCode::Char(c) => text.push(c),
        KeyCode::F(n) => return format!("{text}F{n}"),
        KeyCode::Enter => text.push_str("Enter"),
        KeyCode::Esc => text.push_str("Esc"),
        KeyCode::Tab => text.push_str("Tab"),
        KeyCode::BackTab => text.push_str("Shift-Tab"),
        KeyCode::Backspace => text.push_str("Backspace"),
        KeyCode::Delete => text.push_str("Del"),
        KeyCode::Insert => text.push_str("Ins"),
        KeyCode::Home => text.push_str("Home"),
        KeyCode::End => text.push_str("End"),
        KeyCode::PageUp => text.push_str("PgUp"),
        KeyCode::PageDown => text.push_str("PgDn"),
        KeyCode::Up => text.push_str(arrow("↑", "Up")),
        KeyCode::Down => text.push_str(arrow("↓", "Down")),
        KeyCode::Left => text.push_str(arrow("←", "Left")),
        KeyCode::Right => text.push_str(arrow("→", "Right")),
        other => return format!("{text}{other:?}"),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(code: KeyCode, modifiers: KeyModifiers) -> KeyCombination {
        key_of(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn what_terminals_send_is_what_the_file_names() {
        let control = KeyModifiers::CONTROL;
        let shift = KeyModifiers::SHIFT;
        for (name, code, modifiers) in [
            ("G", KeyCode::Char('G'), KeyModifiers::NONE),
            ("G", KeyCode::Char('G'), shift),
            ("G", KeyCode::Char('g'), shift),
            ("g", KeyCode::Char('g'), KeyModifiers::NONE),
            ("?", KeyCode::Char('?'), shift),
            ("/", KeyCode::Char('/'), KeyModifiers::NONE),
            ("ctrl-_", KeyCode::Char('7'), control),
            ("ctrl-_", KeyCode::Char('_'), control | shift),
            ("backspace", KeyCode::Char('h'), control),
            ("tab", KeyCode::Char('i'), control),
            ("enter", KeyCode::Char('j'), control),
            ("enter", KeyCode::Char('m'), control),
            ("esc", KeyCode::Char('['), control),
            ("backtab", KeyCode::BackTab, shift),
            ("backtab", KeyCode::Tab, shift),
            ("ctrl-d", KeyCode::Char('D'), control),
            ("alt-backspace", KeyCode::Backspace, KeyModifiers::ALT),
            ("space", KeyCode::Char(' '), KeyModifiers::NONE),
        ] {
            assert_eq!(read(name), Ok(event(code, modifiers)), "{name}");
        }
    }

    #[test]
    fn keys_are_shown_short() {
        for (name, unicode, ascii) in [
            ("ctrl-d", "^D", "^D"),
            ("alt-u", "Alt-u", "Alt-u"),
            ("G", "G", "G"),
            ("down", "↓", "Down"),
            ("backtab", "Shift-Tab", "Shift-Tab"),
            ("ctrl-pageup", "^PgUp", "^PgUp"),
            ("space", "Space", "Space"),
            ("alt-down", "Alt-↓", "Alt-Down"),
        ] {
            let key = read(name).expect(name);
            assert_eq!(
                (shown(key, false).as_str(), shown(key, true).as_str()),
                (unicode, ascii)
            );
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for name in ["", "ctrl-", "ctrl-zz", "a-b", "hyper-x", "f99"] {
            assert!(read(name).is_err(), "{name}");
        }
    }
}

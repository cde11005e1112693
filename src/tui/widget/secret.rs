//! A password being typed: it is nowhere but here, it is never drawn, and it is gone when this is.

use std::fmt;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::tui::action::Action;

/// Octets that are taken; a password has fewer.
const ROOM: usize = 4096;

/// What was typed so far.
pub struct SecretField(Zeroizing<String>);

impl SecretField {
    /// Nothing yet.
    pub fn new() -> Self {
        // The room is reserved at once: growing would leave copies behind.
        Self(Zeroizing::new(String::with_capacity(ROOM)))
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Types a character.
    pub fn typed(&mut self, key: KeyEvent) {
        let bare = !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SUPER);
        if let (KeyCode::Char(c), true) = (key.code, bare) {
            self.insert(c);
        }
    }

    /// Types what was pasted, up to the end of its first line.
    pub fn pasted(&mut self, text: &str) {
        text.chars()
            .take_while(|c| *c != '\n')
            .for_each(|c| self.insert(c));
    }

    fn insert(&mut self, c: char) {
        if !c.is_control() && self.0.len() + c.len_utf8() <= ROOM {
            self.0.push(c);
        }
    }

    /// Erases; nothing else can be done with what is not seen.
    pub fn act(&mut self, action: Action) {
        match action {
            Action::Erase => drop(self.0.pop()),
            Action::EraseWord | Action::EraseToStart => self.0.clear(),
            _ => {}
        }
    }

    /// Takes it out.
    pub fn secret(&self) -> SecretString {
        SecretString::from(self.0.as_str())
    }
}

impl Default for SecretField {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SecretField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretField")
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn it_is_typed_erased_and_never_told() {
        let mut field = SecretField::new();
        field.pasted("no\nthing");
        field.act(Action::EraseToStart);
        assert!(field.is_empty());
        for c in "c4nary ü!".chars() {
            field.typed(KeyEvent::from(KeyCode::Char(c)));
        }
        field.typed(KeyEvent::new(KeyCode::Char('x'), KeyModifiers::CONTROL));
        field.act(Action::Erase);
        assert_eq!(field.secret().expose_secret(), "c4nary ü");
        assert_eq!(format!("{field:?}"), "SecretField");
        field.pasted(&"x".repeat(2 * ROOM));
        assert_eq!(field.secret().expose_secret().len(), ROOM);
    }
}

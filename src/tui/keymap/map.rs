//! The table of keys: what a key means where, and which keys an action has.

use crokey::KeyCombination;

use crate::tui::action::{Action, Context};

use super::file::{self, KeymapError};
use super::key::{is_plain, shown};

/// The key map that the program brings along.
const DEFAULT: &str = include_str!("../../../config/keymap.toml");

/// One key with its meaning in a part of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// Which key.
    pub key: KeyCombination,
    /// What it means.
    pub action: Action,
}

/// A key and the word beside it on the key line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What it does.
    pub action: Action,
    /// The key.
    pub key: String,
    /// One or two words.
    pub words: &'static str,
}

/// A part of the help: its heading, and for each action its keys and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// Its lines.
    pub lines: Vec<HelpLine>,
}

/// An action in the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpLine {
    /// Its keys, the most handy first.
    pub keys: String,
    /// The action.
    pub action: Action,
}

/// Every key with its meaning, most important first within a part.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Keymap {
    /// The program's own map.
    ///
    /// # Errors
    /// Where the map that was built in is faulty, which the tests rule out.
    pub fn standard() -> Result<Self, KeymapError> {
        let bindings = file::read("keymap.toml", DEFAULT)?
            .into_iter()
            .filter_map(|entry| {
                Some(Binding {
                    context: entry.context,
                    key: entry.key,
                    action: entry.action?,
                })
            })
            .collect();
        Ok(Self { bindings })
    }

    /// The program's own map with a person's file laid over it. `file` is its name, for the words of an error.
    ///
    /// # Errors
    /// The first fault of the file, with its line.
    pub fn with(file: &str, text: &str) -> Result<Self, KeymapError> {
        let mut map = Self::standard()?;
        // The person's keys go before ours, so that the key line shows them.
        for entry in file::read(file, text)?.into_iter().rev() {
            map.bindings
                .retain(|old| (old.context, old.key) != (entry.context, entry.key));
            if let Some(action) = entry.action {
                map.bindings.insert(
                    0,
                    Binding {
                        context: entry.context,
                        key: entry.key,
                        action,
                    },
                );
            }
        }
        Ok(map)
    }

    /// Every binding.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// What a key means where these parts of the map are in force, the first before the second, all before
    /// [`Context::Everywhere`]. Where text is typed a plain character means nothing but itself.
    pub fn action(&self, contexts: &[Context], key: KeyCombination) -> Option<Action> {
        if takes_text(contexts) && is_plain(key) {
            return None;
        }
        contexts
            .iter()
            .chain([&Context::Everywhere])
            .find_map(|context| {
                self.bindings
                    .iter()
                    .find(|binding| binding.context == *context && binding.key == key)
            })
            .map(|binding| binding.action)
    }

    /// The keys of an action where these parts of the map are in force, the most handy first.
    pub fn keys(&self, contexts: &[Context], action: Action) -> Vec<KeyCombination> {
        let mut keys = Vec::new();
        for context in contexts.iter().chain([&Context::Everywhere]) {
            let found = self.bindings.iter().filter(|binding| {
                binding.context == *context
                    && binding.action == action
                    && self.action(contexts, binding.key) == Some(action)
            });
            for binding in found {
                if !keys.contains(&binding.key) {
                    keys.push(binding.key);
                }
            }
        }
        keys
    }

    /// The first key of an action, as text.
    pub fn key(&self, contexts: &[Context], action: Action, ascii: bool) -> Option<String> {
        self.keys(contexts, action)
            .first()
            .map(|key| shown(*key, ascii))
    }

    /// The words for the key line, most important first: one for each action of these parts that has a hint.
    pub fn hints(&self, contexts: &[Context], ascii: bool) -> Vec<Hint> {
        let mut done = Vec::new();
        let mut hints = Vec::new();
        for binding in contexts.iter().flat_map(|context| {
            self.bindings
                .iter()
                .filter(move |binding| binding.context == *context)
        }) {
            let action = binding.action;
            if action.hint().is_empty() || done.contains(&action) {
                continue;
            }
            done.push(action);
            if let Some(key) = self.key(contexts, action, ascii) {
                hints.push(Hint {
                    action,
                    key,
                    words: action.hint(),
                });
            }
        }
        hints
    }

    /// The help for a screen with these parts, and what holds everywhere.
    pub fn sections(&self, contexts: &[Context], ascii: bool) -> Vec<Section> {
        let mut done = Vec::new();
        let mut sections = Vec::new();
        for context in contexts.iter().chain([&Context::Everywhere]) {
            let mut lines = Vec::new();
            for binding in self
                .bindings
                .iter()
                .filter(|binding| binding.context == *context)
            {
                let keys = self.keys(contexts, binding.action);
                if keys.is_empty() || done.contains(&binding.action) {
                    continue;
                }
                done.push(binding.action);
                let keys: Vec<_> = keys.iter().map(|key| shown(*key, ascii)).collect();
                lines.push(HelpLine {
                    keys: keys.join(" "),
                    action: binding.action,
                });
            }
            if !lines.is_empty() {
                sections.push(Section {
                    title: context.title(),
                    lines,
                });
            }
        }
        sections
    }
}

/// Whether plain characters are text where these parts are in force.
fn takes_text(contexts: &[Context]) -> bool {
    contexts.first().is_some_and(|context| context.takes_text())
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    fn map() -> Keymap {
        Keymap::standard().expect("our own map is sound")
    }

    #[test]
    fn every_action_has_a_key() {
        let map = map();
        for action in Action::ALL {
            assert!(
                map.bindings.iter().any(|binding| binding.action == *action),
                "{action} has no key"
            );
        }
    }

    #[test]
    fn keys_that_lines_and_terminals_take_are_never_needed() {
        let control = KeyModifiers::CONTROL;
        for binding in map().bindings() {
            let crokey::OneToThree::One(code) = binding.key.codes else {
                panic!("{binding:?} has several keys");
            };
            let modifiers = binding.key.modifiers;
            if modifiers.contains(control) {
                assert!(
                    !matches!(code, KeyCode::Char('s' | 'q')),
                    "{binding:?}: flow control"
                );
                assert!(
                    !modifiers.contains(KeyModifiers::SHIFT),
                    "{binding:?}: needs a kitty"
                );
                assert_ne!(code, KeyCode::Enter, "{binding:?}: needs a kitty");
            }
            if modifiers.contains(KeyModifiers::ALT) {
                assert!(
                    !matches!(code, KeyCode::Char('0'..='9')),
                    "{binding:?}: terminals take it"
                );
            }
            assert!(
                !matches!(code, KeyCode::F(10 | 11)),
                "{binding:?}: terminals take it"
            );
        }
    }

    #[test]
    fn a_persons_file_changes_and_takes_away() {
        let map =
            Keymap::with("mine", "[queue]\n\"x\" = \"drop\"\n\"d\" = \"none\"\n").expect("sound");
        let hints = map.hints(&[Context::Queue, Context::List], false);
        assert_eq!(
            hints.first().map(|hint| (hint.key.as_str(), hint.words)),
            Some(("x", "drop"))
        );
        let d = super::super::key::read("d").expect("a key");
        assert_eq!(map.action(&[Context::Queue], d), None);
        assert_eq!(map.action(&[Context::Detail], d), Some(Action::Drop));
    }

    #[test]
    fn faults_name_the_line() {
        for (text, line, word) in [
            ("[queue]\n\"ctrl-zz\" = \"drop\"", 2, "is not a key"),
            ("\n\n[qeue]\n\"x\" = \"drop\"", 3, "unknown part [qeue]"),
            ("[queue]\n\"x\" = \"dorp\"", 2, "unknown action \"dorp\""),
            ("[queue]\n\"x\" = 7", 2, "needs the name of an action"),
            (
                "[queue]\n\"enter\" = \"open\"\n\"ctrl-m\" = \"drop\"",
                3,
                "already used in [queue] on line 2",
            ),
            ("[typing]\n\"x\" = \"send\"", 2, "is text in [typing]"),
            ("queue = 3", 1, "is a part"),
            (
                "[queue]\n\"x\" = \"drop\"\n\"x\" = \"hold\"",
                3,
                "duplicate key",
            ),
            ("[queue\n", 1, ""),
        ] {
            let error = Keymap::with("mine.toml", text).expect_err(text);
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(error.reason.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn characters_are_text_where_text_is_typed() {
        let map = map();
        for c in "qc?1/yjG[".chars() {
            let key = super::super::key::read(&c.to_string()).expect("a key");
            for context in [Context::Typing, Context::Prompt, Context::Help] {
                assert_eq!(map.action(&[context], key), None, "{c} in {context:?}");
            }
        }
        let quit = super::super::key::read("ctrl-c").expect("a key");
        assert_eq!(map.action(&[Context::Typing], quit), Some(Action::Leave));
    }
}

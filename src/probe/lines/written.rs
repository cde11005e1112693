//! A command line that was written, with what it does not say.

use super::quote::quoted;
use crate::mail::clean::{acts, clean};

/// A command line for a shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The line, quoted for a POSIX shell; `None` where the program cannot do it at all, for which the notes say why.
    pub line: Option<String>,
    /// What the line does otherwise than the walk, a sentence each.
    pub notes: Vec<String>,
}

/// The words of a line that grows.
#[derive(Debug)]
pub(super) struct Words {
    words: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Words {
    pub(super) fn new(program: &str) -> Self {
        Self {
            words: vec![program.to_owned()],
            notes: Vec::new(),
        }
    }

    /// Adds a word as it is.
    pub(super) fn word(&mut self, word: impl Into<String>) {
        self.words.push(word.into());
    }

    /// Adds an option with its value.
    pub(super) fn pair(&mut self, option: &str, value: impl Into<String>) {
        let value = value.into();
        if value.starts_with('-') && self.words.first().is_some_and(|program| program == "swaks") {
            self.note(format!(
                "swaks takes no value that begins with a dash, as that of {option} does."
            ));
        }
        self.word(option);
        self.word(value);
    }

    /// Adds an option with its value, where there is one.
    pub(super) fn maybe(&mut self, option: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.pair(option, value);
        }
    }

    pub(super) fn note(&mut self, words: impl Into<String>) {
        self.notes.push(words.into());
    }

    pub(super) fn finish(mut self) -> Written {
        // A control in a line that is printed would act on the terminal before it ever came to a shell.
        let strange = self.words.iter().any(|word| word.contains(acts));
        if strange {
            self.note("A value holds control characters; they stand here with escapes, and the line is not right as it is.");
        }
        let quoted: Vec<String> = { self.words.iter() }
            .map(|word| quoted(&clean(word)))
            .collect();
        Written {
            line: Some(quoted.join(" ")),
            notes: self.notes,
        }
    }

    /// There is no such line; the notes say why.
    pub(super) fn give_up(self) -> Written {
        Written {
            line: None,
            notes: self.notes,
        }
    }
}

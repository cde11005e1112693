//! What is wrong with the configuration: the file, the line, the key, what was expected and what to do.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::mail::clean::clean;

/// A fault of the configuration, with everything needed to mend it. Its text shows the line, and never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, the variable or the flag.
    source: String,
    /// Where in the file.
    place: Option<Box<Place>>,
    message: String,
    remedy: Option<String>,
    usage: bool,
}

/// A line of a file with a part of it marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    line: usize,
    column: usize,
    text: String,
    width: usize,
}

impl Place {
    /// The place of a span of octets.
    pub(super) fn new(text: &str, span: &Range<usize>) -> Self {
        let at = floor(text, span.start);
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[at..]
            .find('\n')
            .map_or(text.len(), |length| at + length);
        let line = text[..at].matches('\n').count() + 1;
        let marked = &text[at..floor(text, span.end).clamp(at, end)];
        let shown = if tells_a_secret(text, start, end) {
            let key = text[start..end].split('=').next().unwrap_or_default();
            format!("{}= (hidden)", clean(key))
        } else {
            clean(text[start..end].trim_end_matches('\r')).into_owned()
        };
        Self {
            line,
            column: text[start..at].chars().count() + 1,
            width: clean(marked).chars().count().max(1),
            text: shown,
        }
    }
}

/// Whether the line belongs to a password: its own key or the nearest key above it says so.
fn tells_a_secret(text: &str, start: usize, end: usize) -> bool {
    text[..end]
        .lines()
        .rev()
        .find_map(|line| line.split_once('=').map(|(key, _)| key))
        .is_some_and(|key| key.contains("password"))
        || text[start..end].contains("password")
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl ConfigError {
    /// A fault of a file as a whole.
    pub(super) fn file(path: &Path, message: impl Into<String>) -> Self {
        Self {
            source: path.display().to_string(),
            place: None,
            message: message.into(),
            remedy: None,
            usage: false,
        }
    }

    /// A fault of a variable or a flag; flags are a matter of usage.
    pub(super) fn named(name: &str, usage: bool, message: impl Into<String>) -> Self {
        Self {
            source: name.to_owned(),
            place: None,
            message: message.into(),
            remedy: None,
            usage,
        }
    }

    /// With the place in the file.
    pub(super) fn at(mut self, place: Place) -> Self {
        self.place = Some(Box::new(place));
        self
    }

    /// With what would help.
    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Whether the command line is at fault, not the configuration.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        self.usage
    }

    /// The line in the file, from 1, where there is one.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.place.as_ref().map(|place| place.line)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clean(&self.source))?;
        if let Some(place) = &self.place {
            write!(f, ":{}:{}", place.line, place.column)?;
        }
        write!(f, ": {}", clean(&self.message))?;
        if let Some(place) = &self.place {
            let number = place.line.to_string();
            let margin = " ".repeat(number.len());
            let width = place.text.chars().count();
            let before = place.column.saturating_sub(1).min(width);
            let carets = place.width.min((width - before).max(1));
            write!(f, "\n{margin} |\n{number} | {}", place.text)?;
            write!(
                f,
                "\n{margin} | {}{}",
                " ".repeat(before),
                "^".repeat(carets)
            )?;
        }
        if let Some(remedy) = &self.remedy {
            write!(f, "\n  {}", clean(remedy))?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// The known word that was probably meant: at most a third of it differs.
pub(super) fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count() / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters to insert, delete, change or swap (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let cost = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut best = (cost(&row, j) + usize::from(a != b))
                .min(cost(&row, j + 1) + 1)
                .min(cost(&next, j) + 1);
            let swapped =
                i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                best = best.min(cost(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_guessed_and_far_ones_are_not() {
        let known = ["server", "security", "user", "password_command"];
        assert_eq!(meant("sevrer", known), Some("server"));
        assert_eq!(meant("Server", known), Some("server"));
        assert_eq!(meant("password-command", known), Some("password_command"));
        assert_eq!(meant("colour", known), None);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn the_line_is_shown_with_a_mark_and_a_secret_is_not() {
        let text = "a = 1\r\nport = \"ü\u{1b}\"\npassword = \"hunter2\nx\n";
        let at = text.find("\"ü").expect("there");
        let error = ConfigError::file(Path::new("c.toml"), "no number")
            .at(Place::new(text, &(at..at + 5)))
            .remedy("write 25");
        assert_eq!(
            error.to_string(),
            "c.toml:2:8: no number\n  |\n2 | port = \"ü\\x1b\"\n  |        ^^^^^^^\n  write 25"
        );
        for word in ["hunter2", "\nx\n"] {
            let at = text.find(word).expect("there") + 1;
            let shown = ConfigError::file(Path::new("c"), "m").at(Place::new(text, &(at..at + 1)));
            assert!(!shown.to_string().contains("hunter"), "{shown}");
            assert!(shown.to_string().contains("(hidden)"), "{shown}");
        }
    }
}

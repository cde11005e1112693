//! Phrases by which a rule knows a server's words: whole words, without case, with `*` for anything in between.

use memchr::memmem;
use serde::Deserialize;

/// The longest phrase in octets. It bounds the work for each character of a text.
const LONGEST: usize = 200;

/// A phrase, in lower case and with single spaces, cut at its asterisks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Phrase {
    pieces: Vec<String>,
    /// The phrase may begin in the middle of a word.
    open_start: bool,
    /// The phrase may end in the middle of a word.
    open_end: bool,
}

impl TryFrom<String> for Phrase {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("a phrase has at most {LONGEST} octets"));
        }
        let whole = normal(&text);
        let pieces: Vec<String> = whole
            .split('*')
            .map(|piece| piece.trim().to_owned())
            .filter(|piece| !piece.is_empty())
            .collect();
        if pieces.is_empty() {
            return Err("a phrase needs words; leave the key out to take any".to_owned());
        }
        Ok(Self {
            pieces,
            open_start: whole.starts_with('*'),
            open_end: whole.ends_with('*'),
        })
    }
}

impl Phrase {
    /// How many characters of a text it decides about.
    pub(super) fn length(&self) -> usize {
        self.pieces.iter().map(String::len).sum()
    }

    /// Whether it stands in a text, which must be [`normal`].
    ///
    /// Taking each piece at its first place behind the one before is enough, and so the time is linear in the text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let last = self.pieces.len().saturating_sub(1);
        let mut from = 0;
        for (n, piece) in self.pieces.iter().enumerate() {
            let at_start = n == 0 && !self.open_start;
            let at_end = n == last && !self.open_end;
            match find(text, piece, from, at_start, at_end) {
                Some(end) => from = end,
                None => return false,
            }
        }
        true
    }
}

/// The end of a piece's first place from here, where its ends are ends of words if they have to be.
fn find(text: &str, piece: &str, from: usize, at_start: bool, at_end: bool) -> Option<usize> {
    let finder = memmem::Finder::new(piece);
    let mut from = from;
    loop {
        let at = from + finder.find(text.as_bytes().get(from..)?)?;
        let end = at + piece.len();
        let starts =
            !at_start || !joined(text.get(..at)?.chars().next_back(), piece.chars().next());
        let ends = !at_end || !joined(piece.chars().next_back(), text.get(end..)?.chars().next());
        if starts && ends {
            return Some(end);
        }
        from = at + 1;
    }
}

/// Whether two neighbours belong to one word.
fn joined(left: Option<char>, right: Option<char>) -> bool {
    left.is_some_and(char::is_alphanumeric) && right.is_some_and(char::is_alphanumeric)
}

/// A text in the form that phrases are looked for in: lower case, and every run of white space one space.
pub(super) fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

/// The longest of these phrases that stands in a text.
pub(super) fn longest_in<'a>(phrases: &'a [Phrase], text: &str) -> Option<&'a Phrase> {
    phrases
        .iter()
        .filter(|phrase| phrase.is_in(text))
        .max_by_key(|phrase| phrase.length())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(phrase: &str, text: &str) -> bool {
        let phrase = Phrase::try_from(phrase.to_owned()).expect("a phrase");
        phrase.is_in(&normal(text))
    }

    #[test]
    fn words_are_whole_unless_a_star_says_otherwise() {
        assert!(is_in("spam", "looks like SPAM."));
        assert!(!is_in("spam", "zen.spamhaus.org"));
        assert!(is_in("spam*", "zen.spamhaus.org"));
        assert!(is_in("*haus", "zen.spamhaus.org"));
        assert!(!is_in("art", "start art1 xart"));
        assert!(is_in("art", "start art1 xart art"));
        assert!(is_in("too  many * logins", "Too many\tfailed logins"));
        assert!(!is_in("b * a", "a b"));
        assert!(is_in("(mechanism)", "x(mechanism)y"), "brackets end words");
        assert!(is_in("é", "É"));
    }

    #[test]
    fn overlapping_places_are_all_tried() {
        assert!(is_in("aa b", "aaa b aa b"));
        assert!(!is_in("aa", "aaa"));
    }

    #[test]
    fn a_phrase_needs_words_and_has_a_limit() {
        for bad in ["", " ", "*", " * * "] {
            assert!(Phrase::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        assert!(Phrase::try_from("x".repeat(201)).is_err());
    }
}

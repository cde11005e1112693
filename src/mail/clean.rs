//! The one place where outside text is made fit to be shown: no control, bidi or invisible character leaves here alive.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Text from outside (a server's reply, a file name, a pasted subject) that is safe on a terminal, in a log and in JSON.
///
/// It can only be made by cleaning: C0, DEL, C1, bidirectional controls, zero-width characters, line separators, tags and
/// variation selectors appear as visible escapes such as `\x1b` or `\u{202e}`, so nothing is lost and nothing acts.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Clean(Arc<str>);

impl Clean {
    /// Cleans text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Arc::from(clean(text)))
    }

    /// Cleans bytes that ought to be UTF-8; bytes that are not appear as `\xNN`.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        if let Some(text) = plain(bytes) {
            return Self(Arc::from(text));
        }
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            push_clean(&mut text, chunk.valid());
            for byte in chunk.invalid() {
                push_byte(&mut text, *byte);
            }
        }
        Self(Arc::from(text))
    }

    /// The cleaned text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Clean {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Clean {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Clean {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for Clean {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Clean {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// Cleans one line of text; a tab becomes one space and everything else that acts on a terminal becomes visible.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if plain(text.as_bytes()).is_some() || text.chars().all(|c| !acts(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    push_clean(&mut out, text);
    Cow::Owned(out)
}

/// Octets that are nothing but printable ASCII, as nearly all of a conversation is.
fn plain(bytes: &[u8]) -> Option<&str> {
    let acts = |acts: bool, byte: &u8| acts | !matches!(byte, b' '..=b'~');
    // Without an early end, so that many octets are looked at in one step.
    if bytes.iter().fold(false, acts) {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}

fn push_clean(out: &mut String, text: &str) {
    for c in text.chars() {
        if c == '\t' {
            out.push(' ');
        } else if !acts(c) {
            out.push(c);
        } else if (c as u32) < 0x80 {
            push_byte(out, c as u8);
        } else {
            out.extend(c.escape_unicode());
        }
    }
}

fn push_byte(out: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push_str("\\x");
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

/// Whether a character does something to a terminal or to the text around it instead of being seen.
#[must_use]
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_becomes_visible_and_the_rest_stays() {
        assert_eq!(clean("plain Grüße 漢字"), "plain Grüße 漢字");
        assert_eq!(clean("a\x1b[31mb\x07\x7f"), "a\\x1b[31mb\\x07\\x7f");
        assert_eq!(clean("u\u{9b}31m"), "u\\u{9b}31m");
        assert_eq!(
            clean("exe\u{202e}fdp.\u{200b}"),
            "exe\\u{202e}fdp.\\u{200b}"
        );
        assert_eq!(clean("one\ttwo\r\n"), "one two\\x0d\\x0a");
    }

    #[test]
    fn bytes_that_are_no_text_keep_their_value() {
        assert_eq!(
            Clean::from_bytes(b"refus\xe9 \x00 ok").as_str(),
            "refus\\xe9 \\x00 ok"
        );
    }
}

//! Header values as the wire needs them: encoded words (RFC 2047), phrases and addresses (RFC 5322 §3.4), folded lines.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::mail::address::Address;
use crate::mail::mailbox::Mailbox;

/// Lines are folded before this column where they can be (RFC 5322 §2.1.1 wishes for 78).
const COLUMN: usize = 76;
/// Octets of an encoded word's payload: with its frame it fits behind every header name we write, and below the 75 of RFC 2047.
const PAYLOAD: usize = 48;

/// Unstructured text, such as a subject. It comes back from any reader as it went in.
pub(super) fn unstructured(name: &str, text: &str) -> String {
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        // What looks like an encoded word would be decoded; outer and double spaces would be lost or fold badly.
        && !text.contains("=?")
        && !text.contains("  ")
        && text.trim() == text
        && text.split(' ').all(|word| word.len() <= PAYLOAD);
    if plain {
        fold(name, text.split(' ').map(str::to_owned))
    } else {
        fold(name, encoded_words(text))
    }
}

/// A list of mailboxes.
pub(super) fn mailboxes<'a>(name: &str, list: impl IntoIterator<Item = &'a Mailbox>) -> String {
    let mut tokens: Vec<String> = Vec::new();
    for mailbox in list {
        if let Some(last) = tokens.last_mut() {
            last.push(',');
        }
        match &mailbox.name {
            None => tokens.push(on_the_wire(&mailbox.address)),
            Some(words) => {
                tokens.extend(phrase(words));
                tokens.push(format!("<{}>", on_the_wire(&mailbox.address)));
            }
        }
    }
    fold(name, tokens)
}

/// The address with its domain as A-labels. Where the local part is not ASCII the message needs SMTPUTF8 anyway, and the
/// address stays as its owner writes it (RFC 6532 §3.2).
pub(super) fn on_the_wire(address: &Address) -> String {
    if address.needs_smtputf8() {
        address.as_str().to_owned()
    } else {
        address.to_ascii()
    }
}

/// A display name as tokens: atoms, one quoted string, or encoded words.
fn phrase(name: &str) -> Vec<String> {
    let printable = name.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !printable || name.len() > PAYLOAD || name.contains("=?") {
        return encoded_words(name);
    }
    let atoms = name.split(' ').all(|word| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    });
    if atoms {
        return name.split(' ').map(str::to_owned).collect();
    }
    vec![format!(
        "\"{}\"",
        name.replace('\\', "\\\\").replace('"', "\\\"")
    )]
}

/// The whole text as encoded words, in the encoding that suits it. No character is cut (RFC 2047 §5).
fn encoded_words(text: &str) -> Vec<String> {
    // Base64 is shorter from about a third of non-ASCII on; Q stays legible in the raw message, which is worth some octets.
    let quoted = text.bytes().map(q_cost).sum::<usize>() <= text.len() * 2;
    let (mut words, mut piece, mut cost) = (Vec::new(), String::new(), 0);
    for c in text.chars() {
        let mut octets = [0; 4];
        let more: usize = c
            .encode_utf8(&mut octets)
            .bytes()
            .map(|byte| if quoted { q_cost(byte) } else { 1 })
            .sum();
        let full = if quoted { PAYLOAD } else { PAYLOAD / 4 * 3 };
        if cost + more > full {
            words.push(encoded_word(&piece, quoted));
            piece.clear();
            cost = 0;
        }
        piece.push(c);
        cost += more;
    }
    if !piece.is_empty() {
        words.push(encoded_word(&piece, quoted));
    }
    words
}

/// What may stand for itself in a Q-encoded word within a phrase, the narrowest of RFC 2047 §5's sets.
const fn is_q_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'!' | b'*' | b'+' | b'-' | b'/')
}

const fn q_cost(byte: u8) -> usize {
    if is_q_safe(byte) || byte == b' ' {
        1
    } else {
        3
    }
}

fn encoded_word(piece: &str, quoted: bool) -> String {
    if !quoted {
        return format!("=?utf-8?b?{}?=", STANDARD.encode(piece));
    }
    let mut word = String::from("=?utf-8?q?");
    for byte in piece.bytes() {
        match byte {
            b' ' => word.push('_'),
            byte if is_q_safe(byte) => word.push(char::from(byte)),
            // Writing into a String cannot fail.
            byte => drop(write!(word, "={byte:02X}")),
        }
    }
    word.push_str("?=");
    word
}

/// Joins tokens with spaces, and with folds where a line would grow too long. The first token stays on the name's line.
pub(super) fn fold(name: &str, tokens: impl IntoIterator<Item = String>) -> String {
    let (mut value, mut column, mut first) = (String::new(), name.len() + 2, true);
    for token in tokens {
        if first {
            first = false;
        } else if column + 1 + token.len() > COLUMN {
            value.push_str("\r\n ");
            column = 1;
        } else {
            value.push(' ');
            column += 1;
        }
        value.push_str(&token);
        column += token.len();
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_plain_and_the_rest_is_encoded() {
        assert_eq!(unstructured("Subject", "Deploy notes"), "Deploy notes");
        assert_eq!(
            unstructured("Subject", "Grüße aus Köln"),
            "=?utf-8?q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?="
        );
        assert_eq!(unstructured("Subject", "漢字"), "=?utf-8?b?5ryi5a2X?=");
        assert_eq!(
            unstructured("Subject", "=?utf-8?q?x?="),
            "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?="
        );
        assert_eq!(unstructured("Subject", ""), "");
    }

    #[test]
    fn names_are_atoms_quoted_strings_or_encoded_words() {
        let list = Mailbox::parse_list(
            "Bob B <b@x.org>, \"Diaz, \\\"C\\\"\" <c@x.org>, Jörg <\"a b\"@bücher.example>, a@[127.0.0.1], grüße@exämple.de",
        )
        .expect("valid");
        assert_eq!(
            mailboxes("To", &list),
            "Bob B <b@x.org>, \"Diaz, \\\"C\\\"\" <c@x.org>, =?utf-8?q?J=C3=B6rg?=\r\n \
             <\"a b\"@xn--bcher-kva.example>, a@[127.0.0.1], grüße@exämple.de"
        );
    }

    #[test]
    fn no_line_is_longer_than_it_must_be() {
        for text in [
            "x".repeat(3000),
            "wörter ".repeat(400),
            "ab ".repeat(900),
            "😀".repeat(500),
        ] {
            let value = unstructured("Subject", &text);
            for (n, line) in value.split("\r\n").enumerate() {
                let length = line.len() + if n == 0 { "Subject: ".len() } else { 0 };
                assert!(length <= 78, "{length}: {line}");
                assert!(!line.trim().is_empty());
            }
        }
    }
}

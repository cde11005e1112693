//! `SASLprep` (RFC 4013): the form in which user names and passwords are compared.

use secrecy::zeroize::Zeroizing;

/// The prepared form. What the profile forbids or does not know stays as it was typed: it is from 2002, so that a newer
/// character would lock its owner out, and whoever let such a password be set compares the octets.
pub(super) fn prepared(text: &str) -> Zeroizing<String> {
    Zeroizing::new(stringprep::saslprep(text).map_or_else(|_| text.to_owned(), Into::into))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_come_out_as_it_says() {
        for (text, expected) in [
            ("I\u{ad}X", "IX"),
            ("user", "user"),
            ("USER", "USER"),
            ("\u{aa}", "a"),
            ("\u{2168}", "IX"),
            // Forbidden by the profile: a control, and letters of both directions.
            ("\u{7}", "\u{7}"),
            ("\u{627}1", "\u{627}1"),
            // Composed and decomposed are one password; so are the spaces.
            ("u\u{308}", "ü"),
            ("a\u{a0}b", "a b"),
            // Younger than the profile.
            ("\u{1f980}", "\u{1f980}"),
        ] {
            assert_eq!(*prepared(text), expected, "{text:?}");
        }
    }
}

//! What must not be shown, should a server repeat it: a login's secrets, from the login to the end of the connection.

use std::fmt;

use secrecy::zeroize::Zeroizing;

/// Octets below which a secret is not looked for: it would hide common words, and give itself away by the gaps.
const LEAST: usize = 4;

/// Secrets, in each form in which they may come back.
pub(super) struct Hidden {
    secrets: Vec<Zeroizing<Vec<u8>>>,
    /// Whether one of them begins with this octet: most octets of a reply need no closer look.
    begins: [bool; 256],
}

impl Default for Hidden {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            begins: [false; 256],
        }
    }
}

impl Hidden {
    pub(super) fn add(&mut self, secret: Zeroizing<Vec<u8>>) {
        let Some(first) = secret.first().filter(|_| secret.len() >= LEAST) else {
            return;
        };
        if let Some(begins) = self.begins.get_mut(usize::from(*first)) {
            *begins = true;
        }
        let place = { &self.secrets }.partition_point(|one| one.len() > secret.len());
        if !self.secrets.contains(&secret) {
            // The longest first, so that of two that begin alike nothing stays uncovered.
            self.secrets.insert(place, secret);
        }
    }

    /// A line without them.
    pub(super) fn masked(&self, line: Vec<u8>) -> Vec<u8> {
        // A code in front is no place for a secret, and must stay readable.
        let code = match line.as_slice() {
            [a, b, c, b' ' | b'-', ..] if [a, b, c].iter().all(|octet| octet.is_ascii_digit()) => 4,
            _ => 0,
        };
        let (code, mut text) = line.split_at(code);
        if !text.iter().any(|octet| self.may_begin(*octet)) {
            return line;
        }
        let mut shown = code.to_vec();
        while let Some((first, rest)) = text.split_first() {
            if let Some(behind) = self.behind(*first, text) {
                shown.extend_from_slice("‹hidden›".as_bytes());
                text = behind;
            } else {
                shown.push(*first);
                text = rest;
            }
        }
        shown
    }

    fn may_begin(&self, octet: u8) -> bool {
        self.begins
            .get(usize::from(octet))
            .is_some_and(|begins| *begins)
    }

    /// What stands behind a secret with which this text begins.
    fn behind<'a>(&self, first: u8, text: &'a [u8]) -> Option<&'a [u8]> {
        let mut secrets = self.secrets.iter().filter(|_| self.may_begin(first));
        secrets.find_map(|secret| text.strip_prefix(&secret[..]))
    }
}

impl fmt::Debug for Hidden {
    /// How many there are, and no more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hidden({})", self.secrets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(secrets: &[&str]) -> Hidden {
        let mut hidden = Hidden::default();
        for secret in secrets {
            hidden.add(Zeroizing::new(secret.as_bytes().to_vec()));
        }
        hidden
    }

    #[test]
    fn secrets_are_covered_and_a_code_is_not() {
        let all = hidden(&["abcd", "abcdefgh", "2501", "xyz"]);
        for (line, shown) in [
            ("250 say abcdefgh and abcd", "250 say ‹hidden› and ‹hidden›"),
            ("2501 abc", "‹hidden› abc"),
            ("250-2501abcdabcdefg", "250-‹hidden›‹hidden›‹hidden›efg"),
            ("xyz is too short", "xyz is too short"),
            ("", ""),
        ] {
            let masked = all.masked(line.as_bytes().to_vec());
            assert_eq!(String::from_utf8_lossy(&masked), shown);
        }
        assert_eq!(format!("{all:?}"), "Hidden(3)");
        assert_eq!(hidden(&[]).masked(b"250 ok".to_vec()), b"250 ok");
    }
}

//! The SHA-256 of a certificate or of a public key, by which a person can pin one.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A SHA-256. Written as 64 hexadecimal digits, with or without colons, in either case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            format!(
                "{why}; a pin is the SHA-256 of the certificate or of its public key: 64 hexadecimal digits, with or without colons"
            )
        };
        let text = text.trim();
        // Other programs print the algorithm in front: `SHA256:…`, `sha256//…` or `sha256 Fingerprint=…`.
        let digits = text.rsplit(['=', '/']).next().unwrap_or(text);
        let digits = match digits.split_at_checked(7) {
            Some((name, rest)) if name.eq_ignore_ascii_case("sha256:") => rest,
            _ => digits,
        };
        let mut octets = [0; 32];
        let mut count = 0_usize;
        for c in digits.chars().filter(|c| *c != ':') {
            let digit = c
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
                .ok_or_else(|| wrong(&format!("{c:?} is no hexadecimal digit")))?;
            if let Some(octet) = octets.get_mut(count / 2) {
                *octet = *octet << 4 | digit;
            }
            count += 1;
        }
        if count == 64 {
            Ok(Self(octets))
        } else {
            Err(wrong(&format!("there are {count} digits")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_other_programs_print_are_read() {
        let plain = "00FF".repeat(16);
        let read: Fingerprint = plain.parse().expect("a print");
        assert_eq!(read.0[..4], [0, 255, 0, 255]);
        assert_eq!(read.to_string(), plain.to_lowercase());
        let colons = ["00:FF"; 16].join(":");
        for text in [
            colons.clone(),
            format!("SHA256:{colons}"),
            format!("sha256 Fingerprint={colons}"),
            format!(" {plain}\n"),
        ] {
            assert_eq!(text.parse(), Ok(read), "{text}");
        }
        for bad in [
            "",
            "00ff",
            &"g".repeat(64),
            &"0".repeat(66),
            &"é".repeat(64),
        ] {
            let words = bad.parse::<Fingerprint>().expect_err("no print");
            assert!(words.contains("64 hexadecimal"), "{words}");
        }
    }
}

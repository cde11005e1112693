//! A certificate as a server shows it, trusted or not.

use jiff::Timestamp;
use serde::Serialize;

use super::clean::Clean;
use super::fingerprint::Fingerprint;

/// What a certificate says of itself. That it says so does not mean that it is true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// Whom it is for, such as `CN=relay.example.net`. May be empty: the names are what counts (RFC 9525).
    pub subject: Clean,
    /// Who vouches for it.
    pub issuer: Clean,
    /// The DNS names and IP addresses that it is for.
    pub names: Vec<Clean>,
    /// Since when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// The SHA-256 of the whole certificate.
    pub sha256: Fingerprint,
    /// The SHA-256 of its public key (`SubjectPublicKeyInfo`), which stays the same when it is renewed with the same key.
    pub key_sha256: Fingerprint,
}

impl Certificate {
    /// The subject; where it is empty, the names.
    #[must_use]
    pub fn title(&self) -> String {
        if self.subject.is_empty() {
            self.names_in_words()
        } else {
            self.subject.to_string()
        }
    }

    /// The names, ten at the most, with commas between; `no name` where there is none.
    #[must_use]
    pub fn names_in_words(&self) -> String {
        const MOST: usize = 10;
        let names: Vec<&str> = self.names.iter().map(Clean::as_str).take(MOST).collect();
        match self.names.len().checked_sub(MOST) {
            _ if names.is_empty() => "no name".to_owned(),
            None | Some(0) => names.join(", "),
            Some(more) => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// Whether it names itself as its issuer.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whole days from `now` until it expires, negative when it has.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> i64 {
        const DAY: i64 = 24 * 60 * 60;
        let left = self.not_after.as_second().saturating_sub(now.as_second());
        left.div_euclid(DAY)
    }
}

/// Whole days in words: `less than a day`, `1 day`, `61 days`.
#[must_use]
pub fn days(count: i64) -> String {
    match count {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        _ => format!("{count} days"),
    }
}

/// What [`Certificate::days_left`] counts, in words: `61 days left`, `expired 2 days ago`.
#[must_use]
pub fn left_in_words(left: i64) -> String {
    match left {
        0.. => format!("{} left", days(left)),
        _ => format!("expired {} ago", days(-1 - left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(count: usize) -> Certificate {
        Certificate {
            subject: Clean::default(),
            issuer: Clean::default(),
            names: (0..count).map(|n| format!("n{n}").into()).collect(),
            not_before: Timestamp::UNIX_EPOCH,
            not_after: Timestamp::UNIX_EPOCH,
            sha256: Fingerprint([0; 32]),
            key_sha256: Fingerprint([0; 32]),
        }
    }

    #[test]
    fn many_names_are_not_all_told() {
        assert_eq!(named(0).names_in_words(), "no name");
        assert_eq!(named(2).title(), "n0, n1");
        assert!(named(10).names_in_words().ends_with("n8, n9"));
        assert!(named(13).names_in_words().ends_with("n9 and 3 more"));
    }

    #[test]
    fn days_are_counted_down_and_below_nothing() {
        let at = |seconds| Timestamp::from_second(seconds).expect("a moment");
        assert_eq!(named(0).days_left(at(-86_401)), 1);
        assert_eq!(named(0).days_left(at(0)), 0);
        assert_eq!(named(0).days_left(at(1)), -1);
        for (left, words) in [
            (61, "61 days left"),
            (1, "1 day left"),
            (0, "less than a day left"),
            (-1, "expired less than a day ago"),
            (-2, "expired 1 day ago"),
        ] {
            assert_eq!(left_in_words(left), words);
        }
    }
}

//! Patterns of reply codes and enhanced status codes, in which `x` stands for anything.

use serde::Deserialize;

use crate::mail::reply::EnhancedStatus;

/// A reply code such as `550`, `45x` or `5xx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct CodePattern([Option<u16>; 3]);

impl TryFrom<String> for CodePattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no reply code, expected three digits such as 550, or 5xx");
        let mut digits = [None; 3];
        if text.chars().count() != digits.len() {
            return Err(wrong());
        }
        for (digit, c) in digits.iter_mut().zip(text.chars()) {
            *digit = match (c, c.to_digit(10)) {
                ('x', _) => None,
                (_, Some(value)) => u16::try_from(value).ok(),
                _ => return Err(wrong()),
            };
        }
        Ok(Self(digits))
    }
}

impl CodePattern {
    /// Whether a code is one of these.
    pub(super) fn has(self, code: u16) -> bool {
        let digits = [code / 100, code / 10 % 10, code % 10];
        let mut pairs = self.0.into_iter().zip(digits);
        pairs.all(|(wanted, digit)| wanted.is_none_or(|wanted| wanted == digit))
    }

    /// Whether it is one code alone.
    pub(super) fn is_exact(self) -> bool {
        self.0.iter().all(Option::is_some)
    }
}

/// An enhanced status code such as `5.7.1`, `x.7.25` or `4.x.x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct EnhancedPattern([Option<u16>; 3]);

impl TryFrom<String> for EnhancedPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no enhanced status code, expected one such as 5.7.1, or x.7.1");
        let mut parts = [None; 3];
        let mut words = text.split('.');
        for part in &mut parts {
            *part = match words.next() {
                Some("x") => None,
                Some(word) => Some(word.parse().map_err(|_| wrong())?),
                None => return Err(wrong()),
            };
        }
        if words.next().is_some() {
            return Err(wrong());
        }
        Ok(Self(parts))
    }
}

impl EnhancedPattern {
    /// Whether a status is one of these.
    pub(super) fn has(self, status: EnhancedStatus) -> bool {
        let parts = [u16::from(status.0), status.1, status.2];
        let mut pairs = self.0.into_iter().zip(parts);
        pairs.all(|(wanted, part)| wanted.is_none_or(|wanted| wanted == part))
    }

    /// Whether subject and detail are named.
    pub(super) fn is_exact(self) -> bool {
        matches!(self.0, [_, Some(_), Some(_)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_matched_by_digits() {
        let code = |text: &str| CodePattern::try_from(text.to_owned());
        assert!(code("550").expect("a code").has(550));
        assert!(!code("550").expect("a code").has(551));
        let class = code("5xx").expect("a class");
        assert!(class.has(599) && !class.has(499) && !class.is_exact());
        for bad in ["", "55", "5500", "abc", "5 0", "é50"] {
            assert!(code(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn statuses_are_matched_by_parts() {
        let status = |text: &str| EnhancedPattern::try_from(text.to_owned());
        let reverse = status("x.7.25").expect("a status");
        assert!(reverse.has(EnhancedStatus(4, 7, 25)) && reverse.is_exact());
        assert!(!reverse.has(EnhancedStatus(4, 7, 2)));
        assert!(!status("4.x.x").expect("a class").is_exact());
        for bad in ["", "5.7", "5.7.1.1", "5.7.a", "5..1", "-1.1.1"] {
            assert!(status(bad).is_err(), "{bad:?}");
        }
    }
}

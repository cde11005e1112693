//! A server's reply: code, enhanced status code and text (RFC 5321 §4.2, RFC 3463).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::clean::Clean;

/// What the first digit of a reply code says (RFC 5321 §4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// 2yz: done.
    Positive,
    /// 3yz: go on.
    Intermediate,
    /// 4yz: not now.
    Transient,
    /// 5yz: not like this.
    Permanent,
    /// Any other first digit, which no SMTP server may use.
    Unknown,
}

/// An enhanced status code such as 4.7.1 (RFC 3463).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnhancedStatus(pub u8, pub u16, pub u16);

impl EnhancedStatus {
    /// Reads the code at the start of a reply's text, and the text behind it.
    #[must_use]
    pub fn split(text: &str) -> Option<(Self, &str)> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let mut parts = word.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let fits = |digits: &str| {
            (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
        };
        if parts.next().is_some()
            || !matches!(class, "2" | "4" | "5")
            || !fits(subject)
            || !fits(detail)
        {
            return None;
        }
        Some((
            Self(
                class.parse().ok()?,
                subject.parse().ok()?,
                detail.parse().ok()?,
            ),
            rest,
        ))
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}.{}", self.0, self.1, self.2))
    }
}

impl Serialize for EnhancedStatus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EnhancedStatus {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Self::split(&text) {
            Some((status, "")) => Ok(status),
            _ => Err(serde::de::Error::custom("no enhanced status code")),
        }
    }
}

/// One whole reply. The first digit decides; the words are for people.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reply {
    /// The three digits.
    pub code: u16,
    /// The enhanced status code, where every line carries one.
    pub enhanced: Option<EnhancedStatus>,
    /// The lines' text, without code and enhanced status code, cleaned.
    pub lines: Vec<Clean>,
}

impl Reply {
    /// A reply from its code and the text of its lines, which may begin with an enhanced status code.
    pub fn new<'a>(code: u16, lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut enhanced = None;
        let lines = lines
            .into_iter()
            .map(|line| match EnhancedStatus::split(line) {
                Some((status, rest)) if u16::from(status.0) == code / 100 => {
                    enhanced.get_or_insert(status);
                    Clean::new(rest)
                }
                _ => Clean::new(line),
            })
            .collect();
        Self {
            code,
            enhanced,
            lines,
        }
    }

    /// What the first digit says.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self.code / 100 {
            2 => Severity::Positive,
            3 => Severity::Intermediate,
            4 => Severity::Transient,
            5 => Severity::Permanent,
            _ => Severity::Unknown,
        }
    }

    /// The lines' text as one line.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in self
            .lines
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
        {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(line);
        }
        text
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        let text = self.text();
        if text.is_empty() {
            Ok(())
        } else {
            write!(f, " {text}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_enhanced_code_is_taken_from_the_text_only_when_its_class_fits() {
        let reply = Reply::new(451, ["4.7.1 Greylisted,", "4.7.1 try again"]);
        assert_eq!(reply.enhanced, Some(EnhancedStatus(4, 7, 1)));
        assert_eq!(reply.to_string(), "451 4.7.1 Greylisted, try again");
        assert_eq!(Reply::new(250, ["5.1.1 odd"]).enhanced, None);
        assert_eq!(Reply::new(220, ["1.2.3.4 ready"]).enhanced, None);
        assert_eq!(Reply::new(250, []).to_string(), "250");
    }
}

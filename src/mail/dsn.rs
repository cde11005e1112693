//! Delivery status notifications: what the author wants to be told, and by which name (RFC 3461).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest envelope identity, before its octets are encoded (RFC 3461 §4.4).
const LONGEST_ENVID: usize = 100;

/// What is to be reported about a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dsn {
    /// When to report; without it the servers' own habit, which is to report failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
    /// How much of the message comes back with a report; without it as the servers like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ret: Option<Return>,
    /// The identity that reports repeat as Original-Envelope-Id. Without it the Message-ID serves, where it is short enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envid: Option<String>,
}

impl Dsn {
    /// The identity for ENVID: the one that was set, else the Message-ID without its brackets; `None` where neither can be
    /// written (RFC 3461 §4.4: printable ASCII, at most 100 characters).
    #[must_use]
    pub fn envid<'a>(&'a self, message_id: &'a str) -> Option<&'a str> {
        let bare = message_id.trim_start_matches('<').trim_end_matches('>');
        let id = self.envid.as_deref().unwrap_or(bare);
        let printable = id.bytes().all(|octet| matches!(octet, b' '..=b'~'));
        (!id.is_empty() && printable && xtext(id).len() <= LONGEST_ENVID).then_some(id)
    }
}

/// When to report (RFC 3461 §4.1). None of the three is `NEVER`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Notify {
    /// When a recipient's mailbox has the message.
    pub success: bool,
    /// When a recipient cannot be reached.
    pub failure: bool,
    /// When it takes longer than usual.
    pub delay: bool,
}

impl Notify {
    fn words(self) -> impl Iterator<Item = &'static str> {
        let all = [
            (self.success, "success"),
            (self.failure, "failure"),
            (self.delay, "delay"),
        ];
        let none = all.iter().all(|(wanted, _)| !wanted).then_some("never");
        let some = all
            .into_iter()
            .filter_map(|(wanted, word)| wanted.then_some(word));
        some.chain(none)
    }

    /// The value of NOTIFY on the wire.
    #[must_use]
    pub fn parameter(self) -> String {
        self.to_string().to_uppercase()
    }
}

impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.words().collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Notify {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut notify = Self::default();
        if text.trim().eq_ignore_ascii_case("never") {
            return Ok(notify);
        }
        for word in text.split(',') {
            match word.trim().to_ascii_lowercase().as_str() {
                "success" => notify.success = true,
                "failure" => notify.failure = true,
                "delay" => notify.delay = true,
                _ => {
                    return Err(format!(
                        "unknown report {:?}, expected never, or some of success, failure and delay with commas",
                        word.trim()
                    ));
                }
            }
        }
        Ok(notify)
    }
}

impl Serialize for Notify {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Notify {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The two occasions for a report of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// Recipients were given up: refused for good, or not reached in time.
    Failed,
    /// Recipients have not been reached yet, and are still tried.
    Delayed,
}

/// How much of the message comes back with a report of failure (RFC 3461 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Return {
    /// Its header alone.
    Headers,
    /// All of it.
    Full,
}

impl Return {
    /// The name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Headers => "headers",
            Self::Full => "full",
        }
    }

    /// The value of RET on the wire.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Headers => "HDRS",
            Self::Full => "FULL",
        }
    }
}

impl FromStr for Return {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "headers" => Ok(Self::Headers),
            "full" => Ok(Self::Full),
            _ => Err(format!("unknown return {text:?}, expected headers or full")),
        }
    }
}

/// Writes a text so that it has no space, plus or equals sign, nor anything beyond printable ASCII (RFC 3461 §4).
#[must_use]
pub fn xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for octet in text.bytes() {
        match octet {
            b'+' | b'=' | ..=b' ' | 127.. => out.extend(['+', hex(octet >> 4), hex(octet & 15)]),
            _ => out.push(char::from(octet)),
        }
    }
    out
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

/// Writes an internationalised address for `utf-8;` in ORCPT so that it stays ASCII (RFC 6533 §3, `utf-8-addr-xtext`).
#[must_use]
pub fn utf8_xtext(text: &str) -> String {
    let plain = |c: char| matches!(c, '!'..='~') && !matches!(c, '+' | '=' | '\\');
    let written = text.chars().map(|c| {
        if plain(c) {
            c.to_string()
        } else {
            format!("\\x{{{:X}}}", u32::from(c))
        }
    });
    written.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_and_written() {
        for (text, wire) in [
            ("success,failure,delay", "SUCCESS,FAILURE,DELAY"),
            ("delay, Failure", "FAILURE,DELAY"),
            ("never", "NEVER"),
        ] {
            let notify: Notify = text.parse().expect("known");
            assert_eq!(notify.parameter(), wire);
            assert_eq!(notify.to_string().parse(), Ok(notify));
        }
        for bad in ["", "never,delay", "success,,delay", "failures"] {
            assert!(bad.parse::<Notify>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_would_end_a_parameter_is_encoded() {
        assert_eq!(xtext("a+b=c d\u{7f}ü"), "a+2Bb+3Dc+20d+7F+C3+BC");
        assert_eq!(utf8_xtext("jo+é\\@x"), "jo\\x{2B}\\x{E9}\\x{5C}@x");
    }

    #[test]
    fn an_identity_that_cannot_be_written_is_none() {
        let own = |envid: &str| Dsn {
            envid: Some(envid.to_owned()),
            ..Dsn::default()
        };
        assert_eq!(Dsn::default().envid("<1@x.example>"), Some("1@x.example"));
        assert_eq!(own("QQ 3=1").envid("<1@x>"), Some("QQ 3=1"));
        assert_eq!(own("é").envid("<1@x>"), None);
        assert_eq!(own(&"=".repeat(34)).envid("<1@x>"), None);
        assert_eq!(Dsn::default().envid(&"x".repeat(101)), None);
        assert_eq!(Dsn::default().envid(""), None);
    }

    #[test]
    fn it_is_kept_as_it_was() {
        let dsn = Dsn {
            notify: "failure,delay".parse().ok(),
            ret: Some(Return::Headers),
            envid: None,
        };
        let text = serde_json::to_string(&dsn).expect("plain data");
        assert_eq!(text, r#"{"notify":"failure,delay","ret":"headers"}"#);
        assert_eq!(serde_json::from_str::<Dsn>(&text).expect("valid"), dsn);
    }
}

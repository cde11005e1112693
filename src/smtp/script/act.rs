//! Rules and what they make the server do.

use serde::{Deserialize, Deserializer};

/// What is wrong with a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScriptError(pub(super) String);

/// The events that a rule may be for.
pub(super) const EVENTS: [&str; 16] = [
    "connect", "ehlo", "helo", "starttls", "tls", "auth", "mail", "rcpt", "data", "bdat", "body",
    "content", "rset", "noop", "quit", "unknown",
];

/// What the turns of a rule are counted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Per {
    #[default]
    Server,
    Connection,
    Address,
}

/// When this happens, do that.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) on: String,
    #[serde(rename = "match")]
    pub(super) pattern: Option<String>,
    /// Only inside TLS, or only outside.
    pub(super) secure: Option<bool>,
    #[serde(default)]
    pub(super) per: Per,
    pub(super) reply: Option<Act>,
    #[serde(default)]
    pub(super) turns: Vec<Act>,
    /// `body`: octets of content after which it happens.
    #[serde(default)]
    pub(super) after: u64,
}

impl Rule {
    pub(super) fn check(&self) -> Result<(), ScriptError> {
        if self.on != "any" && !EVENTS.contains(&self.on.as_str()) {
            let known = EVENTS.join(", ");
            return Err(ScriptError(format!(
                "a rule is on {:?}, which never happens; known are any, {known}",
                self.on
            )));
        }
        if self.reply.is_some() != self.turns.is_empty() {
            return Err(ScriptError(format!(
                "the rule on {:?} needs either reply or turns",
                self.on
            )));
        }
        Ok(())
    }

    /// Whether the rule is for this event and one of these subjects.
    pub(super) fn is_for(&self, event: &str, subjects: &[&str], secure: bool) -> bool {
        // A greeting from the client's view is a reply too; TLS and body are none.
        let any = self.on == "any" && !matches!(event, "tls" | "body");
        (any || self.on == event)
            && self.secure.is_none_or(|wanted| wanted == secure)
            && self
                .pattern
                .as_deref()
                .is_none_or(|pattern| subjects.iter().any(|subject| is_match(pattern, subject)))
    }

    /// What it does at its turn, counted from 0.
    pub(super) fn at(&self, turn: usize) -> Option<&Act> {
        self.reply
            .as_ref()
            .or_else(|| self.turns.get(turn).or_else(|| self.turns.last()))
    }
}

/// What the server does in place of its usual reply, or around it.
#[derive(Clone, Debug, Default)]
pub(super) struct Act {
    /// Octets in place of the usual reply.
    pub(super) reply: Option<Vec<u8>>,
    pub(super) extra: Vec<u8>,
    pub(super) delay: u64,
    pub(super) drip: Option<u64>,
    pub(super) pace: u64,
    pub(super) then: Option<Then>,
}

/// What comes after the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Then {
    /// Closes the connection.
    Close,
    /// Resets it.
    Reset,
    /// Closes this direction and goes on reading.
    HalfClose,
    /// Reads on and never says anything again.
    Silence,
    /// Neither reads nor says anything again.
    StopReading,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    say: Option<toml::Value>,
    raw: Option<String>,
    #[serde(default)]
    extra: String,
    #[serde(default)]
    silent: bool,
    #[serde(default)]
    delay: u64,
    drip: Option<u64>,
    #[serde(default)]
    pace: u64,
    then: Option<Then>,
}

impl<'de> Deserialize<'de> for Act {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let table: Table = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) if text == "default" => return Ok(Self::default()),
            toml::Value::String(text) => {
                return Ok(Self {
                    reply: Some(lines(&[text])),
                    ..Self::default()
                });
            }
            toml::Value::Table(table) => table.try_into().map_err(D::Error::custom)?,
            other => {
                return Err(D::Error::custom(format!(
                    "a reply is a text or a table, not {other}"
                )));
            }
        };
        let said = match table.say {
            None => None,
            Some(toml::Value::String(text)) => Some(lines(&[text])),
            Some(list) => Some(lines(
                &list.try_into::<Vec<String>>().map_err(D::Error::custom)?,
            )),
        };
        let raw = table
            .raw
            .map(|text| octets(&text))
            .transpose()
            .map_err(D::Error::custom)?;
        Ok(Self {
            reply: raw.or(said).or(table.silent.then(Vec::new)),
            extra: octets(&table.extra).map_err(D::Error::custom)?,
            delay: table.delay,
            drip: table.drip,
            pace: table.pace,
            then: table.then,
        })
    }
}

fn lines(lines: &[String]) -> Vec<u8> {
    lines
        .iter()
        .flat_map(|line| line.bytes().chain(*b"\r\n"))
        .collect()
}

/// Reads the escapes `\r \n \t \0 \\ \xNN`.
fn octets(text: &str) -> Result<Vec<u8>, String> {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.extend_from_slice(before.as_bytes());
        let wrong = || format!("an escape is \\r \\n \\t \\0 \\\\ or \\xNN, not {escape:.4}");
        let (octet, length) = match escape.as_bytes().get(1) {
            Some(b'r') => (b'\r', 2),
            Some(b'n') => (b'\n', 2),
            Some(b't') => (b'\t', 2),
            Some(b'0') => (0, 2),
            Some(b'\\') => (b'\\', 2),
            Some(b'x') => {
                let digits = escape.get(2..4).ok_or_else(wrong)?;
                (u8::from_str_radix(digits, 16).map_err(|_| wrong())?, 4)
            }
            _ => return Err(wrong()),
        };
        out.push(octet);
        rest = escape.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

/// Matches a glob with `*` and `?`, without case.
fn is_match(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_people_expect() {
        for (pattern, text) in [
            ("*", ""),
            ("a*@*", "A.b@c"),
            ("a?c", "abc"),
            ("*@x.*", "q@x.y"),
            ("*ab", "aab"),
        ] {
            assert!(is_match(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*@x", "b@x"), ("?", ""), ("*a", "ab")] {
            assert!(!is_match(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn octets_of_every_kind_can_be_written() {
        assert_eq!(
            octets(r"250 caf\xe9\0\\\r\n"),
            Ok(b"250 caf\xe9\0\\\r\n".to_vec())
        );
        for bad in [r"\q", r"\x1", r"\xzz", "\\"] {
            assert!(octets(bad).is_err(), "{bad}");
        }
    }
}

//! Blanks in the texts of rules, such as `{host}`, and what is filled in.

use std::net::IpAddr;

use super::observed::{lost, open_ports};
use super::seen::Seen;
use crate::mail::certificate::{self, Certificate};
use crate::mail::clean::Clean;
use crate::mail::outcome::Cause;
use crate::probe::presets::Presets;

type Value = fn(&Seen<'_>) -> Option<String>;

/// Every blank: its name, what stands for it in an explanation where its value is not known, and its value.
const ALL: &[(&str, &str, Value)] = &[
    ("host", "the server", |seen| own(seen.all.host.as_ref())),
    ("port", "used here", |seen| {
        seen.all.port.map(|port| port.to_string())
    }),
    ("source", "set as source", |seen| {
        own(seen.all.source.as_ref())
    }),
    ("login", "another user", |seen| own(seen.all.login.as_ref())),
    ("sender", "the sender address", |seen| {
        own(seen.all.sender.as_ref())
    }),
    ("hello", "given in EHLO", |seen| {
        own(seen.all.hello.as_ref())
    }),
    ("names", "other names", |seen| {
        leaf(seen).map(Certificate::names_in_words)
    }),
    ("first_name", "a name of the certificate", first_name),
    ("issuer", "an unknown authority", |seen| {
        leaf(seen).map(|leaf| leaf.issuer.to_string())
    }),
    ("sha256", "the fingerprint", |seen| {
        leaf(seen).map(|leaf| leaf.sha256.to_string())
    }),
    ("days", "a few days", days),
    ("near", "another name", |seen| {
        let host = seen.all.host.as_deref()?;
        Presets::standard().near_host(host).map(ToOwned::to_owned)
    }),
    ("open", "another port", open),
    ("url", "the page that the reply names", url),
    ("ip", "this machine's public address", ip),
    ("region", "one region", region),
    ("lost", "some extensions", |seen| {
        Some(lost(seen).join(", "))
    }),
    ("offered", "other mechanisms", |seen| {
        Some(seen.offered()?.mechanisms().join(", "))
    }),
    ("size", "its limit", size),
    ("seconds", "its limit in", seconds),
    ("queue_id", "a queue id", queue_id),
];

/// The longest value in characters.
const LONGEST: usize = 160;

/// A blank.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blank {
    value: Value,
    otherwise: &'static str,
}

impl Blank {
    /// The blank of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let found = ALL.iter().find(|(one, _, _)| *one == name);
        found.map(|(_, otherwise, value)| Self {
            value: *value,
            otherwise,
        })
    }

    /// What is filled in, where it is known.
    pub(super) fn value(self, seen: &Seen<'_>) -> Option<String> {
        let value = (self.value)(seen).filter(|value| !value.is_empty())?;
        Some(match value.char_indices().nth(LONGEST) {
            Some((at, _)) => format!("{}…", value.get(..at).unwrap_or_default()),
            None => value,
        })
    }

    /// What stands there otherwise.
    pub(super) const fn otherwise(self) -> &'static str {
        self.otherwise
    }
}

fn own(text: Option<&Clean>) -> Option<String> {
    text.map(ToString::to_string)
}

fn leaf<'a>(seen: &Seen<'a>) -> Option<&'a Certificate> {
    seen.all.certificates.first()
}

/// A name of the certificate that can be used as it stands.
fn first_name(seen: &Seen<'_>) -> Option<String> {
    let mut names = leaf(seen)?.names.iter();
    names
        .find(|name| !name.starts_with("*."))
        .map(ToString::to_string)
}

fn days(seen: &Seen<'_>) -> Option<String> {
    let days = match (leaf(seen), seen.all.now) {
        (Some(leaf), Some(now)) => leaf.days_left(now),
        _ => seen.all.days_left?,
    };
    Some(certificate::days(if days < 0 { -1 - days } else { days }))
}

fn open(seen: &Seen<'_>) -> Option<String> {
    let ports = open_ports(seen);
    let others = ports.iter().filter(|port| Some(**port) != seen.all.port);
    let words: Vec<String> = others.map(ToString::to_string).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The first web address in the server's words.
fn url(seen: &Seen<'_>) -> Option<String> {
    let text = seen.evidence();
    let at = text.find("https://").or_else(|| text.find("http://"))?;
    let rest = text.get(at..)?;
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'' | '`'))
        .unwrap_or(rest.len());
    let address = rest.get(..end)?;
    Some(
        address
            .trim_end_matches(['.', ',', ';', ')', ']', ':', '!'])
            .to_owned(),
    )
}

/// The first IP address in the server's words.
fn ip(seen: &Seen<'_>) -> Option<String> {
    let text = seen.evidence();
    text.split(|c: char| !(c.is_ascii_hexdigit() || matches!(c, '.' | ':')))
        .map(|word| word.trim_end_matches(['.', ':']))
        .filter(|word| word.len() >= 7)
        .find(|word| word.parse::<IpAddr>().is_ok())
        .map(ToOwned::to_owned)
}

/// The region in the reply or in the host name of Amazon's service, such as `eu-west-1`.
fn region(seen: &Seen<'_>) -> Option<String> {
    let is_region = |word: &&str| {
        let mut parts = word.split('-');
        let (area, side, number) = (parts.next(), parts.next(), parts.next_back());
        area.is_some_and(|area| area.len() == 2 && area.bytes().all(|b| b.is_ascii_lowercase()))
            && side.is_some_and(|side| side.len() > 3 || side == "gov")
            && number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    [&seen.words.whole, &seen.provider]
        .into_iter()
        .find_map(|text| {
            text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
                .find(is_region)
                .map(ToOwned::to_owned)
        })
}

fn size(seen: &Seen<'_>) -> Option<String> {
    let octets = seen.offered()?.size()?;
    Some(if octets >= 1_000_000 {
        format!("{} MB", octets / 1_000_000)
    } else {
        format!("{octets} octets")
    })
}

fn seconds(seen: &Seen<'_>) -> Option<String> {
    match (seen.cause(), seen.all.greeting_took) {
        (Some(Cause::TimedOut(limit)), _) => Some(limit.as_secs().to_string()),
        (_, Some(took)) => Some(took.as_secs().to_string()),
        _ => None,
    }
}

/// The name under which the server keeps an accepted message.
fn queue_id(seen: &Seen<'_>) -> Option<String> {
    let text = seen.evidence();
    let mut words = text.split_ascii_whitespace();
    let id = loop {
        let word = words.next()?;
        if let Some(id) = word.strip_prefix("id=") {
            break id;
        }
        if word.eq_ignore_ascii_case("queued") {
            let next = words.next()?;
            break if next.eq_ignore_ascii_case("as") {
                words.next()?
            } else {
                continue;
            };
        }
    };
    Some(id.trim_end_matches(['.', ',', ')']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::circumstances::Circumstances;

    fn value(name: &str, words: &str) -> Option<String> {
        let all = Circumstances {
            words: Some(words.into()),
            ..Circumstances::default()
        };
        Blank::named(name).expect("known").value(&Seen::new(&all))
    }

    #[test]
    fn values_are_found_in_the_server_s_words() {
        let words = "Client host [192.0.2.1] blocked, see https://list.example/ip/192.0.2.1.";
        assert_eq!(value("ip", words).as_deref(), Some("192.0.2.1"));
        assert_eq!(
            value("url", words).as_deref(),
            Some("https://list.example/ip/192.0.2.1")
        );
        assert_eq!(
            value("ip", "from 2001:db8::1: no"),
            Some("2001:db8::1".into())
        );
        assert_eq!(
            value("region", "check in region EU-WEST-1: me"),
            Some("eu-west-1".into())
        );
        assert_eq!(value("region", "a-b and re-try-1x"), None);
        assert_eq!(value("queue_id", "Ok: queued as 4ABC"), Some("4ABC".into()));
        assert_eq!(
            value("queue_id", "OK id=1rXyZ-00."),
            Some("1rXyZ-00".into())
        );
        assert_eq!(value("queue_id", "mail queued"), None);
        assert_eq!(value("url", "no page"), None);
    }

    #[test]
    fn long_values_are_cut() {
        let long = format!("https://list.example/{}", "é".repeat(1000));
        assert_eq!(
            value("url", &long).expect("an address").chars().count(),
            LONGEST + 1
        );
    }
}

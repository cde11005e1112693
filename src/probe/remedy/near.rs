//! Names near a host's own: which names of a certificate may belong to the same server, and how they are asked for.

use std::net::IpAddr;

use crate::mail::certificate::Certificate;
use crate::mail::clean::Clean;

/// Labels below a country's own at which anybody may register a name, so that names below them share nothing.
const OPEN: [&str; 14] = [
    "ac", "co", "com", "edu", "gob", "go", "gov", "mil", "ne", "net", "nom", "or", "org", "gouv",
];

/// A name from a certificate that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    /// Whether it is of the same domain as the host, so that whoever owns the one owns the other.
    pub(super) is_kin: bool,
}

/// The names of a certificate that could stand for a host, those of its own domain first.
pub(super) fn names(leaf: &Certificate, host: &str) -> Vec<Name> {
    let mut all: Vec<Name> = Vec::new();
    for text in leaf.names.iter().filter_map(|name| concrete(name, host)) {
        if all.iter().all(|one| one.text != text) && !text.eq_ignore_ascii_case(host) {
            let is_kin = is_kin(&text, host);
            all.push(Name { text, is_kin });
        }
    }
    all.sort_by_key(|name| !name.is_kin);
    all
}

/// A name without a star: the star becomes the host's own first label (RFC 9525 §6.3).
fn concrete(name: &Clean, host: &str) -> Option<String> {
    let name = name.trim_end_matches('.').to_lowercase();
    let full = match name.strip_prefix("*.") {
        None => name,
        Some(rest) => {
            let is_address = host.parse::<IpAddr>().is_ok();
            let label = host.split('.').next().filter(|_| !is_address);
            let is_whole = host.eq_ignore_ascii_case(rest);
            let label = label.filter(|_| !is_whole).unwrap_or("mail");
            format!("{label}.{rest}").to_lowercase()
        }
    };
    is_host(&full).then_some(full)
}

/// Whether a text can stand as a host in settings and on a command line. A certificate may say anything.
pub(super) fn is_host(text: &str) -> bool {
    let sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.parse::<IpAddr>().is_ok()
        || (text.len() <= 253
            && text.chars().all(sign)
            && text.split('.').count() >= 2
            && text
                .split('.')
                .all(|label| !label.is_empty() && !label.starts_with('-')))
}

/// Whether two names are below the same domain, as far as that can be told without the list of public suffixes.
fn is_kin(one: &str, other: &str) -> bool {
    if one.parse::<IpAddr>().is_ok() || other.parse::<IpAddr>().is_ok() {
        return false;
    }
    let (one, other) = (
        one.to_lowercase(),
        other.trim_end_matches('.').to_lowercase(),
    );
    match (domain(&one), domain(&other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// The domain that somebody has registered, by the usual form of such names: two labels, or three below a country's own.
pub(super) fn domain(name: &str) -> Option<String> {
    let labels: Vec<&str> = name.trim_end_matches('.').split('.').collect();
    let count = match labels.as_slice() {
        [.., second, top] if top.len() == 2 && OPEN.contains(second) => 3,
        _ => 2,
    };
    let start = labels.len().checked_sub(count)?;
    let kept = labels.get(start..)?;
    kept.iter()
        .all(|label| !label.is_empty())
        .then(|| kept.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kin_is_below_the_same_registered_name() {
        for (one, other, kin) in [
            ("mail.example.net", "smtp.example.net", true),
            ("example.net", "Smtp.Example.Net", true),
            ("a.b.example.net", "example.net", true),
            ("attacker.net", "smtp.example.net", false),
            ("evil.co.uk", "mail.good.co.uk", false),
            ("mx.good.co.uk", "mail.good.co.uk", true),
            ("good.co.uk", "co.uk", false),
            ("mail.example.net", "192.0.2.1", false),
            ("net", "example.net", false),
        ] {
            assert_eq!(is_kin(one, other), kin, "{one} {other}");
        }
    }

    #[test]
    fn a_star_becomes_a_label_and_odd_names_are_left_out() {
        let name = |text: &str, host: &str| concrete(&text.into(), host);
        assert_eq!(
            name("*.b.net", "smtp.a.b.net").as_deref(),
            Some("smtp.b.net")
        );
        assert_eq!(name("*.b.net", "b.net").as_deref(), Some("mail.b.net"));
        assert_eq!(name("*.b.net", "192.0.2.1").as_deref(), Some("mail.b.net"));
        for odd in ["a b.net", "-x.net", "x'; rm", "localhost", "", "*.", "a..b"] {
            assert_eq!(name(odd, "smtp.a.net"), None, "{odd}");
        }
    }
}

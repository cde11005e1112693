//! Facts about the certificates that the server showed.

use std::net::IpAddr;

use crate::mail::certificate::{Certificate, days as in_days};
use crate::probe::diagnosis::seen::Seen;

/// Fewer days than this are few: renewal should have happened by then.
const FEW: i64 = 21;

fn leaf<'a>(seen: &Seen<'a>) -> Option<&'a Certificate> {
    seen.all.certificates.first()
}

fn days_left(seen: &Seen<'_>) -> Option<i64> {
    match (leaf(seen), seen.all.now) {
        (Some(leaf), Some(now)) => Some(leaf.days_left(now)),
        _ => seen.all.days_left,
    }
}

/// A certificate of the chain has expired.
pub(super) fn expired(seen: &Seen<'_>) -> Option<String> {
    let now = seen.all.now;
    let mut all = seen.all.certificates.iter();
    if let Some(one) = now.and_then(|now| all.find(|one| one.not_after < now)) {
        return Some(format!("{} expired on {}", one.title(), one.not_after));
    }
    let days = days_left(seen).filter(|days| *days < 0)?;
    Some(format!(
        "the certificate expired {} ago",
        in_days(-1 - days)
    ))
}

/// A certificate of the chain is not valid yet.
pub(super) fn not_yet_valid(seen: &Seen<'_>) -> Option<String> {
    let now = seen.all.now?;
    let mut all = seen.all.certificates.iter();
    let one = all.find(|one| one.not_before > now)?;
    Some(format!(
        "{} is valid from {}, the clock says {now:.0}",
        one.title(),
        one.not_before
    ))
}

/// The server's certificate expires soon.
pub(super) fn expires_soon(seen: &Seen<'_>) -> Option<String> {
    let days = days_left(seen)?;
    (0..FEW)
        .contains(&days)
        .then(|| format!("the certificate expires in {}", in_days(days)))
}

/// The server's certificate vouches for itself.
pub(super) fn self_signed(seen: &Seen<'_>) -> Option<String> {
    let leaf = leaf(seen)?;
    leaf.is_self_signed()
        .then(|| format!("subject and issuer are both {}", leaf.subject))
}

/// The server sent its own certificate and nothing of its issuer.
pub(super) fn alone(seen: &Seen<'_>) -> Option<String> {
    let [only] = seen.all.certificates.as_slice() else {
        return None;
    };
    (!only.is_self_signed()).then(|| {
        format!(
            "only one certificate was sent, and its issuer {} was not",
            only.issuer
        )
    })
}

/// None of the names in the server's certificate is the host's.
pub(super) fn for_others(seen: &Seen<'_>) -> Option<String> {
    let (leaf, host) = (leaf(seen)?, seen.all.host.as_deref()?);
    let mut names = leaf.names.iter();
    (!names.any(|name| covers(name, host)))
        .then(|| format!("{host} is not among {}", leaf.names_in_words()))
}

/// Whether a name in a certificate stands for a host. A star stands for one label, the leftmost (RFC 9525 §6.3).
fn covers(name: &str, host: &str) -> bool {
    let (name, host) = (name.trim_end_matches('.'), host.trim_end_matches('.'));
    if let (Ok(one), Ok(other)) = (name.parse::<IpAddr>(), host.parse::<IpAddr>()) {
        return one == other;
    }
    match name.strip_prefix("*.") {
        Some(rest) => host
            .split_once('.')
            .is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(rest)),
        None => name.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_is_one_label() {
        assert!(covers("*.example.net", "mail.EXAMPLE.net"));
        assert!(!covers("*.example.net", "a.b.example.net"));
        assert!(!covers("*.example.net", "example.net"));
        assert!(covers("192.0.2.1", "192.0.2.1"));
        assert!(!covers("mail.example.net", "smtp.example.net"));
    }
}

//! Why a server's chain of certificates was refused, in words that name the remedy.

use jiff::Timestamp;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use crate::mail::certificate::{Certificate, days};
use crate::mail::fingerprint::Fingerprint;

/// Before this program was written; a clock that says so is wrong.
const LONG_AGO: i64 = 1_735_689_600;

/// Words for a chain that was refused; the server's own certificate is first.
pub(super) fn words(
    why: &CertificateError,
    chain: &[Certificate],
    wanted: &str,
    now: UnixTime,
) -> String {
    let Some(leaf) = chain.first() else {
        return "the server's certificate cannot be read".to_owned();
    };
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let now = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => expired(chain, now),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            not_yet(chain, now)
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            other_name(leaf, wanted)
        }
        // A certificate that is its own authority is refused for that as well, in words that lead nobody anywhere.
        _ if leaf.is_self_signed() => format!(
            "the certificate is self-signed ({}); if you trust it, set pin = \"{}\", or ca_file to the certificate",
            leaf.title(),
            leaf.sha256
        ),
        CertificateError::UnknownIssuer => unknown_issuer(leaf, chain.get(1..).unwrap_or_default()),
        CertificateError::BadSignature => format!(
            "the certificate ({}) says that it is from {}, but its signature is not by the one known under this name; \
             look whether ca_file has an older one",
            leaf.title(),
            leaf.issuer
        ),
        CertificateError::Revoked => "the certificate was revoked by its issuer".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the certificate is not made for servers".to_owned()
        }
        other => format!("the certificate ({}) was refused: {other}", leaf.title()),
    }
}

/// Words for a certificate that is none of the pinned.
pub(super) fn not_pinned(
    pins: &[Fingerprint],
    whole: Fingerprint,
    chain: &[Certificate],
) -> String {
    let pins: Vec<String> = pins.iter().map(ToString::to_string).collect();
    let leaf = chain.first();
    let key = leaf.map_or_else(String::new, |leaf| {
        format!(" (its public key: {})", leaf.key_sha256)
    });
    let title = leaf.map(Certificate::title).unwrap_or_default();
    format!(
        "the certificate is not the pinned one: the server showed {whole}{key} for {title}, pinned is {}; \
         if the server's owner confirms the new one, set pin to it",
        pins.join(", ")
    )
}

fn expired(chain: &[Certificate], now: Timestamp) -> String {
    let culprit = chain.iter().position(|one| one.not_after < now);
    let Some(one) = culprit.and_then(|at| chain.get(at)) else {
        return format!(
            "an authority's certificate in the chain has expired; {}",
            clock(now)
        );
    };
    format!(
        "{} expired on {}, {} ago; {}",
        which(culprit, one),
        date(one.not_after),
        days(-1 - one.days_left(now)),
        clock(now)
    )
}

fn not_yet(chain: &[Certificate], now: Timestamp) -> String {
    let culprit = chain.iter().position(|one| one.not_before > now);
    let Some(one) = culprit.and_then(|at| chain.get(at)) else {
        return format!(
            "an authority's certificate in the chain is not valid yet; {}",
            clock(now)
        );
    };
    format!(
        "{} is not valid before {}; {}, check it",
        which(culprit, one),
        date(one.not_before),
        clock(now)
    )
}

fn which(place: Option<usize>, one: &Certificate) -> String {
    match place {
        Some(0) => "the certificate".to_owned(),
        _ => format!("the intermediate certificate {}", one.title()),
    }
}

fn other_name(leaf: &Certificate, wanted: &str) -> String {
    if leaf.names.is_empty() {
        return format!(
            "the certificate is not for {wanted}: it has no name at all in its subject alternative names ({}); \
             the server needs another, or set pin = \"{}\"",
            leaf.title(),
            leaf.sha256
        );
    }
    format!(
        "the certificate is not for {wanted}, it is for {}; use a name that it has as server, or set tls_name to one",
        leaf.names_in_words()
    )
}

/// Follows the chain from the server's certificate up to where nobody vouches any more.
fn unknown_issuer(leaf: &Certificate, above: &[Certificate]) -> String {
    let mut last = leaf;
    for _ in above {
        match above.iter().find(|one| one.subject == last.issuer) {
            Some(next) if !last.is_self_signed() => last = next,
            _ => break,
        }
    }
    let issuer = &last.issuer;
    if last.is_self_signed() {
        return format!(
            "the certificate's issuer is not trusted: {issuer}, the authority at the end of the server's chain; \
             if you trust it, set ca_file to its certificate"
        );
    }
    let sent = match above.len() {
        0 => "the server sent no certificate but its own".to_owned(),
        1 => "the server sent one more certificate, which is not of this issuer".to_owned(),
        count => format!("the server sent {count} more certificates, none of this issuer"),
    };
    let vouches = if std::ptr::eq(last, leaf) {
        String::new()
    } else {
        format!(", who vouches for {}", last.title())
    };
    format!(
        "the certificate's issuer is not trusted: {issuer}{vouches}; {sent}. Either the server's chain is incomplete, \
         which its owner must mend, or the issuer is an authority of its own: if you trust it, set ca_file to its certificate"
    )
}

fn clock(now: Timestamp) -> String {
    let doubt = if now.as_second() < LONG_AGO {
        ", which cannot be right: set it"
    } else {
        ""
    };
    format!("this machine's clock says {}{doubt}", date(now))
}

fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn certificate(subject: &str, issuer: &str, until: &str) -> Certificate {
        Certificate {
            subject: subject.into(),
            issuer: issuer.into(),
            names: Vec::new(),
            not_before: "2020-01-01T00:00:00Z".parse().expect("a moment"),
            not_after: until.parse().expect("a moment"),
            sha256: Fingerprint([1; 32]),
            key_sha256: Fingerprint([2; 32]),
        }
    }

    fn say(why: &CertificateError, chain: &[Certificate], at: &str) -> String {
        let at: Timestamp = at.parse().expect("a moment");
        let since = Duration::from_secs(u64::try_from(at.as_second()).expect("after 1970"));
        words(why, chain, "mx.example", UnixTime::since_unix_epoch(since))
    }

    const LATER: &str = "2100-01-01T00:00:00Z";
    const NOW: &str = "2026-03-03T12:00:00Z";

    #[test]
    fn the_one_that_has_expired_is_named() {
        let expired = "2026-03-01T00:00:00Z";
        let leaf = certificate("CN=mx", "CN=R3", expired);
        let words = say(&CertificateError::Expired, &[leaf], NOW);
        assert!(
            words.starts_with("the certificate expired on 2026-03-01, 2 days ago"),
            "{words}"
        );
        let chain = [
            certificate("CN=mx", "CN=R3", LATER),
            certificate("CN=R3", "CN=Root", expired),
        ];
        let words = say(&CertificateError::Expired, &chain, NOW);
        assert!(
            words.contains("intermediate certificate CN=R3 expired"),
            "{words}"
        );
    }

    #[test]
    fn a_clock_that_cannot_be_right_is_called_so() {
        let leaf = certificate("CN=mx", "CN=R3", LATER);
        let words = say(
            &CertificateError::NotValidYet,
            &[leaf],
            "1970-01-02T00:00:00Z",
        );
        assert!(
            words.contains("not valid before 2020-01-01") && words.contains("cannot be right"),
            "{words}"
        );
    }

    #[test]
    fn the_place_where_the_chain_ends_is_named() {
        let unknown = CertificateError::UnknownIssuer;
        let leaf = certificate("CN=mx", "CN=R3", LATER);
        let middle = certificate("CN=R3", "CN=Root", LATER);
        let root = certificate("CN=Root", "CN=Root", LATER);
        let alone = say(&unknown, std::slice::from_ref(&leaf), NOW);
        assert!(alone.contains("not trusted: CN=R3; the server sent no certificate but its own"));
        assert!(alone.contains("incomplete"), "{alone}");
        let linked = say(&unknown, &[leaf.clone(), middle.clone()], NOW);
        assert!(
            linked.contains("not trusted: CN=Root, who vouches for CN=R3"),
            "{linked}"
        );
        let whole = say(&unknown, &[leaf.clone(), middle, root.clone()], NOW);
        assert!(
            whole.contains("CN=Root, the authority at the end"),
            "{whole}"
        );
        let gap = say(&unknown, &[leaf, root.clone()], NOW);
        assert!(gap.contains("which is not of this issuer"), "{gap}");
        let own = say(&unknown, &[root], NOW);
        assert!(
            own.contains("self-signed") && own.contains(&"01".repeat(32)),
            "{own}"
        );
    }
}

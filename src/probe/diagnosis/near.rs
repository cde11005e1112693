//! The provider that a mistyped host name most likely means.

/// Submission hosts of large providers, from their own pages. A typing error in one of them is worth a question.
const KNOWN: &[&str] = &[
    "smtp.gmail.com",
    "smtp-relay.gmail.com",
    "smtp.office365.com",
    "smtp-mail.outlook.com",
    "smtp.sendgrid.net",
    "smtp.mailgun.org",
    "smtp.eu.mailgun.org",
    "smtp.postmarkapp.com",
    "smtp.fastmail.com",
    "smtp.mail.me.com",
    "smtp.mail.yahoo.com",
    "smtp.zoho.com",
    "smtp.zoho.eu",
    "ssl0.ovh.net",
    "smtp.ionos.com",
    "smtp.ionos.de",
    "smtp.mailbox.org",
    "smtp.gmx.net",
    "mail.gmx.net",
    "smtp.web.de",
    "smtp-relay.brevo.com",
    "in-v3.mailjet.com",
    "smtp.mandrillapp.com",
    "smtp.sparkpostmail.com",
    "smtp.yandex.com",
    "mail.gandi.net",
    "smtp.migadu.com",
];

/// The longest name that is compared.
const LONGEST: usize = 64;
/// The most typing errors that are forgiven.
const ERRORS: usize = 2;

/// Whether this is such a host.
pub(super) fn is_known(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(host))
}

/// The known host that differs from this one by one or two typing errors.
pub(in crate::probe) fn meant(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').to_lowercase();
    if host.len() > LONGEST || is_known(&host) {
        return None;
    }
    let distances = KNOWN.iter().map(|known| (distance(known, &host), *known));
    distances
        .filter(|(distance, _)| *distance <= ERRORS)
        .min()
        .map(|(_, known)| known)
}

/// Typing errors between two texts: a character too many, too few, another, or two the wrong way round.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut previous = None;
    for c in one.chars() {
        let mut next = Vec::with_capacity(row.len());
        next.push(row.first().copied().unwrap_or_default() + 1);
        for (n, d) in other.iter().enumerate() {
            let at = |row: &[usize], n: usize| row.get(n).copied().unwrap_or(usize::MAX / 2);
            let mut least = (at(&row, n) + usize::from(c != *d))
                .min(at(&row, n + 1) + 1)
                .min(at(&next, n) + 1);
            let turned = n > 0 && previous == Some(*d) && other.get(n - 1) == Some(&c);
            if turned {
                least = least.min(at(&before, n - 1) + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
        previous = Some(c);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_understood_and_strangers_left_alone() {
        assert_eq!(meant("smtp.gmial.com"), Some("smtp.gmail.com"));
        assert_eq!(meant("Smtp.Ofice365.com."), Some("smtp.office365.com"));
        assert_eq!(meant("smpt.gmail.com"), Some("smtp.gmail.com"));
        assert_eq!(meant("smtp.gmail.com"), None);
        assert_eq!(meant("relay.example.net"), None);
        assert_eq!(meant(&"x".repeat(100_000)), None);
        assert_eq!((distance("", "ab"), distance("ab", "")), (2, 2));
    }
}

//! How much a server takes in one session and in one transaction (RFC 9422, RFC 5321 §4.5.3.1.8).

use crate::smtp::capabilities::Capabilities;

/// Recipients of one transaction where the server names no limit: what every server must take.
const RECIPIENTS: usize = 100;

/// The limits of a session's transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// MAIL commands in a session.
    pub(super) mails: usize,
    /// Recipients of a transaction.
    pub(super) recipients: usize,
    /// Domains among the recipients of a transaction.
    pub(super) domains: usize,
}

impl Limits {
    /// Reads what LIMITS promises. A limit without sense is none.
    pub(super) fn read(offered: &Capabilities) -> Self {
        let mut limits = Self {
            mails: usize::MAX,
            recipients: RECIPIENTS,
            domains: usize::MAX,
        };
        for word in offered.parameters("LIMITS").into_iter().flatten() {
            let Some((name, Ok(value))) = word
                .split_once('=')
                .map(|(name, value)| (name, value.parse::<usize>()))
            else {
                continue;
            };
            let limit = match name.to_ascii_uppercase().as_str() {
                "MAILMAX" => &mut limits.mails,
                "RCPTMAX" => &mut limits.recipients,
                "RCPTDOMAINMAX" => &mut limits.domains,
                _ => continue,
            };
            if value > 0 {
                *limit = value;
            }
        }
        // More at once would only make longer flights, and a transaction that fails costs all of its recipients the wait.
        limits.recipients = limits.recipients.min(10 * RECIPIENTS);
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::reply::Reply;

    fn read(line: &str) -> (usize, usize, usize) {
        let limits = Limits::read(&Capabilities::read(&Reply::new(250, ["mx", line])));
        (limits.mails, limits.recipients, limits.domains)
    }

    #[test]
    fn what_is_promised_is_kept_and_nonsense_is_no_limit() {
        let none = (usize::MAX, 100, usize::MAX);
        assert_eq!(
            read("LIMITS MAILMAX=5 rcptmax=20 RCPTDOMAINMAX=1 X=9"),
            (5, 20, 1)
        );
        assert_eq!(read("LIMITS RCPTMAX=500"), (usize::MAX, 500, usize::MAX));
        for line in [
            "SIZE 10",
            "LIMITS",
            "LIMITS MAILMAX=0 RCPTMAX=-1 RCPTDOMAINMAX",
            "LIMITS MAILMAX=x",
        ] {
            assert_eq!(read(line), none, "{line}");
        }
    }
}

//! DMARC: what a domain asks others to do with mail that cannot show that it is the domain's own (RFC 7489).

use serde::Serialize;

use super::resolver::{Missing, Resolver};
use super::tags::{is_version, tag};
use crate::mail::clean::Clean;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DmarcPolicy {
    /// Nothing: reports alone.
    None,
    /// To set it aside.
    Quarantine,
    /// To refuse it.
    Reject,
}

/// A DMARC record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dmarc {
    /// Where it stands: `_dmarc.` and the domain, or one above it.
    pub at: Clean,
    /// The record.
    pub record: Clean,
    /// What is asked for; `None` where that is missing or wrong.
    pub policy: Option<DmarcPolicy>,
    /// Whether the domain of a DKIM signature must be the very domain of the sender (`adkim=s`).
    pub strict_dkim: bool,
    /// The same for the domain that SPF was asked for (`aspf=s`).
    pub strict_spf: bool,
    /// Of a hundred messages, how many it is meant for.
    pub percent: u8,
    /// Whether somebody gets reports.
    pub reports: bool,
    /// How many records there are at the place; with more than one, none counts.
    pub records: usize,
}

impl Dmarc {
    /// Reads the records of a place; `below` says that it is the place of a domain above, whose word for subdomains counts.
    pub(super) fn read(at: &str, texts: &[Clean], below: bool) -> Option<Self> {
        let ours = texts.iter().filter(|text| is_version(text, "DMARC1"));
        let ours: Vec<&Clean> = ours.collect();
        let record = (*ours.first()?).clone();
        let word = tag(&record, "sp").filter(|_| below);
        let policy = match word
            .or(tag(&record, "p"))
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("none") => Some(DmarcPolicy::None),
            Some("quarantine") => Some(DmarcPolicy::Quarantine),
            Some("reject") => Some(DmarcPolicy::Reject),
            _ => None,
        };
        let strict = |name| tag(&record, name).is_some_and(|word| word.eq_ignore_ascii_case("s"));
        let percent = tag(&record, "pct").and_then(|word| word.parse().ok());
        Some(Self {
            at: Clean::new(at),
            policy,
            strict_dkim: strict("adkim"),
            strict_spf: strict("aspf"),
            percent: percent.filter(|percent| *percent <= 100).unwrap_or(100),
            reports: tag(&record, "rua").is_some_and(|word| !word.is_empty()),
            records: ours.len(),
            record,
        })
    }
}

/// Labels of a name; more are a joke.
const DEEPEST: usize = 8;

/// The record of a domain, else of the nearest domain above it that has one and is no top level.
pub(super) async fn look(resolver: &Resolver, domain: &str) -> Result<Dmarc, Missing> {
    let mut at = domain;
    for _ in 0..DEEPEST {
        let place = format!("_dmarc.{at}");
        match resolver.txt(&place).await {
            Ok(texts) => {
                if let Some(found) = Dmarc::read(&place, &texts, at != domain) {
                    return Ok(found);
                }
            }
            Err(missing) if missing.is_certain() => {}
            Err(missing) => return Err(missing),
        }
        match at.split_once('.') {
            Some((_, above)) if above.contains('.') => at = above,
            _ => break,
        }
    }
    Err(Missing::NoRecord)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str], below: bool) -> Option<Dmarc> {
        let texts: Vec<Clean> = texts.iter().map(|text| Clean::new(text)).collect();
        Dmarc::read("_dmarc.example.org", &texts, below)
    }

    #[test]
    fn a_record_says_what_is_asked_for() {
        let one = read(
            &["x", "v=DMARC1; p=Reject; adkim=s; pct=20; sp=none"],
            false,
        )
        .expect("there");
        assert_eq!(one.policy, Some(DmarcPolicy::Reject));
        assert!(one.strict_dkim && !one.strict_spf && !one.reports);
        assert_eq!((one.percent, one.records), (20, 1));
        let above = read(&["v=DMARC1; p=reject; sp=none"], true).expect("there");
        assert_eq!(above.policy, Some(DmarcPolicy::None));
        let odd = read(&["v=DMARC1; p=perhaps; pct=900", "v=DMARC1; p=none"], false);
        let odd = odd.expect("there");
        assert_eq!((odd.policy, odd.percent, odd.records), (None, 100, 2));
        assert_eq!(read(&["v=spf1 -all"], false), None);
    }
}

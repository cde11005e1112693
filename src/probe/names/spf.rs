//! SPF: which servers may use a domain as reverse path (RFC 7208).

use std::collections::BTreeSet;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::resolver::Resolver;
use crate::mail::clean::Clean;

/// Lookups that a check may need (RFC 7208 §4.6.4).
pub(super) const MOST: usize = 10;

/// What is said of every server that no other term names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum All {
    /// `+all`: everybody may.
    Pass,
    /// `?all`: nothing is said.
    Neutral,
    /// `~all`: it is suspect.
    SoftFail,
    /// `-all`: it may not.
    Fail,
}

/// An SPF record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spf {
    /// The record.
    pub record: Clean,
    /// What it says at its end.
    pub all: Option<All>,
    /// The domains whose records are looked into.
    pub includes: Vec<Clean>,
    /// The domain whose record stands in place of this one.
    pub redirect: Option<Clean>,
    /// Terms that need a lookup, those behind includes not counted.
    pub own_lookups: usize,
    /// Terms that are none.
    pub faults: Vec<Clean>,
}

impl Spf {
    /// Whether a text is an SPF record (RFC 7208 §4.5).
    pub(super) fn is_one(text: &str) -> bool {
        text.get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case("v=spf1"))
            && text
                .get(6..)
                .is_none_or(|rest| rest.is_empty() || rest.starts_with(' '))
    }

    /// Reads a record.
    pub(super) fn read(text: &Clean) -> Self {
        let mut spf = Self {
            record: text.clone(),
            ..Self::default()
        };
        let mut has_all = false;
        for term in text.split_ascii_whitespace().skip(1) {
            let lower = term.to_ascii_lowercase();
            if let Some(domain) = lower.strip_prefix("redirect=") {
                spf.redirect = Some(Clean::new(domain));
                continue;
            }
            let bare = lower.trim_start_matches(['+', '-', '~', '?']);
            let (name, value) = match bare.find([':', '/']) {
                Some(at) => (bare.get(..at).unwrap_or_default(), bare.get(at..)),
                None => (bare, None),
            };
            let value = value.and_then(|value| value.strip_prefix(':'));
            match name {
                "all" => {
                    // What stands behind it is never looked at.
                    has_all = true;
                    spf.all = Some(match lower.chars().next() {
                        Some('-') => All::Fail,
                        Some('~') => All::SoftFail,
                        Some('?') => All::Neutral,
                        _ => All::Pass,
                    });
                    break;
                }
                "include" => match value.filter(|value| !value.is_empty()) {
                    Some(domain) => {
                        spf.includes.push(Clean::new(domain));
                        spf.own_lookups += 1;
                    }
                    None => spf.faults.push(Clean::new(term)),
                },
                "a" | "mx" | "ptr" | "exists" => spf.own_lookups += 1,
                "ip4" | "ip6" if value.is_some() => {}
                // A modifier that nobody knows is to be passed over (RFC 7208 §6).
                other if other.contains('=') => {}
                _ => spf.faults.push(Clean::new(term)),
            }
        }
        if has_all {
            // Where `all` stands, it is not followed (RFC 7208 §6.1).
            spf.redirect = None;
        } else if spf.redirect.is_some() {
            spf.own_lookups += 1;
        }
        spf
    }
}

/// What a check of a record costs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lookups {
    /// Lookups, those behind includes counted; no more are looked for behind the eleventh.
    pub count: usize,
    /// Every domain whose record is looked into.
    pub domains: BTreeSet<String>,
    /// Includes that lead to no record, which makes the whole check fail (RFC 7208 §5.2).
    pub broken: Vec<Clean>,
    /// What is said at the end, a redirection followed.
    pub all: Option<All>,
    /// Whether some of it could not be looked at, so that there may be more.
    pub is_partial: bool,
}

impl Lookups {
    /// Whether a check of the record ends with an error for want of lookups.
    #[must_use]
    pub const fn are_too_many(&self) -> bool {
        self.count > MOST
    }
}

/// Counts what a check of a record needs.
pub(super) async fn count(resolver: &Resolver, domain: &str, spf: &Spf) -> Lookups {
    let mut all = Lookups {
        all: spf.all,
        ..Lookups::default()
    };
    all.domains.insert(domain.to_ascii_lowercase());
    follow(resolver, spf, &mut all, true).await;
    all.domains.remove(&domain.to_ascii_lowercase());
    all
}

fn follow<'a>(
    resolver: &'a Resolver,
    spf: &'a Spf,
    all: &'a mut Lookups,
    is_own: bool,
) -> BoxFuture<'a, ()> {
    async move {
        all.count += spf.own_lookups;
        let includes = spf.includes.iter().map(|domain| (domain, false));
        let redirect = spf.redirect.iter().map(|domain| (domain, true));
        for (domain, is_redirect) in includes.chain(redirect) {
            // What depends on the message cannot be looked up here.
            if domain.contains('%') {
                all.is_partial = true;
                continue;
            }
            let name = domain.trim_end_matches('.').to_ascii_lowercase();
            if all.are_too_many() || !all.domains.insert(name.clone()) {
                continue;
            }
            let found = match resolver.txt(&name).await {
                Ok(texts) => texts.iter().find(|text| Spf::is_one(text)).map(Spf::read),
                Err(missing) if missing.is_certain() => None,
                Err(_) => {
                    all.is_partial = true;
                    continue;
                }
            };
            match found {
                Some(found) => {
                    if is_redirect && is_own {
                        all.all = found.all;
                    }
                    follow(resolver, &found, all, is_redirect && is_own).await;
                }
                None => all.broken.push(domain.clone()),
            }
        }
    }
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Spf {
        assert!(Spf::is_one(text), "{text}");
        Spf::read(&Clean::new(text))
    }

    #[test]
    fn a_record_is_taken_apart() {
        let one = read(
            "v=spf1 mx a:mail.example.org/28 ip4:192.0.2.0/24 include:_spf.google.com ?exists:%{i}.x ~all include:late.example",
        );
        assert_eq!(one.all, Some(All::SoftFail));
        assert_eq!(one.includes, [Clean::new("_spf.google.com")]);
        assert_eq!((one.own_lookups, one.faults.len()), (4, 0));
        let open = read("V=SPF1 all");
        assert_eq!(open.all, Some(All::Pass));
        let sent_on = read("v=spf1 redirect=_spf.example.net");
        assert_eq!(sent_on.redirect, Some(Clean::new("_spf.example.net")));
        assert_eq!(sent_on.own_lookups, 1);
        let both = read("v=spf1 redirect=x.example -all");
        assert_eq!((both.redirect, both.own_lookups), (None, 0));
        let odd = read("v=spf1 ipv4:192.0.2.1 include: foo=bar -all");
        assert_eq!(
            odd.faults,
            [Clean::new("ipv4:192.0.2.1"), Clean::new("include:")]
        );
        assert_eq!(
            read("v=spf1"),
            Spf {
                record: Clean::new("v=spf1"),
                ..Spf::default()
            }
        );
        assert!(!Spf::is_one("v=spf10 -all") && !Spf::is_one("spf1") && !Spf::is_one("v=spf1é"));
    }
}

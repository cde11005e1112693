//! This machine as the name system knows it: the names of its address, whether one leads back, and the name that EHLO has said.

use std::net::IpAddr;

use serde::Serialize;
use tokio::time::Instant;

use super::domain::{Question, bounded};
use super::resolver::{Missing, Resolver};
use super::seen::SeenAs;
use crate::mail::clean::Clean;
use crate::probe::walk::Walk;

/// Names of the address that are looked at.
const NAMES: usize = 4;

/// A name that the address is said to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReverseName {
    /// The name, without its last dot.
    pub name: Clean,
    /// Its addresses, as far as they are of the same family.
    pub addresses: Question<Vec<IpAddr>>,
    /// Whether they hold the address that has this name (forward-confirmed); `None` where that could not be learnt.
    pub leads_back: Option<bool>,
}

/// The name that EHLO, HELO or LHLO has said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HelloName {
    /// The name.
    pub name: Clean,
    /// Its addresses.
    pub addresses: Question<Vec<IpAddr>>,
    /// Whether it is one of the names of the address.
    pub is_reverse_name: bool,
}

/// What the name system says about this machine, under the address that a server sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The address.
    #[serde(flatten)]
    pub seen: SeenAs,
    /// How long the asking took, in milliseconds.
    pub took_ms: u64,
    /// The names of the address: the first four, the name of EHLO in front. `None`, and not in JSON, where the address is not
    /// public: then nobody was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverse: Option<Question<Vec<ReverseName>>>,
    /// How many names of the address were not looked at.
    pub left_out: usize,
    /// The name that was said in EHLO. `None` where that was an address, or nothing was asked.
    pub hello: Option<HelloName>,
}

/// Asks about this machine. Of an address that is not public nothing is asked.
pub async fn look_at_machine(resolver: &Resolver, seen: SeenAs, walk: &Walk) -> Machine {
    let begun = Instant::now();
    let mut machine = Machine {
        seen,
        took_ms: 0,
        reverse: None,
        left_out: 0,
        hello: None,
    };
    if !seen.is_public {
        return machine;
    }
    let said = walk.hello.as_deref().and_then(said);
    let hello = async {
        match &said {
            Some(name) => Some(bounded(resolver.addresses(name)).await),
            None => None,
        }
    };
    let (reverse, hello) = futures_util::join!(
        bounded(reverse(resolver, seen.address, said.as_deref())),
        hello
    );
    let is_reverse_name = |said: &Clean| {
        let mut names = { reverse.iter() }.flat_map(|(names, _)| names);
        names.any(|one| one.name == *said)
    };
    machine.hello = said.zip(hello).map(|(name, addresses)| HelloName {
        is_reverse_name: is_reverse_name(&name),
        addresses: Question(addresses),
        name,
    });
    machine.left_out = reverse.as_ref().map_or(0, |(_, left_out)| *left_out);
    machine.reverse = Some(Question(reverse.map(|(names, _)| names)));
    machine.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    machine
}

/// The name of an EHLO; `None` where an address stands in its place (RFC 5321 §4.1.3).
fn said(hello: &str) -> Option<Clean> {
    let name = hello.split_ascii_whitespace().nth(1)?.trim_end_matches('.');
    let is_name = !name.is_empty() && !name.starts_with('[') && name.parse::<IpAddr>().is_err();
    is_name.then(|| Clean::from(name.to_ascii_lowercase()))
}

/// The names of an address, and how many more there are.
async fn reverse(
    resolver: &Resolver,
    address: IpAddr,
    said: Option<&str>,
) -> Result<(Vec<ReverseName>, usize), Missing> {
    let mut names = resolver.ptr(address).await?;
    names.sort_by_key(|name| Some(name.as_str()) != said);
    let left_out = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    let asked = names.into_iter().map(|name| async move {
        let found = resolver.addresses_like(&name, address).await;
        let leads_back = match &found {
            Ok(all) => Some(all.contains(&address)),
            Err(missing) if missing.is_certain() => Some(false),
            Err(_) => None,
        };
        ReverseName {
            name,
            addresses: Question(found),
            leads_back,
        }
    });
    Ok((futures_util::future::join_all(asked).await, left_out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_from_an_address() {
        let name = |hello| said(hello).map(|name| name.to_string());
        assert_eq!(
            name("EHLO Mail.Example.ORG."),
            Some("mail.example.org".into())
        );
        assert_eq!(name("HELO box"), Some("box".into()));
        for none in [
            "EHLO [203.0.113.9]",
            "LHLO 203.0.113.9",
            "EHLO",
            "EHLO .",
            "",
        ] {
            assert_eq!(name(none), None, "{none}");
        }
    }
}

//! Facts about addresses and ports: which of them let us in.

use std::net::IpAddr;

use crate::mail::circumstances::{Reached, Tried};
use crate::probe::diagnosis::seen::Seen;
use crate::probe::presets::Presets;

/// The tries at the smart host's own port that came to an end.
fn ours<'a>(seen: &'a Seen<'_>) -> impl Iterator<Item = &'a Tried> {
    let port = seen.all.port;
    seen.all
        .tried
        .iter()
        .filter(move |one| port.is_none_or(|port| one.address.port() == port))
        .filter(|one| one.reached != Reached::GivenUp)
}

fn list<'a>(tries: impl Iterator<Item = &'a Tried>) -> String {
    const MOST: usize = 8;
    let words: Vec<String> = tries
        .take(MOST)
        .map(|one| {
            let how = match one.reached {
                Reached::Open => "opens",
                Reached::Refused => "refused",
                Reached::TimedOut => "no answer",
                Reached::Unreachable => "no route",
                Reached::Reset => "reset",
                Reached::GivenUp => "not tried to the end",
            };
            format!("{} {how}", one.address)
        })
        .collect();
    words.join(", ")
}

/// A public name has an address that no public server has.
pub(super) fn block_page(seen: &Seen<'_>) -> Option<String> {
    let host = seen.all.host.as_deref()?;
    if host.parse::<IpAddr>().is_ok() || !is_public(host) {
        return None;
    }
    let known = Presets::standard().of_host(host).is_some();
    let mut tried = seen.all.tried.iter().map(|one| one.address.ip());
    let odd = tried.find(|ip| match ip.to_canonical() {
        ip if ip.is_loopback() || ip.is_unspecified() => true,
        // A company's own relay may well have a private address; a large provider has none.
        IpAddr::V4(ip) => known && (ip.is_private() || ip.is_link_local()),
        IpAddr::V6(ip) => known && (ip.is_unique_local() || ip.is_unicast_link_local()),
    })?;
    Some(format!("{host} is {odd} here"))
}

/// Whether a name is looked up in public, and not one that networks use for themselves (RFC 6761, RFC 6762, RFC 8375).
fn is_public(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_lowercase();
    let ends = [
        "localhost",
        "local",
        "localdomain",
        "lan",
        "internal",
        "home.arpa",
        "test",
        "intranet",
        "private",
        "corp",
        "home",
    ];
    name.contains('.')
        && !ends.iter().any(|end| {
            name.strip_suffix(end)
                .is_some_and(|rest| rest.ends_with('.'))
        })
}

/// Every IPv6 address fails and an IPv4 address does not.
pub(super) fn only_ipv4_works(seen: &Seen<'_>) -> Option<String> {
    let open = |one: &&Tried| one.reached == Reached::Open;
    let (six, four): (Vec<&Tried>, Vec<&Tried>) = ours(seen).partition(|one| one.address.is_ipv6());
    (!six.is_empty() && !six.iter().any(open) && four.iter().any(open)).then(|| list(ours(seen)))
}

/// Some of the addresses fail and others do not, whatever their family.
pub(super) fn some_addresses_fail(seen: &Seen<'_>) -> Option<String> {
    let open = ours(seen)
        .filter(|one| one.reached == Reached::Open)
        .count();
    let all = ours(seen).count();
    (open > 0 && open < all && only_ipv4_works(seen).is_none())
        .then(|| format!("{open} of {all} addresses connect: {}", list(ours(seen))))
}

/// Several ports were tried and none of them answered.
pub(super) fn every_port_silent(seen: &Seen<'_>) -> Option<String> {
    let first = seen.all.tried.first()?.address.port();
    let several = seen.all.tried.iter().any(|one| one.address.port() != first);
    let silent = seen
        .all
        .tried
        .iter()
        .all(|one| one.reached == Reached::TimedOut);
    (several && silent).then(|| list(seen.all.tried.iter()))
}

/// Nothing answers on ports 25 and 465, while another port opens.
pub(super) fn silent_465(seen: &Seen<'_>) -> Option<String> {
    let silent = |port| {
        let mut all = seen.all.tried.iter();
        all.any(|one| one.address.port() == port && one.reached == Reached::TimedOut)
            && !open_ports(seen).contains(&port)
    };
    (silent(25) && silent(465) && !open_ports(seen).is_empty()).then(|| list(seen.all.tried.iter()))
}

/// Another port than ours opens.
pub(super) fn another_port_open(seen: &Seen<'_>) -> Option<String> {
    let ours = seen.all.port?;
    open_ports(seen)
        .iter()
        .any(|port| *port != ours)
        .then(|| list(seen.all.tried.iter()))
}

/// The ports that open, each once.
pub(in crate::probe) fn open_ports(seen: &Seen<'_>) -> Vec<u16> {
    let open = seen
        .all
        .tried
        .iter()
        .filter(|one| one.reached == Reached::Open);
    let mut ports: Vec<u16> = open.map(|one| one.address.port()).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

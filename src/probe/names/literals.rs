//! Addresses in a server's words, and which of them belong to the public network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Addresses that are looked at in one text; a list of more is no word about a client.
const MOST: usize = 32;

/// An address that a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// The address; one of IPv4 that is written as IPv6 is one of IPv4.
    pub(super) address: IpAddr,
    /// Whether it stands in brackets, as servers write the address that they see (RFC 5321 §4.1.3).
    pub(super) is_bracketed: bool,
}

/// The addresses that a text names, in its order; where one stands twice, twice.
pub(super) fn literals(text: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut before = None;
    let mut start = 0;
    let ends = text.char_indices().filter(|(_, c)| !belongs(*c));
    for (end, c) in ends
        .map(|(at, c)| (at, Some(c)))
        .chain([(text.len(), None)])
    {
        let word = text.get(start..end).unwrap_or_default();
        if let Some(address) = address(word) {
            found.push(Literal {
                address,
                is_bracketed: before == Some('['),
            });
            if found.len() == MOST {
                break;
            }
        }
        before = c;
        start = end + c.map_or(0, char::len_utf8);
    }
    found
}

/// What a word with an address may be made of: names and numbers hold together, so that no part of them is taken for one.
fn belongs(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | ':' | '-' | '_')
}

/// The address that a word is, with the tag of IPv6 or with a port too.
fn address(word: &str) -> Option<IpAddr> {
    const TAG: &str = "IPv6:";
    let bare = word.trim_end_matches(['.', ':', '-']);
    let behind = match bare.split_at_checked(TAG.len()) {
        Some((tag, rest)) if tag.eq_ignore_ascii_case(TAG) => rest,
        _ => bare,
    };
    // `fe80::` ends in colons of its own.
    let mut readings = [behind, word].into_iter();
    let found = readings.find_map(|text| text.parse::<IpAddr>().ok());
    let with_port = || behind.parse::<SocketAddr>().ok().map(|one| one.ip());
    found
        .or_else(with_port)
        .map(|address| address.to_canonical())
}

/// Whether it can be the address of one host, be it in public or not.
pub(super) fn is_one_host(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => !matches!(four.octets(), [0 | 224.., ..]),
        IpAddr::V6(six) => !six.is_unspecified() && !six.is_multicast(),
    }
}

/// Whether everybody can call an address of this kind, or could: addresses that are kept for documentation count too.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(four) => is_public_v4(four),
        IpAddr::V6(six) => is_public_v6(six),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let kept = matches!(
        address.octets(),
        // This network (RFC 1122), and all that is no single host: multicast and what is reserved behind it.
        [0 | 224.., ..]
            // Behind a carrier's NAT (RFC 6598), protocols (RFC 6890), benchmarks (RFC 2544).
            | [100, 64..=127, ..]
            | [192, 0, 0, _]
            | [198, 18 | 19, ..]
    );
    !(kept || address.is_private() || address.is_loopback() || address.is_link_local())
}

/// All that is given out as global unicast (RFC 4291 §2.4, by the registry `2000::/3`).
const fn is_public_v6(address: Ipv6Addr) -> bool {
    address.segments()[0] >> 13 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        literals(text)
            .iter()
            .map(|one| {
                if one.is_bracketed {
                    format!("[{}]", one.address)
                } else {
                    one.address.to_string()
                }
            })
            .collect()
    }

    #[test]
    fn addresses_are_found_as_servers_write_them() {
        for (text, wanted) in [
            (
                "mx Hello me [203.0.113.9], pleased to meet you",
                "[203.0.113.9]",
            ),
            ("mx at your service, [2001:db8::9]", "[2001:db8::9]"),
            ("mx Hello [IPv6:2001:DB8::9]", "[2001:db8::9]"),
            ("mx Hello [::ffff:203.0.113.9]", "[203.0.113.9]"),
            (
                "Our system has seen, [203.0.113.9      12], that",
                "[203.0.113.9]",
            ),
            ("Client host unknown[203.0.113.9] blocked", "[203.0.113.9]"),
            ("connections from 203.0.113.9.", "203.0.113.9"),
            ("from 203.0.113.9:40112: no", "203.0.113.9"),
            ("from [2001:db8::9]:40112: no", "[2001:db8::9]"),
            ("from 2001:db8::9: no", "2001:db8::9"),
            ("see https://list.example/?ip=203.0.113.9&x", "203.0.113.9"),
            ("the network 2001:db8:: is listed", "2001:db8::"),
        ] {
            assert_eq!(found(text).join(" "), wanted, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_an_address_is_none() {
        for text in [
            "5.7.1 no, Version: 10.0.14393.4169",
            "9.113.0.203.list.example",
            "203-0-113-9.dyn.example",
            "host-203.0.113.9.example",
            "at 12:30:45 of 2026-11-22",
            "v1.2.3.4.5 300.1.1.1 1.2.3",
            "\u{202e}203.0.113.9\u{661}",
            "",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_long_list_is_cut() {
        let many: Vec<String> = (0..255).map(|n| format!("[203.0.113.{n}]")).collect();
        assert_eq!(literals(&many.join("é")).len(), MOST);
    }

    #[test]
    fn addresses_are_public_or_not() {
        let is = |text: &str| is_public(text.parse().expect("an address"));
        for public in [
            "203.0.113.9",
            "8.8.8.8",
            "100.63.0.1",
            "2001:db8::1",
            "::ffff:192.0.2.1",
        ] {
            assert!(is(public), "{public}");
        }
        let kept = [
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "198.18.0.1",
            "192.0.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::1",
        ];
        for kept in kept {
            assert!(!is(kept), "{kept}");
        }
    }
}

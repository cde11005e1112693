//! The header of the PROXY protocol: whose connection this is said to be, for a server that stands behind a balancer.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Which form of the header is sent (the PROXY protocol's own document, versions 1 and 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProxyVersion {
    /// A line of text.
    #[default]
    V1,
    /// Octets.
    V2,
}

/// A header of the PROXY protocol, said before anything else on a connection.
///
/// It is written `SOURCE:PORT,DESTINATION:PORT` with `,v2` behind it for the binary form; `local` in place of the addresses
/// says that the connection is the balancer's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProxyHeader {
    /// The client and the server as they are told, both of one family; `None` for a connection of the balancer's own.
    pub addresses: Option<(SocketAddr, SocketAddr)>,
    /// The form.
    pub version: ProxyVersion,
}

/// What begins the binary form.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

impl ProxyHeader {
    /// The line of the first form, without its line end.
    #[must_use]
    pub fn line(&self) -> String {
        match &self.addresses {
            None => "PROXY UNKNOWN".to_owned(),
            Some((source, destination)) => {
                let family = if source.is_ipv6() { "TCP6" } else { "TCP4" };
                let (from, to) = (source.ip(), destination.ip());
                let ports = (source.port(), destination.port());
                format!("PROXY {family} {from} {to} {} {}", ports.0, ports.1)
            }
        }
    }

    /// The octets on the wire.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        if self.version == ProxyVersion::V1 {
            return format!("{}\r\n", self.line()).into_bytes();
        }
        let mut octets = SIGNATURE.to_vec();
        let Some((source, destination)) = &self.addresses else {
            // Version 2 and LOCAL, no family, nothing behind it.
            octets.extend([0x20, 0x00, 0, 0]);
            return octets;
        };
        let mut block = Vec::with_capacity(36);
        for address in [source, destination] {
            match address.ip() {
                IpAddr::V4(ip) => block.extend(ip.octets()),
                IpAddr::V6(ip) => block.extend(ip.octets()),
            }
        }
        block.extend(source.port().to_be_bytes());
        block.extend(destination.port().to_be_bytes());
        // Version 2 and PROXY; TCP over IPv4 or IPv6; the length of the block.
        let (family, length) = if source.is_ipv6() {
            (0x21, 36_u16)
        } else {
            (0x11, 12)
        };
        octets.extend([0x21, family]);
        octets.extend(length.to_be_bytes());
        octets.extend(block);
        octets
    }
}

impl fmt::Display for ProxyHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.addresses {
            Some((source, destination)) => write!(f, "{source},{destination}")?,
            None => f.write_str("local")?,
        }
        match self.version {
            ProxyVersion::V1 => Ok(()),
            ProxyVersion::V2 => f.write_str(",v2"),
        }
    }
}

impl FromStr for ProxyHeader {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let version = match parts.last() {
            Some(&"v2") => ProxyVersion::V2,
            _ => ProxyVersion::V1,
        };
        if matches!(parts.last(), Some(&("v1" | "v2"))) {
            parts.pop();
        }
        let address = |part: &str| {
            part.parse::<SocketAddr>().map_err(|_| {
                format!(
                    "{part:?} is no address with a port; write SOURCE:PORT,DESTINATION:PORT such as \
                     192.0.2.1:40000,198.51.100.1:25, with ,v2 behind it for the binary form"
                )
            })
        };
        let addresses = match parts.as_slice() {
            ["local"] => None,
            [source, destination] => Some((address(source)?, address(destination)?)),
            _ => {
                return Err(format!(
                    "{text:?} is no PROXY header; write SOURCE:PORT,DESTINATION:PORT, or local, with ,v2 behind it for \
                     the binary form"
                ));
            }
        };
        if addresses.is_some_and(|(one, other)| one.is_ipv6() != other.is_ipv6()) {
            return Err(
                "a PROXY header tells two addresses of one family, both IPv4 or both IPv6"
                    .to_owned(),
            );
        }
        Ok(Self { addresses, version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> ProxyHeader {
        text.parse().expect("a header")
    }

    #[test]
    fn both_forms_are_written_as_their_document_says() {
        let four = header("192.0.2.1:40000,198.51.100.1:25");
        assert_eq!(
            four.octets(),
            b"PROXY TCP4 192.0.2.1 198.51.100.1 40000 25\r\n"
        );
        let six = header("[2001:db8::1]:1,[2001:db8::2]:25,v1");
        assert_eq!(six.line(), "PROXY TCP6 2001:db8::1 2001:db8::2 1 25");
        assert_eq!(header("local").octets(), b"PROXY UNKNOWN\r\n");
        let binary = header("192.0.2.1:40000,198.51.100.1:25,v2").octets();
        let expected = [
            &SIGNATURE[..],
            &[0x21, 0x11, 0, 12],
            &[192, 0, 2, 1, 198, 51, 100, 1],
            &[0x9c, 0x40, 0, 25],
        ];
        assert_eq!(binary, expected.concat());
        let six = header("[2001:db8::1]:1,[2001:db8::2]:25,v2").octets();
        assert_eq!((six.len(), &six[12..16]), (52, &[0x21, 0x21, 0, 36][..]));
        assert_eq!(header("local,v2").octets()[12..], [0x20, 0, 0, 0]);
    }

    #[test]
    fn what_is_written_is_read_again_and_faults_are_named() {
        for text in [
            "192.0.2.1:40000,198.51.100.1:25",
            "[2001:db8::1]:1,[2001:db8::2]:25,v2",
            "local",
            "local,v2",
        ] {
            assert_eq!(header(text).to_string(), text);
        }
        for (text, word) in [
            ("192.0.2.1,198.51.100.1:25", "\"192.0.2.1\""),
            ("192.0.2.1:1", "SOURCE:PORT,DESTINATION:PORT"),
            ("192.0.2.1:1,[::1]:25", "one family"),
            ("", "no PROXY header"),
        ] {
            let words = text.parse::<ProxyHeader>().expect_err("a fault");
            assert!(words.contains(word), "{words}");
        }
    }
}

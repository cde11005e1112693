//! How a smart host is reached: in which language, over which kind of address, from where, and by which detour.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::proxy::ProxyHeader;

/// What is spoken on the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// SMTP (RFC 5321): one reply to the final dot, for all recipients.
    #[default]
    Smtp,
    /// LMTP (RFC 2033): LHLO, and a reply to the final dot for each accepted recipient.
    Lmtp,
}

impl Protocol {
    /// The command that greets.
    #[must_use]
    pub const fn hello(self) -> &'static str {
        match self {
            Self::Smtp => "EHLO",
            Self::Lmtp => "LHLO",
        }
    }
}

/// Which addresses of a name are tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Family {
    /// All of them, IPv6 and IPv4 by turns (RFC 8305).
    #[default]
    Any,
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
}

impl Family {
    /// The name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::V4 => "4",
            Self::V6 => "6",
        }
    }

    /// Whether an address is one of these.
    #[must_use]
    pub const fn has(self, address: &IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Any => "any",
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

impl FromStr for Family {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "any" => Ok(Self::Any),
            "4" => Ok(Self::V4),
            "6" => Ok(Self::V6),
            _ => Err(format!("unknown family {text:?}, expected any, 4 or 6")),
        }
    }
}

/// The ways to a smart host beside its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// What is spoken.
    pub protocol: Protocol,
    /// Which of the name's addresses are tried.
    pub family: Family,
    /// The address of this machine to call from; without it the system chooses.
    pub source: Option<IpAddr>,
    /// Where to call in place of the smart host's own name and port. The certificate must still be for its name.
    pub detour: Option<Place>,
    /// The smart host is this UNIX socket and has no name.
    pub socket: Option<PathBuf>,
    /// What is said of the client by the PROXY protocol before anything else on a connection.
    pub proxy: Option<ProxyHeader>,
}

/// Somewhere to call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A name or an address, and a port.
    Host(String, u16),
    /// A UNIX socket.
    Socket(PathBuf),
    /// A shell command: its standard input and output are the connection.
    Command(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host, port) => match host.parse() {
                Ok(address) => SocketAddr::new(address, *port).fmt(f),
                Err(_) => write!(f, "{host}:{port}"),
            },
            Self::Socket(path) => write!(f, "unix:{}", path.display()),
            // A command may have a secret among its arguments.
            Self::Command(command) => {
                let mut words = command.split_whitespace();
                let program = words.next().unwrap_or_default();
                let more = if words.next().is_some() { " …" } else { "" };
                write!(f, "the command {program}{more}")
            }
        }
    }
}

impl Serialize for Family {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Family {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_read_and_choose_addresses() {
        let v4: IpAddr = "192.0.2.1".parse().expect("an address");
        let v6: IpAddr = "2001:db8::1".parse().expect("an address");
        for (text, has) in [
            ("any", (true, true)),
            ("4", (true, false)),
            ("6", (false, true)),
        ] {
            let family: Family = text.parse().expect("known");
            assert_eq!((family.has(&v4), family.has(&v6)), has, "{text}");
            assert_eq!(family.name(), text);
        }
        assert!("5".parse::<Family>().is_err());
    }

    #[test]
    fn places_are_written_as_they_are_read() {
        for (place, text) in [
            (Place::Host("relay.example".into(), 25), "relay.example:25"),
            (Place::Host("::1".into(), 25), "[::1]:25"),
            (Place::Socket("/run/lmtp".into()), "unix:/run/lmtp"),
        ] {
            assert_eq!(place.to_string(), text);
        }
    }
}

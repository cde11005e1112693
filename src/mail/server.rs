//! A server as it is written: a name or an address with a port, or a UNIX socket.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use super::reach::Place;

/// Host and port as written: `relay.example.com`, `relay.example.com:587`, `192.0.2.1:25` or `[2001:db8::1]:465`; or a UNIX
/// socket: `unix:/run/lmtp`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    /// A name or an IP address without brackets; of a UNIX socket all that was written.
    pub host: String,
    /// The port, where one was written.
    pub port: Option<u16>,
}

impl Server {
    /// The path, where this is a UNIX socket.
    #[must_use]
    pub fn socket(&self) -> Option<PathBuf> {
        self.host.strip_prefix(UNIX).map(PathBuf::from)
    }

    /// Where that is, with this port where none was written.
    #[must_use]
    pub fn place(&self, port: u16) -> Place {
        match self.socket() {
            Some(path) => Place::Socket(path),
            None => Place::Host(self.host.clone(), self.port.unwrap_or(port)),
        }
    }
}

/// What a UNIX socket begins with.
const UNIX: &str = "unix:";
/// The longest path of a UNIX socket in octets: `sun_path` of Linux holds 108 with the NUL behind it, that of others 104.
const LONGEST_SOCKET: usize = 103;

fn socket(text: &str, path: &str) -> Result<Server, String> {
    if !path.starts_with('/') || path.contains(char::is_control) {
        return Err(format!(
            "{text:?} is no UNIX socket, expected unix: and a path from the root such as unix:/run/lmtp"
        ));
    }
    if path.len() > LONGEST_SOCKET {
        return Err(format!(
            "the path of a UNIX socket is longer than {LONGEST_SOCKET} octets: {text:?}"
        ));
    }
    Ok(Server {
        host: text.to_owned(),
        port: None,
    })
}

/// What cannot be a host's name is told here, before a resolver makes something else of it: to many, 587 is the address 0.0.2.75.
fn host_is_one(text: &str, host: &str) -> Result<(), String> {
    if host.is_empty() {
        return Err(format!(
            "{text:?} has no host name, expected HOST or HOST:PORT such as relay.example.com:587"
        ));
    }
    let bad = |c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%'));
    if let Some(sign) = host.chars().find(|c| bad(*c)) {
        return Err(format!(
            "{sign:?} in {text:?} is in no host name, expected HOST or HOST:PORT such as relay.example.com:587"
        ));
    }
    if host.contains(':') || host.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    let number = |label: &str| !label.is_empty() && label.bytes().all(|c| c.is_ascii_digit());
    if number(host) {
        return Err(format!(
            "{text:?} is a number and no host; a port stands behind the host, such as relay.example.com:587"
        ));
    }
    // A name's last label is never a number (RFC 3696 §2), so this was to be an address.
    if host
        .trim_end_matches('.')
        .rsplit('.')
        .next()
        .is_some_and(number)
    {
        return Err(format!(
            "{text:?} is no IPv4 address, expected four numbers from 0 to 255 such as 192.0.2.1"
        ));
    }
    Ok(())
}

impl FromStr for Server {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let port_of = |digits: &str| match digits.parse::<u16>() {
            Ok(port) if port > 0 => Ok(Some(port)),
            _ if digits.is_empty() => Err(format!(
                "{text:?} ends in a colon; write the port behind it, such as 587, or leave the colon out"
            )),
            _ if digits.contains(':') => Err(format!(
                "{text:?} has more than one colon; write HOST:PORT, and an IPv6 address in brackets such as [2001:db8::1]:587"
            )),
            _ => Err(format!(
                "the port in {text:?} is not a number from 1 to 65535"
            )),
        };
        if let Some(path) = text.strip_prefix(UNIX) {
            return socket(text, path);
        }
        // In front of the sign may stand a user with a password, which no message repeats.
        if text.contains('@') {
            return Err("a login does not belong to the server, and what stands there is not repeated; write only HOST or \
                 HOST:PORT, such as relay.example.com:587"
                .to_owned());
        }
        if text.contains("://") || text.contains(['/', ' ']) {
            return Err(format!(
                "{text:?} is not HOST or HOST:PORT; write only the name and the port, such as relay.example.com:587"
            ));
        }
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, rest) = rest
                .split_once(']')
                .ok_or_else(|| format!("the closing ] in {text:?} is missing"))?;
            match rest.strip_prefix(':') {
                Some(port) => (host, port_of(port)?),
                None if rest.is_empty() => (host, None),
                None => {
                    return Err(format!(
                        "a colon and a port are expected after ] in {text:?}"
                    ));
                }
            }
        } else if text.parse::<IpAddr>().is_ok() {
            (text, None)
        } else {
            match text.split_once(':') {
                Some((host, port)) => (host, port_of(port)?),
                None => (text, None),
            }
        };
        host_is_one(text, host)?;
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_with_and_without_port_and_brackets() {
        let read = |text: &str| {
            text.parse::<Server>()
                .map(|server| (server.host, server.port))
        };
        assert_eq!(
            read("relay.example.com:587"),
            Ok(("relay.example.com".into(), Some(587)))
        );
        assert_eq!(read("localhost"), Ok(("localhost".into(), None)));
        assert_eq!(read("[::1]:25"), Ok(("::1".into(), Some(25))));
        assert_eq!(read("::1"), Ok(("::1".into(), None)));
        let socket: Server = "unix:/run/lmtp".parse().expect("a socket");
        assert_eq!(socket.socket(), Some("/run/lmtp".into()));
        assert_eq!(socket.place(25), Place::Socket("/run/lmtp".into()));
        assert!(
            format!("unix:/{}", "x".repeat(103))
                .parse::<Server>()
                .is_err()
        );
        for bad in [
            "unix:",
            "unix:run",
            "unix:/a\nb",
            "",
            ":25",
            "a:0",
            "a:70000",
            "a:x",
            "smtp://a",
            "[::1",
            "a b",
            "me@a",
            "587",
            "587:25",
            "192.0.2.300",
            "192.0.2",
            "a.1:25",
            "a,b",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        for good in [
            "1.example",
            "10.0.0.1:25",
            "[fe80::1%eth0]:25",
            "7up",
            "münchen.example",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        let fault = |text: &str| text.parse::<Server>().expect_err("no server");
        for (text, words) in [
            ("a:587:25", "more than one colon"),
            ("a:", "ends in a colon"),
            ("a:smtp", "not a number from 1 to 65535"),
            ("465", "a number and no host"),
            ("192.0.2.300:25", "four numbers from 0 to 255"),
            ("smtp,gmail.com", "',' in"),
        ] {
            assert!(fault(text).contains(words), "{}", fault(text));
        }
        for login in ["me:canary@a", "smtp://me:canary@a:25", "me@canary"] {
            let words = fault(login);
            assert!(!words.contains("canary"), "{words}");
        }
    }
}

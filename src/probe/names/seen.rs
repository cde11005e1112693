//! Under which address the server sees this machine: by its own word, else by the connection.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use super::literals::{Literal, is_one_host, is_public, literals};
use super::mentions::{Said, of_last_connection, replies, said};
use crate::mail::transcript::{By, Line};
use crate::probe::walk::Walk;
use crate::smtp::TryEnd;

/// How an address is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KnownBy {
    /// The server names it in a reply.
    Server,
    /// It is this side's address of the connection.
    Connection,
}

impl KnownBy {
    /// In words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Server => "by the server's word",
            Self::Connection => "by the connection's own address",
        }
    }
}

/// The address under which a server sees this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SeenAs {
    /// The address.
    pub address: IpAddr,
    /// How it is known.
    pub known_by: KnownBy,
    /// Whether it is an address of the public network. Of another one nobody outside can tell a name.
    pub is_public: bool,
}

/// Why it is not known under which address the server sees this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unseen {
    /// Nobody was spoken with.
    #[error("no server was reached")]
    NoServer,
    /// XCLIENT or the PROXY protocol has named another client: what the server says is said of that one.
    #[error("the server was told of another client")]
    Another,
    /// The server does not say, and the connection's own address is not what it sees.
    #[error("the server does not name it, and {0}, the connection's own, is not public")]
    NotPublic(IpAddr),
    /// The server does not say, and the connection has no address of its own or goes on behind a detour.
    #[error("the server does not name it, and the connection does not show it")]
    NotShown,
}

/// Under which address a walk's server sees this machine.
///
/// It is the one that the server names in its reply to EHLO, else in a refusal. Addresses of the server do not count, nor does
/// one mention of what this side has said itself. Where several are left and nothing tells which is meant, none is. What is not
/// public counts only where there is no better, and only in the reply to EHLO.
///
/// # Errors
/// Why that is not known.
pub fn seen_as(walk: &Walk) -> Result<SeenAs, Unseen> {
    let local = walk.local.map(|one| one.to_canonical());
    let lines = walk.transcript.lines();
    let lines = of_last_connection(&lines);
    let tells = |line: &Line| line.by == By::Client && line.text.starts_with("XCLIENT ");
    if { walk.host.reach.proxy }.is_some_and(|header| header.addresses.is_some())
        || lines.iter().any(tells)
    {
        return Err(Unseen::Another);
    }
    let words = Words {
        servers: servers(walk),
        said: said(lines),
        local,
    };
    let replies = replies(lines);
    let told = |is_public: bool| words.told(&replies, is_public);
    let seen = |address, known_by| SeenAs {
        address,
        known_by,
        is_public: is_public(address),
    };
    if let Some(address) = told(true) {
        return Ok(seen(address, KnownBy::Server));
    }
    // At the end of a tunnel another address than this one is seen.
    let direct = local.filter(|_| walk.host.reach.detour.is_none());
    if let Some(address) = direct.filter(|one| is_public(*one)) {
        return Ok(seen(address, KnownBy::Connection));
    }
    if let Some(address) = told(false) {
        return Ok(seen(address, KnownBy::Server));
    }
    Err(match direct {
        Some(address) => Unseen::NotPublic(address),
        None if walk.peer.is_none() => Unseen::NoServer,
        None => Unseen::NotShown,
    })
}

/// The server's addresses.
fn servers(walk: &Walk) -> Vec<IpAddr> {
    let peer = { walk.peer.as_deref() }.and_then(|peer| peer.parse::<SocketAddr>().ok());
    let tried = walk.tries.iter();
    let tried = tried.filter(|one| !matches!(one.end, TryEnd::Failed(_)));
    { walk.addresses.iter().copied() }
        .chain(peer)
        .chain(tried.map(|one| one.address))
        .map(|one| one.ip().to_canonical())
        .collect()
}

/// What helps to tell the client's address from others.
struct Words {
    servers: Vec<IpAddr>,
    said: Vec<IpAddr>,
    local: Option<IpAddr>,
}

impl Words {
    /// The address that the best of the replies names.
    fn told(&self, replies: &[Said], public: bool) -> Option<IpAddr> {
        replies
            .iter()
            // Lists of blocked addresses answer with addresses of their own, such as 127.0.0.2.
            .filter(|said| public || said.is_greeting)
            .find_map(|said| self.named(&said.text, public))
    }

    /// The one address that a text can mean; `None` where there is none, or no telling which.
    fn named(&self, text: &str, public: bool) -> Option<IpAddr> {
        let mut all = literals(text);
        // Many servers repeat what EHLO or RCPT has said before they say what they see.
        for echo in &self.said {
            if let Some(at) = all.iter().position(|one| one.address == *echo) {
                all.remove(at);
            }
        }
        all.retain(|one| {
            let address = one.address;
            is_public(address) == public && is_one_host(address) && !self.servers.contains(&address)
        });
        let agreed = self.local.filter(|local| {
            let mut all = all.iter();
            all.any(|one| one.address == *local)
        });
        let bracketed = all.iter().filter(|one| one.is_bracketed);
        agreed
            .or_else(|| only(bracketed))
            .or_else(|| only(all.iter()))
    }
}

/// The address where there is but one.
fn only<'a>(mut all: impl Iterator<Item = &'a Literal>) -> Option<IpAddr> {
    let first = all.next()?.address;
    all.all(|one| one.address == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::smarthost::{Security, SmartHost};
    use crate::mail::stage::Stage;
    use crate::mail::transcript::Transcript;
    use crate::probe::walk::Plan;

    /// A walk to 198.51.100.2 from this address with these lines: `C:` and `S:` at the stage of EHLO, `G:` greetings, `R:` refusals.
    fn walked(local: Option<&str>, lines: &[&str]) -> Walk {
        let said = lines.iter().filter_map(|line| {
            let (who, text) = line.split_once(": ")?;
            let (stage, by) = match who {
                "C" => (Stage::Hello, By::Client),
                "S" => (Stage::Hello, By::Server),
                "G" => (Stage::Greeting, By::Server),
                _ => (Stage::Rcpt, By::Server),
            };
            Some(Line {
                at: std::time::Duration::ZERO,
                stage,
                by,
                text: text.into(),
            })
        });
        let server = "relay.example:25".parse().expect("a server");
        let plan = Plan::new(SmartHost::new(server, Security::None));
        let mut walk = Walk::new(&plan, &Transcript::of(said));
        walk.peer = Some("198.51.100.2:25".into());
        walk.local = local.map(|one| one.parse().expect("an address"));
        walk
    }

    fn word(local: &str, lines: &[&str]) -> String {
        match seen_as(&walked(Some(local), lines)) {
            Ok(seen) => format!("{} {:?} {}", seen.address, seen.known_by, seen.is_public),
            Err(unseen) => format!("{unseen:?}"),
        }
    }

    const BEHIND_NAT: &str = "192.168.1.5";

    #[test]
    fn the_server_s_word_counts() {
        for lines in [
            &["S: 250-mx Hello me [203.0.113.9]", "S: 250 SIZE 1"][..],
            &["S: 250 mx.example at your service, [203.0.113.9]"],
            &["S: 250 mx Hello [::ffff:203.0.113.9]"],
            // The server's own addresses do not.
            &["S: 250 mx [198.51.100.2] Hello [203.0.113.9]"],
            &["S: 250 [198.51.100.77] Hello 203.0.113.9"],
            // What EHLO said is repeated before what is seen.
            &[
                "C: EHLO [203.0.113.77]",
                "S: 250 mx Hello [203.0.113.77] [203.0.113.9]",
            ],
            &[
                "C: EHLO [203.0.113.9]",
                "S: 250 mx Hello [203.0.113.9] [203.0.113.9]",
            ],
            // Only what stands in brackets, where that is one.
            &["S: 250 mx Hello 203.0.113.77 [203.0.113.9] by 198.51.100.78"],
            // A refusal, also of more than one line and beside an answer of a list.
            &[
                "S: 250 mx",
                "R: 550 5.7.1 Client host [203.0.113.9] blocked (127.0.0.2)",
            ],
            &[
                "R: 550-5.7.1 no, see",
                "R: 550 https://list.example/ip/203.0.113.9",
            ],
            &["G: 554 mx: connections from 203.0.113.9 are not taken"],
            // EHLO before a refusal, the later EHLO before the earlier.
            &[
                "S: 250 mx Hello [203.0.113.77]",
                "S: 250 mx Hello [203.0.113.9]",
                "R: 550 Client host [203.0.113.78]",
            ],
            // An earlier connection has shown another address.
            &[
                "G: 220 mx",
                "S: 250 mx Hello [2001:db8::9]",
                "G: 220 mx",
                "R: 554 [203.0.113.9]",
            ],
        ] {
            assert_eq!(
                word(BEHIND_NAT, lines),
                "203.0.113.9 Server true",
                "{lines:?}"
            );
        }
        assert_eq!(
            word("2001:db8::9", &["S: 250 mx Hello [IPv6:2001:db8::a]"]),
            "2001:db8::a Server true"
        );
    }

    #[test]
    fn of_two_the_connection_s_own_is_meant_and_else_none() {
        let two = ["S: 250 mx Hello [203.0.113.9] [203.0.113.10]"];
        assert_eq!(word("203.0.113.10", &two), "203.0.113.10 Server true");
        assert_eq!(word(BEHIND_NAT, &two), "NotPublic(192.168.1.5)");
        assert_eq!(word("203.0.113.11", &two), "203.0.113.11 Connection true");
    }

    #[test]
    fn without_a_word_the_connection_counts() {
        for lines in [
            &[][..],
            &["S: 250 mx Hello"],
            &["S: 250 mx Hello [198.51.100.2]"],
            &["S: 250 mx Hello [192.168.7.7]"],
            // Not what the client has said, nor what another server has.
            &["C: EHLO [203.0.113.77]", "S: 250 mx Hello [203.0.113.77]"],
            &[
                "C: RCPT TO:<a@[203.0.113.77]>",
                "R: 550 <a@[203.0.113.77]>: no relay",
            ],
            &["R: 550 host next[203.0.113.77] said: 550 no"],
            // Later lines of EHLO promise, and no other reply that welcomes names anybody.
            &["S: 250-mx", "S: 250 XADDRESS [203.0.113.77]"],
            &["R: 250 [203.0.113.77] ok"],
            &[
                "S: 250 mx Hello [203.0.113] [203.0.113.\u{202e}77] [[[[",
                "S: 25",
                "S: é50 [203.0.113.77]",
            ],
        ] {
            assert_eq!(
                word("203.0.113.9", lines),
                "203.0.113.9 Connection true",
                "{lines:?}"
            );
        }
        assert_eq!(
            word("::ffff:203.0.113.9", &[]),
            "203.0.113.9 Connection true"
        );
    }

    #[test]
    fn what_is_not_public_is_told_where_there_is_no_better() {
        let hello = ["S: 250 mx Hello [192.168.7.7]"];
        assert_eq!(word(BEHIND_NAT, &hello), "192.168.7.7 Server false");
        let lists = ["R: 550 blocked (127.0.0.2)"];
        assert_eq!(word(BEHIND_NAT, &lists), "NotPublic(192.168.1.5)");
        let odd = ["S: 250 mx Hello [0.0.0.0] [ff02::1] [255.255.255.255]"];
        assert_eq!(word(BEHIND_NAT, &odd), "NotPublic(192.168.1.5)");
    }

    #[test]
    fn who_names_another_client_hears_of_that_one() {
        let lines = [
            "C: XCLIENT ADDR=203.0.113.77",
            "S: 250 mx Hello [203.0.113.77]",
        ];
        assert_eq!(word("203.0.113.9", &lines), "Another");
    }

    #[test]
    fn a_way_that_shows_no_address_is_told() {
        let mut walk = walked(None, &["S: 250 mx Hello"]);
        assert_eq!(seen_as(&walk), Err(Unseen::NotShown));
        walk.peer = None;
        assert_eq!(seen_as(&walk), Err(Unseen::NoServer));
    }
}

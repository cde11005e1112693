//! Another way to the server: the port, the protection that is spoken there, the family of addresses, the name itself.

use super::change::Change;
use super::offers::{Offers, Weight};
use super::seen::Seen;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reach::Family;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::probe::grid::{self, Cell};
use crate::probe::presets::Presets;
use crate::smtp::TryEnd;

pub(super) fn offer(seen: Seen<'_>, offers: &mut Offers) {
    name(seen, offers);
    other_mode(seen, offers);
    looked_around(seen, offers);
    families(seen, offers);
    other_ports(seen, offers);
}

/// A typing error in the name of a host that many use.
fn name(seen: Seen<'_>, offers: &mut Offers) {
    if seen.stage() == Some(Stage::Resolve)
        && let Some(meant) = Presets::standard().near_host(&seen.host().host)
    {
        let change = Change::Host(meant.to_owned());
        offers.add(
            Weight::Likely,
            format!("use {meant} as the server"),
            vec![change],
        );
    }
}

/// The port is right, and the other way of TLS is spoken there.
fn other_mode(seen: Seen<'_>, offers: &mut Offers) {
    let walk = seen.walk;
    let is_record = matches!(walk.first_octets.as_slice(), [21 | 22, 3, ..]);
    if walk.speaks_tls == Some(true) || (walk.greeting.is_none() && is_record) {
        let change = Change::Security(Security::Tls);
        let words = "use TLS from the first byte on this port";
        offers.add(Weight::Seen, words, vec![change]);
    }
    if seen.stage() == Some(Stage::Tls) && seen.host().is_implicit_tls() {
        let change = vec![Change::Security(Security::StartTls)];
        let words = "use STARTTLS on this port";
        if is_reply(&walk.tls_octets) {
            offers.add(Weight::Seen, words, change);
        } else if walk.certificates.is_empty()
            && walk.tls_octets.is_empty()
            && matches!(seen.host().port, 25 | 587 | 2525)
        {
            // By convention these ports begin in clear.
            offers.add(Weight::Often, words, change);
        }
    }
}

/// Whether these octets begin an SMTP reply (RFC 5321 §4.2).
fn is_reply(octets: &[u8]) -> bool {
    matches!(
        octets,
        [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9', b' ' | b'-', ..]
    )
}

/// Whether a port that is open elsewhere may be the way out: this one is closed, speaks something else, has no TLS that can be
/// trusted, or takes no login.
fn is_about_the_port(seen: Seen<'_>) -> bool {
    match (seen.stage(), seen.cause()) {
        (Some(Stage::Resolve) | None, _) => false,
        (Some(stage), _) if stage <= Stage::Tls => true,
        (Some(Stage::Auth), Some(cause)) => {
            matches!(cause, Cause::Local(_)) && seen.mechanisms().is_empty()
                || seen.is_found(&["auth.not_enabled"])
        }
        _ => false,
    }
}

/// What the grid has shown to be the best.
fn looked_around(seen: Seen<'_>, offers: &mut Offers) {
    let is_of_use = seen.calls_a_port() && is_about_the_port(seen);
    if !is_of_use {
        return;
    }
    let mut add = |weight, cell: &Cell, why: &str| {
        let words = format!("use port {}, {}: {why}", cell.port, way(cell.security));
        let changes = vec![Change::Port(cell.port), Change::Security(cell.security)];
        offers.add(weight, words, changes);
    };
    if let Some(cell) = grid::best(seen.cells) {
        return add(Weight::Seen, cell, "it was seen to work");
    }
    // With the same certificate in question another port is no way on.
    if !seen.walk.certificates.is_empty() {
        return;
    }
    for cell in seen.cells.iter().filter(|cell| cell.is_in_question()) {
        let why = "a mail server is there, and its certificate is the next question";
        add(Weight::Often, cell, why);
    }
}

fn way(security: Security) -> &'static str {
    match security {
        Security::Tls => "with TLS from the first byte",
        Security::StartTls | Security::Auto => "with STARTTLS",
        Security::None => "in clear",
    }
}

/// The ports where mail programs hand in their mail, where nothing else is known.
fn other_ports(seen: Seen<'_>, offers: &mut Offers) {
    if !seen.cells.is_empty() {
        return;
    }
    let walk = seen.walk;
    let weight = match (seen.stage(), seen.cause()) {
        // The whole machine, or the way to it, is gone.
        (Some(Stage::Connect), Some(cause)) if is_unreachable(cause) => return,
        (Some(Stage::Connect), _) => Weight::Often,
        (Some(Stage::Greeting), Some(Cause::OutOfStep(_))) => {
            if matches!(walk.first_octets.as_slice(), [21 | 22, 3, ..]) {
                return;
            }
            Weight::Often
        }
        (Some(Stage::Greeting), Some(Cause::TimedOut(_) | Cause::Closed))
            if walk.speaks_tls != Some(true) =>
        {
            Weight::Perhaps
        }
        (Some(Stage::Hello), Some(Cause::Refused(_) | Cause::OutOfStep(_)))
            // EHLO needs no login (RFC 5321); who demands one before it speaks FTP (RFC 959 §4.2).
            if seen.failure().and_then(Failure::code) == Some(530)
                || seen.is_found(&["banner.not_smtp"]) =>
        {
            Weight::Often
        }
        // TLS did not come about, and nothing was shown that could be trusted or not.
        (Some(Stage::Tls), Some(Cause::Tls(_)))
            if walk.certificates.is_empty() && !is_reply(&walk.tls_octets) && is_foreign(seen) =>
        {
            Weight::Often
        }
        _ => return,
    };
    for (port, security) in seen.other_ports() {
        let words = format!("use port {port}, {}", way(security));
        offers.add(
            weight,
            words,
            vec![Change::Port(port), Change::Security(security)],
        );
    }
}

/// Whether something that is neither TLS nor mail has answered the handshake.
fn is_foreign(seen: Seen<'_>) -> bool {
    let octets = &seen.walk.tls_octets;
    !octets.is_empty() && !matches!(octets.as_slice(), [0x15 | 0x16, 3, ..])
}

fn is_unreachable(cause: &Cause) -> bool {
    let words = match cause {
        Cause::Io(words) => words.to_lowercase(),
        Cause::Local(_) => return true,
        _ => return false,
    };
    words.contains("unreachable") || words.contains("no route") || words.contains("cannot assign")
}

/// One family of addresses works, or may work, where the other one does not.
pub(super) fn families(seen: Seen<'_>, offers: &mut Offers) {
    let walk = seen.walk;
    let has = |six: bool| walk.addresses.iter().any(|one| one.is_ipv6() == six);
    if !has(true) || !has(false) {
        return;
    }
    let mut add = |weight, family: Family, why: &str| {
        let words = format!("use {family} addresses only: {why}");
        offers.add(weight, words, vec![Change::Family(family)]);
    };
    let named = |six: bool| if six { "IPv6" } else { "IPv4" };
    match (seen.host().reach.family, seen.stage()) {
        (Family::Any, None) => {
            for six in [true, false] {
                if is_broken(seen, six) && is_open(seen, !six) {
                    let why = format!("no {} address lets us in", named(six));
                    add(Weight::Seen, family(!six), &why);
                }
            }
        }
        (Family::Any, Some(stage)) if stage > Stage::Connect => {
            let six = walk
                .tries
                .iter()
                .rev()
                .find(|one| one.end == TryEnd::Connected);
            let Some(six) = six.map(|one| one.address.is_ipv6()) else {
                return;
            };
            let by_address = ["rcpt.no_ptr", "rcpt.blocklist", "rcpt.spf", "banner.554"];
            if seen.is_found(&by_address) {
                let why = format!(
                    "the server may object to this machine's {} address",
                    named(six)
                );
                add(Weight::Often, family(!six), &why);
            } else if matches!(stage, Stage::Greeting | Stage::Tls)
                && matches!(seen.cause(), Some(Cause::TimedOut(_) | Cause::Closed))
            {
                let why = format!("{} connects and goes no further", named(six));
                add(Weight::Perhaps, family(!six), &why);
            }
        }
        (set @ (Family::V4 | Family::V6), Some(Stage::Connect)) => {
            let six = set == Family::V6;
            let why = format!("no {} address lets us in", named(six));
            add(Weight::Likely, family(!six), &why);
        }
        _ => {}
    }
}

const fn family(six: bool) -> Family {
    if six { Family::V6 } else { Family::V4 }
}

/// Whether every address of a family that was tried has failed, and one was.
fn is_broken(seen: Seen<'_>, six: bool) -> bool {
    let mut tries = seen
        .walk
        .tries
        .iter()
        .filter(|one| one.address.is_ipv6() == six);
    let fails = |end: &TryEnd| matches!(end, TryEnd::Failed(_) | TryEnd::NoUse(_));
    tries.clone().any(|one| fails(&one.end)) && !tries.any(|one| one.end == TryEnd::Connected)
}

fn is_open(seen: Seen<'_>, six: bool) -> bool {
    let mut tries = seen.walk.tries.iter();
    tries.any(|one| one.address.is_ipv6() == six && one.end == TryEnd::Connected)
}

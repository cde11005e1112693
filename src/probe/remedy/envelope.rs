//! How this side names itself: the name in EHLO and the reverse path.

use super::change::Change;
use super::near::is_host;
use super::offers::{Offers, Weight};
use super::seen::Seen;
use crate::mail::address::Address;
use crate::mail::stage::Stage;

/// What a name in EHLO is complained of by, at whatever stage.
const NAME: [&str; 6] = [
    "ehlo.bad_name",
    "ehlo.need_fqdn",
    "ehlo.name_unresolvable",
    "ehlo.impersonation",
    "ehlo.gmail_421",
    "rcpt.fqdn",
];
/// What a sender is complained of by.
const SENDER: [&str; 3] = [
    "mail.sender_not_owned",
    "mail.sendas_data",
    "mail.domain_not_found",
];

pub(super) fn offer(seen: Seen<'_>, offers: &mut Offers) {
    if seen.is_found(&NAME) && seen.stage().is_some_and(|stage| stage >= Stage::Hello) {
        hello(seen, offers);
    }
    if seen.is_found(&SENDER)
        && matches!(seen.stage(), Some(Stage::Mail | Stage::Rcpt))
        && let Some(user) = user(seen)
    {
        let words = format!("send as {user}, the user that has logged in");
        offers.add(Weight::Likely, words, vec![Change::Sender(user)]);
    }
}

/// The user, where that is an address.
fn user(seen: Seen<'_>) -> Option<Address> {
    let credentials = seen.host().credentials.as_ref()?;
    credentials.user.parse().ok()
}

/// Names that say more of this machine than the one that was given.
fn hello(seen: Seen<'_>, offers: &mut Offers) {
    let said = seen
        .walk
        .hello
        .as_deref()
        .and_then(|line| line.split_once(' '));
    let said = said.map_or("", |(_, name)| name);
    let mut add = |weight, name: String| {
        if !name.eq_ignore_ascii_case(said) {
            let words = format!("say {name} in EHLO");
            offers.add(weight, words, vec![Change::Hello(name)]);
        }
    };
    let sender = seen.walk.sender.clone().or_else(|| user(seen));
    let domain = sender.map(|one| one.domain().to_lowercase());
    // A name that is the server's own is what it takes for a lie.
    let host = &seen.host().host;
    let domain = domain.filter(|one| is_host(one) && !one.eq_ignore_ascii_case(host));
    if let Some(domain) = domain {
        let is_label = !said.is_empty() && !said.contains(['.', '[', ':', ' ']);
        let full = format!("{}.{domain}", said.to_lowercase());
        if is_label && is_host(&full) {
            add(Weight::Often, full);
        }
        add(Weight::Often, domain);
    }
    if let Some(source) = seen.host().reach.source {
        add(
            Weight::Perhaps,
            match source.to_canonical() {
                std::net::IpAddr::V4(ip) => format!("[{ip}]"),
                std::net::IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
            },
        );
    }
}

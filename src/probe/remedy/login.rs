//! The login: where none is offered, where it is in danger, and where it is refused.

use super::change::Change;
use super::near::domain;
use super::offers::{Offers, Weight};
use super::seen::Seen;
use crate::mail::reply::Reply;
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::{Credentials, Secret, Security};
use crate::mail::stage::Stage;

pub(super) fn offer(seen: Seen<'_>, offers: &mut Offers) {
    let Some(credentials) = &seen.host().credentials else {
        return;
    };
    if seen.stage() != Some(Stage::Auth) {
        return;
    }
    let offered = seen.mechanisms();
    if seen.is_clear() {
        in_clear(seen, &offered, offers);
    }
    if seen.is_local() {
        if offered.is_empty() && !(seen.is_clear() && seen.offers_starttls()) {
            unoffered(seen, offers);
        }
        mechanisms(seen, credentials, Weight::Likely, offers);
    } else if let Some(reply) = seen.refused() {
        refused(seen, credentials, reply, offers);
    }
}

/// The login needs TLS, and there is none yet.
fn in_clear(seen: Seen<'_>, offered: &[String], offers: &mut Offers) {
    let wants_tls = seen.is_local() || seen.is_found(&["auth.needs_encryption"]);
    if wants_tls && seen.offers_starttls() {
        let words = if offered.is_empty() {
            "use STARTTLS: the login is offered behind it"
        } else {
            "use STARTTLS, so that nobody reads the password"
        };
        let change = Change::Security(Security::StartTls);
        offers.add(Weight::Likely, words, vec![change]);
    } else if wants_tls {
        submission(seen, Weight::Often, offers);
    }
}

fn submission(seen: Seen<'_>, weight: Weight, offers: &mut Offers) {
    // Where the ports were looked at, the grid knows better.
    if !seen.cells.is_empty() {
        return;
    }
    for (port, security) in seen.other_ports() {
        let way = match security {
            Security::Tls => "with TLS from the first byte",
            _ => "with STARTTLS",
        };
        let words = format!("use port {port}, {way}, where mail programs log in");
        let changes = vec![Change::Port(port), Change::Security(security)];
        offers.add(weight, words, changes);
    }
}

/// No login is offered here, as on port 25 of most servers.
fn unoffered(seen: Seen<'_>, offers: &mut Offers) {
    submission(seen, Weight::Likely, offers);
    offers.add(
        Weight::Perhaps,
        "go without the login: this server may know you by your address",
        vec![Change::NoLogin],
    );
}

fn refused(seen: Seen<'_>, credentials: &Credentials, reply: &Reply, offers: &mut Offers) {
    let is_disabled = seen.is_found(&["auth.not_enabled"]);
    // The mechanism was refused, or logging in as such, and not the password.
    if reply.code == 504 || is_disabled || seen.is_found(&["auth.no_common_mech"]) {
        mechanisms(seen, credentials, Weight::Likely, offers);
        if is_disabled {
            submission(seen, Weight::Often, offers);
        }
        return;
    }
    if seen.is_found(&["auth.needs_encryption", "auth.rate", "auth.o365_disabled"]) {
        return;
    }
    if matches!(
        credentials.secret,
        Secret::Value(_) | Secret::Command(_) | Secret::File(_)
    ) {
        let words = if seen.is_found(&["auth.gmail_app_password"]) {
            "type an app password, made for this program, in place of the account's own"
        } else {
            "type the password anew"
        };
        offers.add(Weight::Likely, words, vec![Change::Password]);
    }
    users(seen, &credentials.user, offers);
    mechanisms(seen, credentials, Weight::Perhaps, offers);
}

/// Other forms of the user name.
fn users(seen: Seen<'_>, user: &str, offers: &mut Offers) {
    let mut add = |weight, user: String| {
        let words = format!("log in as {user}");
        offers.add(weight, words, vec![Change::User(user)]);
    };
    if seen.is_found(&["auth.sendgrid_user"]) {
        return add(Weight::Seen, "apikey".to_owned());
    }
    if let Some((local, _)) = user.rsplit_once('@') {
        if !local.is_empty() && !local.contains('@') {
            add(Weight::Often, local.to_owned());
        }
        return;
    }
    let of_sender = seen.walk.sender.as_ref().map(|one| one.domain().to_owned());
    let host = &seen.host().host;
    let is_name = host.parse::<std::net::IpAddr>().is_err();
    let of_host = is_name.then(|| domain(host)).flatten();
    for domain in [of_sender, of_host].into_iter().flatten() {
        let user = format!("{user}@{domain}");
        // What is no address anywhere is no user either.
        if !domain.starts_with('[') && user.parse::<crate::mail::address::Address>().is_ok() {
            add(Weight::Often, user);
        }
    }
}

/// Other mechanisms that the server offers and that what there is to log in with can serve.
fn mechanisms(seen: Seen<'_>, credentials: &Credentials, weight: Weight, offers: &mut Offers) {
    let tried = seen.host().auth.or(seen.walk.mechanism);
    let offered = seen.mechanisms();
    let is_offered = |sasl: &Sasl| offered.iter().any(|word| word == sasl.name());
    let serves = |sasl: &Sasl| match credentials.secret {
        Secret::Token(_) => sasl.is_bearer(),
        Secret::Certificate => *sasl == Sasl::External,
        // What is bound to the channel can do no more than the same without, and needs more.
        _ => !sasl.is_bearer() && *sasl != Sasl::External && !sasl.name().ends_with("-PLUS"),
    };
    // In clear a password is given to this machine alone, and there by digest first.
    let other = |sasl: &Sasl| Some(*sasl) != tried && is_offered(sasl) && serves(sasl);
    let simple = [Sasl::Plain, Sasl::Login];
    let rest = Sasl::ALL.into_iter().filter(|sasl| !simple.contains(sasl));
    let ranks = simple.into_iter().chain(rest).filter(other);
    for sasl in ranks.take(2) {
        let words = format!("log in by {sasl}, which the server offers too");
        offers.add(weight, words, vec![Change::Auth(Some(sasl))]);
    }
}

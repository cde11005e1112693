//! Protection: TLS that is not offered, hidden or refused, and certificates that are not trusted.

use super::change::Change;
use super::near::names;
use super::offers::{Offers, Weight};
use super::seen::Seen;
use crate::mail::certificate::Certificate;
use crate::mail::clean::Clean;
use crate::mail::outcome::Failure;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;

/// The digits of a fingerprint that are told; the whole of it is in the change.
const DIGITS: usize = 16;
/// Names of a certificate that are offered, at most.
const NAMES: usize = 2;

pub(super) fn offer(seen: Seen<'_>, offers: &mut Offers) {
    match seen.stage() {
        Some(Stage::StartTls) => unoffered(seen, offers),
        Some(Stage::Tls) => {
            if let Some(leaf) = seen.walk.certificates.first() {
                untrusted(seen, leaf, offers);
            }
        }
        Some(Stage::Mail | Stage::Rcpt) => demanded(seen, offers),
        _ => {}
    }
}

fn tls_on_465(seen: Seen<'_>, weight: Weight, offers: &mut Offers) {
    // Where the ports were looked at, it is known whether that is one.
    if !seen.calls_a_port() || !seen.cells.is_empty() {
        return;
    }
    offers.add(
        weight,
        "use port 465, with TLS from the first byte",
        vec![Change::Port(465), Change::Security(Security::Tls)],
    );
}

/// STARTTLS is wanted and is not to be had.
fn unoffered(seen: Seen<'_>, offers: &mut Offers) {
    let is_hidden = seen.is_found(&["stls.stripped"]);
    if seen.is_local() && is_hidden {
        offers.add(
            Weight::Likely,
            "say STARTTLS all the same: something on the way hides it",
            vec![Change::ForceStartTls],
        );
    }
    let is_refused = seen.refused().is_some();
    if !seen.is_local() && !is_refused && seen.failure().and_then(Failure::code).is_some() {
        // What is out of order for the moment is no matter of settings.
        return;
    }
    tls_on_465(seen, Weight::Often, offers);
    let (host, may_submit) = (seen.host(), seen.is_local() && seen.cells.is_empty());
    if may_submit && seen.calls_a_port() && matches!(host.port, 25 | 2525) {
        offers.add(
            Weight::Perhaps,
            "use port 587, with STARTTLS",
            vec![Change::Port(587), Change::Security(Security::StartTls)],
        );
    }
    // A password must not be in danger (RFC 4954 §4), and what hides STARTTLS must not have its way.
    if seen.is_local() && !is_hidden && (host.credentials.is_none() || seen.is_here()) {
        offers.add_with_care(
            "go on in clear: whoever is on the way can read and change the mail",
            vec![Change::Security(Security::None)],
        );
    }
}

/// The server wants TLS before the envelope, and this side has not begun it.
fn demanded(seen: Seen<'_>, offers: &mut Offers) {
    let asks = seen.is_found(&["stls.required_mail", "auth.needs_encryption"]);
    if seen.is_clear() && seen.refused().is_some() && asks {
        offers.add(
            Weight::Seen,
            "use STARTTLS, which the server demands",
            vec![Change::Security(Security::StartTls)],
        );
    }
}

/// A certificate was shown and not taken.
fn untrusted(seen: Seen<'_>, leaf: &Certificate, offers: &mut Offers) {
    // Whoever breaks into TLS on the way must not be trusted, and where the clock is wrong it is the clock.
    if seen.is_found(&["tls.intercepted", "tls.not_yet_valid"]) {
        return;
    }
    if seen.is_found(&["tls.name_mismatch", "tls.ip_host"]) {
        let host = seen.host();
        let asked = host.tls_name.as_deref().unwrap_or(&host.host);
        let is_own = |name: &Clean| name.eq_ignore_ascii_case(&host.host);
        if host.tls_name.is_some() && leaf.names.iter().any(is_own) {
            // Nothing is trusted by this that would not be without the setting.
            let words = format!("expect {} in the certificate, which it is for", host.host);
            let change = Change::TlsName(host.host.clone());
            offers.add(Weight::Likely, words, vec![change]);
        }
        for name in names(leaf, asked).into_iter().take(NAMES) {
            let text = name.text;
            if name.is_kin {
                let words = format!("use {text}, which the certificate is for, as the server");
                let change = Change::Host(text.clone());
                let anew = host
                    .tls_name
                    .as_ref()
                    .map(|_| Change::TlsName(text.clone()));
                offers.add(
                    Weight::Likely,
                    words,
                    [change].into_iter().chain(anew).collect(),
                );
                let words = format!(
                    "expect {text} in the certificate, and call {} as before",
                    host.host
                );
                offers.add(Weight::Often, words, vec![Change::TlsName(text)]);
            } else {
                let words = format!(
                    "expect {text} in the certificate, if you know that {} and {text} are the same server",
                    host.host
                );
                offers.add_with_care(words, vec![Change::TlsName(text)]);
            }
        }
    }
    let issuer = if leaf.is_self_signed() {
        "which vouches for itself".to_owned()
    } else {
        format!("issued by {}", leaf.issuer)
    };
    let print: String = leaf.sha256.to_string().chars().take(DIGITS).collect();
    offers.add_with_care(
        format!(
            "trust this certificate and no other, {issuer}, SHA-256 {print}…: ask the operator whether it is theirs"
        ),
        vec![Change::Pin(leaf.sha256)],
    );
}

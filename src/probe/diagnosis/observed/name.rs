//! The names of the facts, as rules write them.

use serde::Deserialize;

use super::{certificate, network, server, setting};
use crate::probe::diagnosis::seen::Seen;

type Look = fn(&Seen<'_>) -> Option<String>;

/// Every fact: its name, and what looks for it.
const ALL: &[(&str, Look)] = &[
    ("host-has-more", setting::host_has_more),
    ("port-and-security-disagree", setting::port_and_security),
    ("host-is-named", setting::host_is_named),
    ("host-is-an-address", setting::host_is_an_address),
    ("host-is-this-machine", setting::host_is_this_machine),
    ("in-a-container", setting::in_a_container),
    ("hello-is-not-full", setting::hello_is_not_full),
    ("hello-is-a-placeholder", setting::hello_is_a_placeholder),
    ("hello-is-the-server", setting::hello_is_the_server),
    ("address-of-a-block-page", network::block_page),
    ("only-ipv4-works", network::only_ipv4_works),
    ("some-addresses-fail", network::some_addresses_fail),
    ("every-port-silent", network::every_port_silent),
    ("465-is-silent-too", network::silent_465),
    ("another-port-open", network::another_port_open),
    ("tls-record-first", server::tls_record_first),
    ("another-service", server::another_service),
    ("answers-tls", server::answers_tls),
    ("answers-nothing", server::answers_nothing),
    ("something-came", server::something_came),
    ("late-greeting", server::late_greeting),
    ("masked-greeting", server::masked_greeting),
    ("masked-offer", server::masked_offer),
    ("hidden-starttls", server::hidden_starttls),
    ("smaller-offer", server::smaller_offer),
    ("control-octets", server::control_octets),
    ("octets-not-utf-8", server::octets_not_utf8),
    ("bare-lf", server::bare_lf),
    ("no-text", server::no_text),
    ("logged-in", server::logged_in),
    ("some-recipients-refused", server::some_recipients_refused),
    ("certificate-expired", certificate::expired),
    ("certificate-not-yet-valid", certificate::not_yet_valid),
    ("certificate-expires-soon", certificate::expires_soon),
    ("certificate-self-signed", certificate::self_signed),
    ("certificate-alone", certificate::alone),
    ("certificate-for-others", certificate::for_others),
];

/// A fact.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::probe) struct Fact(Look);

impl TryFrom<String> for Fact {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let found = ALL.iter().find(|(name, _)| *name == text);
        found.map(|(_, look)| Self(*look)).ok_or_else(|| {
            let names: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
            format!(
                "there is no fact {text:?}, expected one of {}",
                names.join(", ")
            )
        })
    }
}

impl Fact {
    /// What was seen, where the fact is known to hold. What is not known does not hold.
    pub(in crate::probe) fn seen(self, seen: &Seen<'_>) -> Option<String> {
        (self.0)(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::circumstances::Circumstances;

    #[test]
    fn names_are_unique_and_nothing_is_seen_where_nothing_is_known() {
        let empty = Circumstances::default();
        let seen = Seen::new(&empty);
        for (n, (name, _)) in ALL.iter().enumerate() {
            assert!(ALL.iter().skip(n + 1).all(|(other, _)| other != name));
            let fact = Fact::try_from((*name).to_owned()).expect("known");
            assert_eq!(fact.seen(&seen), None, "{name}");
        }
        assert!(Fact::try_from("nonsense".to_owned()).is_err());
    }
}

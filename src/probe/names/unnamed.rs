//! What is worth doing about the names of this machine.

use super::findings::Said;
use super::machine::{HelloName, Machine, ReverseName};
use crate::mail::diagnosis::{Finding, Severity};

/// What holds of all of it: a note, and no reason for alarm.
const WITH_LOGIN: &str = "With a login at a submission server it does not matter.";
/// Who can set a name.
const SET: &str = "Let whoever gives the address, the hoster or the network's provider, set a PTR record to a full name \
                   that has this address.";
/// How to do without.
const RELAY: &str = "Or hand the mail to a smart host with a login, which has names of its own.";
/// For an address of IPv6, which often has no name where that of IPv4 has one.
const FOUR: &str = "Or call by IPv4 alone, if that address has a name: family = \"4\" in the settings, -4 on the command line.";

impl Machine {
    /// What is worth doing. Nothing where all is well, where it could not be learnt, and where the address is not public.
    ///
    /// The ids are not those of the knowledge base, which explains failures: `dns.ptr_missing`, `dns.ptr_unconfirmed`,
    /// `dns.hello_unknown`. They never change.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut all = Vec::new();
        match self.reverse.as_ref().map(|question| &question.0) {
            Some(Ok(names)) => all.extend(self.unconfirmed(names)),
            Some(Err(missing)) if missing.is_certain() => {
                let evidence = format!("no PTR for {}: {missing}", self.seen.address);
                all.push(self.about_address(
                    "dns.ptr_missing",
                    "This machine's address has no name",
                    "Servers that take mail from everybody look for the name of the address that calls, and many refuse mail or take it for spam where there is none.",
                    evidence,
                ));
            }
            Some(Err(_)) | None => {}
        }
        all.extend(self.hello.as_ref().and_then(unknown));
        all.into_iter().map(Finding::from).collect()
    }

    /// Names of which none leads back for certain, and there are no others.
    fn unconfirmed(&self, names: &[ReverseName]) -> Option<Said<'static>> {
        if self.left_out > 0 || names.iter().any(|one| one.leads_back != Some(false)) {
            return None;
        }
        let address = self.seen.address;
        let names: Vec<&str> = names.iter().map(|one| one.name.as_str()).collect();
        let evidence = format!("{address} is {}, which is not {address}", names.join(", "));
        Some(self.about_address(
            "dns.ptr_unconfirmed",
            "The name of this machine's address does not lead back to it",
            "Anybody can give an address any name, so servers that take mail from everybody ask whether the name has that address. Where it has not, many count it as no name.",
            evidence,
        ))
    }

    fn about_address(
        &self,
        id: &'static str,
        title: &'static str,
        why: &str,
        evidence: String,
    ) -> Said<'static> {
        Said {
            id,
            severity: Severity::Info,
            title,
            explanation: format!("{why} {WITH_LOGIN}"),
            advice: if self.seen.address.is_ipv6() {
                &[SET, RELAY, FOUR]
            } else {
                &[SET, RELAY]
            },
            evidence,
        }
    }
}

/// A name that nobody outside knows.
fn unknown(hello: &HelloName) -> Option<Said<'static>> {
    let has_none = match &hello.addresses.0 {
        // `localhost` and names out of a hosts file.
        Ok(all) => all.iter().all(|one| one.to_canonical().is_loopback()),
        Err(missing) => missing.is_certain(),
    };
    (has_none && !hello.is_reverse_name).then(|| Said {
        id: "dns.hello_unknown",
        severity: Severity::Info,
        title: "The name that this machine says in EHLO has no address",
        explanation: format!("A client says a full name that can be looked up (RFC 5321 §4.1.1.1). Some servers that take mail from everybody refuse any other. {WITH_LOGIN}"),
        advice: &[
            "Set the full name of this machine, one that has an address: hello = \"NAME\" in the settings, --hello NAME on the command line.",
            RELAY,
        ],
        evidence: format!("EHLO {}", hello.name),
    })
}

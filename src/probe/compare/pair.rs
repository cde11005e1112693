//! Two walks that are to be held against each other: to two servers, or over both families of addresses of one.

use std::net::IpAddr;
use std::sync::Arc;

use crate::mail::clean::Clean;
use crate::mail::reach::{Family, Place};
use crate::mail::smarthost::{Security, Server, SmartHost};
use crate::probe::walk::Plan;

/// Why there are no two families of addresses to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFamilies {
    /// There is no address at all.
    #[error(
        "the way to this host is a UNIX socket or a command, and has neither IPv4 nor IPv6; compare two hosts"
    )]
    Detour,
    /// An address was written in place of a name.
    #[error(
        "the host is written as an address, which is of one family alone; write its name, or compare two hosts"
    )]
    Address,
}

/// Two walks, to be taken one after the other: two logins at the same server at once could be taken for an attack.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The first, and the one that is held against it.
    pub plans: [Plan; 2],
    /// What they are called.
    pub names: [Clean; 2],
}

impl Pair {
    /// A walk to one server, and one to another. Each says only the login that its own plan has.
    #[must_use]
    pub fn hosts(first: Plan, other: Plan) -> Self {
        let mut names = [first.host.name(), other.host.name()];
        if names[0].eq_ignore_ascii_case(&names[1]) {
            let securities = [first.host.security, other.host.security];
            for (name, security) in names.iter_mut().zip(securities) {
                *name = format!("{name} {security}");
            }
        }
        Self {
            plans: [first, other],
            names: names.map(Clean::from),
        }
    }

    /// The same walk over IPv4 and over IPv6. A password that the first one sees refused is not said by the second.
    ///
    /// # Errors
    /// Where the host is not called by a name that may have both.
    pub fn families(plan: &Plan) -> Result<Self, NoFamilies> {
        if !matches!(plan.host.place(), Place::Host(..)) {
            return Err(NoFamilies::Detour);
        }
        if plan.host.host.parse::<IpAddr>().is_ok() {
            return Err(NoFamilies::Address);
        }
        let over = |family| {
            let mut host = SmartHost::clone(&plan.host);
            host.reach.family = family;
            Plan {
                host: Arc::new(host),
                ..plan.clone()
            }
        };
        let families = [Family::V4, Family::V6];
        Ok(Self {
            plans: families.map(over),
            names: families.map(|family| Clean::from(family.to_string())),
        })
    }
}

/// Another server, with all that is ours: the limits, the authorities that are trusted, the own name and address. What is the
/// first one's own stays with it: its login and mechanism, its pins and names, the certificate shown to it, and the way there.
#[must_use]
pub fn elsewhere(first: &SmartHost, server: Server, security: Security) -> SmartHost {
    let mut host = SmartHost::new(server, security);
    host.reach.family = first.reach.family;
    host.reach.source = first.reach.source;
    SmartHost {
        hello: first.hello.clone(),
        ca_files: first.ca_files.clone(),
        timeouts: first.timeouts.clone(),
        count: first.count,
        bulk_window: first.bulk_window,
        ..host
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::mail::fingerprint::Fingerprint;
    use crate::mail::reach::Protocol;
    use crate::mail::sasl::Sasl;
    use crate::mail::smarthost::{ClientCertificate, Credentials, Secret, Timeouts};

    fn server(text: &str) -> Server {
        text.parse().expect("a server")
    }

    fn first() -> SmartHost {
        let mut host = SmartHost::new(server("one.example:2525"), Security::StartTls);
        host.credentials = Some(Credentials {
            user: "tim".to_owned(),
            secret: Secret::Value("c4nary".into()),
        });
        host.hello = Some("me.example".to_owned());
        host.ca_files = vec!["ca.pem".into()];
        host.pins = vec![Fingerprint([1; 32])];
        host.client_certificate = Some(ClientCertificate {
            certificate: "c".into(),
            key: "k".into(),
        });
        host.tls_name = Some("other.example".to_owned());
        host.auth = Some(Sasl::Plain);
        host.timeouts = Timeouts::all(Duration::from_secs(3));
        host.reach.protocol = Protocol::Lmtp;
        host.reach.detour = Some(Place::Command("ssh gate".to_owned()));
        host.reach.family = Family::V4;
        host
    }

    #[test]
    fn what_is_one_hosts_own_does_not_go_to_another() {
        let other = elsewhere(&first(), server("two.example"), Security::Tls);
        assert_eq!(other.name(), "two.example:465");
        assert!(other.credentials.is_none() && other.auth.is_none());
        assert!(other.pins.is_empty() && other.client_certificate.is_none());
        assert!(other.tls_name.is_none() && other.reach.detour.is_none());
        assert_eq!(other.reach.protocol, Protocol::Smtp);
        // What is ours does.
        assert_eq!(other.hello.as_deref(), Some("me.example"));
        assert_eq!(other.timeouts, Timeouts::all(Duration::from_secs(3)));
        assert_eq!((other.ca_files.len(), other.reach.family), (1, Family::V4));
        let socket = elsewhere(&first(), server("unix:/run/lmtp"), Security::None);
        assert_eq!(socket.name(), "unix:/run/lmtp");
    }

    #[test]
    fn a_pair_has_two_names() {
        let plan = |text, security| Plan::new(SmartHost::new(server(text), security));
        let pair = Pair::hosts(
            plan("one.example:25", Security::None),
            plan("two.example:25", Security::None),
        );
        assert_eq!(
            pair.names,
            ["one.example:25", "two.example:25"].map(Clean::from)
        );
        let pair = Pair::hosts(
            plan("one.example:25", Security::None),
            plan("One.example:25", Security::StartTls),
        );
        assert_eq!(
            pair.names,
            ["one.example:25 none", "One.example:25 starttls"].map(Clean::from)
        );
    }

    #[test]
    fn families_are_those_of_an_address() {
        let mut host = first();
        assert_eq!(
            Pair::families(&Plan::new(host.clone())).err(),
            Some(NoFamilies::Detour)
        );
        host.reach.detour = None;
        let pair = Pair::families(&Plan::new(host)).expect("both");
        assert_eq!(pair.names, ["IPv4", "IPv6"].map(Clean::from));
        let families = pair.plans.map(|plan| plan.host.reach.family);
        assert_eq!(families, [Family::V4, Family::V6]);
        let address = SmartHost::new(server("[2001:db8::1]:25"), Security::None);
        let address = Pair::families(&Plan::new(address)).err();
        assert_eq!(address, Some(NoFamilies::Address));
        let socket = SmartHost::new(server("unix:/run/lmtp"), Security::None);
        assert!(Pair::families(&Plan::new(socket)).is_err());
    }
}

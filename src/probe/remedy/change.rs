//! One setting that is changed, and the plan that comes of it.

use std::fmt;
use std::sync::Arc;

use crate::mail::address::Address;
use crate::mail::clean::Clean;
use crate::mail::fingerprint::Fingerprint;
use crate::mail::reach::Family;
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::{Security, SmartHost};
use crate::probe::walk::Plan;

/// A change of one setting. None of them holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another name or address; the certificate must be for it.
    Host(String),
    /// Another port.
    Port(u16),
    /// Another protection.
    Security(Security),
    /// Another user for the login.
    User(String),
    /// No login.
    NoLogin,
    /// The password has to be asked for anew. By itself it changes nothing: who applies it asks the person.
    Password,
    /// This login mechanism, or the best of those offered.
    Auth(Option<Sasl>),
    /// Addresses of one family alone.
    Family(Family),
    /// Another name in EHLO.
    Hello(String),
    /// The certificate must be for this name.
    TlsName(String),
    /// This certificate or key, and no other, is trusted.
    Pin(Fingerprint),
    /// Another reverse path.
    Sender(Address),
    /// STARTTLS is said, offered or not.
    ForceStartTls,
}

impl Change {
    /// The plan with this changed.
    #[must_use]
    pub fn apply(&self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        match self {
            Self::Sender(sender) => plan.sender = Some(sender.clone()),
            Self::ForceStartTls => plan.force_starttls = true,
            _ => {
                let mut host = SmartHost::clone(&plan.host);
                self.settle(&mut host);
                // What was looked up was for the old name and port.
                if matches!(self, Self::Host(_) | Self::Port(_)) {
                    plan.addresses.clear();
                }
                plan.host = Arc::new(host);
            }
        }
        plan
    }

    /// Whether it would change nothing.
    pub(super) fn is_in_force(&self, plan: &Plan) -> bool {
        let host = &plan.host;
        match self {
            Self::Host(name) => host.host.eq_ignore_ascii_case(name),
            Self::Port(port) => host.port == *port,
            Self::Security(Security::Tls) => host.is_implicit_tls(),
            Self::Security(security) => host.security == *security,
            Self::User(user) => { host.credentials.as_ref() }.is_none_or(|one| one.user == *user),
            Self::NoLogin | Self::Password => host.credentials.is_none(),
            Self::Auth(auth) => host.auth == *auth,
            Self::Family(family) => host.reach.family == *family,
            Self::Hello(name) => host.hello.as_ref() == Some(name),
            Self::TlsName(name) => host.tls_name.as_ref() == Some(name),
            Self::Pin(pin) => host.pins == [*pin],
            Self::Sender(sender) => plan.sender.as_ref() == Some(sender),
            Self::ForceStartTls => plan.force_starttls,
        }
    }

    fn settle(&self, host: &mut SmartHost) {
        match self {
            Self::Host(name) => host.host.clone_from(name),
            Self::Port(port) => host.port = *port,
            Self::Security(security) => host.security = *security,
            Self::User(user) => {
                if let Some(credentials) = &mut host.credentials {
                    credentials.user.clone_from(user);
                }
            }
            Self::NoLogin => host.credentials = None,
            Self::Auth(auth) => host.auth = *auth,
            Self::Family(family) => host.reach.family = *family,
            Self::Hello(name) => host.hello = Some(name.clone()),
            Self::TlsName(name) => host.tls_name = Some(name.clone()),
            Self::Pin(pin) => host.pins = vec![*pin],
            Self::Password | Self::Sender(_) | Self::ForceStartTls => {}
        }
    }
}

impl fmt::Display for Change {
    /// The setting as the configuration writes it; what a server has said stands there inert.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clean = |text: &str| Clean::new(text);
        match self {
            Self::Host(name) => write!(f, "server = {}", clean(name)),
            Self::Port(port) => write!(f, "port {port}"),
            Self::Security(security) => write!(f, "security = {security}"),
            Self::User(user) => write!(f, "user = {}", clean(user)),
            Self::NoLogin => f.write_str("no user"),
            Self::Password => f.write_str("another password"),
            Self::Auth(Some(auth)) => write!(f, "auth = {}", auth.name().to_lowercase()),
            Self::Auth(None) => f.write_str("the best login mechanism offered"),
            Self::Family(family) => write!(f, "{family} only"),
            Self::Hello(name) => write!(f, "hello = {}", clean(name)),
            Self::TlsName(name) => write!(f, "tls_name = {}", clean(name)),
            Self::Pin(pin) => write!(f, "pin = {pin}"),
            Self::Sender(sender) => write!(f, "from {sender}"),
            Self::ForceStartTls => f.write_str("STARTTLS though it is not offered"),
        }
    }
}

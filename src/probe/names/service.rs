//! The submission servers that a domain names by SRV records (RFC 6186 §3.1, RFC 8314 §5.1).

use serde::Serialize;

use super::resolver::{Missing, Resolver};
use crate::mail::clean::Clean;
use crate::mail::smarthost::Security;

/// A submission server that a domain names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// The name of the service: `_submissions._tcp` or `_submission._tcp`.
    pub service: &'static str,
    /// The host, without its last dot; empty where the domain says that there is none.
    pub host: Clean,
    /// The port.
    pub port: u16,
    /// How TLS begins there.
    pub security: Security,
}

impl Service {
    /// Whether the domain says by this record that it has no such service (RFC 2782).
    #[must_use]
    pub fn is_denial(&self) -> bool {
        self.host.is_empty()
    }
}

/// The submission servers of a domain: those with TLS from the first byte in front (RFC 8314 §3.3), each kind in the order of its
/// priorities.
///
/// # Errors
/// Why there are none.
pub async fn services(resolver: &Resolver, domain: &str) -> Result<Vec<Service>, Missing> {
    const KINDS: [(&str, Security); 2] = [
        ("_submissions._tcp", Security::Tls),
        ("_submission._tcp", Security::StartTls),
    ];
    let names = KINDS.map(|(service, _)| format!("{service}.{domain}"));
    let asked = futures_util::future::join_all(names.iter().map(|name| resolver.srv(name))).await;
    let mut found = Vec::new();
    let mut why = None;
    for ((service, security), answer) in KINDS.into_iter().zip(asked) {
        match answer {
            Ok(all) => found.extend(all.into_iter().map(|(host, port)| Service {
                service,
                host,
                port,
                security,
            })),
            Err(missing) if missing.is_certain() => why = why.or(Some(missing)),
            Err(missing) => why = Some(missing),
        }
    }
    match (found.is_empty(), why) {
        (true, why) => Err(why.unwrap_or(Missing::NoRecord)),
        (false, _) => Ok(found),
    }
}

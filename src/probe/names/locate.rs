//! From a mail domain to its submission server.

use super::resolver::{Missing, Mx, Resolver};
use super::service::{Service, services};
use crate::mail::clean::Clean;
use crate::probe::presets::{Preset, Presets};

/// What a name that may be a mail domain leads to.
#[derive(Clone, Debug)]
pub enum Located {
    /// The domain names its submission server itself.
    Service(Service),
    /// The domain says that it has no submission server, and names none.
    Denied,
    /// The domain's incoming mail goes to a provider that is known.
    Provider(&'static Preset, Mx),
    /// It is a mail domain, of which nothing but a server for incoming mail is known, which is no place to hand mail in.
    OnlyIncoming(Mx),
    /// The domain takes no mail at all (RFC 7505).
    NoMail,
    /// Nothing speaks against this being the name of a host.
    Host,
    /// Nobody could tell.
    Unknown(Missing),
}

/// Asks where a domain's mail is handed in. A name with an address of its own and no SRV record stays a host, unless
/// `is_domain` says that it is known to be a domain.
pub async fn submission_server(resolver: &Resolver, domain: &str, is_domain: bool) -> Located {
    let (named, addresses, mx) = futures_util::join!(
        services(resolver, domain),
        resolver.addresses(domain),
        resolver.mx(domain)
    );
    let unknown = match named {
        Ok(all) => {
            let mut real = all
                .into_iter()
                .filter(|one| !one.is_denial() && one.port > 0);
            return real.next().map_or(Located::Denied, Located::Service);
        }
        Err(missing) if missing.is_certain() => None,
        Err(missing) => Some(missing),
    };
    if addresses.is_ok() && !is_domain {
        return Located::Host;
    }
    if let (Some(missing), Err(_)) = (unknown, &mx) {
        return Located::Unknown(missing);
    }
    let Some(first) = mx.ok().and_then(|all| all.into_iter().next()) else {
        return Located::Host;
    };
    if first.host.is_empty() {
        return Located::NoMail;
    }
    match Presets::standard().of_mx(&first.host) {
        Some(preset) => Located::Provider(preset, first),
        None => Located::OnlyIncoming(first),
    }
}

impl Service {
    /// Whether the server is the domain's own or a known provider's. An SRV record is not signed: who can forge it must not be
    /// handed a password (RFC 6186 §6).
    #[must_use]
    pub fn is_trusted_by(&self, domain: &str) -> bool {
        let (host, domain) = (self.host.to_ascii_lowercase(), domain.to_ascii_lowercase());
        let domain = domain.trim_end_matches('.');
        let below = host.strip_suffix(domain);
        below.is_some_and(|before| before.is_empty() || before.ends_with('.'))
            || Presets::standard().of_host(&host).is_some()
    }

    /// The words for how it was found.
    #[must_use]
    pub fn words(&self, domain: &str) -> Clean {
        Clean::from(format!(
            "{domain} is a mail domain; its submission server by SRV ({}) is {}:{}",
            self.service, self.host, self.port
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::smarthost::Security;

    #[test]
    fn a_server_elsewhere_is_not_trusted_with_a_password() {
        let at = |host: &str| Service {
            service: "_submissions._tcp",
            host: host.into(),
            port: 465,
            security: Security::Tls,
        };
        assert!(at("mail.example.org").is_trusted_by("Example.org."));
        assert!(at("example.org").is_trusted_by("example.org"));
        assert!(at("smtp.fastmail.com").is_trusted_by("example.org"));
        assert!(!at("mail.evil-example.org").is_trusted_by("example.org"));
        assert!(!at("mail.example.net").is_trusted_by("example.org"));
    }
}

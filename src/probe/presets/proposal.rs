//! A way to a provider's server, in the shape in which a plan or the settings take it.

use super::preset::{Preset, Site, Way};
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::Security;

/// Where to go, and how.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The provider.
    pub preset: &'static Preset,
    /// The server's name or address.
    pub host: &'static str,
    /// The port.
    pub port: u16,
    /// How TLS begins there.
    pub security: Security,
    /// The login mechanism, where the provider takes one alone.
    pub auth: Option<Sasl>,
}

impl Proposal {
    pub(super) fn new(preset: &'static Preset, site: &'static Site, way: Way) -> Self {
        let auth = match preset.mechanisms.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        Self {
            preset,
            host: &site.host,
            port: way.port,
            security: way.security,
            auth,
        }
    }

    /// `HOST:PORT`, as the settings take it.
    #[must_use]
    pub fn server(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

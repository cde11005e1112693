//! A way to a provider's server, in the shape in which a plan or the settings take it.

use super::preset::{Preset, Site, Way};
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::Security;
use crate::probe::remedy::Change;
use crate::probe::walk::Plan;

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

    /// The changes that lead from another plan to this one.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = vec![
            Change::Host(self.host.to_owned()),
            Change::Port(self.port),
            Change::Security(self.security),
        ];
        if self.auth.is_some() {
            changes.push(Change::Auth(self.auth));
        }
        changes
    }

    /// A plan that goes this way, and is otherwise the same.
    #[must_use]
    pub fn apply(&self, plan: &Plan) -> Plan {
        let changes = self.changes();
        changes
            .iter()
            .fold(plan.clone(), |plan, change| change.apply(&plan))
    }
}

//! Which transports there are, by the names that the configuration uses. Other crates can add their own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::contract::Transport;
use super::debug::Debug;
use super::lmtp::Lmtp;
use super::smtp::Smtp;
use crate::mail::smarthost::SmartHost;

/// What the configuration says to a transport.
#[derive(Clone, Debug, Default)]
pub struct TransportOptions {
    /// The smart host, for transports that talk to one.
    pub smart_host: Option<SmartHost>,
}

impl TransportOptions {
    fn server(&self) -> Result<SmartHost, String> {
        let missing = "no server is configured; set server = \"host:port\" or \"unix:/path\"";
        self.smart_host.clone().ok_or_else(|| missing.to_owned())
    }
}

/// Why there is no such transport.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// Nobody registered this name.
    #[error("unknown transport {name:?}, expected one of: {}", known.join(", "))]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names registered.
        known: Vec<String>,
    },
    /// The transport exists but cannot be made with these options: what is missing, and where to put it.
    #[error("the {kind} transport cannot be used: {reason}")]
    Options {
        /// The transport's name.
        kind: String,
        /// What is wrong.
        reason: String,
    },
}

type Factory = Arc<dyn Fn(&TransportOptions) -> Result<Arc<dyn Transport>, String> + Send + Sync>;

/// Transports by name.
#[derive(Clone, Default)]
pub struct Registry {
    factories: BTreeMap<String, Factory>,
}

impl Registry {
    /// A registry that knows nothing yet.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A registry with the transports of this crate: `smtp`, `lmtp` and `debug`.
    #[must_use]
    pub fn standard() -> Self {
        let mut registry = Self::empty();
        registry.register("smtp", |options| Ok(Arc::new(Smtp::new(options.server()?))));
        registry.register("lmtp", |options| Ok(Arc::new(Lmtp::new(options.server()?))));
        registry.register("debug", |options| {
            let debug =
                Debug::new(options.smart_host.as_ref()).map_err(|error| error.to_string())?;
            Ok(Arc::new(debug))
        });
        registry
    }

    /// Adds a transport, or puts another in the place of one with this name. The factory's error says what is wrong with
    /// the options.
    pub fn register(
        &mut self,
        name: impl Into<String>,
        factory: impl Fn(&TransportOptions) -> Result<Arc<dyn Transport>, String>
        + Send
        + Sync
        + 'static,
    ) {
        self.factories.insert(name.into(), Arc::new(factory));
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.factories.keys().map(String::as_str)
    }

    /// Makes the transport with this name.
    ///
    /// # Errors
    /// [`TransportError::Unknown`] with all known names, or [`TransportError::Options`] with the factory's words.
    pub fn build(
        &self,
        name: &str,
        options: &TransportOptions,
    ) -> Result<Arc<dyn Transport>, TransportError> {
        let factory = self
            .factories
            .get(name)
            .ok_or_else(|| TransportError::Unknown {
                name: name.to_owned(),
                known: self.names().map(ToOwned::to_owned).collect(),
            })?;
        factory(options).map_err(|reason| TransportError::Options {
            kind: name.to_owned(),
            reason,
        })
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transports_are_made_by_name_and_others_can_be_added() {
        let mut registry = Registry::standard();
        let options = TransportOptions::default();
        let made = registry.build("debug", &options).expect("needs nothing");
        assert_eq!((made.kind(), made.leaves_the_machine()), ("debug", false));
        let error = registry
            .build("smpt", &options)
            .expect_err("a typing error")
            .to_string();
        assert!(
            error.contains("smpt") && error.contains("debug, lmtp, smtp"),
            "{error}"
        );
        let error = registry
            .build("smtp", &options)
            .expect_err("no server")
            .to_string();
        assert!(error.contains("server ="), "{error}");
        registry.register("mine", move |_| Ok(made.clone()));
        assert!(registry.build("mine", &options).is_ok());
    }
}

//! Which managers there are, by name; others may be added from outside.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::contract::Manager;
use super::immediate::Immediate;
use super::ondemand::OnDemand;
use super::options::ManagerOptions;
use super::queue_only::QueueOnly;
use super::scheduled::Scheduled;

/// No manager has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown manager {name:?}, expected one of: {}", known.join(", "))]
pub struct UnknownManager {
    /// The name that was asked for.
    pub name: String,
    /// The names there are.
    pub known: Vec<String>,
}

type Factory = Box<dyn Fn(&ManagerOptions) -> Arc<dyn Manager> + Send + Sync>;

/// The managers by name.
pub struct Registry(BTreeMap<String, Factory>);

impl Default for Registry {
    /// The managers of this crate.
    fn default() -> Self {
        let mut registry = Self(BTreeMap::new());
        registry.register(Immediate::KIND, |options| Arc::new(Immediate::new(options)));
        registry.register(OnDemand::KIND, |options| Arc::new(OnDemand::new(options)));
        registry.register(Scheduled::KIND, |options| Arc::new(Scheduled::new(options)));
        registry.register(QueueOnly::KIND, |_| Arc::new(QueueOnly));
        registry
    }
}

impl Registry {
    /// Adds a manager, or replaces the one of the same name.
    pub fn register(
        &mut self,
        name: impl Into<String>,
        make: impl Fn(&ManagerOptions) -> Arc<dyn Manager> + Send + Sync + 'static,
    ) {
        self.0.insert(name.into(), Box::new(make));
    }

    /// The names there are.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A manager of this kind.
    ///
    /// # Errors
    /// [`UnknownManager`], which lists the names there are.
    pub fn make(
        &self,
        name: &str,
        options: &ManagerOptions,
    ) -> Result<Arc<dyn Manager>, UnknownManager> {
        let make = self.0.get(name).ok_or_else(|| UnknownManager {
            name: name.to_owned(),
            known: self.names().map(str::to_owned).collect(),
        })?;
        Ok(make(options))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managers_are_made_by_name_and_unknown_names_list_the_known() {
        let mut registry = Registry::default();
        let options = ManagerOptions::default();
        for name in ["immediate", "on-demand", "scheduled", "queue-only"] {
            let manager = registry.make(name, &options).expect(name);
            assert_eq!(manager.kind(), name);
        }
        let error = registry.make("demand", &options).expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "unknown manager \"demand\", expected one of: immediate, on-demand, queue-only, scheduled"
        );
        registry.register("demand", |options| Arc::new(OnDemand::new(options)));
        assert!(registry.make("demand", &options).is_ok());
    }
}

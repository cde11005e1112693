//! An account's smart host as it is probed: with limits for somebody who looks on.

use std::time::Duration;

use super::layers::Origin;
use super::load::Loaded;
use super::problem::ConfigError;
use crate::mail::reach::Protocol;
use crate::mail::smarthost::{SmartHost, Timeouts};

/// How long a stage may take where nobody has set it. A queue can wait for the five minutes of RFC 5321; who looks on cannot.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for the connection.
const TO_CONNECT: Duration = Duration::from_secs(15);

/// Makes limits that were not set by anybody short enough for somebody who looks on.
pub fn shorten(limits: &mut Timeouts, is_set: impl Fn(&str) -> bool) {
    for name in Timeouts::NAMES {
        if !is_set(name)
            && let Some(limit) = limits.named(name)
        {
            let most = if name == "connect" {
                TO_CONNECT
            } else {
                PATIENCE
            };
            *limit = (*limit).min(most);
        }
    }
}

impl Loaded {
    /// The smart host of an account; `None` where it has none, or there is no such account.
    ///
    /// # Errors
    /// Where the settings of the account contradict each other, or its password is missing.
    pub fn probed_host(&self, name: &str) -> Result<Option<SmartHost>, ConfigError> {
        let Some(account) = self.settings.account.get(name) else {
            return Ok(None);
        };
        let host = account.smart_host().map_err(|(key, words)| {
            let key = [&["account", name], key].concat();
            self.fault(&key, &words)
        })?;
        Ok(host.map(|mut host| {
            if account.transport == "lmtp" {
                host.reach.protocol = Protocol::Lmtp;
            }
            shorten(&mut host.timeouts, |stage| {
                let key = ["account", name, "smtp", "timeout", stage];
                self.origin(&key) != Origin::Default
            });
            host
        }))
    }
}

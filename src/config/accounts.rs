//! From settings to what the mailer needs: each account with its transport, its manager and its rules.

use std::sync::Arc;

use super::load::Loaded;
use super::problem::ConfigError;
use super::settings::{self, DEBUG, Queue, Spool};
use crate::mail::entry::Route;
use crate::mailer::{
    Account, HostPauses, Log, ManagerOptions, Managers, RouteRules, Schedule, TransportError,
    TransportOptions, Transports, UnknownManager,
};

impl Loaded {
    /// Whether the transport and the manager of every account are known.
    ///
    /// # Errors
    /// The first that is not, with the line of the file or the flag that has it, and the names that are known.
    pub fn check_kinds(&self) -> Result<(), ConfigError> {
        let (transports, managers) = (Transports::standard(), Managers::default());
        for (name, account) in &self.settings.account {
            let (way, hand) = (&account.transport, &account.manager.kind);
            if !transports.names().any(|known| known == way) {
                let error = TransportError::Unknown {
                    name: way.clone(),
                    known: transports.names().map(ToOwned::to_owned).collect(),
                };
                return Err(self.fault(&["account", name, "transport"], &error.to_string()));
            }
            if !managers.names().any(|known| known == hand) {
                let error = UnknownManager {
                    name: hand.clone(),
                    known: managers.names().map(ToOwned::to_owned).collect(),
                };
                let key = ["account", name, "manager", "kind"];
                return Err(self.fault(&key, &error.to_string()));
            }
        }
        Ok(())
    }

    /// An account of the settings with its transport, its manager and its rules.
    ///
    /// # Errors
    /// Unknown kinds and missing settings, with the line of the file or the flag that has them.
    pub fn mailer_account(&self, name: &str) -> Result<Account, ConfigError> {
        let fault =
            |key: &[&str], words: &str| self.fault(&[&["account", name], key].concat(), words);
        let Some(settings) = self.settings.account.get(name) else {
            return Err(fault(&[], "there is no such account"));
        };
        let smart_host = settings
            .smart_host()
            .map_err(|(key, words)| fault(key, &words))?;
        let transport = Transports::standard()
            .build(&settings.transport, &TransportOptions { smart_host })
            .map_err(|error| fault(&["transport"], &error.to_string()))?;
        let options = ManagerOptions {
            workers: settings.manager.workers.0,
            divisor: settings.manager.divisor.0,
            idle: settings.manager.idle.0,
            count: settings.manager.count.0,
            interval: settings.manager.interval.0,
        };
        let manager = Managers::default()
            .make(&settings.manager.kind, &options)
            .map_err(|error| fault(&["manager", "kind"], &error.to_string()))?;
        Ok(Account {
            from: settings.from.as_ref().map(|from| from.value.clone()),
            dsn: settings.reports(),
            report: settings
                .report
                .unwrap_or(self.settings.queue.report)
                .parts(),
            require_tls: settings.smtp.require_tls,
            manager,
            rules: rules(&self.settings.queue, settings),
            ..Account::new(name, transport)
        })
    }

    /// The rules of every account, which hold also where an account cannot be used.
    #[must_use]
    pub fn rules(&self) -> Vec<(Route, RouteRules)> {
        let accounts = self.settings.account.iter();
        accounts
            .map(|(name, account)| {
                let rules = rules(&self.settings.queue, account);
                (Route::from(name.as_str()), rules)
            })
            .collect()
    }
}

impl Loaded {
    /// The delivery log, where there is to be one.
    #[must_use]
    pub fn delivery_log(&self) -> Option<Log> {
        let log = &self.settings.log;
        let path = log
            .file
            .clone()
            .filter(|file| !file.as_os_str().is_empty())?;
        Some(Log {
            path,
            format: log.format,
        })
    }
}

/// Retries, expiry and pauses. An account with a schedule of its own pauses its host by it too: who asks for a retry after
/// seconds does not want to wait for minutes because the host was away.
fn rules(queue: &Queue, settings: &settings::Account) -> RouteRules {
    let schedule = settings.retry.as_ref().unwrap_or(&queue.retry);
    let pauses = match &settings.retry {
        _ if settings.transport == DEBUG => HostPauses::debug(),
        Some(own) if *own != Schedule::never() => HostPauses {
            steps: schedule.clone(),
            ..HostPauses::default()
        },
        _ => HostPauses::default(),
    };
    RouteRules {
        schedule: Arc::new(schedule.clone()),
        expire: settings.expire.unwrap_or(queue.expire).0,
        warn: settings.warn.unwrap_or(queue.warn).0,
        pauses,
        on_uncertain: settings.on_uncertain.unwrap_or(queue.on_uncertain),
        // The debug account's mail is worth keeping only where a folder was named for it.
        durable: settings.transport != DEBUG || matches!(queue.spool, Some(Spool::Folder(_))),
        ..RouteRules::default()
    }
}

//! An account: who sends, by which way out, by whose hand and with how much patience.

use std::sync::Arc;

use crate::mail::dsn::{Dsn, Return};
use crate::mail::entry::Route;
use crate::mail::mailbox::Mailbox;
use crate::mail::rhythm::Rhythm;
use crate::mail::smarthost::SmartHost;
use crate::manager::{Immediate, Manager, ManagerOptions};
use crate::queue::RouteRules;
use crate::transport::ScriptError;
use crate::transport::contract::Transport;
use crate::transport::debug::Debug;
use crate::transport::smtp::Smtp;

/// One account of a mailer.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name, which is also the name of its route through the queue.
    pub name: String,
    /// The author of drafts that name none.
    pub from: Option<Mailbox>,
    /// Which delivery reports its messages ask for that do not say so themselves.
    pub dsn: Option<Dsn>,
    /// How much of a message comes back to its author with a report that it could not be delivered (RFC 3464), or not yet;
    /// `None` for no reports.
    pub report: Option<Return>,
    /// Whether its messages demand TLS on all their way (REQUIRETLS, RFC 8689).
    pub require_tls: bool,
    /// How its messages leave.
    pub transport: Arc<dyn Transport>,
    /// When and by whose hand they leave.
    pub manager: Arc<dyn Manager>,
    /// Retries, expiry and pauses of the host.
    pub rules: RouteRules,
}

impl Account {
    /// An account with the immediate manager and the usual rules.
    pub fn new(name: impl Into<String>, transport: Arc<dyn Transport>) -> Self {
        Self {
            name: name.into(),
            from: None,
            dsn: None,
            report: None,
            require_tls: false,
            transport,
            manager: Arc::new(Immediate::new(&ManagerOptions::default())),
            rules: RouteRules::default(),
        }
    }

    /// An account that sends through a smart host.
    #[must_use]
    pub fn smtp(name: impl Into<String>, host: SmartHost) -> Self {
        Self::new(name, Arc::new(Smtp::new(host)))
    }

    /// An account whose mail goes to the embedded debug smart host, with a schedule that a person can watch. Nothing leaves the
    /// machine.
    ///
    /// # Errors
    /// Never with the embedded script; its faults are named all the same.
    pub fn debug(name: impl Into<String>) -> Result<Self, ScriptError> {
        Ok(Self {
            rules: RouteRules::debug(),
            ..Self::new(name, Arc::new(Debug::new(None)?))
        })
    }

    /// Its rules, with the manager's rhythm where that has one, and reports where they are wanted.
    pub(super) fn ruled(&self) -> RouteRules {
        let own = self.manager.rhythm();
        RouteRules {
            rhythm: if own == Rhythm::AtOnce {
                self.rules.rhythm
            } else {
                own
            },
            report: self.report.is_some(),
            ..self.rules.clone()
        }
    }

    /// What there is to know about it.
    pub(super) fn facts(&self, route: &Route) -> AccountFacts {
        let rules = self.ruled();
        let describe = match rules.rhythm {
            Rhythm::Never => format!("{}: only queued, never sent", self.transport.describe()),
            Rhythm::AtOnce | Rhythm::Every(_) => self.transport.describe(),
        };
        AccountFacts {
            name: route.clone(),
            from: self.from.clone(),
            dsn: self.dsn.clone(),
            report: self.report,
            require_tls: self.require_tls,
            transport: self.transport.kind(),
            describe,
            leaves_the_machine: self.transport.leaves_the_machine()
                && rules.rhythm != Rhythm::Never,
            manager: self.manager.kind(),
            rules,
        }
    }
}

/// What a face shows of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountFacts {
    /// Its name.
    pub name: Route,
    /// The author of drafts that name none.
    pub from: Option<Mailbox>,
    /// Which delivery reports its messages ask for that do not say so themselves.
    pub dsn: Option<Dsn>,
    /// How much of a message comes back to its author with a report of failure or delay; `None` for no reports.
    pub report: Option<Return>,
    /// Whether its messages demand TLS on all their way.
    pub require_tls: bool,
    /// The transport's kind, such as `smtp`.
    pub transport: &'static str,
    /// Where its mail goes, in a few words.
    pub describe: String,
    /// Whether anything leaves this machine's memory.
    pub leaves_the_machine: bool,
    /// The manager's kind, such as `on-demand`.
    pub manager: &'static str,
    /// Retries, expiry and pauses of the host.
    pub rules: RouteRules,
}

//! The server: a script, its journal, and the turns that its rules have come to.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_rustls::TlsAcceptor;

use super::act::{Act, Per};
use super::journal::Journal;
use super::reading::Script;

/// Turns that are remembered, so that a server for a long life does not grow with every address it meets.
const TURNS: usize = 10_000;

/// A scripted server. Clones share script, journal and turns; each connection is served by its own call.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    script: Script,
    acceptor: Option<TlsAcceptor>,
    end_point: Option<Vec<u8>>,
    journal: Journal,
    turns: Mutex<HashMap<(usize, String), usize>>,
}

impl Server {
    /// A server without TLS.
    #[must_use]
    pub fn new(script: Script) -> Self {
        Self::build(script, None, None)
    }

    /// A server that offers STARTTLS with this acceptor, and may serve TLS from the first byte.
    #[must_use]
    pub fn with_tls(script: Script, acceptor: TlsAcceptor) -> Self {
        Self::build(script, Some(acceptor), None)
    }

    /// The same, and it knows the hash of its certificate (`tls-server-end-point`, RFC 5929 §4), so that a login can be bound
    /// to the channel before TLS 1.3 as well.
    #[must_use]
    pub fn with_end_point(script: Script, acceptor: TlsAcceptor, hash: Vec<u8>) -> Self {
        Self::build(script, Some(acceptor), Some(hash))
    }

    fn build(script: Script, acceptor: Option<TlsAcceptor>, end_point: Option<Vec<u8>>) -> Self {
        Self(Arc::new(Inner {
            script,
            acceptor,
            end_point,
            journal: Journal::default(),
            turns: Mutex::default(),
        }))
    }

    /// What the server has seen.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    pub(super) fn script(&self) -> &Script {
        &self.0.script
    }

    pub(super) fn acceptor(&self) -> Option<&TlsAcceptor> {
        self.0.acceptor.as_ref()
    }

    pub(super) fn end_point(&self) -> Option<&[u8]> {
        self.0.end_point.as_deref()
    }

    /// What the first fitting rule makes of an event.
    pub(super) fn act(
        &self,
        event: &str,
        subjects: &[&str],
        secure: bool,
        connection: usize,
    ) -> Option<Act> {
        let rules = self.0.script.rules.iter().enumerate();
        let (number, rule) = { rules }.find(|(_, rule)| rule.is_for(event, subjects, secure))?;
        let key = match rule.per {
            Per::Server => String::new(),
            Per::Connection => connection.to_string(),
            Per::Address => subjects.join(" ").to_lowercase(),
        };
        let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() > TURNS {
            turns.clear();
        }
        let turn = turns.entry((number, key)).or_default();
        let act = rule.at(*turn).cloned();
        *turn += 1;
        act
    }

    /// After how many octets of content a rule waits to act.
    pub(super) fn body_rule(&self, recipients: &[&str], secure: bool) -> Option<u64> {
        let mut rules = self.0.script.rules.iter();
        rules
            .find(|rule| rule.is_for("body", recipients, secure))
            .map(|rule| rule.after)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("script", &self.0.script)
            .field("journal", &self.0.journal)
            .finish_non_exhaustive()
    }
}

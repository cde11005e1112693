//! What a scripted server has seen. It is bounded, and it never holds a password.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// Messages kept; older ones are dropped.
const MESSAGES: usize = 200;
/// Octets of content kept.
const OCTETS: usize = 64 * 1024 * 1024;
/// Commands kept.
const COMMANDS: usize = 4000;

/// A message that came whole, up to its final dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Which connection brought it, from 1.
    pub connection: usize,
    /// The argument of MAIL's path, without its angle brackets.
    pub reverse_path: String,
    /// MAIL's parameters, as they came.
    pub parameters: String,
    /// The recipients that were accepted; over LMTP those for whom the message was taken.
    pub recipients: Vec<String>,
    /// The parameters of each accepted RCPT, as they came.
    pub recipient_parameters: Vec<String>,
    /// The content, without doubled dots.
    pub content: Bytes,
    /// Whether it came inside TLS.
    pub secure: bool,
    /// Who was logged in.
    pub user: Option<String>,
    /// Whether the reply to the final dot was 2yz.
    pub accepted: bool,
}

/// The record of a scripted server. Clones share it.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    commands: VecDeque<(usize, String)>,
    messages: VecDeque<Received>,
    octets: usize,
    connections: usize,
    open: usize,
    peak: usize,
}

impl Journal {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The messages, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Received> {
        self.inner().messages.iter().cloned().collect()
    }

    /// The commands, oldest first, each with its connection's number. What belongs to a login is masked.
    #[must_use]
    pub fn commands(&self) -> Vec<(usize, String)> {
        self.inner().commands.iter().cloned().collect()
    }

    /// How many connections there have been.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.inner().connections
    }

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.inner().open
    }

    /// How many connections were open at the same time at most.
    #[must_use]
    pub fn peak(&self) -> usize {
        self.inner().peak
    }

    /// Counts a connection in, until the guard is dropped.
    pub(super) fn connected(&self) -> Connected {
        let mut inner = self.inner();
        inner.connections += 1;
        inner.open += 1;
        inner.peak = inner.peak.max(inner.open);
        Connected {
            journal: self.clone(),
            number: inner.connections,
        }
    }

    pub(super) fn command(&self, connection: usize, shown: String) {
        let mut inner = self.inner();
        inner.commands.push_back((connection, shown));
        if inner.commands.len() > COMMANDS {
            inner.commands.pop_front();
        }
    }

    pub(super) fn message(&self, message: Received) {
        let mut inner = self.inner();
        inner.octets += message.content.len();
        inner.messages.push_back(message);
        while inner.messages.len() > 1 && (inner.messages.len() > MESSAGES || inner.octets > OCTETS)
        {
            if let Some(old) = inner.messages.pop_front() {
                inner.octets -= old.content.len();
            }
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        f.debug_struct("Journal")
            .field("connections", &inner.connections)
            .field("messages", &inner.messages.len())
            .finish_non_exhaustive()
    }
}

/// A connection that is open.
pub(super) struct Connected {
    journal: Journal,
    pub(super) number: usize,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.journal.inner().open -= 1;
    }
}

//! Why a transaction must not be committed.

use std::fmt;

use crate::mail::clean::Clean;
use crate::mail::entry::Route;
use crate::mail::outcome::Failure;
use crate::mail::parcel::EntryId;

/// Why a transaction must not be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Veto {
    /// The message at fault; `None` where it is none of them.
    pub message: Option<EntryId>,
    /// What is wrong, in one sentence.
    pub reason: Clean,
    /// The failure behind it, where a smart host is the reason.
    pub failure: Option<Failure>,
}

impl Veto {
    /// A veto against the whole transaction.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            message: None,
            reason: Clean::from(reason.into()),
            failure: None,
        }
    }

    /// A veto against one of its messages.
    #[must_use]
    pub fn of(message: EntryId, reason: impl Into<String>) -> Self {
        Self {
            message: Some(message),
            ..Self::new(reason)
        }
    }

    pub(super) fn by_host(message: Option<EntryId>, route: &Route, failure: Failure) -> Self {
        Self {
            message,
            reason: Clean::from(format!("account {route}, {}: {failure}", failure.stage)),
            failure: Some(failure),
        }
    }
}

impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = self.message {
            write!(f, "message {}: ", id.short())?;
        }
        self.reason.fmt(f)
    }
}

impl std::error::Error for Veto {}

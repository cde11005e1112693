//! The identity of a transaction: several messages that are queued together or not at all.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Names a transaction, also to another store that takes part in it: written down there as text, it says after a crash whether
/// the mail belongs to something that came about. Later ones sort behind earlier ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionId(pub Uuid);

impl TransactionId {
    /// A new identity.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl Default for TransactionId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that names no transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no transaction; expected 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12")]
pub struct TransactionIdError;

impl FromStr for TransactionId {
    type Err = TransactionIdError;

    fn from_str(text: &str) -> Result<Self, TransactionIdError> {
        Uuid::parse_str(text)
            .map(Self)
            .map_err(|_| TransactionIdError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_store_can_keep_it_as_text() {
        let one = TransactionId::new();
        assert_eq!(one.to_string().parse(), Ok(one));
        assert!("".parse::<TransactionId>().is_err());
        assert!(one < TransactionId(Uuid::max()));
    }
}

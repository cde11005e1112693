//! What prepared transactions were promised: identities that nobody else may take until they are committed or aborted.

use std::collections::{HashMap, HashSet};

use crate::mail::parcel::EntryId;
use crate::mail::transaction::TransactionId;

/// The promises that are open.
#[derive(Debug, Default)]
pub(in crate::queue) struct Reserved {
    transactions: HashMap<TransactionId, Vec<EntryId>>,
    ids: HashSet<EntryId>,
}

impl Reserved {
    /// Whether an identity is promised.
    pub(in crate::queue) fn holds(&self, id: EntryId) -> bool {
        self.ids.contains(&id)
    }

    /// Whether a transaction is prepared.
    pub(in crate::queue) fn has(&self, tx: TransactionId) -> bool {
        self.transactions.contains_key(&tx)
    }

    /// Whether nothing is promised.
    pub(in crate::queue) fn is_empty(&self) -> bool {
        self.transactions.is_empty()
    }

    /// Promises these identities to a transaction.
    pub(in crate::queue) fn promise(&mut self, tx: TransactionId, ids: Vec<EntryId>) {
        self.ids.extend(&ids);
        self.transactions.insert(tx, ids);
    }

    /// Ends a promise; whether there was one.
    pub(in crate::queue) fn end(&mut self, tx: TransactionId) -> bool {
        let ids = self.transactions.remove(&tx);
        for id in ids.iter().flatten() {
            self.ids.remove(id);
        }
        ids.is_some()
    }
}

//! Why the queue did not do what it was asked to do.

use crate::mail::clean::Clean;
use crate::mail::parcel::EntryId;
use crate::mail::transaction::TransactionId;

/// A verb that the queue refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// No such entry.
    #[error("message {} is not in the queue", .0.short())]
    Unknown(EntryId),
    /// The identity is taken.
    #[error("message {} is already in the queue", .0.short())]
    Duplicate(EntryId),
    /// Nobody to deliver to.
    #[error("the message has no recipient; name at least one")]
    NoRecipients,
    /// It has left the live queue.
    #[error("message {} is done and no longer waits; write it again to send it again", .0.short())]
    Done(EntryId),
    /// An attempt is running.
    #[error("message {} is being sent right now; wait for the attempt to end", .0.short())]
    Sending(EntryId),
    /// It is held.
    #[error("message {} is held; release it first", .0.short())]
    Held(EntryId),
    /// It is not held.
    #[error("message {} is not held", .0.short())]
    NotHeld(EntryId),
    /// It was not dropped.
    #[error("message {} was not dropped, so there is nothing to bring back", .0.short())]
    NotDropped(EntryId),
    /// The spool does not take it: why.
    #[error("not queued: {0}")]
    NotKept(Clean),
    /// Its account never sends.
    #[error("message {} is of an account that only queues (manager queue-only); nothing of it is sent", .0.short())]
    OnlyQueued(EntryId),
    /// The transaction was prepared before.
    #[error("transaction {0} is prepared already; commit or abort it")]
    Prepared(TransactionId),
    /// The transaction was never prepared, or is over.
    #[error("transaction {0} is not prepared; prepare it before the commit")]
    NotPrepared(TransactionId),
    /// There is nothing to decide about this transaction.
    #[error("transaction {0} is not in doubt: it was committed, aborted or never prepared")]
    NotInDoubt(TransactionId),
    /// It takes no more messages.
    #[error("the queue is closing and takes no more messages")]
    Closed,
}

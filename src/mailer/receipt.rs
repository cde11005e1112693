//! What sending gives back: identities at once, outcomes when they are known.

use std::sync::Arc;

use crate::mail::entry::Entry;
use crate::mail::parcel::EntryId;
use crate::queue::Ticket;

/// A message that the queue has taken. Dropping the receipt changes nothing for the message.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its identity in the queue.
    pub id: EntryId,
    /// Its Message-ID, with the angle brackets.
    pub message_id: String,
    pub(super) ticket: Ticket,
}

impl Receipt {
    /// The entry as it stands; `None` only where the queue is gone.
    #[must_use]
    pub fn entry(&self) -> Option<Arc<Entry>> {
        self.ticket.entry()
    }

    /// Waits until the first attempt is over, or cannot be made for now: the host or the queue is paused, the message is held
    /// or not yet due. Then the entry as it stands.
    pub async fn attempted(&self) -> Option<Arc<Entry>> {
        self.ticket.attempted().await
    }

    /// Waits until every recipient has an end state, or somebody has dropped the message. Then the entry as it ended.
    pub async fn settled(&self) -> Option<Arc<Entry>> {
        self.ticket.settled().await
    }
}

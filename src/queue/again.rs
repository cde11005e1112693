//! Messages that failed: they stay at hand until somebody has them queued again or forgotten.

use std::collections::HashSet;
use std::sync::Arc;

use super::error::QueueError;
use super::handle::Queue;
use super::machine::is_failed;
use super::machine::is_told;
use super::spool::error::words;
use super::spool::{Found, Head, Place};
use super::terms::Terms;
use crate::mail::content::Content;
use crate::mail::entry::Entry;
use crate::mail::message::Message;
use crate::mail::outcome::Status;
use crate::mail::parcel::EntryId;

impl Queue {
    /// How messages of a spool stand, without taking them up. What says nothing of itself is left out.
    #[must_use]
    pub fn pictures(&self, found: Vec<Found>) -> Vec<Arc<Entry>> {
        let told = found.into_iter().filter(is_told);
        self.read(|state, now| {
            told.map(|found| Arc::new(state.picture(found, now)))
                .collect()
        })
    }

    /// The messages that failed for somebody, oldest first, also those of which only the spool still knows. It reads the disk.
    #[must_use]
    pub fn failed(&self) -> Vec<Arc<Entry>> {
        let done = self.snapshot().done;
        let known = done.values().filter(|entry| is_failed(entry)).cloned();
        let mut failed: Vec<Arc<Entry>> = known.collect();
        let on_disk = self.spool().map(|spool| spool.failed().unwrap_or_default());
        let mut others = on_disk.unwrap_or_default();
        others.retain(|found| !done.contains_key(&found.head.id()));
        if !others.is_empty() {
            let others = self.pictures(others).into_iter();
            failed.extend(others.filter(|entry| is_failed(entry)));
            failed.sort_by_key(|entry| entry.id);
        }
        failed
    }

    /// Queues a message that failed once more, for those of its recipients who did not get it: the same content with the same
    /// Message-ID, and a new life. The failed one is removed when the new one is durable. Returns the new identity.
    ///
    /// # Errors
    /// [`QueueError::Done`] where it did not fail, [`QueueError::Unknown`] where it was queued again or forgotten already, and
    /// what [`enqueue`](Self::enqueue) refuses.
    pub async fn send_again(&self, entry: &Entry) -> Result<EntryId, QueueError> {
        let mut gone = self.again().lock().await;
        self.is_at_hand(entry, &gone)?;
        let (message, terms) = self.rest(entry).await?;
        let (new, durable) = (EntryId::new(), entry.is_spooled());
        self.take_one(new, &entry.route, Arc::new(message), terms, durable)
            .await?;
        gone.insert(entry.id);
        self.remove(entry);
        Ok(new)
    }

    /// Forgets a message that failed, and removes its file.
    ///
    /// # Errors
    /// [`QueueError::Done`] where it did not fail, [`QueueError::Unknown`] where it was forgotten already.
    pub async fn forget(&self, entry: &Entry) -> Result<(), QueueError> {
        let mut gone = self.again().lock().await;
        self.is_at_hand(entry, &gone)?;
        gone.insert(entry.id);
        self.remove(entry);
        Ok(())
    }

    /// Whether an entry has failed, and nobody has disposed of it.
    fn is_at_hand(&self, entry: &Entry, gone: &HashSet<EntryId>) -> Result<(), QueueError> {
        if gone.contains(&entry.id) {
            return Err(QueueError::Unknown(entry.id));
        }
        // Its caller may have looked at it some time ago.
        let now = self.entry(entry.id);
        if is_failed(now.as_deref().unwrap_or(entry)) {
            Ok(())
        } else {
            Err(QueueError::Done(entry.id))
        }
    }

    fn remove(&self, entry: &Entry) {
        let known = self.with(|state, _| {
            state.owes_nothing(entry.id);
            state.forget(entry.id)
        });
        if known.is_err()
            && let Some(spool) = self.spool()
        {
            spool.relocate(entry.id.0, Place::Gone);
        }
    }

    /// What is still to be delivered of a message, and on which terms.
    async fn rest(&self, entry: &Entry) -> Result<(Message, Terms), QueueError> {
        let (head, content) = match (entry.message.content.here(), self.spool()) {
            (Some(content), _) => (None, content.clone()),
            (None, Some(spool)) => {
                let (spool, id) = (spool.clone(), entry.id.0);
                let read = tokio::task::spawn_blocking(move || spool.read(id)).await;
                let read = read.unwrap_or_else(|_| Err(std::io::ErrorKind::Other.into()));
                let (head, content) = read.map_err(|error| {
                    QueueError::NotKept(format!("it cannot be read: {}", words(&error)).into())
                })?;
                (Some(head), content)
            }
            (None, None) => return Err(QueueError::Unknown(entry.id)),
        };
        let mut message = Message::clone(&entry.message);
        message.content = Content::Here(content);
        message.envelope.recipients = entry
            .recipients
            .iter()
            .filter(|one| matches!(one.status, Status::Failed(_) | Status::Expired(_)))
            .map(|one| one.address.clone())
            .collect();
        let terms = head.as_ref().map(Head::terms).unwrap_or_default();
        message.draft = message.draft.or_else(|| head.and_then(|head| head.draft));
        let terms = Terms {
            held: false,
            not_before: None,
            ..terms
        };
        Ok((message, terms))
    }
}

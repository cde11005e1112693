//! The queue with a spool behind it: nothing is queued before it is on the disk, and content comes from there when it is needed.

use std::sync::Arc;

use super::claimed::Claimed;
use super::error::QueueError;
use super::handle::Queue;
use super::handout::Handout;
use super::spool::error::words;
use super::spool::{Contents, Found, Head, Keep, News, Place, Spool};
use super::terms::Terms;
use super::ticket::Ticket;
use crate::mail::clean::Clean;
use crate::mail::content::Content;
use crate::mail::entry::Route;
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Failure, Outcome};
use crate::mail::parcel::{Connection, EntryId, Parcel, Report, Verdict};
use crate::mail::snapshot::SpoolState;
use crate::mail::stage::Stage;

impl Queue {
    /// Puts a spool behind the queue and takes up what was found in it. The rules of the routes have to be set before. A queue
    /// that has one already keeps that.
    pub fn attach(&self, spool: &Spool, contents: Contents) {
        if !self.put_behind(spool.clone()) {
            return;
        }
        let dir = Clean::from(spool.dir().display().to_string());
        self.with(|state, _| {
            state.spool_changed(|spool| {
                *spool = SpoolState {
                    dir,
                    trouble: None,
                    aside: contents.aside,
                };
            });
        });
        self.take_up(contents.found, false);
        let queue = self.acquaintance();
        spool.tell(move |news| {
            let Some(queue) = queue.meet() else { return };
            match news {
                News::Arrived(found) => queue.take_up(found, true),
                News::Trouble(trouble) => queue.with(|state, _| {
                    state.spool_changed(|spool| spool.trouble = trouble);
                }),
                News::Aside(words) => queue.with(|state, _| {
                    state.spool_changed(|spool| spool.aside.push(words));
                }),
            }
        });
    }

    /// Takes up what was found in a spool. With `news` it has only just been queued there, by another process.
    pub fn take_up(&self, found: Vec<Found>, news: bool) {
        for found in found {
            self.with(|state, now| state.adopt(found, news, now));
        }
    }

    /// Takes a message in. Where the queue has a spool and the route is durable, the message outlives a loss of power when this
    /// returns.
    ///
    /// # Errors
    /// As [`State::admit`](super::State::admit), and [`QueueError::NotKept`] where the disk does not take it.
    pub async fn enqueue(
        &self,
        id: EntryId,
        route: &Route,
        message: Arc<Message>,
        terms: Terms,
    ) -> Result<Ticket, QueueError> {
        let kept = self.keep(id, route, message, &terms).await?;
        let taken = self.admit(id, route, Arc::clone(&kept.message), terms);
        kept.stays_if(taken)
    }

    /// As [`enqueue`](Self::enqueue), and hands the message out in the same breath, where it may be tried now.
    ///
    /// # Errors
    /// As [`enqueue`](Self::enqueue).
    pub async fn enqueue_and_claim(
        &self,
        id: EntryId,
        route: &Route,
        message: Arc<Message>,
        terms: Terms,
    ) -> Result<(Ticket, Option<Claimed>), QueueError> {
        let kept = self.keep(id, route, message, &terms).await?;
        let taken = self.admit_and_claim(id, route, Arc::clone(&kept.message), terms);
        kept.stays_if(taken)
    }

    /// Writes a message to the spool, where it is to go there. What comes back has the message as the queue holds it.
    async fn keep(
        &self,
        id: EntryId,
        route: &Route,
        message: Arc<Message>,
        terms: &Terms,
    ) -> Result<Kept<'_>, QueueError> {
        let durable = self.read(|state, _| state.is_durable(route));
        let (Some(spool), true) = (self.spool(), durable) else {
            return Ok(Kept {
                message,
                undo: None,
            });
        };
        if self.entry(id).is_some() {
            return Err(QueueError::Duplicate(id));
        }
        if message.envelope.recipients.is_empty() {
            return Err(QueueError::NoRecipients);
        }
        if self.is_closed() {
            return Err(QueueError::Closed);
        }
        let Some(content) = message.content.here().cloned() else {
            return Err(QueueError::NotKept("its content is not at hand".into()));
        };
        let head = Head::new(id, route, &message, terms, self.now().wall);
        let mut kept = Kept {
            message: Arc::new(head.message()),
            undo: Some((spool, id)),
        };
        match spool.keep(Keep { head, content }).await {
            Ok(()) => Ok(kept),
            Err(error) => {
                // It is nowhere, and another's file may have its name.
                kept.undo = None;
                Err(QueueError::NotKept(words(&error).into()))
            }
        }
    }

    /// Before the end of a content goes out, the journal says so: whoever finds it after a crash knows that the server may have
    /// the message.
    pub(super) fn watch_the_dots(&self, handouts: &[Handout]) {
        let Some(spool) = self.spool() else { return };
        for Handout { parcel, .. } in handouts {
            if parcel.message.content.here().is_none() {
                let (spool, id) = (spool.distant(), parcel.entry.0);
                parcel.transcript.before_commit(move || spool.note_dot(id));
            }
        }
    }

    /// A message with its content and its draft, wherever they are. It reads the disk.
    ///
    /// # Errors
    /// In words, where it is not there or cannot be read.
    pub fn message(&self, id: EntryId) -> Result<Arc<Message>, Clean> {
        let entry = self.entry(id);
        let message = entry
            .map(|entry| Arc::clone(&entry.message))
            .ok_or("the message is no longer kept")?;
        match self.spool() {
            Some(spool) if message.content.here().is_none() => {
                let (head, content) = spool.read(id.0).map_err(|error| {
                    Clean::from(format!("the message cannot be read: {}", words(&error)))
                })?;
                Ok(Arc::new(whole(&message, head, content)))
            }
            _ => Ok(message),
        }
    }
}

/// A message in the spool that the queue has not taken yet. Where it comes to nothing, be it that the queue refuses it or that
/// its author waits no longer, it goes out of the spool again: nobody was told that it is queued.
struct Kept<'a> {
    message: Arc<Message>,
    undo: Option<(&'a Spool, EntryId)>,
}

impl Kept<'_> {
    /// It stays where the queue has taken it.
    fn stays_if<T>(mut self, taken: Result<T, QueueError>) -> Result<T, QueueError> {
        if taken.is_ok() {
            self.undo = None;
        }
        taken
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        if let Some((spool, id)) = self.undo.take() {
            spool.relocate(id.0, Place::Gone);
        }
    }
}

/// The message with what was left in the spool.
fn whole(message: &Message, head: Head, content: bytes::Bytes) -> Message {
    Message {
        content: Content::Here(content),
        draft: head.draft,
        ..message.clone()
    }
}

impl Claimed {
    /// The parcels with their content, for a transport. One whose content cannot be read is reported here, and left out.
    pub async fn load(&self) -> Vec<Parcel> {
        let away = |parcel: &&Parcel| parcel.message.content.here().is_none();
        let Some(spool) = self.queue().spool().cloned() else {
            return self.parcels().to_vec();
        };
        let wanted: Vec<EntryId> = self
            .parcels()
            .iter()
            .filter(away)
            .map(|p| p.entry)
            .collect();
        if wanted.is_empty() {
            return self.parcels().to_vec();
        }
        let read = move || wanted.iter().map(|id| spool.read(id.0)).collect::<Vec<_>>();
        let mut read = tokio::task::spawn_blocking(read)
            .await
            .unwrap_or_default()
            .into_iter();
        let mut loaded = Vec::with_capacity(self.parcels().len());
        for parcel in self.parcels() {
            if parcel.message.content.here().is_some() {
                loaded.push(parcel.clone());
                continue;
            }
            match read.next() {
                Some(Ok((head, content))) => loaded.push(Parcel {
                    message: Arc::new(whole(&parcel.message, head, content)),
                    ..parcel.clone()
                }),
                Some(Err(error)) => self.is_unreadable(parcel, &error),
                // The reading task ended in a panic; the parcel goes back by itself.
                None => {}
            }
        }
        loaded
    }

    fn is_unreadable(&self, parcel: &Parcel, error: &std::io::Error) {
        let outcome = if error.kind() == std::io::ErrorKind::NotFound {
            Outcome::Failed(Failure::local(
                Stage::Mail,
                "the message is gone from the spool; somebody has removed its file",
            ))
        } else {
            let text = format!(
                "the message cannot be read from the spool: {}",
                words(error)
            );
            Outcome::Deferred(Failure::new(Stage::Mail, Cause::Io(text.into())))
        };
        self.settle(Report {
            entry: parcel.entry,
            verdict: Verdict::Settled(vec![outcome; parcel.recipients.len()]),
            connection: Connection::default(),
            took: std::time::Duration::ZERO,
        });
    }
}

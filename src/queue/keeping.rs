//! The queue with a spool behind it: nothing is queued before it is on the disk, and content comes from there when it is needed.

use std::sync::Arc;

use uuid::Uuid;

use super::admission::Admission;
use super::claimed::Claimed;
use super::error::QueueError;
use super::handle::Queue;
use super::machine::Handout;
use super::spool::error::words;
use super::spool::{Contents, Found, Head, Keep, News, Place, Spool};
use super::terms::Terms;
use super::ticket::Ticket;
use crate::mail::clean::Clean;
use crate::mail::content::Content;
use crate::mail::entry::{Entry, Route};
use crate::mail::event::Kind;
use crate::mail::kept::KeptAttempt;
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
                    aside: contents.aside,
                    ..SpoolState::default()
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
                News::Untold(words) => {
                    queue.with(|state, now| state.tell(Kind::Untold(words), now));
                }
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
        let durable = self.is_durable(route);
        self.take_one(id, route, message, terms, durable).await
    }

    /// As [`enqueue`](Self::enqueue), durable or not whatever the route's rules say.
    pub(super) async fn take_one(
        &self,
        id: EntryId,
        route: &Route,
        message: Arc<Message>,
        terms: Terms,
        durable: bool,
    ) -> Result<Ticket, QueueError> {
        let kept = self.keep(id, route, message, &terms, durable).await?;
        let taken = self.admit(id, route, Arc::clone(&kept.message), terms);
        kept.undo.stays_if(taken)
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
        let durable = self.is_durable(route);
        let kept = self.keep(id, route, message, &terms, durable).await?;
        let taken = self.admit_and_claim(id, route, Arc::clone(&kept.message), terms);
        kept.undo.stays_if(taken)
    }

    /// Whether messages of a route go into the spool, where there is one.
    pub(super) fn is_durable(&self, route: &Route) -> bool {
        self.read(|state, _| state.is_durable(route))
    }

    /// What the queue holds of a batch, and what of it is to go into the spool.
    ///
    /// # Errors
    /// Where a message cannot be kept.
    pub(super) fn to_keep(
        &self,
        batch: Vec<Admission>,
        is_durable: impl Fn(&Route) -> bool,
    ) -> Result<(Vec<Admission>, Vec<Keep>), QueueError> {
        if self.spool().is_none() {
            return Ok((batch, Vec::new()));
        }
        let (mut thin, mut keeps) = (Vec::with_capacity(batch.len()), Vec::new());
        for admission in batch {
            let Admission {
                id,
                route,
                message,
                terms,
            } = &admission;
            if !is_durable(route) {
                thin.push(admission);
                continue;
            }
            let Some(content) = message.content.here().cloned() else {
                return Err(QueueError::NotKept("its content is not at hand".into()));
            };
            let head = Head::new(*id, route, message, terms, self.now().wall);
            thin.push(Admission {
                message: Arc::new(head.message()),
                ..admission
            });
            keeps.push(Keep { head, content });
        }
        Ok((thin, keeps))
    }

    /// Writes a message to the spool, where it is to go there. What comes back has the message as the queue holds it.
    pub(super) async fn keep(
        &self,
        id: EntryId,
        route: &Route,
        message: Arc<Message>,
        terms: &Terms,
        durable: bool,
    ) -> Result<Kept<'_>, QueueError> {
        let Some(spool) = self.spool().filter(|_| durable) else {
            let undo = Undo::nothing();
            return Ok(Kept { message, undo });
        };
        if self.entry(id).is_some() {
            return Err(QueueError::Duplicate(id));
        }
        if message.envelope.recipients.is_empty() {
            return Err(QueueError::NoRecipients);
        }
        // Reports on what has ended are taken to the last.
        if self.is_closed() && message.envelope.reverse_path.is_some() {
            return Err(QueueError::Closed);
        }
        let admission = Admission {
            id,
            route: route.clone(),
            message: Arc::clone(&message),
            terms: terms.clone(),
        };
        let (thin, keeps) = self.to_keep(vec![admission], |_| true)?;
        let mut kept = Kept {
            message: thin.into_iter().next().map_or(message, |thin| thin.message),
            undo: Undo::of(spool, vec![id.0]),
        };
        for keep in keeps {
            if let Err(error) = spool.keep(keep).await {
                // It is nowhere, and another's file may have its name.
                kept.undo = Undo::nothing();
                return Err(not_kept(&error));
            }
        }
        Ok(kept)
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
        let entry = self.entry(id).ok_or("the message is no longer kept")?;
        self.message_of(&entry)
    }

    /// The attempts at a message of which the conversation is kept in the spool, oldest first, also those of earlier programs. It
    /// reads the disk. Of what lies in no spool there are none but those of its entry.
    ///
    /// # Errors
    /// In words, where they cannot be read.
    pub fn conversations(&self, id: EntryId) -> Result<Vec<KeptAttempt>, Clean> {
        let Some(spool) = self.spool() else {
            return Ok(Vec::new());
        };
        spool.conversations(id.0).map_err(|error| {
            Clean::from(format!(
                "the conversations cannot be read: {}",
                words(&error)
            ))
        })
    }

    /// The message of an entry, as [`message`](Self::message) has it.
    ///
    /// # Errors
    /// As there.
    pub fn message_of(&self, entry: &Entry) -> Result<Arc<Message>, Clean> {
        let message = Arc::clone(&entry.message);
        match self.spool() {
            Some(spool) if entry.is_spooled() => {
                let (head, content) = spool.read(entry.id.0).map_err(|error| {
                    Clean::from(format!("the message cannot be read: {}", words(&error)))
                })?;
                Ok(Arc::new(whole(&message, head, content)))
            }
            _ => Ok(message),
        }
    }
}

/// The disk does not take it.
pub(super) fn not_kept(error: &std::io::Error) -> QueueError {
    QueueError::NotKept(words(error).into())
}

/// A message in the spool that the queue has not taken yet.
pub(super) struct Kept<'a> {
    pub(super) message: Arc<Message>,
    pub(super) undo: Undo<'a>,
}

/// Messages in the spool that the queue has not taken yet. Where they come to nothing, be it that the queue refuses them or that
/// their author waits no longer, they go out of the spool again: nobody was told that they are queued.
pub(super) struct Undo<'a>(Option<(&'a Spool, Vec<Uuid>)>);

impl<'a> Undo<'a> {
    pub(super) const fn of(spool: &'a Spool, ids: Vec<Uuid>) -> Self {
        Self(Some((spool, ids)))
    }

    pub(super) const fn nothing() -> Self {
        Self(None)
    }

    /// There is nothing of them in the spool.
    pub(super) fn void(mut self) {
        self.0 = None;
    }

    /// They stay where the queue has taken them.
    pub(super) fn stays_if<T>(mut self, taken: Result<T, QueueError>) -> Result<T, QueueError> {
        if taken.is_ok() {
            self.0 = None;
        }
        taken
    }
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        let Some((spool, ids)) = self.0.take() else {
            return;
        };
        for id in ids {
            spool.relocate(id, Place::Gone);
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

//! What a person does to the queue: hold, release, retry now, drop, restore, and pause all.

use super::durable::is_failed;
use super::state::{State, Wish};
use crate::mail::clock::{Now, later};
use crate::mail::entry::{End, Entry};
use crate::mail::event::Kind;
use crate::mail::parcel::EntryId;
use crate::mail::rhythm::Rhythm;
use crate::queue::error::QueueError;
use crate::queue::spool::Place;

impl State {
    /// Holds an entry: it is neither tried nor expired until it is released. While it is being sent this is a wish, done when
    /// the attempt ends. Holding twice changes nothing.
    ///
    /// # Errors
    /// [`QueueError::Unknown`] and [`QueueError::Done`].
    pub fn hold(&mut self, id: EntryId, now: Now) -> Result<(), QueueError> {
        if self.is_sending(id)? {
            self.change(id, |_, slot| slot.wish = Some(Wish::Hold(now)));
            self.note(id, "to be held by hand when the attempt ends", now);
        } else if self.live(id)?.held.is_none() {
            self.change(id, |entry, _| entry.held = Some(now));
            self.note(id, "held by hand", now);
            self.say(Kind::Held(id), now);
        }
        self.seal();
        Ok(())
    }

    /// Releases a held entry. It has as much life left as when it was held, and is tried when it is due.
    ///
    /// # Errors
    /// [`QueueError::Unknown`], [`QueueError::Done`] and [`QueueError::NotHeld`].
    pub fn release(&mut self, id: EntryId, now: Now) -> Result<(), QueueError> {
        if self.is_sending(id)? {
            let wish = self.slots.get(&id).and_then(|slot| slot.wish);
            let Some(Wish::Hold(_)) = wish else {
                return Err(QueueError::NotHeld(id));
            };
            self.change(id, |_, slot| slot.wish = None);
            self.note(id, "not to be held after all", now);
        } else {
            if self.live(id)?.held.is_none() {
                return Err(QueueError::NotHeld(id));
            }
            self.change(id, |entry, _| {
                entry.expires = later(now.wall, entry.life_left(now));
                entry.held = None;
            });
            self.note(id, "released by hand", now);
            self.say(Kind::Released(id), now);
        }
        self.seal();
        Ok(())
    }

    /// Makes an entry due at once and cuts a pause of its host short. Tries and expiry stay as they are.
    ///
    /// # Errors
    /// [`QueueError::Unknown`], [`QueueError::Done`], [`QueueError::Sending`], [`QueueError::Held`] and
    /// [`QueueError::OnlyQueued`].
    pub fn retry_now(&mut self, id: EntryId, now: Now) -> Result<(), QueueError> {
        if self.is_sending(id)? {
            return Err(QueueError::Sending(id));
        }
        let entry = self.live(id)?;
        if entry.held.is_some() {
            return Err(QueueError::Held(id));
        }
        let route = entry.route.clone();
        if self.rhythm(&route) == Rhythm::Never {
            return Err(QueueError::OnlyQueued(id));
        }
        self.change(id, |entry, slot| {
            entry.due = entry.due.min(now.tick);
            slot.returns = (0, 0);
        });
        self.note(id, "to be tried at once, by hand", now);
        self.lift(&route, now);
        self.seal();
        Ok(())
    }

    /// Takes an entry out of the live queue. While it is being sent this is a wish, done when the attempt ends; who has the
    /// message by then has it.
    ///
    /// # Errors
    /// [`QueueError::Unknown`] and [`QueueError::Done`].
    pub fn drop(&mut self, id: EntryId, now: Now) -> Result<(), QueueError> {
        if self.is_sending(id)? {
            self.change(id, |_, slot| slot.wish = Some(Wish::Drop));
            self.note(id, "to be dropped by hand when the attempt ends", now);
        } else {
            self.note(id, "dropped by hand", now);
            self.finish(id, End::Dropped, now);
        }
        self.seal();
        Ok(())
    }

    /// Brings a dropped entry back, as it was: held if it was held, with as much life left as it had. A drop that still waits for
    /// its attempt is called off.
    ///
    /// # Errors
    /// [`QueueError::Unknown`] and [`QueueError::NotDropped`].
    pub fn restore(&mut self, id: EntryId, now: Now) -> Result<(), QueueError> {
        if self.view.live.contains_key(&id) {
            let wish = self.slots.get(&id).and_then(|slot| slot.wish);
            let Some(Wish::Drop) = wish else {
                return Err(QueueError::NotDropped(id));
            };
            self.change(id, |_, slot| slot.wish = None);
        } else {
            let entry = self.view.done.get(&id).ok_or(QueueError::Unknown(id))?;
            let Some((End::Dropped, dropped)) = entry.end else {
                return Err(QueueError::NotDropped(id));
            };
            let mut entry = Entry::clone(entry);
            if entry.held.is_none() {
                entry.expires = later(now.wall, entry.life_left(dropped));
            }
            entry.end = None;
            self.shelf.take(id);
            self.view.done.remove(&id);
            self.view.live.insert(id, entry.into());
            self.moves.push((id, Place::New));
            self.index(id);
            self.expect_warning(id);
        }
        self.note(id, "brought back by hand", now);
        self.say(Kind::Restored(id), now);
        self.seal();
        Ok(())
    }

    /// Forgets an entry that failed for somebody, and its file with it.
    ///
    /// # Errors
    /// [`QueueError::Unknown`], and [`QueueError::Done`] where it did not fail.
    pub fn forget(&mut self, id: EntryId) -> Result<(), QueueError> {
        let entry = self.view.done.get(&id).ok_or(QueueError::Unknown(id))?;
        if !is_failed(entry) {
            return Err(QueueError::Done(id));
        }
        if entry.is_spooled() {
            self.moves.push((id, Place::Gone));
        }
        self.shelf.take(id);
        self.view.done.remove(&id);
        self.slots.remove(&id);
        self.mark();
        self.seal();
        Ok(())
    }

    /// Stops handing out on every route, by hand. Running attempts go on, and lives run out as always.
    pub fn pause_all(&mut self, now: Now) {
        if self.view.paused.is_none() {
            self.view.paused = Some(now.wall);
            self.mark();
        }
        self.seal();
    }

    /// Ends [`pause_all`](Self::pause_all).
    pub fn resume_all(&mut self) {
        if self.view.paused.take().is_some() {
            self.mark();
        }
        self.seal();
    }

    fn live(&self, id: EntryId) -> Result<&Entry, QueueError> {
        match self.view.live.get(&id) {
            Some(entry) => Ok(entry),
            None if self.view.done.contains_key(&id) => Err(QueueError::Done(id)),
            None => Err(QueueError::Unknown(id)),
        }
    }

    fn is_sending(&self, id: EntryId) -> Result<bool, QueueError> {
        self.live(id).map(|entry| entry.running().is_some())
    }
}

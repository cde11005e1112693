//! The end of an entry's life, by the calendar, and what a calendar that jumps may not do to it.

use jiff::SignedDuration;

use super::state::{State, Wish};
use crate::mail::clock::{Now, Tick, until};
use crate::mail::entry::End;
use crate::mail::event::Kind;
use crate::mail::outcome::Status;
use crate::mail::parcel::EntryId;

/// A calendar that runs away from the monotonic clock by more than this was set wrong, or right again, or the machine slept for
/// more than a day. Nothing may expire of that.
const JUMP: SignedDuration = SignedDuration::from_hours(24);

impl State {
    /// Expires what has come to the end of its life, and warns of what is late. Held entries and those being sent are left alone.
    pub fn expire(&mut self, now: Now) {
        self.expire_due(now);
        self.seal();
    }

    /// When the next entry expires or is late, where time passes evenly.
    #[must_use]
    pub fn next_expiry(&self, now: Now) -> Option<Tick> {
        let end = self.expiry.first().map(|(end, _)| *end);
        let next = end.into_iter().chain(self.warnings.next()).min()?;
        Some(now.tick + until(next, now.wall))
    }

    pub(in crate::queue) fn expire_due(&mut self, now: Now) {
        self.mind_the_calendar(now);
        while let Some((_, id)) = self
            .expiry
            .first()
            .copied()
            .filter(|(end, _)| *end <= now.wall)
        {
            self.expire_one(id, now);
        }
        // Behind the ends of lives: what has expired is no longer late.
        self.warn_due(now);
    }

    /// Gives up on every open recipient of an entry and ends it.
    pub(in crate::queue) fn expire_one(&mut self, id: EntryId, now: Now) {
        let mut given_up = Vec::new();
        self.change(id, |entry, _| {
            for recipient in entry.recipients.iter_mut().filter(|r| r.status.is_open()) {
                recipient.status = Status::Expired(recipient.status.failure().cloned());
                recipient.when = Some(now.wall);
                given_up.push((recipient.address.clone(), recipient.status.clone()));
            }
        });
        self.is_dirty(id, true);
        self.view.totals.expired += given_up.len() as u64;
        for (address, status) in given_up {
            self.say(Kind::Recipient(id, address, status), now);
        }
        self.finish(id, End::Settled, now);
    }

    /// Where the calendar has jumped, moves every end of life along with it, so that each entry keeps the life it had left.
    fn mind_the_calendar(&mut self, now: Now) {
        let Some(before) = self.looked.replace(now) else {
            return;
        };
        let passed = SignedDuration::try_from(now.tick.since(before.tick));
        let jump = now.wall.duration_since(before.wall);
        let Some(jump) = passed.ok().and_then(|passed| jump.checked_sub(passed)) else {
            return;
        };
        if jump.abs() <= JUMP {
            return;
        }
        let ids: Vec<EntryId> = self.view.live.keys().copied().collect();
        for id in ids {
            self.move_warning(id, jump);
            let moved = self.change(id, |entry, slot| {
                if entry.held.is_some() {
                    // Its life stands still by the calendar of the moment when it was held.
                    return false;
                }
                let moved = entry.expires.checked_add(jump);
                entry.expires = moved.unwrap_or(entry.expires);
                if let Some(Wish::Hold(at)) = &mut slot.wish {
                    at.wall = at.wall.checked_add(jump).unwrap_or(at.wall);
                }
                true
            });
            if moved == Some(true) {
                let text = "the calendar jumped by more than a day; the time left is kept";
                self.note(id, text, now);
            }
        }
    }
}

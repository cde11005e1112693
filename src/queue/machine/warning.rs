//! The warning that a message is late: once for each, as soon as it is neither held nor being sent.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::state::State;
use crate::mail::clock::{Now, until};
use crate::mail::dsn::About;
use crate::mail::event::Kind;
use crate::mail::parcel::EntryId;
use crate::mail::period::Period;

impl State {
    /// Puts the warning of a live entry into the order, where there is to be one.
    pub(in crate::queue) fn expect_warning(&mut self, id: EntryId) {
        self.warnings.put_off.remove(&id);
        if let Some(at) = self.slots.get(&id).and_then(|slot| slot.warn) {
            self.warnings.order.insert((at, id));
        }
    }

    /// Takes the warning out of the order, for an entry that leaves the live queue.
    pub(in crate::queue) fn forget_warning(&mut self, id: EntryId) {
        self.warnings.put_off.remove(&id);
        if let Some(at) = self.slots.get(&id).and_then(|slot| slot.warn) {
            self.warnings.order.remove(&(at, id));
        }
    }

    /// Moves a warning along with a calendar that has jumped.
    pub(in crate::queue) fn move_warning(&mut self, id: EntryId, jump: SignedDuration) {
        let Some(slot) = self.slots.get_mut(&id) else {
            return;
        };
        let Some(at) = slot.warn else {
            return;
        };
        let moved = at.checked_add(jump).unwrap_or(at);
        slot.warn = Some(moved);
        if self.warnings.order.remove(&(at, id)) {
            self.warnings.order.insert((moved, id));
        }
    }

    /// Gives the warnings that are due.
    pub(in crate::queue) fn warn_due(&mut self, now: Now) {
        while let Some((at, id)) = self.warnings.order.first().copied() {
            if at > now.wall {
                return;
            }
            self.warnings.order.remove(&(at, id));
            let Some(entry) = self.view.live.get(&id) else {
                continue;
            };
            if entry.held.is_some() || entry.running().is_some() {
                self.warnings.put_off.insert(id);
                continue;
            }
            let text = words(entry.admitted.wall, entry.expires, now.wall);
            if let Some(slot) = self.slots.get_mut(&id) {
                slot.warn = None;
            }
            self.note(id, &text, now);
            if let Some(entry) = self.view.live.get(&id).map(Arc::clone) {
                self.owe(&entry, About::Delayed, now.wall);
            }
            self.say(Kind::Delayed(id), now);
        }
    }
}

fn words(admitted: Timestamp, expires: Timestamp, now: Timestamp) -> String {
    let waited = until(now, admitted);
    // Whole minutes, where there are any: nobody wants to read of milliseconds.
    let grain = if waited < Duration::from_mins(1) {
        1
    } else {
        60
    };
    let waited = Period(Duration::from_secs(waited.as_secs() / grain * grain));
    let end = expires.strftime("%Y-%m-%d %H:%M UTC");
    format!("not delivered for {waited}; will be tried until {end}")
}

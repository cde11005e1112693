//! Takes up what is found in a spool: each entry as it stood, by the time of now, and attempts that were cut off with what may
//! have come of them.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::state::{Slot, State};
use crate::mail::clean::Clean;
use crate::mail::clock::{Now, Tick, later, until};
use crate::mail::entry::{Attempt, AttemptEnd, End, Entry, Note, Recipient};
use crate::mail::event::Kind;
use crate::mail::kept::NOT_KEPT;
use crate::mail::outcome::{Cause, Failure, Status};
use crate::mail::parcel::{Connection, EntryId};
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};
use crate::queue::retry::Schedule;
use crate::queue::spool::record::{Last, Record, Standing, Wished};
use crate::queue::spool::{Found, Head, Place};
use crate::queue::terms::{OnUncertain, RouteRules};

/// No wait that was written down is longer than the schedule's own by more than this, whatever the calendar says meanwhile.
const MOST_MORE: Duration = Duration::from_hours(6);

impl State {
    /// Takes up a message of the spool. One that is known already is left as it is. With `news` it has only just been queued.
    pub fn adopt(&mut self, found: Found, news: bool, now: Now) {
        let id = found.head.id();
        if self.view.entry(id).is_some() || !is_told(&found) {
            return;
        }
        let account = &found.head.account;
        self.books.entry(account.clone()).or_default();
        self.view.routes.entry(account.clone()).or_default();
        let record = found.record.as_ref();
        let warn = record.map_or_else(|| self.warning(&found.head), |record| record.warn);
        let slot = Slot {
            schedule: found.head.terms().schedule,
            on_uncertain: found.head.on_uncertain,
            number: record.map_or(0, |record| record.number),
            warn,
            ..Slot::default()
        };
        let cut_off = record.and_then(|record| record.out.then_some(record.dot));
        let wish = record.and_then(|record| record.wish);
        let owed = record.map(|record| record.owed.clone());
        self.slots.insert(id, slot);
        let entry = self.picture(found, now);
        if entry.end.is_some() {
            self.shelve(entry);
        } else {
            self.view.live.insert(id, Arc::new(entry));
            self.index(id);
            self.expect_warning(id);
            if let Some(dot) = cut_off {
                self.was_cut_off(id, dot, now);
            }
            let over = |entry: &Arc<Entry>| entry.open().next().is_none();
            if self.view.live.get(&id).is_some_and(over) {
                // The journal knows every recipient's end and was cut off before it could say so of the message.
                self.finish(id, End::Settled, now);
            } else if let Some(wish) = wish {
                self.was_wished(id, wish, now);
            }
            if news {
                self.say(Kind::Queued(id), now);
            }
        }
        self.still_owes(id, owed.unwrap_or_default());
        self.mark();
        self.seal();
    }

    /// How a message of the spool stands by what is written of it, without taking it up. The rules of its route hold where it
    /// has no terms of its own.
    #[must_use]
    pub fn picture(&self, found: Found, now: Now) -> Entry {
        let Found { head, record, .. } = found;
        let terms = head.terms();
        let message = Arc::new(head.message());
        let start = terms
            .not_before
            .map_or(head.queued, |at| at.max(head.queued));
        let usual = RouteRules::default();
        let rules = self.books.get(&head.account).map(|book| &book.rules);
        let rules = rules.unwrap_or(&usual);
        let recipients = message.envelope.recipients.iter().map(|address| Recipient {
            address: address.clone(),
            status: Status::Pending,
            tries: 0,
            when: None,
        });
        let mut entry = Entry {
            id: head.id(),
            route: head.account,
            recipients: recipients.collect(),
            message: Arc::clone(&message),
            tries: 0,
            attempts: Vec::new(),
            admitted: back(head.queued, now),
            due: rules.rhythm.next(now.tick + until(start, now.wall)),
            expires: later(start, terms.expire.unwrap_or(rules.expire)),
            held: terms.held.then(|| back(head.queued, now)),
            end: None,
            notes: Vec::new(),
        };
        if let Some(last) = record.as_ref().and_then(|record| record.last.clone()) {
            let number = record.as_ref().map_or(0, |record| record.number);
            let number = last.number.unwrap_or(number);
            entry.attempts.push(self.remembered(last, number, now));
        }
        if let Some(record) = record {
            let schedule = terms.schedule.as_ref().unwrap_or(&rules.schedule);
            stood(&mut entry, record, schedule, now);
            entry.due = rules.rhythm.next(entry.due);
        }
        entry
    }

    /// When there is a warning that a message of the spool is late, of which there was none yet.
    fn warning(&self, head: &Head) -> Option<Timestamp> {
        let start = head
            .not_before
            .map_or(head.queued, |at| at.max(head.queued));
        let rules = &self.books.get(&head.account)?.rules;
        rules.warn.map(|wait| later(start, wait))
    }

    /// The last attempt, as far as it was written down: without its conversation.
    fn remembered(&self, last: Last, number: u32, now: Now) -> Arc<Attempt> {
        let end = AttemptEnd {
            took: Duration::from_millis(last.took_ms),
            connection: Connection {
                server: last.server,
                ..Connection::default()
            },
            recipients: Vec::new(),
            trouble: last.trouble,
        };
        let transcript = Transcript::new(Arc::clone(&self.clock));
        let stage = end
            .trouble
            .as_ref()
            .map_or(Stage::Quit, |trouble| trouble.stage);
        transcript.push(stage, By::Note, NOT_KEPT);
        Arc::new(Attempt {
            number,
            started: back(last.started, now),
            end: Some(end),
            transcript,
        })
    }

    fn shelve(&mut self, entry: Entry) {
        let (id, size) = (entry.id, entry.message.size());
        for old in self.shelf.push(id, size) {
            if let Some(old) = self.view.done.remove(&old) {
                self.fell_off(&old);
            }
            self.slots.remove(&old);
        }
        self.view.done.insert(id, Arc::new(entry));
    }

    /// The program ended while an attempt was out. Where the end of the content had gone out, the server may have the message.
    fn was_cut_off(&mut self, id: EntryId, dot: bool, now: Now) {
        if !dot {
            let text = "the program ended during an attempt, before the end of the content";
            return self.note(id, text, now);
        }
        let words = "the program ended before the reply to the content came";
        let failure = Failure::new(Stage::Content, Cause::Local(words.into()));
        let hold = self.on_uncertain(id) == OnUncertain::Hold;
        self.change(id, |entry, _| {
            for recipient in entry.recipients.iter_mut().filter(|r| r.status.is_open()) {
                recipient.status = Status::Uncertain(failure.clone());
                recipient.tries = recipient.tries.saturating_add(1);
                recipient.when = Some(now.wall);
            }
            entry.tries = entry.tries.saturating_add(1);
            if hold {
                entry.held.get_or_insert(now);
            }
            entry.notes.push(Note {
                at: now.wall,
                text: Clean::from(format!("{words}; the server may have the message")),
            });
        });
        self.is_dirty(id, true);
    }

    /// The program ended while a wish waited for an attempt to end. Now it has.
    fn was_wished(&mut self, id: EntryId, wish: Wished, now: Now) {
        match wish {
            // Its picture shows it so already, unless its life was over before that.
            Wished::Hold(at) => {
                if self
                    .view
                    .live
                    .get(&id)
                    .is_some_and(|entry| at < entry.expires)
                {
                    self.note(id, "held by hand", now);
                    self.say(Kind::Held(id), now);
                }
            }
            Wished::Drop => {
                self.note(id, "dropped by hand", now);
                self.finish(id, End::Dropped, now);
            }
        }
    }
}

/// Whether there is anything to be said of it: of a message that no longer waits the journal has to say how it ended.
pub(in crate::queue) fn is_told(found: &Found) -> bool {
    let over = found
        .record
        .as_ref()
        .is_some_and(|record| record.end.is_some());
    found.place == Place::New || over
}

/// Puts an entry as it was written down.
fn stood(entry: &mut Entry, record: Record, schedule: &Schedule, now: Now) {
    let wait = until(record.due, now.wall);
    let most = schedule.wait(entry.id, record.tries.max(1)) + MOST_MORE;
    // A message that was never tried waits for the moment that its author has named.
    let wait = if record.number == 0 {
        wait
    } else {
        wait.min(most)
    };
    entry.due = now.tick + wait;
    entry.tries = record.tries;
    entry.expires = record.expires;
    let wished = record.wish.and_then(|wish| match wish {
        Wished::Hold(at) => (at < record.expires).then_some(at),
        Wished::Drop => None,
    });
    entry.held = record.held.or(wished).map(|at| back(at, now));
    entry.end = record.end.map(|(end, at)| (end, back(at, now)));
    for standing in record.recipients.unwrap_or_default() {
        let Standing {
            place,
            status,
            tries,
            when,
        } = standing;
        if let Some(recipient) = entry.recipients.get_mut(place) {
            recipient.status = status;
            recipient.tries = tries;
            recipient.when = when;
        }
    }
}

/// A moment of the past by both clocks, as far as this program's own reaches back.
fn back(wall: Timestamp, now: Now) -> Now {
    Now {
        tick: Tick(now.tick.0.saturating_sub(until(now.wall, wall))),
        wall,
    }
}

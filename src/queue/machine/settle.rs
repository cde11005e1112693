//! What a report does to an entry: outcomes, retries, and the wishes that waited for the attempt to end.

use std::sync::Arc;
use std::time::Duration;

use super::allowance::is_crowded;
use super::book::Health;
use super::handout::ClaimId;
use super::hint::hint;
use super::state::{Running, State, Wish};
use crate::mail::address::Address;
use crate::mail::clock::{Now, Tick};
use crate::mail::entry::{AttemptEnd, End, Entry, Route};
use crate::mail::event::Kind;
use crate::mail::outcome::{Failure, Outcome, Status};
use crate::mail::parcel::{Connection, EntryId, Report, Verdict};
use crate::mail::stage::Stage;
use crate::queue::terms::OnUncertain;

/// So often it may end without a verdict before its author is told what can be done about it.
const TIMES_UNCERTAIN: usize = 3;
/// The longest that a parcel waits which only ever comes back untried.
const MOST_RETURN_WAIT: Duration = Duration::from_mins(1);

impl State {
    /// Takes in a report. Returns whether it was taken: a report on a claim that is not running is ignored, so that no claim is
    /// settled twice.
    pub fn settle(&mut self, claim: ClaimId, report: Report, now: Now) -> bool {
        let id = report.entry;
        let Some((running, route)) = self.end_claim(claim, id) else {
            return false;
        };
        let mut end = AttemptEnd {
            took: report.took,
            connection: report.connection,
            recipients: Vec::new(),
            trouble: None,
        };
        match report.verdict {
            Verdict::Settled(outcomes) => {
                self.had_its_turn(claim, &route, now);
                let complaint = |outcome: &Outcome| matches!(outcome, Outcome::Deferred(failure) if is_crowded(failure));
                if outcomes.iter().any(complaint) {
                    self.is_crowded(running, &route, now);
                }
                self.apply(id, outcomes, end, now);
            }
            Verdict::HostTrouble(failure) => {
                end.trouble = Some(failure.clone());
                // Behind the others, so that each of them may once be the one that looks whether the host is back.
                let due = now.tick.max(running.due_before);
                self.end_attempt(id, end, due);
                if !is_crowded(&failure) || !self.is_crowded(running, &route, now) {
                    self.trouble(claim, &route, failure, now);
                }
            }
            Verdict::Returned => self.take_back(id, &route, running, now),
        }
        self.conclude(id, now);
        self.seal();
        true
    }

    /// The server has connections enough. Where others are in use, there will be fewer of them; that is all that is wrong.
    fn is_crowded(&mut self, running: Running, route: &Route, now: Now) -> bool {
        let next = self.claims;
        let Some(book) = self.books.get_mut(route) else {
            return false;
        };
        let others = book.others(running.batch);
        if others == 0 || book.health != Health::Good {
            return false;
        }
        book.allowance
            .lower(others + 1, running.claim, next, now.tick);
        self.mark();
        true
    }

    /// Takes back a parcel whose worker was lost before the end of the content. It waits as after any attempt, since nobody
    /// knows whether the parcel itself was the reason.
    pub fn lost(&mut self, claim: ClaimId, id: EntryId, why: &str, now: Now) -> bool {
        if self.end_claim(claim, id).is_none() {
            return false;
        }
        if let Some(entry) = self.view.live.get(&id)
            && let Some(attempt) = entry.running()
        {
            let (back_off, stage) = (entry.due, attempt.transcript.progress().stage);
            let end = AttemptEnd {
                took: now.tick.since(attempt.started.tick),
                connection: Connection::default(),
                recipients: Vec::new(),
                trouble: Some(Failure::local(stage, why)),
            };
            self.end_attempt(id, end, back_off);
        }
        self.conclude(id, now);
        self.seal();
        true
    }

    /// A worker died of a panic; what it had comes back by other verbs.
    pub fn worker_panicked(&mut self, route: &Route, words: &str, now: Now) {
        let words = crate::mail::clean::clean(words).into_owned();
        self.say(Kind::WorkerPanicked(route.clone(), words), now);
        self.seal();
    }

    /// Ends the claim, where it is the running one. The entry stays out of the indices until [`conclude`](Self::conclude).
    fn end_claim(&mut self, claim: ClaimId, id: EntryId) -> Option<(Running, Route)> {
        let route = self.view.live.get(&id)?.route.clone();
        let slot = self.slots.get(&id)?;
        let running = slot.running.filter(|running| running.claim == claim)?;
        if let Some(state) = self.view.routes.get_mut(&route) {
            state.sending = state.sending.saturating_sub(1);
        }
        if let Some(book) = self.books.get_mut(&route) {
            book.is_over(claim);
            book.is_back(running.batch);
        }
        Some((running, route))
    }

    /// Writes the end of the running attempt and when the next one is due.
    fn end_attempt(&mut self, id: EntryId, end: AttemptEnd, due: Tick) {
        self.change(id, |entry, _| {
            if let Some(last) = entry.attempts.last_mut() {
                Arc::make_mut(last).end = Some(end);
            }
            entry.due = due;
        });
        self.was_said(id);
    }

    /// Gives each open recipient its outcome.
    fn apply(&mut self, id: EntryId, outcomes: Vec<Outcome>, mut end: AttemptEnd, now: Now) {
        let terms = |entry: &Arc<Entry>| (self.schedule(entry), self.rhythm(&entry.route));
        let Some((schedule, rhythm)) = self.view.live.get(&id).map(terms) else {
            return;
        };
        let statuses = self.change(id, |entry, _| {
            let unsaid = unsaid(entry);
            let mut outcomes = outcomes.into_iter();
            let open = entry.recipients.iter_mut().filter(|r| r.status.is_open());
            for recipient in open {
                recipient.status = outcomes.next().unwrap_or_else(|| unsaid.clone()).into();
                recipient.tries = recipient.tries.saturating_add(1);
                recipient.when = Some(now.wall);
                end.recipients
                    .push((recipient.address.clone(), recipient.status.clone()));
            }
            let statuses = end.recipients.clone();
            if let Some(last) = entry.attempts.last_mut() {
                Arc::make_mut(last).end = Some(end);
            }
            entry.tries = entry.tries.saturating_add(1);
            // Counted from the end of the attempt, which may have taken long; a longer wait that the server asks for is kept.
            let wait = schedule.wait(id, entry.tries);
            let asked = entry.open().filter_map(|r| hint(r.status.reply()?)).max();
            let wait = wait.max(asked.unwrap_or_default());
            entry.due = rhythm.next(entry.due.max(now.tick + wait));
            statuses
        });
        self.is_dirty(id, true);
        self.was_said(id);
        let statuses = statuses.unwrap_or_default();
        let uncertain = |(_, status): &(Address, Status)| matches!(status, Status::Uncertain(_));
        let times = self.view.live.get(&id).map(|entry| entry.times_uncertain());
        if statuses.iter().any(uncertain) && times == Some(TIMES_UNCERTAIN) {
            let text = "three attempts ended without a verdict, and each may have delivered it; hold or drop it to send no more copies";
            self.note(id, text, now);
        }
        if statuses.iter().any(uncertain) && self.on_uncertain(id) == OnUncertain::Hold {
            self.change(id, |entry, _| entry.held = Some(now));
            let text =
                "held: the server may have it already; release it to send it again, or drop it";
            self.note(id, text, now);
            self.say(Kind::Held(id), now);
        }
        for (address, status) in statuses {
            match status {
                Status::Delivered(_) => self.view.totals.delivered += 1,
                Status::Failed(_) => self.view.totals.failed += 1,
                Status::Deferred(_) | Status::Uncertain(_) => self.view.totals.deferred += 1,
                Status::Pending | Status::Expired(_) => {}
            }
            self.say(Kind::Recipient(id, address, status), now);
        }
    }

    /// What is done with an entry that may have been delivered.
    pub(in crate::queue) fn on_uncertain(&self, id: EntryId) -> OnUncertain {
        let own = self.slots.get(&id).and_then(|slot| slot.on_uncertain);
        let route = self.view.live.get(&id).map(|entry| &entry.route);
        let book = route.and_then(|route| self.books.get(route));
        own.unwrap_or_else(|| book.map(|book| book.rules.on_uncertain).unwrap_or_default())
    }

    /// Puts back a parcel that was not tried. The first time it is due as before; where the route gets nowhere and it comes
    /// back again and again, it waits longer each time.
    fn take_back(&mut self, id: EntryId, route: &Route, running: Running, now: Now) {
        let turns = self.books.get(route).map_or(0, |book| book.turns);
        self.change(id, |entry, slot| {
            entry.attempts.pop_if(|attempt| attempt.end.is_none());
            let (count, at) = slot.returns;
            let count = if at == turns {
                count.saturating_add(1)
            } else {
                1
            };
            slot.returns = (count, turns);
            entry.due = match count.checked_sub(2) {
                None => running.due_before,
                Some(doublings) => {
                    let wait =
                        Duration::from_secs(1).saturating_mul(2_u32.saturating_pow(doublings));
                    now.tick + wait.min(MOST_RETURN_WAIT)
                }
            };
        });
    }

    /// After an attempt: ends the entry where nothing is open, does what was wished meanwhile, and lets expiry win over a retry.
    fn conclude(&mut self, id: EntryId, now: Now) {
        let wish = self.slots.get_mut(&id).and_then(|slot| slot.wish.take());
        let Some(entry) = self.view.live.get(&id) else {
            return;
        };
        let (expires, held) = (entry.expires, entry.held.is_some());
        if entry.open().next().is_none() {
            return self.finish(id, End::Settled, now);
        }
        self.change(id, |_, slot| slot.running = None);
        match wish {
            Some(Wish::Drop) => self.finish(id, End::Dropped, now),
            Some(Wish::Hold(at)) if at.wall < expires => {
                self.change(id, |entry, _| entry.held = Some(at));
                self.say(Kind::Held(id), now);
            }
            _ if expires <= now.wall && !held => self.expire_one(id, now),
            _ => {}
        }
    }
}

/// The outcome of a recipient that a report says nothing of. Behind the end of the content the server may have the message.
fn unsaid(entry: &Entry) -> Outcome {
    let committed = entry
        .attempts
        .last()
        .is_some_and(|attempt| attempt.transcript.progress().committed);
    let failure = Failure::new(
        Stage::Content,
        crate::mail::outcome::Cause::Local("the transport said nothing of this recipient".into()),
    );
    if committed {
        Outcome::Uncertain(failure)
    } else {
        Outcome::Deferred(failure)
    }
}

//! Host trouble: one reason and one countdown for the route, and one parcel at a time until the host lets us in again.

use super::book::Health;
use super::handout::ClaimId;
use super::state::State;
use crate::mail::clock::Now;
use crate::mail::entry::Route;
use crate::mail::event::Kind;
use crate::mail::outcome::Failure;
use crate::mail::snapshot::Pause;
use crate::queue::terms::is_login_refused;

impl State {
    /// The host of this claim has let us in. What a claim from before the last trouble says is old news.
    pub fn ready(&mut self, claim: ClaimId, route: &Route, now: Now) {
        if self.books.get(route).is_some_and(|b| b.is_fresh(claim)) {
            self.host_is_good(route, now);
            self.seal();
        }
    }

    /// A parcel of the route had its turn.
    pub(in crate::queue) fn had_its_turn(&mut self, claim: ClaimId, route: &Route, now: Now) {
        let Some(book) = self.books.get_mut(route) else {
            return;
        };
        book.turns = book.turns.wrapping_add(1);
        if book.is_fresh(claim) {
            self.host_is_good(route, now);
        }
    }

    fn host_is_good(&mut self, route: &Route, now: Now) {
        if let Some(book) = self.books.get_mut(route)
            && book.health != Health::Good
        {
            book.health = Health::Good;
            self.mark();
        }
        let state = self.view.routes.get_mut(route);
        if state.and_then(|state| state.pause.take()).is_some() {
            self.say(Kind::HostResumed(route.clone()), now);
        }
    }

    /// Pauses the route. Several workers meet the same trouble at the same moment; only the first of them counts.
    pub(in crate::queue) fn trouble(
        &mut self,
        claim: ClaimId,
        route: &Route,
        failure: Failure,
        now: Now,
    ) {
        let (Some(book), Some(state)) =
            (self.books.get_mut(route), self.view.routes.get_mut(route))
        else {
            return;
        };
        let fresh = book.is_fresh(claim);
        let (pauses, rhythm) = (&book.rules.pauses, book.rules.rhythm);
        let pause = match state.pause.take() {
            None if !fresh => return,
            None => Pause {
                until: now.tick + pauses.after(&failure, 1),
                failure,
                since: now.wall,
                times: 1,
            },
            Some(old) if fresh => {
                let times = old.times.saturating_add(1);
                Pause {
                    until: now.tick + pauses.after(&failure, times),
                    failure,
                    since: old.since,
                    times,
                }
            }
            // A refused login outweighs what was known: it must not be tried again soon.
            Some(old) if is_login_refused(&failure) && !is_login_refused(&old.failure) => Pause {
                until: old.until.max(now.tick + pauses.after(&failure, 1)),
                failure,
                ..old
            },
            Some(old) => {
                state.pause = Some(old);
                return;
            }
        };
        let failure = pause.failure.clone();
        let until = rhythm.next(pause.until);
        state.pause = Some(Pause { until, ..pause });
        book.health = Health::Unknown;
        book.fresh_from = self.claims;
        self.say(Kind::HostPaused(route.clone(), failure), now);
    }

    /// Lets the next attempt on the route begin at once, by hand. It is still one parcel alone, and the pause after another
    /// failure is as long as it would have been. Returns whether there was a pause to cut short.
    pub fn resume_route(&mut self, route: &Route, now: Now) -> bool {
        let lifted = self.lift(route, now);
        self.seal();
        lifted
    }

    pub(in crate::queue) fn lift(&mut self, route: &Route, now: Now) -> bool {
        let pause = self
            .view
            .routes
            .get_mut(route)
            .and_then(|state| state.pause.as_mut());
        match pause {
            Some(pause) if pause.until > now.tick => {
                pause.until = now.tick;
                self.mark();
                true
            }
            _ => false,
        }
    }
}

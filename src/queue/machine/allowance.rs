//! How many connections a route may have at a time, once its server has said that there were too many.

use std::time::Duration;

use super::handout::ClaimId;
use crate::mail::clock::Tick;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::Severity;
use crate::mail::stage::Stage;

/// The time without another complaint after which one more connection is tried.
const STEP: Duration = Duration::from_secs(30);

/// Without any complaint there is no limit. Each halves what was in use, and time gives it back one by one.
#[derive(Debug, Default)]
pub(in crate::queue) struct Allowance(Option<Cut>);

#[derive(Debug)]
struct Cut {
    most: usize,
    since: Tick,
    /// As many as there were when the first complaint came: what the limit grows back to before it is forgotten.
    before: usize,
    /// Claims with a smaller number were made before the cut, and their complaints were heard with it.
    fresh_from: u64,
}

impl Allowance {
    /// The most connections at this moment.
    pub(in crate::queue) fn most(&self, now: Tick) -> usize {
        let Some(cut) = &self.0 else {
            return usize::MAX;
        };
        let grown = now.since(cut.since).as_secs() / STEP.as_secs();
        let most = cut
            .most
            .saturating_add(usize::try_from(grown).unwrap_or(usize::MAX));
        if most > cut.before { usize::MAX } else { most }
    }

    /// When one more will be allowed by the passing of time alone.
    pub(in crate::queue) fn next(&self, now: Tick) -> Option<Tick> {
        let cut = self.0.as_ref()?;
        let steps = now.since(cut.since).as_secs() / STEP.as_secs();
        let steps = u32::try_from(steps).unwrap_or(u32::MAX).saturating_add(1);
        Some(cut.since + STEP.saturating_mul(steps))
    }

    /// The server has complained to this claim while so many connections were in use, that one included. `next` is the number
    /// that the next claim will have.
    pub(in crate::queue) fn lower(&mut self, in_use: usize, claim: ClaimId, next: u64, now: Tick) {
        let fresh_from = self.0.as_ref().map_or(0, |cut| cut.fresh_from);
        if claim.0 < fresh_from {
            return;
        }
        let before = self.0.as_ref().map_or(0, |cut| cut.before).max(in_use);
        self.0 = Some(Cut {
            most: in_use.min(self.most(now)).div_ceil(2).max(1),
            since: now,
            before,
            fresh_from: next,
        });
    }
}

/// Whether a failure says that the server has connections enough: 421, or being turned away at the door.
pub(in crate::queue) fn is_crowded(failure: &Failure) -> bool {
    match &failure.cause {
        Cause::Refused(reply) => {
            reply.code == 421
                || (failure.stage == Stage::Greeting && reply.severity() == Severity::Transient)
        }
        Cause::Closed => failure.stage == Stage::Greeting,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::reply::Reply;

    fn at(seconds: u64) -> Tick {
        Tick(Duration::from_secs(seconds))
    }

    #[test]
    fn it_is_halved_at_once_and_comes_back_one_by_one() {
        let mut allowance = Allowance::default();
        assert_eq!(
            (allowance.most(at(0)), allowance.next(at(0))),
            (usize::MAX, None)
        );
        allowance.lower(4, ClaimId(3), 4, at(10));
        assert_eq!(
            [10, 39, 40, 69, 70].map(|s| allowance.most(at(s))),
            [2, 2, 3, 3, 4]
        );
        assert_eq!(allowance.next(at(39)), Some(at(40)));
        assert_eq!(allowance.most(at(100)), usize::MAX);
    }

    #[test]
    fn complaints_of_the_same_moment_count_once_and_one_is_always_left() {
        let mut allowance = Allowance::default();
        allowance.lower(8, ClaimId(6), 8, at(0));
        allowance.lower(7, ClaimId(7), 8, at(0));
        assert_eq!(allowance.most(at(1)), 4);
        allowance.lower(4, ClaimId(9), 10, at(2));
        allowance.lower(2, ClaimId(10), 11, at(3));
        allowance.lower(1, ClaimId(11), 12, at(4));
        assert_eq!(allowance.most(at(4)), 1);
        assert_eq!(allowance.most(at(64)), 3);
    }

    #[test]
    fn what_is_a_complaint_about_the_number_of_connections() {
        let refused = |stage, code| Failure::refused(stage, Reply::new(code, ["no"]));
        assert!(is_crowded(&refused(Stage::Greeting, 421)));
        assert!(is_crowded(&refused(Stage::Greeting, 450)));
        assert!(is_crowded(&refused(Stage::Mail, 421)));
        assert!(is_crowded(&Failure::new(Stage::Greeting, Cause::Closed)));
        assert!(!is_crowded(&refused(Stage::Greeting, 554)));
        assert!(!is_crowded(&refused(Stage::Mail, 450)));
        assert!(!is_crowded(&Failure::new(Stage::Hello, Cause::Closed)));
    }
}

//! When an account's mail is handed over: as soon as it is due, only at certain moments, or not at all.

use std::time::Duration;

use super::clock::Tick;

/// The moments at which messages may be handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rhythm {
    /// Whenever something is due.
    #[default]
    AtOnce,
    /// At every multiple of this interval, counted from the clock's start: what falls due in between waits for the next one. An
    /// interval of nothing is the same as [`AtOnce`](Self::AtOnce).
    Every(Duration),
    /// Never: mail is queued and stays.
    Never,
}

impl Rhythm {
    /// The first moment at which something that is due at `tick` may be handed over. Where that is never, the moment itself.
    #[must_use]
    pub fn next(self, tick: Tick) -> Tick {
        let Self::Every(interval) = self else {
            return tick;
        };
        match tick.0.as_nanos().checked_rem(interval.as_nanos()) {
            None | Some(0) => tick,
            Some(late) => {
                let late = u64::try_from(late).map_or(Duration::MAX, Duration::from_nanos);
                tick + interval.saturating_sub(late)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_due_in_between_waits_for_the_next_moment() {
        let at = |millis| Tick(Duration::from_millis(millis));
        let five = Rhythm::Every(Duration::from_secs(5));
        let next = [0, 1, 4999, 5000, 5001].map(|millis| five.next(at(millis)));
        assert_eq!(next, [at(0), at(5000), at(5000), at(5000), at(10_000)]);
        for other in [Rhythm::AtOnce, Rhythm::Never, Rhythm::Every(Duration::ZERO)] {
            assert_eq!(other.next(at(4321)), at(4321));
        }
        let end = Tick(Duration::MAX);
        assert_eq!(five.next(end), end);
        assert_eq!(Rhythm::Every(Duration::MAX).next(at(1)), end);
    }
}

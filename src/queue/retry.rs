//! When to try again: pure arithmetic over attempt numbers.

use std::time::Duration;

use crate::mail::parcel::EntryId;

/// The longest wait that a schedule gives. A message that waits longer has long expired.
pub(super) const MOST: Duration = Duration::from_hours(365 * 24);
/// No schedule of any kind waits less than this.
pub(super) const LEAST: Duration = Duration::from_secs(1);

/// How the waits grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pace {
    /// A wait for each attempt, and one for all that follow.
    Steps {
        /// The wait after the first attempt, the second, and so on.
        steps: Vec<Duration>,
        /// The wait after every later attempt.
        then: Duration,
    },
    /// Each wait is the one before it times `factor`, up to `most`.
    Exponential {
        /// The wait after the first attempt.
        first: Duration,
        /// What each wait is multiplied with, at least 1.
        factor: u32,
        /// The longest wait.
        most: Duration,
    },
    /// No second attempt by itself; only by hand.
    Never,
}

/// How long to wait after each attempt.
///
/// The default is 5 min, 15 min, 30 min, 1 h, 2 h and then every 3 h, ±10 %, never less than 60 s: two attempts in the first
/// hour and one every two or three hours after that, as RFC 5321 §4.5.4.1 asks.
///
/// Written as text: `5m,15m,1h` (the last one repeats), `5m,15m,1h then 3h`, `30s x2 to 1h` (doubling) or `never`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How the waits grow.
    pub pace: Pace,
    /// By how many hundredths a wait may be longer or shorter. 10.
    pub jitter: u8,
    /// No wait is shorter. 60 s, which greylisting needs; less where a written step is less.
    pub floor: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Self {
            pace: Pace::Steps {
                steps: [5, 15, 30, 60, 120].map(minutes).to_vec(),
                then: minutes(180),
            },
            jitter: 10,
            floor: minutes(1),
        }
    }
}

impl Schedule {
    /// Waits in steps, without jitter and with a floor of one second.
    #[must_use]
    pub fn steps(seconds: &[u64], then: u64) -> Self {
        Self {
            pace: Pace::Steps {
                steps: seconds.iter().copied().map(Duration::from_secs).collect(),
                then: Duration::from_secs(then),
            },
            jitter: 0,
            floor: LEAST,
        }
    }

    /// For the debug account, where a person watches: 3 s, 5 s, 10 s and then every 15 s, not below 1 s.
    #[must_use]
    pub fn debug() -> Self {
        Self {
            jitter: 10,
            ..Self::steps(&[3, 5, 10], 15)
        }
    }

    /// No attempt after the first, unless by hand.
    #[must_use]
    pub fn never() -> Self {
        Self {
            pace: Pace::Never,
            jitter: 0,
            floor: LEAST,
        }
    }

    /// The wait after attempt `number`, which counts from 1. The same entry and number always give the same wait, so that
    /// whoever computes it again finds the same moment.
    #[must_use]
    pub fn wait(&self, entry: EntryId, number: u32) -> Duration {
        let plain = self.plain(number);
        let spread = plain.as_millis() * u128::from(self.jitter.min(100)) / 100;
        let roll = u128::from(mix(entry, number));
        // The product fits: a year of milliseconds has 35 bits and the roll 64.
        let offset = (2 * spread * roll) >> 64;
        let millis = (plain.as_millis() + offset).saturating_sub(spread);
        let wait = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
        wait.clamp(self.floor.clamp(LEAST, MOST), MOST)
    }

    /// The wait after attempt `number` without jitter, for a host: there is one of it, and nobody to be spread among.
    #[must_use]
    pub fn exact(&self, number: u32) -> Duration {
        self.plain(number)
            .clamp(self.floor.clamp(LEAST, MOST), MOST)
    }

    fn plain(&self, number: u32) -> Duration {
        let behind = number.saturating_sub(1);
        let wait = match &self.pace {
            Pace::Steps { steps, then } => usize::try_from(behind)
                .ok()
                .and_then(|n| steps.get(n))
                .unwrap_or(then),
            Pace::Exponential {
                first,
                factor,
                most,
            } => {
                let grown = (*factor).max(1).saturating_pow(behind);
                return first.saturating_mul(grown).min(*most).min(MOST);
            }
            Pace::Never => &MOST,
        };
        (*wait).min(MOST)
    }
}

/// Evenly spread bits from an entry and a number (the finaliser of splitmix64).
fn mix(entry: EntryId, number: u32) -> u64 {
    let bits = entry.0.as_u128();
    let [high, low] = [bits >> 64, bits & u128::from(u64::MAX)]
        .map(|half| u64::try_from(half).unwrap_or_default());
    let mut z = high.rotate_left(32) ^ low ^ u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;

    /// The first waits of an entry, in seconds.
    pub(in crate::queue) fn waits(schedule: &Schedule, entry: EntryId, count: u32) -> Vec<u64> {
        (1..=count)
            .map(|number| schedule.wait(entry, number).as_secs())
            .collect()
    }

    #[test]
    fn the_default_keeps_its_steps_within_a_tenth() {
        let schedule = Schedule::default();
        for seed in 0..200_u128 {
            let entry = EntryId(Uuid::from_u128((seed << 64) | (seed * 7919)));
            for (number, plain) in (1..).zip([300, 900, 1800, 3600, 7200, 10800, 10800]) {
                let wait = schedule.wait(entry, number).as_secs_f64();
                let plain = f64::from(plain);
                assert!(
                    (0.9 * plain..=1.1 * plain).contains(&wait),
                    "{number}: {wait}"
                );
                assert_eq!(schedule.wait(entry, number), schedule.wait(entry, number));
            }
        }
    }

    #[test]
    fn jitter_spreads_entries_over_the_whole_band() {
        let schedule = Schedule::default();
        let waits: Vec<u64> = (0..200)
            .map(|_| schedule.wait(EntryId::new(), 1).as_secs())
            .collect();
        assert!(waits.iter().any(|wait| *wait < 280) && waits.iter().any(|wait| *wait > 320));
    }

    #[test]
    fn the_floor_holds_and_far_numbers_do_not_overflow() {
        let schedule = Schedule {
            floor: Duration::from_mins(1),
            ..Schedule::steps(&[1], 2)
        };
        assert_eq!(waits(&schedule, EntryId::new(), 2), [60, 60]);
        let wild: Schedule = "1d x1000 to 300d".parse().expect("valid");
        assert!(wild.wait(EntryId::new(), u32::MAX) <= MOST);
        assert!(Schedule::never().wait(EntryId::new(), u32::MAX) >= Duration::from_hours(24 * 300));
    }
}

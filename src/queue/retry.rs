//! When to try again: pure arithmetic over attempt numbers, and the forms in which people write a schedule.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::mail::parcel::EntryId;
use crate::mail::period::Period;

/// The longest wait that a schedule gives. A message that waits longer has long expired.
const MOST: Duration = Duration::from_hours(365 * 24);
/// No schedule of any kind waits less than this.
const LEAST: Duration = Duration::from_secs(1);

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

/// Why a written schedule was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{input:?} is no retry schedule, at {at:?}: {reason}; write \"5m,15m,1h\", \"5m,15m,1h then 3h\", \
     \"30s x2 to 1h\" or \"never\""
)]
pub struct ScheduleError {
    /// The whole text.
    pub input: String,
    /// The word at fault.
    pub at: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(input: &str) -> Result<Self, ScheduleError> {
        let fault = |at: &str, reason| ScheduleError {
            input: input.to_owned(),
            at: at.to_owned(),
            reason,
        };
        let read = |word: &str| {
            let Period(wait) = word
                .parse()
                .map_err(|_| fault(word, "a wait is a number with s, m, h or d behind it"))?;
            if wait < LEAST {
                return Err(fault(word, "a wait of less than a second would be a storm"));
            }
            Ok(wait.min(MOST))
        };
        let text = input.trim();
        if text == "never" {
            return Ok(Self::never());
        }
        if let Some((first, rest)) = text.split_once(" x") {
            let (factor, most) = rest
                .split_once("to")
                .ok_or_else(|| fault(rest, "the longest wait is missing"))?;
            let factor = factor
                .trim()
                .parse()
                .ok()
                .filter(|factor| (1..=1000).contains(factor))
                .ok_or_else(|| fault(factor, "the factor is a whole number from 1 to 1000"))?;
            let (first, most) = (read(first)?, read(most)?);
            return Ok(Self::written(
                Pace::Exponential {
                    first,
                    factor,
                    most,
                },
                first,
            ));
        }
        let (list, then) = match text.split_once("then") {
            Some((list, then)) => {
                let then = then.trim();
                (
                    list,
                    Some(read(then.strip_prefix("every ").unwrap_or(then))?),
                )
            }
            None => (text, None),
        };
        let steps = list.split(',').map(read).collect::<Result<Vec<_>, _>>()?;
        let Some(final_step) = steps.last().copied() else {
            return Err(fault(text, "a wait is missing"));
        };
        let then = then.unwrap_or(final_step);
        let shortest = steps.iter().copied().fold(then, Duration::min);
        Ok(Self::written(Pace::Steps { steps, then }, shortest))
    }
}

impl Schedule {
    /// Whoever writes a step below the usual floor wants it.
    fn written(pace: Pace, shortest: Duration) -> Self {
        let usual = Self::default();
        Self {
            pace,
            jitter: usual.jitter,
            floor: usual.floor.min(shortest),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pace {
            Pace::Never => f.write_str("never"),
            Pace::Exponential {
                first,
                factor,
                most,
            } => write!(f, "{} x{factor} to {}", Period(*first), Period(*most)),
            Pace::Steps { steps, then } if steps.is_empty() => Period(*then).fmt(f),
            Pace::Steps { steps, then } => {
                let list: Vec<String> =
                    steps.iter().map(|step| Period(*step).to_string()).collect();
                f.write_str(&list.join(","))?;
                if steps.last() == Some(then) {
                    return Ok(());
                }
                write!(f, " then {}", Period(*then))
            }
        }
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "a text such as \"5m,15m,1h then 3h\" or a list of waits"
        )]
        enum Written {
            Text(String),
            List(Vec<String>),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::List(list) => list.join(","),
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn waits(schedule: &Schedule, entry: EntryId, count: u32) -> Vec<u64> {
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
    fn written_forms_are_read_and_written_back() {
        let entry = EntryId::new();
        let plain = |text: &str| Schedule {
            jitter: 0,
            ..text.parse().expect(text)
        };
        assert_eq!(
            waits(&plain("5m, 15m,1h"), entry, 4),
            [300, 900, 3600, 3600]
        );
        assert_eq!(
            waits(&plain("2s,4s then every 1h30m"), entry, 3),
            [2, 4, 5400]
        );
        assert_eq!(waits(&plain("30s x3 to 5m"), entry, 4), [30, 90, 270, 300]);
        assert_eq!(waits(&plain("never"), entry, 1), [MOST.as_secs()]);
        for text in [
            "5m,15m,30m,1h,2h then 3h",
            "5m,15m",
            "30s x2 to 1h",
            "never",
        ] {
            let schedule: Schedule = text.parse().expect(text);
            assert_eq!(schedule.to_string(), text);
        }
        assert_eq!(
            "5m,15m,30m,1h,2h then 3h".parse::<Schedule>().as_ref(),
            Ok(&Schedule::default())
        );
    }

    #[test]
    fn what_is_no_schedule_is_refused_with_its_place() {
        for (text, at) in [
            ("", ""),
            ("5m,,1h", ""),
            ("5 apples", "5 apples"),
            ("0s", "0s"),
            ("5m then", ""),
            ("1m x0 to 1h", "0"),
            ("1m x2", "2"),
            ("-5m", "-5m"),
        ] {
            let error = text.parse::<Schedule>().expect_err(text);
            assert_eq!(error.at.trim(), at, "{text}: {error}");
        }
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

    #[test]
    fn configuration_may_write_a_list() {
        let read = |json: &str| serde_json::from_str::<Schedule>(json);
        assert_eq!(
            read(r#"["5m","15m"]"#).expect("list"),
            "5m,15m".parse().expect("text")
        );
        assert_eq!(
            serde_json::to_string(&Schedule::default()).expect("json"),
            r#""5m,15m,30m,1h,2h then 3h""#
        );
        assert!(read("7").is_err());
    }
}

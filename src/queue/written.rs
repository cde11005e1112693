//! The forms in which people write a schedule, and how one is written back.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::retry::{LEAST, MOST, Pace, Schedule};
use crate::mail::period::Period;

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
    use super::*;
    use crate::mail::parcel::EntryId;
    use crate::queue::retry::tests::waits;

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

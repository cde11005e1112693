//! Durations and retry schedules as people write them: `90s`, `1h30m`, `5d`; `5m,15m,1h then 3h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// A duration as it is written in the configuration, above zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(pub Duration);

/// The longest duration that makes sense here: ten years.
const MOST: Duration = Duration::from_hours(10 * 365 * 24);

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no duration, expected a number with a unit such as 500ms, 30s, 5m, 1h30m or 2d"
            )
        };
        let mut rest = text.trim();
        let mut sum = Duration::ZERO;
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit())
                .filter(|end| *end > 0)
                .ok_or_else(wrong)?;
            let (number, behind) = rest.split_at(digits);
            let end = behind
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(behind.len());
            let (unit, behind) = behind.split_at(end);
            let number: u64 = number.parse().map_err(|_| wrong())?;
            let millis: u64 = match unit {
                "ms" => 1,
                "s" | "sec" => 1_000,
                "m" | "min" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                "w" => 604_800_000,
                _ => return Err(wrong()),
            };
            let part = number.checked_mul(millis).ok_or_else(wrong)?;
            sum = sum.saturating_add(Duration::from_millis(part));
            rest = behind.trim_start();
        }
        if text.trim().is_empty() {
            return Err(wrong());
        }
        if sum.is_zero() || sum > MOST {
            return Err(format!(
                "{text:?} is out of range, expected a duration above zero and below ten years"
            ));
        }
        Ok(Self(sum))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_millis();
        for (unit, millis) in [
            ("d", 86_400_000),
            ("h", 3_600_000),
            ("m", 60_000),
            ("s", 1_000),
            ("ms", 1),
        ] {
            if rest >= millis {
                write!(f, "{}{unit}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Period;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration with its unit in quotes, such as \"30s\" or \"5m\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Period, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// A retry schedule in one of its forms: `5m,15m,1h` (the last wait repeats), `5m,15m then 3h`, `30s x2 to 1h` or `never`.
///
/// In the file it may also be a list of waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry(String);

impl Default for Retry {
    /// Two attempts in the first hour and one every two or three hours after that, as RFC 5321 §4.5.4.1 asks.
    fn default() -> Self {
        Self("5m,15m,30m,1h,2h then 3h".to_owned())
    }
}

impl Retry {
    /// A schedule that a person can watch: 3, 5 and 10 seconds, then every 15.
    #[must_use]
    pub fn debug() -> Self {
        Self("3s,5s,10s then 15s".to_owned())
    }

    /// The schedule in its one canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Retry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "never" {
            return Ok(Self(text.to_owned()));
        }
        if let Some((first, rest)) = text.split_once(" x") {
            let growth = rest.split_once(" to ").and_then(|(factor, most)| {
                let factor: u32 = factor.trim().parse().ok()?;
                (1..=1000).contains(&factor).then_some((factor, most))
            });
            let (factor, most) = growth.ok_or_else(|| {
                format!("{text:?} is no back-off, expected a form such as \"30s x2 to 1h\"")
            })?;
            let (first, most) = (wait(first)?, wait(most)?);
            return Ok(Self(format!("{first} x{factor} to {most}")));
        }
        let (steps, then) = match text.split_once("then") {
            Some((steps, then)) => (steps.trim().trim_end_matches(','), Some(wait(then)?)),
            None => (text, None),
        };
        let steps = steps
            .split(',')
            .map(wait)
            .collect::<Result<Vec<_>, _>>()?
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(",");
        Ok(Self(match then {
            Some(then) => format!("{steps} then {then}"),
            None => steps,
        }))
    }
}

/// One wait. Less than a second between attempts would be a storm on the smart host.
fn wait(text: &str) -> Result<Period, String> {
    let wait: Period = text.parse()?;
    if wait.0 < Duration::from_secs(1) {
        return Err(format!("{text:?} is too short, a retry waits at least 1s"));
    }
    Ok(wait)
}

impl fmt::Display for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Retry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Retry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Retry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a list of waits such as [\"5m\", \"1h\"] or a text such as \"5m,15m then 3h\"",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Retry, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Retry, A::Error> {
                let mut steps = Vec::new();
                while let Some(Period(step)) = list.next_element()? {
                    steps.push(Period(step).to_string());
                }
                steps.join(",").parse().map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_back() {
        for (text, millis, back) in [
            ("90s", 90_000, "1m30s"),
            ("1h30m", 5_400_000, "1h30m"),
            ("1h 30min", 5_400_000, "1h30m"),
            ("5d", 432_000_000, "5d"),
            ("500ms", 500, "500ms"),
        ] {
            let period: Period = text.parse().expect(text);
            assert_eq!(
                (period.0.as_millis(), period.to_string().as_str()),
                (millis, back)
            );
        }
        for bad in [
            "",
            " ",
            "5",
            "m",
            "-5m",
            "5x",
            "0s",
            "99999999999999999999s",
            "9999999d",
            "1.5h",
            "١s",
        ] {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }

    #[test]
    fn schedules_have_four_forms() {
        for (text, canonical) in [
            ("5m, 15m,1h", "5m,15m,1h"),
            ("5m,15m, then 3h", "5m,15m then 3h"),
            ("30s x2 to 1h", "30s x2 to 1h"),
            ("never", "never"),
        ] {
            assert_eq!(
                text.parse::<Retry>().map(|retry| retry.0),
                Ok(canonical.to_owned())
            );
        }
        for own in [Retry::default(), Retry::debug()] {
            assert_eq!(own.as_str().parse(), Ok(own));
        }
        for bad in [
            "",
            "5m,",
            "then 3h",
            "5m then",
            "1ms",
            "30s x2",
            "30s x0 to 1h",
            "soon",
        ] {
            assert!(bad.parse::<Retry>().is_err(), "{bad}");
        }
    }
}

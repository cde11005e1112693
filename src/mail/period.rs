//! Durations as people write them: `500ms`, `90s`, `1h30m`, `5d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A duration above zero as people write it, in milliseconds at the finest: `500ms`, `90s`, `1h30m`, `5d`, `2w`.
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
}

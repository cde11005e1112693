//! Periods as people write them, `90s`, `1h30m` or `5d`, and the waits that servers name in their replies.

use std::time::Duration;

use crate::mail::reply::Reply;

/// The longest wait that a server may ask for; more is taken for an error of its own.
const MOST_HINT: Duration = Duration::from_hours(6);

/// Reads `90s`, `15m`, `1h30m`, `5d` or `500ms`. A number without a unit is refused.
#[must_use]
pub fn read_period(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let end = behind
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        let part = match unit {
            "ms" => Duration::from_millis(number),
            "s" | "sec" => Duration::from_secs(number),
            "m" | "min" => Duration::from_secs(number.checked_mul(60)?),
            "h" => Duration::from_secs(number.checked_mul(3600)?),
            "d" => Duration::from_secs(number.checked_mul(24 * 3600)?),
            _ => return None,
        };
        sum = sum.checked_add(part)?;
        rest = behind.trim_start();
    }
    Some(sum)
}

/// Writes a period in the form that [`read_period`] reads, exact to the millisecond.
#[must_use]
pub fn period(wait: Duration) -> String {
    let (seconds, millis) = (wait.as_secs(), wait.subsec_millis());
    let parts = [
        (seconds / 86400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
        (u64::from(millis), "ms"),
    ];
    let mut text = String::new();
    for (number, unit) in parts.iter().filter(|(number, _)| *number > 0) {
        text.push_str(&number.to_string());
        text.push_str(unit);
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

/// The wait that a reply asks for, such as "Greylisted, try again in 300 seconds" or "retry after 5 minutes".
///
/// No RFC has a field for it, so the words are read: a number and a unit behind "in", "after" or "for". At most six hours.
#[must_use]
pub fn hint(reply: &Reply) -> Option<Duration> {
    let text = reply.text().to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != ':')
        .filter(|word| !word.is_empty())
        .collect();
    words.windows(3).find_map(|three| {
        let [before, number, unit] = three else {
            return None;
        };
        if !matches!(*before, "in" | "after" | "for" | "wait" | "least") {
            return None;
        }
        let seconds = match *unit {
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3600,
            _ => return None,
        };
        let number: u64 = number.parse().ok()?;
        let wait = Duration::from_secs(number.checked_mul(seconds)?);
        (wait <= MOST_HINT).then_some(wait)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_and_written_back() {
        for (text, millis) in [
            ("90s", 90_000),
            ("1h30m", 5_400_000),
            ("5d", 432_000_000),
            ("500ms", 500),
            ("2 m", 0),
        ] {
            let read = read_period(text).map(|wait| wait.as_millis());
            assert_eq!(read, (millis > 0).then_some(millis), "{text}");
        }
        for bad in ["", "5", "m", "5x", "-5m", "1.5h", "99999999999999999999s"] {
            assert_eq!(read_period(bad), None, "{bad}");
        }
        for millis in [0, 1, 999, 61_001, 90_000, 432_000_000] {
            let wait = Duration::from_millis(millis);
            assert_eq!(read_period(&period(wait)), Some(wait));
        }
    }

    #[test]
    fn servers_name_their_waits_in_words() {
        let asks = |text: &str| hint(&Reply::new(451, [text])).map(|wait| wait.as_secs());
        assert_eq!(
            asks("4.7.1 Greylisted, please try again in 300 seconds"),
            Some(300)
        );
        assert_eq!(
            asks("Greylisting in action, retry after 5 minutes"),
            Some(300)
        );
        assert_eq!(asks("Try again in 1 hour."), Some(3600));
        assert_eq!(asks("Too busy, code 300 seconds since boot"), None);
        assert_eq!(asks("come back in 9999999 hours"), None);
        assert_eq!(asks("in 99999999999999999999 s"), None);
    }
}

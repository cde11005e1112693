//! The waits that servers name in their replies.

use std::time::Duration;

use crate::mail::reply::Reply;

/// The longest wait that a server may ask for; more is taken for an error of its own.
const MOST_HINT: Duration = Duration::from_hours(6);

/// The wait that a reply asks for, such as "Greylisted, try again in 300 seconds" or "retry after 5 minutes".
///
/// No RFC has a field for it, so the words are read: a number and a unit behind "in", "after" or "for". At most six hours.
#[must_use]
pub(in crate::queue) fn hint(reply: &Reply) -> Option<Duration> {
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

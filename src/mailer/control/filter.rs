//! Which messages of a queue are meant.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::mail::clock::{Now, until};
use crate::mail::told::Told;

/// Which messages are meant. Each condition that is set must hold; of several states one must.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Waiting or done.
    pub which: Which,
    /// Names of states; `queued` means scheduled or due, and `deferred` means retry.
    pub states: Vec<String>,
    /// The account.
    pub account: Option<String>,
    /// A recipient's address. As the other patterns it is part of the text, without regard to case; with a `*`, which stands
    /// for anything, it is the whole text.
    pub to: Option<String>,
    /// The author.
    pub from: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// Queued at least so long ago.
    pub older: Option<Duration>,
}

/// Which part of the queue is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// What waits or is being sent.
    #[default]
    Live,
    /// What failed for a recipient and is still kept.
    Failed,
    /// What waits, what failed, and what was delivered or dropped lately.
    All,
}

impl Filter {
    /// Whether a message is meant. The part of the queue is not looked at.
    #[must_use]
    pub fn takes(&self, told: &Told, now: Now) -> bool {
        let state = |wanted: &String| match wanted.as_str() {
            "queued" => matches!(told.state.as_str(), "scheduled" | "due"),
            "deferred" => told.state == "retry",
            wanted => told.state == wanted,
        };
        let is = |pattern: &Option<String>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| fits(pattern, text))
        };
        (self.states.is_empty() || self.states.iter().any(state))
            && self
                .account
                .as_ref()
                .is_none_or(|name| *name == *told.account)
            && is(&self.from, &told.from)
            && is(&self.subject, &told.subject)
            && (self.to.is_none() || told.recipients.iter().any(|one| is(&self.to, &one.address)))
            && self
                .older
                .is_none_or(|age| until(now.wall, told.queued) >= age)
    }
}

/// Whether a pattern fits a text.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let Some((start, rest)) = pattern.split_once('*') else {
        return text.contains(&pattern);
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    // What follows the last star has to be the end.
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = text.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_pattern_is_a_part_or_with_stars_the_whole() {
        for (pattern, text, expected) in [
            ("", "anything", true),
            ("EXAMPLE", "a@example.com", true),
            ("example.org", "a@example.com", false),
            ("*", "", true),
            ("*@example.com", "A@Example.com", true),
            ("*@example.com", "a@example.com.org", false),
            ("a*", "ba", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
            // The end may not be taken twice.
            ("ab*ba", "aba", false),
            ("*ä*", "JÄGER", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}

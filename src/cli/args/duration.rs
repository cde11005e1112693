//! Durations among the flags.

use std::time::Duration;

use crate::mail::period::Period;

/// A duration such as 30s.
pub(super) fn wait(text: &str) -> Result<Duration, String> {
    text.parse::<Period>().map(|period| period.0)
}

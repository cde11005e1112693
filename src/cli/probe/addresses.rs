//! `probe --all-addresses`: a line for every address that the walk has not spoken with.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::ladder::took;
use crate::mailer::probe::walk::Walk;

/// For people.
pub(super) fn lines(others: &[Walk]) -> String {
    if others.is_empty() {
        return "\nThe host has no other address.\n".to_owned();
    }
    let mut text = "\nThe other addresses\n".to_owned();
    for walk in others {
        let (mark, words) = match &walk.failure {
            Some(failure) => ('✗', failure.to_string()),
            None => ('✓', greeting(walk)),
        };
        let address = address(walk);
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{mark} {address}  {}  {words}", took(walk.took));
    }
    text
}

/// For programs.
pub(super) fn told(others: &[Walk]) -> Value {
    let one = |walk: &Walk| {
        let failure = walk.failure.as_ref();
        json!({
            "address": address(walk),
            "verdict": walk.verdict(),
            "took_ms": u64::try_from(walk.took.as_millis()).unwrap_or(u64::MAX),
            "stage": failure.map(|failure| failure.stage),
            "detail": failure.map_or_else(|| greeting(walk), |failure| failure.cause.to_string()),
        })
    };
    others.iter().map(one).collect()
}

fn address(walk: &Walk) -> String {
    let tried = walk.tries.first().map(|one| one.address);
    let address = tried.or(walk.addresses.first().copied());
    address.map_or_else(|| "?".to_owned(), |one| one.to_string())
}

fn greeting(walk: &Walk) -> String {
    let reply = walk.greeting.as_ref();
    reply.map(ToString::to_string).unwrap_or_default()
}

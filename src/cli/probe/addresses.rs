//! `probe --all-addresses`: a line for every address that the walk has not spoken with.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use super::ladder::took;
use crate::mailer::probe::report::Report;
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

/// For programs: the report on the walk, what may be tried, what differs from the last good run, and what was found at the
/// other addresses where they were looked at.
#[derive(Serialize)]
pub(super) struct Told {
    #[serde(flatten)]
    report: Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Value>,
    remedies: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<Value>,
}

impl Told {
    pub(super) fn of(
        report: Report,
        others: Option<&[Walk]>,
        remedies: Value,
        compared: Option<Value>,
    ) -> Self {
        Self {
            report,
            addresses: others.map(told),
            remedies,
            compared,
        }
    }
}

fn told(others: &[Walk]) -> Value {
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

//! A walk for programs: the report, and all that was learnt beside it.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::mailer::probe::report::Report;

/// One object of `probe --json`.
#[derive(Serialize)]
pub(super) struct Told {
    #[serde(flatten)]
    pub(super) report: Report,
    /// What was found at the other addresses, where they were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) addresses: Option<Value>,
    /// What may be tried.
    pub(super) remedies: Value,
    /// What differs from the last good run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compared: Option<Value>,
    /// What is known of the names.
    #[serde(flatten)]
    pub(super) names: Map<String, Value>,
}

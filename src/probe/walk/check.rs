//! What became of a stage of a walk.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::mail::clean::Clean;
use crate::mail::stage::Stage;

/// How a stage went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should.
    Ok,
    /// It led on, and something about it is worth a look.
    Warning,
    /// The walk ended here.
    Failed,
    /// It was not tried: not asked for, not needed, or behind the end.
    Skipped,
}

impl Status {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One stage of a walk. EHLO comes twice where STARTTLS stands between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The stage.
    pub stage: Stage,
    /// How it went.
    pub status: Status,
    /// How long it took; nothing where it was not tried.
    pub took: Duration,
    /// What came of it in a few words, or why it was not tried.
    pub detail: Clean,
}

/// What a walk as a whole has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every stage that was asked for went well.
    Ok,
    /// The walk came to its end, and something on the way is worth a look.
    Warning,
    /// It ended at a stage that failed.
    Failed,
}

impl Verdict {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }

    /// Of these stages. What happens at QUIT changes nothing: all that was to be learnt was learnt before.
    pub(super) fn of(checks: &[Check]) -> Self {
        let any = |status| {
            let mut all = checks.iter();
            all.any(|check| check.stage != Stage::Quit && check.status == status)
        };
        if any(Status::Failed) {
            Self::Failed
        } else if any(Status::Warning) {
            Self::Warning
        } else {
            Self::Ok
        }
    }
}

//! What was agreed for a message when it was admitted, and the rules of a route.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::retry::Schedule;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::Severity;
use crate::mail::rhythm::Rhythm;
use crate::mail::stage::Stage;

/// The terms of one admission. What is left out is taken from the route's rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// How long it is tried, counted from the admission or from `not_before` where that is later.
    pub expire: Option<Duration>,
    /// How long to wait between attempts.
    pub schedule: Option<Arc<Schedule>>,
    /// Whether it waits for a release by hand.
    pub held: bool,
    /// No attempt before this moment.
    pub not_before: Option<Timestamp>,
    /// What is done when nobody knows whether it was delivered.
    pub on_uncertain: Option<OnUncertain>,
}

/// What is done with a message of which nobody knows whether it was delivered: the connection was lost behind its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUncertain {
    /// It is sent again with the same Message-ID: better twice than not at all (RFC 5321 §4.5.5).
    #[default]
    Retry,
    /// It is held until somebody decides.
    Hold,
}

/// The rules of a route: how its messages are retried, when they expire, and how long a host in trouble is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRules {
    /// The waits between attempts at a message.
    pub schedule: Arc<Schedule>,
    /// How long a message is tried. 5 days (RFC 5321 §4.5.4.1).
    pub expire: Duration,
    /// After which time without success there is a warning, once for each message; `None` for never. 4 hours.
    pub warn: Option<Duration>,
    /// How long the host is left alone.
    pub pauses: HostPauses,
    /// What is done when nobody knows whether a message was delivered.
    pub on_uncertain: OnUncertain,
    /// Whether its messages go into the spool, where the queue has one. `true`.
    pub durable: bool,
    /// When its messages are handed over; a manager that has a rhythm of its own sets it. At once.
    pub rhythm: Rhythm,
    /// Whether authors are owed a report (RFC 3464) on what could not be delivered, or not yet; an account that has somebody to
    /// write them sets it. `false`.
    pub report: bool,
}

impl Default for RouteRules {
    fn default() -> Self {
        Self {
            schedule: Arc::new(Schedule::default()),
            expire: Duration::from_hours(5 * 24),
            warn: Some(Duration::from_hours(4)),
            pauses: HostPauses::default(),
            on_uncertain: OnUncertain::default(),
            durable: true,
            rhythm: Rhythm::default(),
            report: false,
        }
    }
}

impl RouteRules {
    /// For the debug account: retries and pauses of seconds, so that a person can watch them.
    #[must_use]
    pub fn debug() -> Self {
        Self {
            schedule: Arc::new(Schedule::debug()),
            pauses: HostPauses::debug(),
            durable: false,
            ..Self::default()
        }
    }
}

/// How long a host in trouble is left alone. No message fails meanwhile and none is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPauses {
    /// The pause after the first trouble in a row, the second, and so on. 30 s, 1, 2, 5, 10 min, then 15 min.
    pub steps: Schedule,
    /// The pause at once when the login was refused: servers lock accounts that try too often. 15 min.
    pub login_refused: Duration,
}

impl Default for HostPauses {
    fn default() -> Self {
        Self {
            steps: Schedule::steps(&[30, 60, 120, 300, 600], 900),
            login_refused: Duration::from_mins(15),
        }
    }
}

impl HostPauses {
    /// For the debug account: 3 s, 5 s, 10 s, then 15 s, and 10 s after a refused login.
    #[must_use]
    pub fn debug() -> Self {
        Self {
            steps: Schedule::steps(&[3, 5, 10], 15),
            login_refused: Duration::from_secs(10),
        }
    }

    /// The pause after trouble for the `times`-th time in a row, from 1.
    #[must_use]
    pub fn after(&self, failure: &Failure, times: u32) -> Duration {
        let step = self.steps.exact(times);
        if is_login_refused(failure) {
            step.max(self.login_refused)
        } else {
            step
        }
    }
}

/// Whether the server refused the login (RFC 4954 §6): 535, 534 and the like, or 530 where a login is demanded.
#[must_use]
pub fn is_login_refused(failure: &Failure) -> bool {
    match &failure.cause {
        Cause::Refused(reply) if failure.stage == Stage::Auth => {
            reply.severity() == Severity::Permanent
        }
        Cause::Refused(reply) => reply.code == 530,
        _ => false,
    }
}

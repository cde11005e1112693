//! What a run is held against, and which of two walks is under way: the words that the other rooms share.

use jiff::Timestamp;

use crate::mail::clean::Clean;
use crate::mail::reach::Family;
use crate::mail::smarthost::SmartHost;
use crate::mailer::probe::compare::Record;
use crate::mailer::probe::walk::Plan;
use crate::tui::probe::Same;

/// What the next walk is held against.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// The same over IPv6, and the first over IPv4.
    Families,
    /// Another server, and how it was written.
    Other(Box<SmartHost>, String),
}

/// Which of two walks this is, and what they are called.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) names: [Clean; 2],
    /// The family that was wanted, where the two differ in that.
    pub(super) family: Option<Family>,
    pub(super) turn: Turn,
}

/// Which of two.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    /// The first, and what follows with how it was written.
    First(Same<Plan>, Option<String>),
    /// The second, and what came of the first.
    Second(Box<Record>),
}

impl Part {
    /// What is under way, and what is to follow.
    pub(super) fn words(&self) -> (String, String) {
        let [one, other] = &self.names;
        match self.turn {
            Turn::First(..) => (format!("first: {one}"), format!("then {other}")),
            Turn::Second(_) => (format!("now {other}"), format!("after {one}")),
        }
    }
}

/// What the run that is shown is held against.
#[derive(Clone, Debug)]
pub(super) struct Against {
    pub(super) before: Record,
    pub(super) how: How,
}

/// Why it is that one.
#[derive(Clone, Debug)]
pub(super) enum How {
    /// It is the last one that went well.
    Good,
    /// It was chosen.
    Chosen,
    /// Both were walked for it, and are called so.
    Both([Clean; 2]),
}

/// Whether two records are of one run.
pub(super) fn is_same(one: &Record, other: &Record) -> bool {
    is_of(one, &other.server, other.started)
}

/// Whether a record is of the run to this server that began then.
pub(super) fn is_of(one: &Record, server: &str, started: Timestamp) -> bool {
    one.started == started && one.server.eq_ignore_ascii_case(server)
}

/// The page on which that is chosen.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Runs of this session and kept ones of every host, the latest first, without the one that is shown.
    pub(super) rows: Vec<Record>,
    pub(super) cursor: usize,
    pub(super) is_reading: bool,
}

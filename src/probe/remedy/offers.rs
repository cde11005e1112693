//! Remedies as they are thought of: weighed, each once, and none that changes nothing.

use std::sync::Arc;

use super::change::Change;
use crate::mail::clean::Clean;
use crate::probe::walk::{Plan, Walk};

/// The most remedies that are offered: more is a list to be read and no help.
const MOST: usize = 5;

/// Changes that go together, and what is said of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What it does, in a short sentence without a full stop, such as `use port 465 with TLS from the first byte`.
    pub words: Clean,
    /// The changes, to be applied in this order.
    pub changes: Vec<Change>,
    /// Whether it lowers a guard, so that a person must read before it is applied: a pin of a certificate that nobody
    /// vouches for, a connection in clear, a name of another domain that the server itself has brought up.
    pub lowers_guard: bool,
}

impl Remedy {
    /// The plan with all of it changed.
    #[must_use]
    pub fn apply(&self, plan: &Plan) -> Plan {
        let apply = |plan: Plan, change: &Change| change.apply(&plan);
        self.changes.iter().fold(plan.clone(), apply)
    }
}

/// How much speaks for a remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// It was seen to be so.
    Seen,
    /// It is the most likely reason for what was seen.
    Likely,
    /// It often is the reason.
    Often,
    /// It is worth a try.
    Perhaps,
    /// It helps, and a person should think twice.
    Last,
}

/// Remedies as they are thought of.
#[derive(Debug, Default)]
pub(super) struct Offers(Vec<(Weight, Remedy)>);

impl Offers {
    pub(super) fn add(&mut self, weight: Weight, words: impl Into<Clean>, changes: Vec<Change>) {
        self.push(weight, words.into(), changes, false);
    }

    /// One that lowers a guard.
    pub(super) fn add_with_care(&mut self, words: impl Into<Clean>, changes: Vec<Change>) {
        self.push(Weight::Last, words.into(), changes, true);
    }

    fn push(&mut self, weight: Weight, words: Clean, changes: Vec<Change>, lowers_guard: bool) {
        let remedy = Remedy {
            words,
            changes,
            lowers_guard,
        };
        self.0.push((weight, remedy));
    }

    /// The best of them, each once, without what holds already.
    pub(super) fn best(mut self, walk: &Walk) -> Vec<Remedy> {
        self.0.sort_by_key(|(weight, _)| *weight);
        let mut best: Vec<Remedy> = Vec::new();
        for (_, mut remedy) in self.0 {
            remedy.changes = news(walk, &remedy.changes);
            let is_new = best.iter().all(|one| one.changes != remedy.changes);
            if is_new && !remedy.changes.is_empty() && best.len() < MOST {
                best.push(remedy);
            }
        }
        best
    }
}

/// The changes that change something, one after another.
fn news(walk: &Walk, changes: &[Change]) -> Vec<Change> {
    let mut plan = Plan {
        host: Arc::clone(&walk.host),
        sender: walk.sender.clone(),
        ..Plan::new((*walk.host).clone())
    };
    let mut kept = Vec::new();
    for change in changes {
        if !change.is_in_force(&plan) {
            plan = change.apply(&plan);
            kept.push(change.clone());
        }
    }
    kept
}

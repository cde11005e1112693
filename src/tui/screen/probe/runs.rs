//! The walks of this session, the latest first, and the one that is shown.

use std::sync::Arc;

use crate::mail::diagnosis::Finding;
use crate::mailer::probe::compare::Record;
use crate::mailer::probe::walk::{Plan, Walk};
use crate::tui::probe::Same;

/// Walks that are remembered.
const MOST: usize = 20;

/// A walk that is over.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) plan: Same<Plan>,
    pub(super) walk: Arc<Walk>,
    pub(super) findings: Vec<Finding>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Runs {
    all: Vec<Run>,
    shown: usize,
}

impl Runs {
    /// Remembers one, and shows it.
    pub(super) fn push(&mut self, run: Run) {
        self.all.insert(0, run);
        self.all.truncate(MOST);
        self.shown = 0;
    }

    /// The one that is shown, to be understood anew.
    pub(super) fn shown_mut(&mut self) -> Option<&mut Run> {
        self.all.get_mut(self.shown)
    }

    /// The one that is shown.
    pub(super) fn shown(&self) -> Option<&Run> {
        self.all.get(self.shown)
    }

    /// Shows the one before, or the one after; says whether there is one.
    pub(super) fn turn(&mut self, older: bool) -> bool {
        let next = if older {
            Some(self.shown + 1)
        } else {
            self.shown.checked_sub(1)
        };
        match next.filter(|next| *next < self.all.len()) {
            Some(next) => {
                self.shown = next;
                true
            }
            None => false,
        }
    }

    /// All of them, the latest first, and whether each is the one that is shown.
    pub(super) fn iter(&self) -> impl Iterator<Item = (bool, &Run)> {
        let all = self.all.iter().enumerate();
        all.map(|(at, run)| (at == self.shown, run))
    }

    /// The latest other one to the host of the one that is shown that went well.
    pub(super) fn last_good(&self) -> Option<&Run> {
        let host = &self.shown()?.walk.host.host;
        let mut others = self.iter().filter(|(is_shown, _)| !is_shown);
        let good = others.find(|(_, run)| {
            run.walk.host.host.eq_ignore_ascii_case(host) && Record::of(&run.walk).is_good()
        });
        good.map(|(_, run)| run)
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }
}

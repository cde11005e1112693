//! The walks of this session and those that are kept from earlier ones, the latest first, and the one that is shown.

use crate::mailer::probe::compare::Record;

use super::past::{Past, Run};

/// Walks that are remembered.
const MOST: usize = 20;

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Runs {
    all: Vec<Run>,
    /// Those of earlier sessions, and the host that they went to.
    kept: Vec<Record>,
    kept_host: Option<String>,
    shown: Option<usize>,
}

impl Runs {
    /// Remembers one, and shows it.
    pub(super) fn push(&mut self, run: Run) {
        self.all.insert(0, run);
        self.all.truncate(MOST);
        self.shown = Some(0);
    }

    /// Takes the kept runs to a host, the latest first.
    pub(super) fn recall(&mut self, host: &str, records: Vec<Record>) {
        if self.shown.is_some_and(|shown| shown >= self.all.len()) {
            self.shown = (!self.all.is_empty()).then_some(0);
        }
        let is_new = |one: &Record| {
            let mut all = self.all.iter();
            all.all(|run| run.walk.started != one.started || run.walk.host.name() != *one.server)
        };
        self.kept = records.into_iter().filter(is_new).collect();
        self.kept_host = Some(host.to_owned());
    }

    /// Whether the kept runs to this host are known.
    pub(super) fn knows(&self, host: &str) -> bool {
        let known = self.kept_host.as_deref();
        known.is_some_and(|known| known.eq_ignore_ascii_case(host))
    }

    /// The one of this session that is shown, to be understood anew.
    pub(super) fn shown_mut(&mut self) -> Option<&mut Run> {
        self.all.get_mut(self.shown?)
    }

    /// The one of this session that is shown.
    pub(super) fn shown(&self) -> Option<&Run> {
        self.all.get(self.shown?)
    }

    /// The one that is shown, of whichever session.
    pub(super) fn past(&self) -> Option<Past<'_>> {
        self.iter()
            .find_map(|(is_shown, past)| is_shown.then_some(past))
    }

    /// Shows the one before, or the one after; says whether there is one.
    pub(super) fn turn(&mut self, older: bool) -> bool {
        let next = match (self.shown, older) {
            (None, _) => Some(0),
            (Some(shown), true) => Some(shown + 1),
            (Some(shown), false) => shown.checked_sub(1),
        };
        let next = next.filter(|next| *next < self.len());
        self.shown = next.or(self.shown);
        next.is_some()
    }

    /// All of them, the latest first, and whether each is the one that is shown.
    pub(super) fn iter(&self) -> impl Iterator<Item = (bool, Past<'_>)> {
        let here = self.all.iter().map(Past::Here);
        let all = here.chain(self.kept.iter().map(Past::Kept)).enumerate();
        all.map(|(at, past)| (Some(at) == self.shown, past))
    }

    /// The latest other one to the host of the one that is shown that went well.
    pub(super) fn last_good(&self) -> Option<Record> {
        let shown = self.past()?.record();
        let others = self.iter().filter(|(is_shown, _)| !is_shown);
        let mut others = others.map(|(_, past)| past.record());
        let good =
            others.find(|one| one.is_good() && one.host().eq_ignore_ascii_case(shown.host()));
        good.map(std::borrow::Cow::into_owned)
    }

    /// Whether there is none before the one that is shown.
    pub(super) fn is_at_the_end(&self) -> bool {
        self.shown.is_none_or(|shown| shown + 1 >= self.len())
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.all.len() + self.kept.len()
    }
}

//! What the screen remembers, and what it makes of the news.

use std::rc::Rc;
use std::sync::Arc;

use secrecy::ExposeSecret;

use crate::config::NewAccount;
use crate::mail::clean::clean;
use crate::mail::entry::Route;
use crate::mail::smarthost::{Credentials, Secret};
use crate::mailer::probe::compare::Record;
use crate::mailer::probe::conclude::{Beside, conclude_with};
use crate::mailer::probe::grid::Cell;
use crate::mailer::probe::remedy::{Remedy, remedies};
use crate::mailer::probe::walk::Walk;
use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Level};
use crate::tui::keymap::Keymap;
use crate::tui::probe::{News, Same};
use crate::tui::screen::queue::acts::warn;
use crate::tui::world::World;

use super::against::{Against, Choice, How, Turn, Wanted};
use super::asking::Asking;
use super::fields::Slot;
use super::form::{Form, Known};
use super::ladder::Live;
use super::past::Run;
use super::ports::Ports;
use super::runs::Runs;

/// Fixes that have a key.
pub(super) const FIXES: [Action; 5] = [
    Action::FixA,
    Action::FixB,
    Action::FixC,
    Action::FixD,
    Action::FixE,
];

/// What the lower part shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Look {
    /// A walk.
    #[default]
    Walk,
    /// The ports.
    Ports,
    /// What the run is to be held against.
    Choice,
}

/// The screen on which a smart host is probed.
#[derive(Debug)]
pub struct ProbeScreen {
    pub(super) keymap: Option<Rc<Keymap>>,
    pub(super) known: Vec<Known>,
    /// The account in the form, while nothing in it was changed.
    pub(super) account: Option<Route>,
    pub(super) form: Form,
    pub(super) at: Slot,
    pub(super) is_typing: bool,
    pub(super) look: Look,
    pub(super) asking: Option<Asking>,
    /// The number of the last probe.
    pub(super) number: u64,
    pub(super) live: Option<Live>,
    pub(super) runs: Runs,
    pub(super) ports: Ports,
    pub(super) fixes: Vec<Remedy>,
    pub(super) scroll: usize,
    /// What the run that is shown is held against.
    pub(super) against: Option<Against>,
    /// What the next walk is held against.
    pub(super) wanted: Option<Wanted>,
    pub(super) choice: Choice,
    /// Whether the run before is to be shown as soon as the kept ones are known.
    pub(super) is_turning: bool,
    /// Whether this program runs in a container.
    container: Option<bool>,
}

impl Default for ProbeScreen {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl ProbeScreen {
    /// A screen that knows these accounts, and begins with the first; where there is none, with an empty form to type in.
    pub fn new(known: Vec<Known>) -> Self {
        let form = known.first().map(Form::of).unwrap_or_default();
        Self {
            keymap: Keymap::standard().ok().map(Rc::new),
            account: known.first().map(|known| known.name.clone()),
            is_typing: known.is_empty(),
            known,
            form,
            at: Slot::Host,
            look: Look::Walk,
            asking: None,
            number: 0,
            live: None,
            runs: Runs::default(),
            ports: Ports::default(),
            fixes: Vec::new(),
            scroll: 0,
            against: None,
            wanted: None,
            choice: Choice::default(),
            is_turning: false,
            container: None,
        }
    }

    /// The same, with what is known of where this program runs.
    #[must_use]
    pub fn container(mut self, is_container: bool) -> Self {
        self.container = Some(is_container);
        self
    }

    /// Takes the keys of the console, for its sentences.
    pub fn learn_keys(&mut self, keymap: Rc<Keymap>) {
        self.keymap = Some(keymap);
    }

    /// Fills the form with the smart host of an account. What runs goes on.
    pub fn take_account(&mut self, route: &Route) {
        let Some(known) = self.known.iter().find(|known| known.name == *route) else {
            return;
        };
        self.form = Form::of(known);
        self.account = Some(known.name.clone());
        (self.is_typing, self.asking, self.look) = (false, None, Look::Walk);
    }

    /// Goes to the account behind the one in the form.
    pub(super) fn next_account(&mut self) -> Vec<Effect> {
        let here = self.account.as_ref();
        let at = self.known.iter().position(|one| Some(&one.name) == here);
        let next = at.map_or(0, |at| at + 1) % self.known.len().max(1);
        let Some(name) = self.known.get(next).map(|known| known.name.clone()) else {
            let words = "there is no account with a smart host yet; type a host";
            return vec![Effect::Say(Level::Info, words.into())];
        };
        self.take_account(&name);
        Vec::new()
    }

    /// Takes note of an account that is in the configuration now.
    pub fn saved(&mut self, account: &NewAccount) {
        let name = Route::from(account.name.as_str());
        let mut host = account.host.clone();
        // A user whose password was never said: it is asked for, as before.
        let is_unsaid = |login: &Credentials| matches!(&login.secret, Secret::Value(value) if value.expose_secret().is_empty());
        host.credentials = host.credentials.filter(|login| !is_unsaid(login));
        self.known.retain(|known| known.name != name);
        self.known.push(Known {
            name: name.clone(),
            from: account.from.clone(),
            host,
            written: None,
        });
        self.account = Some(name);
    }

    /// Whether something is waited for, so that figures count.
    pub fn is_waiting(&self) -> bool {
        let walks = { &self.live }
            .as_ref()
            .is_some_and(|live| !live.is_cancelled);
        walks || self.ports.is_waiting
    }

    /// Why nothing else is begun now, and the keys that end it.
    pub(super) fn busy(&self) -> Vec<Effect> {
        let (context, action) = if self.look == Look::Ports {
            (Context::Ports, Action::Back)
        } else {
            (Context::Walking, Action::Cancel)
        };
        let key = |context, action| {
            let keymap = self.keymap.as_ref();
            keymap.and_then(|keymap| keymap.key(&[context], action, true))
        };
        let cancel = key(context, action).unwrap_or_default();
        let leave = key(Context::Form, Action::Back).filter(|_| self.is_typing);
        let leave = leave
            .map(|leave| format!("{leave}, then "))
            .unwrap_or_default();
        warn(&format!("a probe is under way; {leave}{cancel} cancels it"))
    }

    /// Whether a walk is under way.
    pub(super) fn is_walking(&self) -> bool {
        self.live.as_ref().is_some_and(|live| !live.is_cancelled)
    }

    /// Takes news of the probe with this number; of one that was cancelled it is no news any more.
    pub fn heard(&mut self, number: u64, news: &Same<News>, world: &World) -> Vec<Effect> {
        if number == self.ports.number && self.ports.is_waiting {
            return self.heard_of_ports(news, world);
        }
        let Some(live) = self.live.as_mut() else {
            return Vec::new();
        };
        if live.number != number || live.is_cancelled {
            return Vec::new();
        }
        match &**news {
            News::Located(place) => {
                let then = live.seeking.as_ref().map(|seeking| seeking.then);
                return then.map_or_else(Vec::new, |then| self.located(place, then, world));
            }
            News::Began(transcript) => live.transcript = Some(transcript.clone()),
            News::Happened(event) => live.happened(event, world.now.tick),
            News::Over(walk) => {
                let walk = walk.clone();
                return self.walked(walk, world);
            }
            News::Broke(words) => {
                live.is_cancelled = true;
                return vec![Effect::Say(Level::Error, clean(words).into_owned())];
            }
            News::Found(_) | News::AllFound => {}
        }
        Vec::new()
    }

    /// A walk is over: it is shown and kept, and where it was the first of two the second begins.
    fn walked(&mut self, walk: Arc<Walk>, world: &World) -> Vec<Effect> {
        let Some(live) = self.live.take() else {
            return Vec::new();
        };
        let record = Record::of(&walk);
        self.runs.push(Run {
            plan: live.plan,
            walk,
            findings: Vec::new(),
            written: live.written,
            family: live.part.as_ref().and_then(|part| part.family),
        });
        (self.scroll, self.against) = (0, None);
        let mut second = None;
        if let Some(part) = live.part {
            if let Turn::Second(before) = &part.turn {
                self.against = Some(Against {
                    before: Record::clone(before),
                    how: How::Both(part.names.clone()),
                });
            }
            second = self.walk_second(part, &record, world);
        }
        self.mend(world);
        // A run over one family alone is no usual one, that later ones could be held against.
        let is_usual = self.runs.shown().is_some_and(|run| run.family.is_none());
        let keep = is_usual.then(|| Effect::KeepRun(Box::new(record)));
        keep.into_iter().chain(second).collect()
    }

    fn heard_of_ports(&mut self, news: &Same<News>, world: &World) -> Vec<Effect> {
        match &**news {
            News::Found(cell) => self.ports.found(Cell::clone(cell)),
            News::AllFound => self.ports.is_waiting = false,
            News::Broke(words) => {
                self.ports.is_waiting = false;
                return vec![Effect::Say(Level::Error, clean(words).into_owned())];
            }
            _ => {}
        }
        self.mend(world);
        Vec::new()
    }

    /// Looks what the run that is shown means, and what can be done about it.
    pub(super) fn mend(&mut self, world: &World) {
        let last_good = self.runs.last_good();
        let Some(run) = self.runs.shown_mut() else {
            // Of a kept run nothing is left that could be mended.
            self.fixes.clear();
            return;
        };
        let is_its = self.ports.host.eq_ignore_ascii_case(&run.walk.host.host);
        let cells = if is_its { &*self.ports.cells } else { &[] };
        let beside = Beside {
            cells,
            last_good: last_good.as_ref(),
            container: self.container,
            written: run.written.as_deref(),
            knowledge: Some(world.knowledge()),
        };
        run.findings = conclude_with(&run.walk, &beside);
        self.fixes = remedies(&run.walk, &run.findings, cells);
        self.fixes.truncate(FIXES.len());
    }
}

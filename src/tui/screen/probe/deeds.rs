//! What is done: walk, look around, cancel, wait longer, mend, save.

use std::net::IpAddr;

use crate::config::NewAccount;
use crate::mail::clean::Clean;
use crate::mail::smarthost::{Credentials, Secret, Security, SmartHost};
use crate::mail::stage::Stage;
use crate::mailer::probe::grid::Found;
use crate::mailer::probe::place::Place;
use crate::mailer::probe::remedy::Change;
use crate::mailer::probe::walk::Plan;
use crate::tui::effect::{Effect, Level};
use crate::tui::probe::{Same, Sought};
use crate::tui::probing::TO_LOCATE;
use crate::tui::screen::queue::acts::warn;
use crate::tui::widget::ask::Ask;
use crate::tui::widget::secret::SecretField;
use crate::tui::world::World;

use super::asking::{Asking, Guarded};
use super::fields::Slot;
use super::form::Form;
use super::ladder::{Live, Seeking, Then, Waiting};
use super::plan::Missing;
use super::ports::{IN_CLEAR, Ports};
use super::state::{Look, ProbeScreen};

impl ProbeScreen {
    /// Walks with what the form says, or asks for what it lacks.
    pub(super) fn run(&mut self, world: &World) -> Vec<Effect> {
        if self.is_walking() {
            return self.busy();
        }
        if let Err(words) = self.form.sort_out() {
            return self.fault(Slot::Host, &words);
        }
        if let Some(sought) = self.form.open_name() {
            return self.seek(sought, Then::Walk, world);
        }
        match self.form.plan() {
            Err(Missing::Field(slot, words)) => self.fault(slot, &words),
            Err(Missing::Password) => self.ask_password(true),
            Ok(plan) => {
                let (plan, part) = match self.paired(&plan) {
                    Ok(Some((first, part))) => (first, Some(part)),
                    Ok(None) => (plan, None),
                    Err(words) => return warn(&words),
                };
                self.number += 1;
                let plan = Same::new(plan);
                let live = Live::new(self.number, plan.clone(), world.now.tick);
                self.live = Some(Live {
                    written: self.form.written.clone(),
                    part,
                    ..live
                });
                (self.is_typing, self.look, self.scroll) = (false, Look::Walk, 0);
                let walk = Effect::Probe(self.number, plan);
                self.recall().into_iter().chain([walk]).collect()
            }
        }
    }

    /// Has the kept runs to the host in the form read, where they are not known.
    pub(super) fn recall(&self) -> Option<Effect> {
        let host = self.form.kept_as();
        (!self.runs.knows(&host)).then(|| Effect::Recall(host))
    }

    /// Asks the name system which server is meant.
    fn seek(&mut self, sought: Sought, then: Then, world: &World) -> Vec<Effect> {
        let mut host = match self.form.smart_host() {
            Err(Missing::Field(slot, words)) => return self.fault(slot, &words),
            Err(Missing::Password) => return self.ask_password(then == Then::Walk),
            Ok(host) => host,
        };
        host.credentials = None;
        let name = Clean::new(&sought.place.target.server);
        self.locate(sought, name, Plan::new(host), then, world)
    }

    /// The same, with a plan that is shown meanwhile.
    pub(super) fn locate(
        &mut self,
        sought: Sought,
        name: Clean,
        plan: Plan,
        then: Then,
        world: &World,
    ) -> Vec<Effect> {
        self.number += 1;
        self.live = Some(Live {
            waiting: Some(Waiting {
                stage: Stage::Resolve,
                since: world.now.tick,
                limit: TO_LOCATE,
                is_second_look: false,
            }),
            seeking: Some(Seeking { name, then }),
            ..Live::new(self.number, Same::new(plan), world.now.tick)
        });
        (self.is_typing, self.look, self.scroll) = (false, Look::Walk, 0);
        vec![Effect::Locate(self.number, Same::new(sought))]
    }

    /// Goes on to the server that was found.
    pub(super) fn located(&mut self, place: &Place, then: Then, world: &World) -> Vec<Effect> {
        self.live = None;
        if then == Then::Other {
            return self.walk_to_other(place, world);
        }
        self.account = None;
        if let Err(words) = self.form.take_place(place) {
            return self.fault(Slot::Host, &words);
        }
        match then {
            Then::Walk => self.run(world),
            Then::Look => self.look_around(world),
            Then::Other => Vec::new(),
        }
    }

    /// Takes the name that was probably meant.
    pub(super) fn take_near(&mut self) -> Vec<Effect> {
        let Some(near) = self.form.near() else {
            return warn("there is no name like this one that is known");
        };
        self.form.host.set(&near);
        // The way was written for a name that there is not.
        self.form.port.set("");
        self.account = None;
        match self.form.sort_out() {
            Ok(()) => Vec::new(),
            Err(words) => self.fault(Slot::Host, &words),
        }
    }

    /// Stands in the field that is at fault.
    pub(super) fn fault(&mut self, slot: Slot, words: &str) -> Vec<Effect> {
        (self.at, self.is_typing, self.wanted) = (slot, true, None);
        let words = format!("{}: {words}", slot.label());
        vec![Effect::Say(Level::Error, words)]
    }

    pub(super) fn ask_password(&mut self, then_run: bool) -> Vec<Effect> {
        if self.form.is_barred() {
            let words =
                "this server lies outside of the mail domain; for a login write it as HOST:PORT";
            return self.fault(Slot::Host, words);
        }
        if self.form.user.is_blank() {
            return self.fault(Slot::User, "whose password? type the user first");
        }
        let who = format!("{} at {}", self.form.user.text(), self.form.host_name());
        self.asking = Some(Asking::Password(
            Clean::from(who),
            SecretField::new(),
            then_run,
        ));
        Vec::new()
    }

    pub(super) fn look_around(&mut self, world: &World) -> Vec<Effect> {
        if self.is_waiting() {
            return self.busy();
        }
        if let Err(words) = self.form.sort_out() {
            return self.fault(Slot::Host, &words);
        }
        if let Some(sought) = self.form.open_name() {
            return self.seek(sought, Then::Look, world);
        }
        // No login is said on the way, so none is asked for.
        let plan = match self.form.smart_host() {
            Err(Missing::Field(slot, words)) => return self.fault(slot, &words),
            Err(Missing::Password) => return Vec::new(),
            Ok(host) => Plan::new(host),
        };
        if plan.host.reach.socket.is_some() {
            return warn("a UNIX socket has no ports");
        }
        self.number += 1;
        let asked = crate::tui::probing::ports(&plan);
        self.ports = Ports {
            number: self.number,
            is_here: plan.host.is_here(),
            host: plan.host.host.clone(),
            asked,
            is_waiting: true,
            ..Ports::default()
        };
        (self.is_typing, self.look) = (false, Look::Ports);
        vec![Effect::LookAround(self.number, Same::new(plan))]
    }

    pub(super) fn cancel(&mut self) -> Vec<Effect> {
        if self.look == Look::Ports && self.ports.is_waiting {
            self.ports.is_waiting = false;
            return vec![Effect::CancelProbe(self.ports.number)];
        }
        match &mut self.live {
            Some(live) if !live.is_cancelled => {
                live.is_cancelled = true;
                self.wanted = None;
                vec![Effect::CancelProbe(live.number)]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn wait_longer(&mut self) -> Vec<Effect> {
        let Some(live) = self.live.as_mut() else {
            return Vec::new();
        };
        match &mut live.waiting {
            Some(waiting) if waiting.can_be_longer() => {
                waiting.limit = waiting.limit.saturating_add(Form::MORE);
                vec![Effect::WaitLonger(live.number, Form::MORE)]
            }
            Some(_) => warn("only a reply can be waited for longer; this keeps to its limit"),
            None => Vec::new(),
        }
    }

    /// Applies a fix and runs again; asks first where it lowers a guard.
    pub(super) fn fix(&mut self, number: usize, is_agreed: bool, world: &World) -> Vec<Effect> {
        let fix = self.fixes.get(number).cloned();
        let (Some(fix), Some(run)) = (fix, self.runs.shown()) else {
            return warn("there is no such fix");
        };
        if fix.lowers_guard && !is_agreed {
            self.asking = Some(Asking::Guard(Guarded::Fix(number), fix.words));
            return Vec::new();
        }
        let mut plan = fix.apply(&run.plan);
        let is_family = |change: &Change| matches!(change, Change::Family(_));
        if let Some(family) = run.family.filter(|_| !fix.changes.iter().any(is_family)) {
            // The run was made over one family only to be held against the other.
            let mut host = SmartHost::clone(&plan.host);
            host.reach.family = family;
            plan.host = host.into();
        }
        // Whoever the password was for: another host is somebody else until a person says otherwise.
        let secret = self.form.secret.clone();
        self.form.take(&plan);
        let has = |wanted: fn(&Change) -> bool| fix.changes.iter().any(wanted);
        if has(|change| matches!(change, Change::Host(_))) {
            self.form.secret = secret;
        }
        (self.account, self.wanted) = (None, None);
        self.look = Look::Walk;
        if has(|change| *change == Change::Password) {
            return self.ask_password(true);
        }
        let changes: Vec<String> = fix.changes.iter().map(ToString::to_string).collect();
        let words = format!("changed: {}", changes.join(", "));
        let mut effects = vec![Effect::Say(Level::Info, words)];
        effects.extend(self.walk_alone(world));
        effects
    }

    /// Takes the chosen port into the form and walks there; asks first where that is in clear.
    pub(super) fn take_port(&mut self, is_agreed: bool, world: &World) -> Vec<Effect> {
        let Some(cell) = self.ports.chosen() else {
            return warn("this port is not known yet");
        };
        let port = cell.port;
        let is_clear = cell.found == Found::InClear;
        if is_clear && !self.ports.is_here && !is_agreed {
            let login = if self.form.user.is_blank() {
                ""
            } else {
                ", and no password is said there"
            };
            let words = format!("go to port {port} in clear: {IN_CLEAR}{login}");
            self.asking = Some(Asking::Guard(Guarded::Port, words.into()));
            return Vec::new();
        }
        let security = if is_clear {
            Security::None
        } else {
            cell.security
        };
        if !self.form.host_name().eq_ignore_ascii_case(&self.ports.host) {
            self.form.host.set(&self.ports.host);
        }
        self.form.port.set(&port.to_string());
        self.form.security = security;
        self.account = None;
        self.walk_alone(world)
    }

    pub(super) fn save(&mut self, world: &World) -> Vec<Effect> {
        if let Err(Missing::Field(slot, words)) = self.form.smart_host() {
            return self.fault(slot, &words);
        }
        let usual = free_name(&self.form.host_name(), world);
        let ask = Ask::with_usual("name of the account", usual);
        self.asking = Some(Asking::Name(ask));
        Vec::new()
    }

    pub(super) fn save_as(&self, name: &str) -> Vec<Effect> {
        let (Ok(mut host), from) = (self.form.smart_host(), self.form.sender()) else {
            return Vec::new();
        };
        let user = self.form.user.text().trim();
        if host.credentials.is_none() && !user.is_empty() && !self.form.is_barred() {
            // The password was never said; the file gets a comment in its place, as for one that was typed.
            host.credentials = Some(Credentials {
                user: user.to_owned(),
                secret: Secret::Value(String::new().into()),
            });
        }
        vec![Effect::SaveAccount(Same::new(NewAccount {
            name: name.trim().to_owned(),
            from: from.ok().flatten(),
            host,
        }))]
    }
}

/// A name for an account at this host that no account has: the domain without its end, such as `example` of `relay.example.net`.
fn free_name(host: &str, world: &World) -> String {
    let labels: Vec<&str> = host.split('.').collect();
    let label = match labels.as_slice() {
        _ if host.parse::<IpAddr>().is_ok() => "relay",
        // Below a country's end there is mostly one more that says as little, such as `co.uk`.
        [.., name, middle, end] if end.len() == 2 && middle.len() <= 3 => name,
        [.., name, _] => name,
        _ => host,
    };
    let good = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let name: String = label.chars().filter(good).take(32).collect();
    let name = if name.is_empty() {
        "relay".to_owned()
    } else {
        name
    };
    let is_free = |name: &String| world.accounts.iter().all(|one| *one.name != **name);
    let more = (2..).map(|n| format!("{name}-{n}"));
    std::iter::once(name.clone())
        .chain(more.take(world.accounts.len() + 1))
        .find(is_free)
        .unwrap_or(name)
}

//! What a run is held against: another run, or one that is walked for it now; and how two walks follow each other.

use crate::mail::clean::Clean;
use crate::mail::server::Server;
use crate::mail::smarthost::SmartHost;
use crate::mail::stage::Stage;
use crate::mailer::probe::compare::{Pair, Record, elsewhere};
use crate::mailer::probe::place::{Place, read};
use crate::mailer::probe::walk::Plan;
use crate::tui::effect::{Effect, Level};
use crate::tui::probe::{Same, Sought};
use crate::tui::widget::ask::Ask;
use crate::tui::world::World;

use super::against::{Part, Turn, Wanted};
use super::asking::Asking;
use super::ladder::{Live, Then};
use super::plan::Missing;
use super::state::ProbeScreen;

impl ProbeScreen {
    /// Walks with what the form says and nothing beside it.
    pub(super) fn walk_alone(&mut self, world: &World) -> Vec<Effect> {
        self.wanted = None;
        self.run(world)
    }

    /// Walks over IPv4, then over IPv6.
    pub(super) fn walk_families(&mut self, world: &World) -> Vec<Effect> {
        if self.is_walking() {
            return self.busy();
        }
        self.wanted = Some(Wanted::Families);
        self.run(world)
    }

    /// Asks which other host is meant.
    pub(super) fn ask_other(&mut self, words: &str) -> Vec<Effect> {
        if self.is_walking() {
            return self.busy();
        }
        self.asking = Some(Asking::Other(Ask::new("compare with the host", words)));
        Vec::new()
    }

    /// Walks to the host in the form, then to this one.
    pub(super) fn walk_other(&mut self, text: &str, world: &World) -> Vec<Effect> {
        let place = match read(text, None) {
            Ok(place) => place,
            Err(error) => return self.not_other(text, &error.to_string()),
        };
        if place.target.server.is_empty() {
            return self.not_other(text, "write HOST, HOST:PORT or a URL");
        }
        if !place.is_open {
            return self.walk_to_other(&place, world);
        }
        // What cannot be a server is told now, and not behind a look at the name system.
        if let Err(words) = place.target.server.parse::<Server>() {
            return self.not_other(text, &words);
        }
        let name = Clean::new(&place.target.server);
        let plan = Plan::new(self.form.base.clone());
        let security = None;
        self.locate(Sought { place, security }, name, plan, Then::Other, world)
    }

    /// The same, now that it is known which server is meant.
    pub(super) fn walk_to_other(&mut self, place: &Place, world: &World) -> Vec<Effect> {
        let written = place.target.server.clone();
        match self.other_host(place) {
            Ok(host) => {
                self.wanted = Some(Wanted::Other(Box::new(host), written));
                self.run(world)
            }
            Err(words) => self.not_other(&written, &words),
        }
    }

    fn not_other(&mut self, text: &str, words: &str) -> Vec<Effect> {
        self.asking = Some(Asking::Other(Ask::new("compare with the host", text)));
        let words = format!("the other host: {words}");
        vec![Effect::Say(Level::Error, words)]
    }

    /// The other server. It gets a login only where one is known to be its own: the form's where that is for the same host, or
    /// that of an account there.
    fn other_host(&self, place: &Place) -> Result<SmartHost, String> {
        let target = &place.target;
        let server: Server = target.server.parse()?;
        let (port, security) = (server.port, target.security);
        let first = match self.form.smart_host() {
            Ok(host) => host,
            Err(Missing::Field(slot, words)) => return Err(format!("{}: {words}", slot.label())),
            Err(Missing::Password) => self.form.base.clone(),
        };
        let fresh = elsewhere(&first, server, security.unwrap_or(first.security));
        let is_it = |host: &SmartHost| {
            host.host.eq_ignore_ascii_case(&fresh.host) && host.reach.socket == fresh.reach.socket
        };
        let accounts = self.known.iter().map(|known| &known.host);
        let own = std::iter::once(&first)
            .chain(accounts)
            .find(|one| is_it(one));
        let mut host = match own {
            Some(own) => {
                let mut host = own.clone();
                if port.is_some() || security.is_some() {
                    host.security = security.unwrap_or(own.security);
                    host.port = port.unwrap_or(host.security.default_port());
                }
                host
            }
            None => fresh,
        };
        if place.bars_login {
            host.credentials = None;
        }
        Ok(host)
    }

    /// The walks that are wanted, with the form's as the first; nothing where it is alone.
    ///
    /// # Errors
    /// Why there cannot be two.
    pub(super) fn paired(&mut self, plan: &Plan) -> Result<Option<(Plan, Part)>, String> {
        let (pair, family, written) = match self.wanted.take() {
            None => return Ok(None),
            Some(Wanted::Families) => {
                let pair = Pair::families(plan).map_err(|error| error.to_string())?;
                let family = Some(plan.host.reach.family);
                (pair, family, self.form.written.clone())
            }
            Some(Wanted::Other(host, written)) => {
                let mut other = Plan {
                    sender: plan.sender.clone(),
                    recipients: plan.recipients.clone(),
                    stop_after: plan.stop_after,
                    force_starttls: plan.force_starttls,
                    ..Plan::new(*host)
                };
                if !logs_in(plan) {
                    let mut host = SmartHost::clone(&other.host);
                    host.credentials = None;
                    other.host = host.into();
                }
                (Pair::hosts(plan.clone(), other), None, Some(written))
            }
        };
        let Pair { plans, names } = pair;
        let [first, second] = plans;
        let turn = Turn::First(Same::new(second), written);
        let part = Part {
            names,
            family,
            turn,
        };
        Ok(Some((first, part)))
    }

    /// Goes on to the second walk, now that the first is over.
    pub(super) fn walk_second(
        &mut self,
        part: Part,
        first: &Record,
        world: &World,
    ) -> Option<Effect> {
        let Turn::First(plan, written) = part.turn else {
            return None;
        };
        self.number += 1;
        self.live = Some(Live {
            written,
            part: Some(Part {
                turn: Turn::Second(Box::new(first.clone())),
                ..part
            }),
            ..Live::new(self.number, plan.clone(), world.now.tick)
        });
        Some(Effect::Probe(self.number, plan))
    }
}

/// Whether a walk comes to the login.
fn logs_in(plan: &Plan) -> bool {
    plan.stop_after.is_none_or(|stop| stop >= Stage::Auth)
}

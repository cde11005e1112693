//! What keys, characters and pastes do on the screen.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Position, Rect, Size};

use crate::mail::clean::Clean;
use crate::mail::smarthost::Secret;
use crate::mailer::probe::compare::Record;
use crate::mailer::probe::target::{self, TargetError};
use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Level, Place};
use crate::tui::screen::contract::{Screen, View};
use crate::tui::screen::queue::acts::warn;
use crate::tui::widget::time::elapsed;
use crate::tui::world::World;

use super::asking::{Asking, Guarded, Reply};
use super::fields::Slot;
use super::past::Past;
use super::state::{FIXES, Look, ProbeScreen};

/// What is said of a host with a password in it.
const WITH_PASSWORD: &str = "that has a password in it, and was not taken; paste only the host";

/// Whether an action only moves.
const fn is_move(action: Action) -> bool {
    use Action::{Down, First, Last, PageDown, PageUp, Up};
    matches!(action, Up | Down | PageUp | PageDown | First | Last)
}

impl ProbeScreen {
    /// Does what the answer to a question asks for.
    fn replied(&mut self, reply: Reply, world: &World) -> Vec<Effect> {
        if reply == Reply::Going {
            return Vec::new();
        }
        match (self.asking.take(), reply) {
            (Some(Asking::Password(_, typed, then_run)), Reply::Yes) => {
                let host = self.form.host_name();
                self.form.secret = Some((host, Secret::Value(typed.secret())));
                if then_run {
                    return self.run(world);
                }
                Vec::new()
            }
            (Some(Asking::Other(ask)), Reply::Yes) => self.walk_other(ask.answer(), world),
            (Some(Asking::Name(ask)), Reply::Yes) => self.save_as(ask.answer()),
            (Some(Asking::Guard(Guarded::Fix(number), _)), Reply::Yes) => {
                self.fix(number, true, world)
            }
            (Some(Asking::Guard(Guarded::Port, _)), Reply::Yes) => self.take_port(true, world),
            _ => {
                self.wanted = None;
                Vec::new()
            }
        }
    }

    /// What an action does while the form is typed in.
    fn type_in(&mut self, action: Action, world: &World) -> Vec<Effect> {
        match action {
            Action::Run => return self.walk_alone(world),
            Action::Back => self.is_typing = false,
            Action::NextField | Action::PrevField => {
                if self.at == Slot::Host
                    && let Err(words) = self.form.sort_out()
                {
                    return self.fault(Slot::Host, &words);
                }
                self.at = self.at.step(action == Action::NextField);
            }
            Action::NextAccount => return self.next_account(),
            Action::TakeNear => return self.take_near(),
            Action::Left | Action::Right if self.at.is_choice() => {
                self.form.turn(self.at, action == Action::Right);
                self.account = None;
            }
            other => {
                if let Some(line) = self.form.line_mut(self.at) {
                    line.act(other);
                    self.account = None;
                }
            }
        }
        Vec::new()
    }

    fn command(&mut self, action: Action, world: &World, size: Size) -> Vec<Effect> {
        if let Some(number) = FIXES.iter().position(|fix| *fix == action) {
            return self.fix(number, false, world);
        }
        if self.look == Look::Choice && !is_move(action) {
            return self.act_on_choice(action, world);
        }
        match action {
            Action::Run if self.look == Look::Ports => return self.take_port(false, world),
            Action::Run => return self.walk_alone(world),
            Action::LookAround if self.look == Look::Walk && !self.ports.cells.is_empty() => {
                if self.ports.host.eq_ignore_ascii_case(&self.form.host_name()) {
                    self.look = Look::Ports;
                    return Vec::new();
                }
                return self.look_around(world);
            }
            Action::LookAround => return self.look_around(world),
            Action::TakeNear => return self.take_near(),
            Action::WritePage => return self.write_page(),
            Action::Cancel => return self.cancel(),
            Action::WaitLonger => return self.wait_longer(),
            Action::SaveAccount => return self.save(world),
            Action::NextAccount => return self.next_account(),
            Action::NextField | Action::PrevField => self.is_typing = true,
            Action::OlderRun | Action::NewerRun => {
                return self.turn(action == Action::OlderRun, world);
            }
            Action::Compare => return self.choose(),
            Action::Transcript => return self.conversation(),
            Action::Copy | Action::CopyAll => {
                return self.copied(action == Action::CopyAll, world, size);
            }
            Action::View => self.next_section(world, size),
            Action::Back if self.look == Look::Ports && self.ports.is_waiting => {
                return self.cancel();
            }
            Action::Back if self.look == Look::Ports => self.look = Look::Walk,
            Action::Back if self.scroll > 0 => self.scroll = 0,
            Action::Back => self.against = None,
            _ => self.move_by(action, world, size),
        }
        Vec::new()
    }

    fn move_by(&mut self, action: Action, world: &World, size: Size) {
        let half = isize::try_from(size.height / 2).unwrap_or(1).max(1);
        let rows = match action {
            Action::Up => -1,
            Action::Down => 1,
            Action::PageUp => -half,
            Action::PageDown => half,
            Action::First => isize::MIN,
            Action::Last => isize::MAX,
            _ => return,
        };
        if self.look == Look::Choice {
            self.step_choice(rows);
        } else if self.look == Look::Ports {
            self.ports.step(rows);
        } else {
            let most = self.furthest(world, size);
            self.scroll = self.scroll.min(most).saturating_add_signed(rows).min(most);
        }
    }

    fn turn(&mut self, older: bool, world: &World) -> Vec<Effect> {
        self.live = None;
        if older && let Some(recall) = self.recall().filter(|_| self.runs.is_at_the_end()) {
            self.is_turning = true;
            return vec![recall];
        }
        if !self.runs.turn(older) {
            let words = if older {
                "there is no run before this one"
            } else {
                "this is the latest run"
            };
            return vec![Effect::Say(Level::Info, words.into())];
        }
        (self.scroll, self.against) = (0, None);
        self.mend(world);
        Vec::new()
    }

    /// Takes the kept runs to a host.
    pub fn recalled(
        &mut self,
        host: &str,
        runs: Result<Vec<Record>, Clean>,
        world: &World,
    ) -> Vec<Effect> {
        let is_turning = std::mem::take(&mut self.is_turning);
        let (records, trouble) = match runs {
            Ok(records) => (records, None),
            Err(words) => (Vec::new(), Some(words)),
        };
        self.runs.recall(host, records);
        if self.look == Look::Choice && trouble.is_none() {
            self.refill_choice();
        }
        // What is known of the last good run may tell more of the one that is shown.
        self.mend(world);
        let say = |words: Clean| vec![Effect::Say(Level::Warning, words.to_string())];
        match trouble {
            Some(words) => say(words),
            None if is_turning => self.turn(true, world),
            None => Vec::new(),
        }
    }

    fn conversation(&self) -> Vec<Effect> {
        let live = { &self.live }
            .as_ref()
            .map(|live| (&live.plan, live.transcript.clone()));
        let shown = { self.runs.shown() }.map(|run| (&run.plan, Some(run.walk.transcript.clone())));
        let is_kept = matches!(self.runs.past(), Some(Past::Kept(_)));
        if live.is_none() && is_kept {
            return warn("of a run of an earlier session the conversation is not kept; run again");
        }
        match live.or(shown) {
            Some((plan, Some(transcript))) => {
                let title = plan.host.name();
                vec![Effect::Go(Place::Conversation(transcript, title))]
            }
            _ => warn("nothing was said yet"),
        }
    }

    /// Types text into the field. A password in a URL is not taken, so that it is never shown.
    fn insert(&mut self, text: &str) -> Vec<Effect> {
        if self.at == Slot::Password {
            let effects = self.ask_password(false);
            if let Some(asking) = &mut self.asking {
                asking.pasted(text);
            }
            return effects;
        }
        let is_host = self.at == Slot::Host;
        if is_host && target::read(text) == Err(TargetError::Password) {
            return warn(WITH_PASSWORD);
        }
        if let Some(line) = self.form.line_mut(self.at) {
            line.insert(text);
            self.account = None;
        }
        Vec::new()
    }
}

impl Screen for ProbeScreen {
    fn contexts(&self) -> &'static [Context] {
        if self.asking.is_some() {
            &[Context::Answer]
        } else if self.is_typing {
            &[Context::Form]
        } else if self.look == Look::Choice {
            &[Context::Compare, Context::List]
        } else if self.look == Look::Ports {
            &[Context::Ports, Context::List]
        } else if self.is_walking() {
            &[Context::Walking, Context::List]
        } else if self.fixes.is_empty() || self.live.is_some() {
            &[Context::Probe, Context::List]
        } else {
            &[Context::Mend, Context::Probe, Context::List]
        }
    }

    fn status(&self, world: &World) -> Option<String> {
        if let Some(live) = self.live.as_ref().filter(|live| !live.is_cancelled) {
            let spent = elapsed(world.now.tick.since(live.began));
            return Some(match &live.seeking {
                Some(seeking) => format!("looking {} up for {spent}", seeking.name),
                None => match &live.part {
                    Some(part) => {
                        let (now, next) = part.words();
                        format!("walking for {spent}; {now}, {next}")
                    }
                    None => format!("walking to {} for {spent}", live.plan.host.name()),
                },
            });
        }
        if self.is_typing && self.asking.is_none() {
            return Some(self.at.meaning().to_owned());
        }
        Some(match &self.account {
            Some(name) => format!("the account {name}; changes here are not kept there"),
            None => "what works can be saved as an account".to_owned(),
        })
    }

    fn act(&mut self, action: Action, world: &World, size: Size) -> Vec<Effect> {
        if let Some(asking) = &mut self.asking {
            let reply = asking.act(action);
            return self.replied(reply, world);
        }
        if self.is_typing {
            return self.type_in(action, world);
        }
        self.command(action, world, size)
    }

    fn typed(&mut self, key: KeyEvent, _world: &World) -> Vec<Effect> {
        if let Some(asking) = &mut self.asking {
            asking.typed(key);
            return Vec::new();
        }
        if !self.is_typing {
            return Vec::new();
        }
        match key.code {
            KeyCode::Char(' ') if self.at.is_choice() => self.form.turn(self.at, true),
            KeyCode::Char(c) if self.at.is_choice() => self.form.choose(self.at, c),
            KeyCode::Char(_) if self.at == Slot::Password => {
                let effects = self.ask_password(false);
                if let Some(asking) = &mut self.asking {
                    asking.typed(key);
                }
                return effects;
            }
            _ => {
                let typed = { self.form.line_mut(self.at) }.is_some_and(|line| line.typed(key));
                if !typed {
                    return Vec::new();
                }
            }
        }
        self.account = None;
        Vec::new()
    }

    fn pasted(&mut self, text: &str, _world: &World) -> Vec<Effect> {
        if let Some(asking) = &mut self.asking {
            let is_host = matches!(asking, Asking::Other(_));
            if is_host && target::read(text) == Err(TargetError::Password) {
                return warn(WITH_PASSWORD);
            }
            asking.pasted(text);
            return Vec::new();
        }
        if self.look != Look::Walk || self.is_walking() {
            return warn("pasting works where text is typed; nothing was done");
        }
        // What one pastes on this screen is a host, wherever one stands.
        if !self.is_typing {
            (self.is_typing, self.at) = (true, Slot::Host);
            self.form.host.set("");
        }
        self.insert(text)
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        self.draw(area, buf, view)
    }
}

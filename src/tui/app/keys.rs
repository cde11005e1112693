//! From keys and pastes to actions, and from the screens' effects to those that are left for others.

use ratatui::crossterm::event::{KeyEvent, KeyEventKind};

use crate::mail::clean::clean;
use crate::mail::draft::Draft;
use crate::mail::parcel::EntryId;
use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Level, Parting, Place};
use crate::tui::frame::Root;
use crate::tui::keymap::{is_plain, key_of};
use crate::tui::paste::scrub;
use crate::tui::screen::contract::Screen;

use super::state::App;
use super::undo::Step;

/// Actions that a key held down may repeat: moving and erasing. Nothing else happens twice by accident.
fn repeats(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::Up
            | A::Down
            | A::PageUp
            | A::PageDown
            | A::Left
            | A::Right
            | A::WordLeft
            | A::WordRight
            | A::NextMatch
            | A::PrevMatch
            | A::Erase
            | A::EraseNext
            | A::EraseWord
            | A::EraseNextWord
            | A::NewLine
            | A::NextField
            | A::PrevField
            | A::TakeBack
            | A::Again
    )
}

impl App {
    /// Takes a key. Returns what the room where effects are performed has to do.
    pub fn press(&mut self, event: KeyEvent) -> Vec<Effect> {
        if event.kind == KeyEventKind::Release {
            return Vec::new();
        }
        let repeated = event.kind == KeyEventKind::Repeat;
        let key = key_of(event);
        let contexts = self.contexts();
        let action = self.keymap.action(contexts, key);
        if repeated && action.is_some_and(|action| !repeats(action)) {
            return Vec::new();
        }
        self.answered();
        let effects = match action {
            Some(action) => self.act(action, contexts),
            None if repeated && !is_plain(key) => Vec::new(),
            None => {
                let (screen, world) = self.front_mut();
                screen.typed(event, world)
            }
        };
        self.settle(effects)
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) -> Vec<Effect> {
        self.answered();
        let (text, _) = scrub(text);
        let (screen, world) = self.front_mut();
        let effects = screen.pasted(&text, world);
        self.settle(effects)
    }

    /// A key was pressed: an error on the status line was read, and may make way.
    fn answered(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            self.world.remark = Some(waiting);
        }
        self.pressed = self.world.now.tick;
    }

    fn act(&mut self, action: Action, contexts: &[Context]) -> Vec<Effect> {
        match action {
            Action::GoCompose => self.go(Place::Compose),
            Action::GoQueue => self.go(Place::Queue),
            Action::GoDone => self.go(Place::Done),
            Action::GoProbe => self.go(Place::Probe),
            Action::NextScreen => self.turn(1),
            Action::PrevScreen => self.turn(Root::ALL.len() - 1),
            Action::NewMessage => vec![Effect::OpenDraft(self.blank())],
            Action::OpenDrafts => vec![Effect::Go(Place::Drafts)],
            Action::Help if contexts.first() != Some(&Context::Help) => {
                vec![Effect::Go(Place::Help)]
            }
            Action::Redraw => vec![Effect::Redraw],
            Action::Suspend => vec![Effect::Suspend],
            Action::Leave => vec![Effect::Leave],
            other => {
                let room = self.room();
                let (screen, world) = self.front_mut();
                screen.act(other, world, room)
            }
        }
    }

    fn turn(&mut self, by: usize) -> Vec<Effect> {
        let at = Root::ALL
            .iter()
            .position(|root| *root == self.root)
            .unwrap_or(0);
        match Root::ALL.get((at + by) % Root::ALL.len()) {
            Some(Root::Compose) => self.go(Place::Compose),
            Some(Root::Done) => self.go(Place::Done),
            Some(Root::Probe) => self.go(Place::Probe),
            _ => self.go(Place::Queue),
        }
    }

    /// Does what concerns the console itself; returns the rest.
    pub(super) fn settle(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut rest = Vec::new();
        for effect in effects {
            match effect {
                Effect::Go(place) => rest.extend(self.go(place)),
                Effect::Close => self.close(),
                Effect::Say(level, text) => self.say(level, &text),
                Effect::OpenDraft(draft) => rest.extend(self.open_new(&draft)),
                Effect::OpenKept(key) => rest.extend(self.open_kept(&key)),
                Effect::Stand(field) => {
                    self.go_root(Root::Compose);
                    self.compose.stand_in(field);
                }
                Effect::ProbeHost(route) => {
                    self.rooms.probe.take_account(&route);
                    rest.extend(self.go(Place::Probe));
                }
                Effect::Leave => rest.extend(self.leave()),
                Effect::Quit(Parting::Wait) => {
                    self.parting = true;
                    rest.extend(self.part());
                }
                Effect::Undo => rest.extend(self.take_back()),
                Effect::Send(outgoing) => {
                    if self.sending.is_some() {
                        self.say(
                            Level::Warning,
                            "one message is just being queued; try again in a moment",
                        );
                    } else {
                        self.sending = Some((self.compose.key().to_owned(), outgoing.clone()));
                        rest.push(Effect::Send(outgoing));
                    }
                }
                Effect::Hold(id) => {
                    self.note(Step::Held(id), id, "held", Effect::Hold(id), &mut rest);
                }
                Effect::Release(id) => {
                    self.note(
                        Step::Released(id),
                        id,
                        "released",
                        Effect::Release(id),
                        &mut rest,
                    );
                }
                Effect::Drop(id) => self.note(
                    Step::Dropped(id),
                    id,
                    "dropped",
                    Effect::Drop(id),
                    &mut rest,
                ),
                Effect::DropKept(key) => {
                    if let Some(at) = self.world.drafts.iter().position(|kept| kept.key == key) {
                        let kept = self.world.drafts.remove(at);
                        self.undo.push(Step::Draft(Box::new(kept)), self.world.now);
                        let words = self.with_undo("draft dropped");
                        self.say(Level::Info, &words);
                    }
                    rest.push(Effect::DropKept(key));
                }
                other => rest.push(other),
            }
        }
        rest
    }

    fn note(
        &mut self,
        step: Step,
        id: EntryId,
        done: &str,
        effect: Effect,
        rest: &mut Vec<Effect>,
    ) {
        self.undo.push(step, self.world.now);
        let words = self.with_undo(&format!("{} {done}", self.name_of(id)));
        self.say(Level::Info, &words);
        rest.push(effect);
    }

    fn say_of(&mut self, id: EntryId, done: &str) {
        let words = format!("{} {done}", self.name_of(id));
        self.say(Level::Info, &words);
    }

    /// What people call an entry: its subject, or its short identity where it has none.
    pub(super) fn name_of(&self, id: EntryId) -> String {
        let subject = self
            .world
            .snapshot
            .entry(id)
            .map(|entry| entry.message.subject.trim().to_owned());
        let subject = subject
            .filter(|subject| !subject.is_empty())
            .unwrap_or_else(|| id.short());
        clean(&subject).into_owned()
    }

    fn with_undo(&self, words: &str) -> String {
        match self.keymap.key(self.contexts(), Action::Undo, true) {
            Some(key) => format!("{words}; {key} takes it back"),
            None => words.to_owned(),
        }
    }

    fn close(&mut self) {
        let closed = self.over.pop();
        if closed.is_some_and(|over| over.place == Place::Leave) {
            self.parting = false;
        }
    }

    fn open_new(&mut self, draft: &Draft) -> Vec<Effect> {
        // An empty message is not thrown away for another empty one.
        if draft.is_blank() && self.compose.is_blank() {
            return self.go(Place::Compose);
        }
        let aside = !self.compose.is_blank();
        let effects = self.open(None, draft);
        if aside {
            let key = self
                .keymap
                .key(self.compose.contexts(), Action::OpenDrafts, true);
            let words = match key {
                Some(key) => format!("the message that was open is kept; {key} lists the drafts"),
                None => "the message that was open is kept as a draft".into(),
            };
            self.say(Level::Info, &words);
        }
        effects
    }

    fn open_kept(&mut self, key: &str) -> Vec<Effect> {
        let Some(at) = self.world.drafts.iter().position(|kept| kept.key == key) else {
            self.say(Level::Warning, "that draft is gone");
            return Vec::new();
        };
        let kept = self.world.drafts.remove(at);
        let effects = self.open(Some(kept.key), &kept.draft);
        self.world.kept = Some(kept.modified);
        effects
    }

    fn take_back(&mut self) -> Vec<Effect> {
        match self.undo.pop(self.world.now) {
            Some(Step::Dropped(id)) => {
                self.say_of(id, "brought back");
                vec![Effect::Restore(id)]
            }
            Some(Step::Held(id)) => {
                self.say_of(id, "released again");
                vec![Effect::Release(id)]
            }
            Some(Step::Released(id)) => {
                self.say_of(id, "held again");
                vec![Effect::Hold(id)]
            }
            Some(Step::Draft(kept)) => {
                let effect = Effect::KeepDraft(kept.key.clone(), kept.draft.clone());
                self.world.drafts.push(*kept);
                self.world
                    .drafts
                    .sort_by_key(|kept| std::cmp::Reverse(kept.modified));
                self.say(Level::Info, "draft brought back");
                vec![effect]
            }
            None => {
                self.say(Level::Info, "nothing to take back");
                Vec::new()
            }
        }
    }
}

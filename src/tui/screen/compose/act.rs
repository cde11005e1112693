//! What keys, characters and pastes do to the message.

use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect, Size};

use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Field, Level, Place};
use crate::tui::paste;
use crate::tui::screen::contract::{Screen, View};
use crate::tui::widget::field::LineField;
use crate::tui::widget::time::{clock, size};
use crate::tui::world::World;

use super::prompt::Asked;
use super::writing::{Compose, Stand};

/// The largest paste that becomes text, in octets: beyond it every key would be felt.
const PASTE: usize = 1024 * 1024;

/// From this size on, the person's own editor or an attachment is the better place.
const LARGE: usize = 256 * 1024;

impl Screen for Compose {
    fn contexts(&self) -> &'static [Context] {
        match (&self.prompt, self.stand) {
            (Some(_), _) => &[Context::Prompt],
            (None, Stand::Typing) => &[Context::Typing],
            (None, Stand::Fields) => &[Context::Fields],
        }
    }

    fn act(&mut self, action: Action, world: &World, _size: Size) -> Vec<Effect> {
        if let Some(prompt) = &mut self.prompt {
            return match prompt.act(action) {
                Asked::Goes(effects) => effects,
                Asked::Ends(path) => {
                    self.prompt = None;
                    path.map(|path| Effect::Attach(PathBuf::from(path)))
                        .into_iter()
                        .collect()
                }
            };
        }
        if let Some(effects) = self.command(action, world) {
            return effects;
        }
        match self.stand {
            Stand::Typing => self.edit(action),
            Stand::Fields => self.choose(action),
        }
    }

    fn typed(&mut self, key: KeyEvent, _world: &World) -> Vec<Effect> {
        if let Some(prompt) = &mut self.prompt {
            prompt.typed(key);
            return Vec::new();
        }
        if self.stand == Stand::Fields {
            return Vec::new();
        }
        let typed = match self.at {
            Field::Body => self.body.typed(key),
            field => self
                .header
                .line_mut(field)
                .is_some_and(|line| line.typed(key)),
        };
        if typed {
            self.changed();
        }
        Vec::new()
    }

    fn pasted(&mut self, text: &str, _world: &World) -> Vec<Effect> {
        if let Some(prompt) = &mut self.prompt {
            prompt.insert(text.trim());
            return Vec::new();
        }
        if text.len() > PASTE {
            let words = format!(
                "{} is too long to be pasted as text; nothing was pasted: attach it as a file",
                size(text.len() as u64)
            );
            return vec![Effect::Say(Level::Error, words)];
        }
        self.stand = Stand::Typing;
        let to_files = match self.at {
            Field::Attach => true,
            Field::Body => self.body.is_blank(),
            field => self.header.line(field).is_some_and(LineField::is_blank),
        };
        let readings = if to_files {
            paste::paths(text)
        } else {
            Vec::new()
        };
        if !readings.is_empty() {
            return vec![Effect::AttachOr(readings, text.to_owned())];
        }
        let mut effects = self.insert(text);
        if text.len() > LARGE {
            let words = "that is a long text; it is easier on your own editor, or as an attachment";
            effects.push(Effect::Say(Level::Warning, words.into()));
        }
        effects
    }

    fn follow(&mut self, world: &World, size: Size) {
        self.body.flush();
        self.body.fit(self.text_room(size));
        if self.route.is_none() {
            self.route = Some(world.default_account.clone());
        }
    }

    fn status(&self, world: &World) -> Option<String> {
        let mut words = Vec::new();
        if let Some(kept) = world.kept {
            words.push(format!("Draft kept {}", clock(kept, &world.zone)));
        }
        match self.header.recipients() {
            0 => {}
            1 => words.push("1 recipient".into()),
            many => words.push(format!("{many} recipients")),
        }
        if self.files.octets() > 0 {
            words.push(format!("{} attached", size(self.files.octets())));
        }
        (!words.is_empty()).then(|| words.join(", "))
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        self.draw(area, buf, view)
    }
}

impl Compose {
    /// What means the same at both levels.
    fn command(&mut self, action: Action, world: &World) -> Option<Vec<Effect>> {
        match action {
            Action::Review => return Some(self.review(world)),
            Action::Attach => self.ask_path(""),
            Action::Detach => return Some(self.detach(false)),
            Action::Undo => return Some(self.detach(true)),
            Action::Editor => {
                self.leave_field();
                return Some(vec![Effect::Editor(self.body.text())]);
            }
            Action::NextAccount => return Some(self.next_account(world)),
            Action::OpenDrafts => return Some(vec![Effect::Go(Place::Drafts)]),
            Action::NextField => self.walk(true),
            Action::PrevField => self.walk(false),
            Action::ToFrom => self.stand_in(Field::From),
            Action::ToTo => self.stand_in(Field::To),
            Action::ToCc => self.stand_in(Field::Cc),
            Action::ToBcc => self.stand_in(Field::Bcc),
            Action::ToReplyTo => self.stand_in(Field::ReplyTo),
            Action::ToSubject => self.stand_in(Field::Subject),
            Action::ToBody => self.stand_in(Field::Body),
            Action::StepOut => {
                self.leave_field();
                self.stand = Stand::Fields;
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    /// The field level: letters are commands, and the rest chooses a field.
    fn choose(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Open => self.stand_in(self.at),
            Action::Down => self.walk(true),
            Action::Up => self.walk(false),
            Action::Back => return vec![Effect::Go(Place::Queue)],
            _ => {}
        }
        Vec::new()
    }

    /// The typing level.
    fn edit(&mut self, action: Action) -> Vec<Effect> {
        match self.at {
            Field::Body if action == Action::Up && self.body.at_top() => self.walk(false),
            Field::Body => {
                if self.body.act(action) == Some(true) {
                    self.changed();
                }
            }
            Field::Attach => return self.edit_files(action),
            field => {
                let before = self.header.line(field).map(|line| line.text().to_owned());
                match action {
                    Action::NewLine | Action::Down => self.walk(true),
                    Action::Up => self.walk(false),
                    other => {
                        if let Some(line) = self.header.line_mut(field) {
                            line.act(other);
                        }
                        if self.header.line(field).map(LineField::text) != before.as_deref() {
                            self.changed();
                        }
                    }
                }
            }
        }
        Vec::new()
    }

    fn edit_files(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::NewLine => self.ask_path(""),
            Action::Down => self.walk(true),
            Action::Up => self.walk(false),
            Action::Erase | Action::EraseNext => return self.detach(false),
            _ => {}
        }
        Vec::new()
    }
}

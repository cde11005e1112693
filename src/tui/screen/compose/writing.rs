//! The message being written: what it is made of, and how it is opened, kept, checked and handed on.

use std::path::Path;
use std::rc::Rc;

use uuid::Uuid;

use crate::mail::clean::{Clean, clean};
use crate::mail::draft::Draft;
use crate::mail::entry::Route;
use crate::mailer::compose::name_of;
use crate::tui::action::Action;
use crate::tui::effect::{Effect, Field, Level, Outgoing, Place};
use crate::tui::keymap::Keymap;
use crate::tui::widget::field::LineField;
use crate::tui::widget::time::size;
use crate::tui::world::World;

use super::body::Body;
use super::files::{File, Files};
use super::header::Header;
use super::prompt::PathPrompt;

/// What plain characters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// Text.
    Typing,
    /// Commands.
    Fields,
}

/// The screen on which a message is written.
#[derive(Debug)]
pub struct Compose {
    pub(super) keymap: Rc<Keymap>,
    key: String,
    pub(super) route: Option<Route>,
    pub(super) stand: Stand,
    pub(super) at: Field,
    pub(super) header: Header,
    pub(super) files: Files,
    pub(super) body: Body,
    pub(super) prompt: Option<PathPrompt>,
    pub(super) revision: u64,
}

impl Compose {
    /// An empty message.
    pub fn new(keymap: Rc<Keymap>) -> Self {
        Self {
            keymap,
            key: Uuid::now_v7().to_string(),
            route: None,
            stand: Stand::Typing,
            at: Field::To,
            header: Header::default(),
            files: Files::default(),
            body: Body::new(""),
            prompt: None,
            revision: 0,
        }
    }

    /// Opens a draft under its key, or under a new one, with the account it was written for, else with the default one.
    /// The files are looked at again: they may have gone since.
    pub fn open(&mut self, key: Option<String>, draft: &Draft, world: &World) -> Vec<Effect> {
        let wished = draft.account.as_deref().unwrap_or(&world.default_account);
        let route = world.account(wished).map(|account| account.name.clone());
        let fresh = Self::new(Rc::clone(&self.keymap));
        *self = Self {
            key: key.unwrap_or(fresh.key),
            route,
            header: Header::new(draft),
            files: Files::new(&draft.attachments),
            body: Body::new(&draft.body),
            // A message that has its recipients wants to be read from its text on.
            at: if draft.to.trim().is_empty() {
                Field::To
            } else {
                Field::Body
            },
            ..fresh
        };
        draft
            .attachments
            .iter()
            .cloned()
            .map(Effect::Attach)
            .collect()
    }

    /// Gives what is open a name of its own: what had the old name is on its way.
    pub fn rename(&mut self) {
        self.key = Uuid::now_v7().to_string();
        self.revision += 1;
    }

    /// What names the draft on disk.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Counts the changes, so that the console knows when there is something to keep.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The account it goes through, once a frame was drawn.
    pub fn route(&self) -> Option<&Route> {
        self.route.as_ref()
    }

    /// The draft as it stands.
    pub fn draft(&self) -> Draft {
        let attachments = self
            .files
            .list()
            .iter()
            .map(|file| file.path.clone())
            .collect();
        let mut draft = Draft {
            body: self.body.text(),
            attachments,
            account: self.route.as_ref().map(ToString::to_string),
            ..Draft::default()
        };
        self.header.fill(&mut draft);
        draft
    }

    /// The files to attach, with what is known of them.
    pub fn files(&self) -> &[File] {
        self.files.list()
    }

    /// Whether nothing worth keeping has been typed.
    pub fn is_blank(&self) -> bool {
        let fields = [Field::To, Field::Cc, Field::Bcc, Field::Subject];
        fields
            .into_iter()
            .filter_map(|field| self.header.line(field))
            .all(LineField::is_blank)
            && self.files.list().is_empty()
            && self.body.is_blank()
    }

    /// Stands in a field; at the attachments it asks for a path.
    pub fn stand_in(&mut self, field: Field) {
        self.leave_field();
        self.prompt = None;
        self.stand = Stand::Typing;
        match field {
            Field::Attach => self.ask_path(""),
            other => self.go(other),
        }
        let fault = self.header.fault(self.at).map(|fault| fault.at);
        if let (Some(at), Some(line)) = (fault, self.header.line_mut(self.at)) {
            line.stand_at(at);
        }
    }

    pub(super) fn ask_path(&mut self, text: &str) {
        self.prompt = Some(PathPrompt::new(text));
    }

    /// Goes to a field and shows it.
    pub(super) fn go(&mut self, field: Field) {
        if field != self.at {
            self.leave_field();
        }
        self.header.ask_for(field);
        self.at = field;
    }

    /// Checks the field under the cursor, because it is being left.
    pub(super) fn leave_field(&mut self) {
        self.body.flush();
        self.header.check(self.at);
    }

    /// The fields that are on the screen, from top to bottom.
    pub(super) fn shown(&self) -> impl DoubleEndedIterator<Item = Field> + '_ {
        Field::ALL
            .into_iter()
            .filter(|field| self.header.is_shown(*field))
    }

    /// Goes to the next field or the one before, round and round. Attachments are stepped over where there are none.
    pub(super) fn walk(&mut self, forward: bool) {
        let stops: Vec<Field> = self
            .shown()
            .filter(|field| {
                *field != Field::Attach || !self.files.list().is_empty() || self.at == Field::Attach
            })
            .collect();
        let count = stops.len().max(1);
        let at = stops
            .iter()
            .position(|field| *field == self.at)
            .unwrap_or(0);
        let next = if forward { at + 1 } else { at + count - 1 } % count;
        if let Some(field) = stops.get(next) {
            self.go(*field);
        }
    }

    pub(super) fn changed(&mut self) {
        self.revision += 1;
        self.header.forgive(self.at);
    }

    /// The account's name, where there are several to choose from the next one.
    pub(super) fn next_account(&mut self, world: &World) -> Vec<Effect> {
        let names: Vec<&Route> = world.accounts.iter().map(|account| &account.name).collect();
        let current = self.route.as_ref().unwrap_or(&world.default_account);
        let at = names.iter().position(|name| *name == current);
        let next = at.map_or(0, |at| (at + 1) % names.len().max(1));
        let Some(account) = world.accounts.get(next).filter(|_| names.len() > 1) else {
            return vec![Effect::Say(
                Level::Info,
                "there is only this one account".into(),
            )];
        };
        self.route = Some(account.name.clone());
        self.revision += 1;
        let words = format!(
            "goes through {}: {}",
            clean(&account.name),
            clean(&account.way)
        );
        vec![Effect::Say(Level::Info, words)]
    }

    /// Opens the review.
    pub(super) fn review(&mut self, world: &World) -> Vec<Effect> {
        self.leave_field();
        let route = self
            .route
            .get_or_insert_with(|| world.default_account.clone())
            .clone();
        let draft = self.draft();
        vec![Effect::Go(Place::Review(Box::new(Outgoing {
            route,
            draft,
        })))]
    }

    /// Takes what was found out about a file.
    pub fn attached(&mut self, path: &Path, facts: Result<u64, Clean>) -> Vec<Effect> {
        let name = name_of(path);
        match &facts {
            Ok(octets) => {
                let words = format!("{name} attached, {}", size(*octets));
                if self.files.note(path, facts) {
                    self.revision += 1;
                    return vec![Effect::Say(Level::Info, words)];
                }
                Vec::new()
            }
            Err(reason) => {
                let words = format!("{name} cannot be attached: {reason}");
                let listed = self.files.list().iter().any(|file| file.path == path);
                self.files.note(path, facts);
                if !listed && self.prompt.is_none() {
                    self.ask_path(&path.to_string_lossy());
                }
                vec![Effect::Say(Level::Error, words)]
            }
        }
    }

    /// Takes the completions of a path.
    pub fn completed(&mut self, asked: &str, offers: Vec<String>) {
        if let Some(prompt) = &mut self.prompt {
            prompt.completed(asked, offers);
        }
    }

    /// Takes the text back from the person's own editor.
    pub fn edited(&mut self, text: &str) {
        // Most editors end a file with a line end that nobody typed.
        let text = text.strip_suffix('\n').unwrap_or(text);
        if text != self.body.text() {
            self.body.replace(text);
            self.revision += 1;
        }
        self.at = Field::Body;
    }

    /// Puts pasted text in where the cursor is.
    pub fn insert(&mut self, text: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        match (self.at, self.header.line_mut(self.at)) {
            (Field::Body, _) => {
                let gone = self.body.insert(text);
                if gone > 0 {
                    let words = format!("{gone} invisible characters were left out");
                    effects.push(Effect::Say(Level::Warning, words));
                }
            }
            (field, Some(line)) => {
                // Addresses that were copied from a list stand one on a line.
                let one = if field == Field::Subject {
                    text.to_owned()
                } else {
                    text.trim().replace('\n', ", ")
                };
                line.insert(&one);
            }
            (_, None) => self.ask_path(text.trim()),
        }
        self.changed();
        effects
    }

    pub(super) fn detach(&mut self, back: bool) -> Vec<Effect> {
        let undo = self
            .keymap
            .key(&[crate::tui::action::Context::Fields], Action::Undo, true);
        let words = if back {
            self.files
                .put_back()
                .map(|file| format!("{} attached again", name_of(&file.path)))
        } else {
            let file = self.files.detach();
            file.map(|file| match undo {
                Some(key) => format!(
                    "{} taken off; {key} at the field level puts it back",
                    name_of(&file.path)
                ),
                None => format!("{} taken off", name_of(&file.path)),
            })
        };
        match words {
            Some(words) => {
                self.revision += 1;
                vec![Effect::Say(Level::Info, words)]
            }
            None => vec![Effect::Say(Level::Info, "no file to do that with".into())],
        }
    }
}

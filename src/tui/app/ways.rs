//! The ways between the screens: to a root, to what is put on top of it, and out of the console.

use std::rc::Rc;

use crate::mail::clean::clean;
use crate::mail::parcel::EntryId;
use crate::tui::effect::{Effect, Level, Outgoing, Parting, Place};
use crate::tui::frame::Root;
use crate::tui::screen::contract::Screen;
use crate::tui::screen::drafts::Drafts;
use crate::tui::screen::help::Help;
use crate::tui::screen::leave::Leave;
use crate::tui::screen::registry;
use crate::tui::screen::review::Review;

use super::state::{App, Over};

impl App {
    /// Goes to a root screen; what was on top is closed.
    pub(super) fn go_root(&mut self, root: Root) {
        self.passed = true;
        if std::mem::take(&mut self.parting) {
            self.say(Level::Info, "staying: another screen was asked for");
        }
        self.over.clear();
        self.root = root;
    }

    /// Goes to a place. Returns what is to be done on the way.
    pub(super) fn go(&mut self, place: Place) -> Vec<Effect> {
        let screen: Box<dyn Screen> = match &place {
            Place::Compose => return self.show_root(Root::Compose),
            Place::Queue => return self.show_root(Root::Queue),
            Place::Done => return self.show_root(Root::Done),
            Place::Probe => return self.show_root(Root::Probe),
            Place::Conversation(transcript, title) => {
                registry::conversation(transcript.clone(), title.clone())
            }
            Place::Detail(id) => registry::detail(*id),
            Place::Transcript(id, number) => registry::transcript(*id, *number),
            Place::Review(outgoing) => Box::new(Review::new(
                Outgoing::clone(outgoing),
                self.compose.files().to_vec(),
                &self.world,
            )),
            Place::Drafts => Box::new(Drafts::default()),
            Place::Help => Box::new(Help::new(Rc::clone(&self.keymap), self.contexts())),
            Place::Leave => Box::new(Leave::new(Rc::clone(&self.keymap))),
        };
        self.passed = true;
        // One help, one review, one question: asking again does not stack them.
        let same =
            |over: &Over| std::mem::discriminant(&over.place) == std::mem::discriminant(&place);
        if self.over.last().is_some_and(same)
            && !matches!(place, Place::Detail(_) | Place::Transcript(..))
        {
            self.over.pop();
        }
        let effects = match &place {
            Place::Detail(id) => {
                let mut effects = self.read_for(*id);
                effects.extend(self.look_back(*id));
                effects
            }
            Place::Transcript(id, _) => self.look_back(*id).into_iter().collect(),
            _ => Vec::new(),
        };
        self.over.push(Over { place, screen });
        effects
    }

    fn show_root(&mut self, root: Root) -> Vec<Effect> {
        self.go_root(root);
        self.keep_open()
    }

    /// Has a message read that lies in the spool and is to be shown.
    fn read_for(&self, id: EntryId) -> Vec<Effect> {
        let entry = self.world.snapshot.entry(id);
        match entry.map(|entry| self.world.whole(entry)) {
            Some(Err(_)) => vec![Effect::Read(id, false)],
            _ => Vec::new(),
        }
    }

    /// Leaves, or asks what shall become of waiting mail.
    pub(super) fn leave(&mut self) -> Vec<Effect> {
        let mut effects = self.keep_open();
        if let Some((_, outgoing)) = &self.sending {
            let subject = clean(&outgoing.draft.subject).into_owned();
            self.say(
                Level::Warning,
                &format!("{subject:?} is just being queued; leave again in a moment"),
            );
        } else if self.world.snapshot.live.is_empty() {
            effects.push(Effect::Quit(Parting::Keep));
        } else {
            effects.extend(self.go(Place::Leave));
        }
        effects
    }
}

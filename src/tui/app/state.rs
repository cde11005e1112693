//! What the console is made of, and what is in front of it.

use std::rc::Rc;
use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::layout::{Rect, Size};

use crate::mail::clean::clean;
use crate::mail::clock::{Now, Tick};
use crate::mail::draft::Draft;
use crate::mail::entry::Route;
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::Snapshot;
use crate::mailer::probe::Knowledge;
use crate::tui::action::Context;
use crate::tui::effect::{Level, Outgoing, Place};
use crate::tui::frame::{Places, Root, elsewhere, spool_trouble, trouble};
use crate::tui::keymap::Keymap;
use crate::tui::screen::compose::Compose;
use crate::tui::screen::contract::Screen;
use crate::tui::screen::registry::Rooms;
use crate::tui::status::{Shown, lines};
use crate::tui::theme::Theme;
use crate::tui::world::{Account, Remark, World};

use super::minutes::Minutes;
use super::undo::Undo;

/// What the console is started with. None of it needs a file or a network.
#[derive(Debug)]
pub struct Start {
    /// The accounts, in the configuration's order; never empty.
    pub accounts: Vec<Account>,
    /// The account that new messages go through.
    pub default_account: Route,
    /// The person's time zone.
    pub zone: TimeZone,
    /// The keys.
    pub keymap: Keymap,
    /// The look.
    pub theme: Theme,
    /// The root screen to begin with.
    pub root: Root,
    /// What to say first.
    pub remark: Option<(Level, String)>,
    /// The screens that show the queue.
    pub rooms: Rooms,
    /// What is known of failures, where there are rules of the user's own.
    pub knowledge: Option<Arc<Knowledge>>,
}

/// A screen on top of a root, and which place it is.
pub(super) struct Over {
    pub(super) place: Place,
    pub(super) screen: Box<dyn Screen>,
}

/// How far the open draft is kept, by the revisions of Compose.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// What was handed to the disk last.
    pub(super) kept: u64,
    /// What was seen last.
    pub(super) seen: u64,
    /// Since when, and when last, there have been changes that are not kept.
    pub(super) touched: Option<(Tick, Tick)>,
    /// Whether something was written under the draft's key.
    pub(super) on_disk: bool,
}

/// The console.
pub struct App {
    pub(super) keymap: Rc<Keymap>,
    pub(super) theme: Theme,
    pub(super) world: World,
    pub(super) size: Size,
    pub(super) root: Root,
    pub(super) compose: Compose,
    pub(super) rooms: Rooms,
    pub(super) over: Vec<Over>,
    pub(super) undo: Undo,
    /// What is on its way into the queue, under which draft's key.
    pub(super) sending: Option<(String, Outgoing)>,
    /// Set while the console only waits for the queue to become empty.
    pub(super) parting: bool,
    /// The last key.
    pub(super) pressed: Tick,
    /// A remark that came while an error had to stay.
    pub(super) waiting: Option<Remark>,
    /// Whether somebody has gone on to another screen since the last remark.
    pub(super) passed: bool,
    pub(super) keeping: Keeping,
    pub(super) minute: Minutes,
    /// A message whose attempts are to be read again: there are some that another process has made.
    pub(super) behind: Option<EntryId>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl App {
    /// A console at this moment, with an empty queue until one is opened.
    pub fn new(start: Start, now: Now) -> Self {
        let keymap = Rc::new(start.keymap);
        let world = World {
            now,
            zone: start.zone,
            snapshot: Snapshot::default(),
            accounts: start.accounts,
            default_account: start.default_account,
            drafts: Vec::new(),
            kept: None,
            remark: None,
            read: None,
            earlier: None,
            sent_per_minute: Vec::new(),
            knowledge: start.knowledge,
        };
        let mut app = Self {
            compose: Compose::new(Rc::clone(&keymap)),
            keymap,
            theme: start.theme,
            world,
            size: Size::new(80, 24),
            root: start.root,
            rooms: start.rooms,
            over: Vec::new(),
            undo: Undo::default(),
            sending: None,
            parting: false,
            pressed: now.tick,
            waiting: None,
            passed: false,
            keeping: Keeping::default(),
            minute: Minutes::default(),
            behind: None,
        };
        let keys = Rc::clone(&app.keymap);
        app.rooms.probe.learn_keys(keys);
        if let Some((level, text)) = start.remark {
            app.say(level, &text);
        }
        app
    }

    /// The world as the screens see it.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The draft that is open, and its key.
    pub fn open_draft(&self) -> (String, Draft) {
        (self.compose.key().to_owned(), self.compose.draft())
    }

    /// The key of the draft that is open.
    pub fn open_key(&self) -> &str {
        self.compose.key()
    }

    /// The look, which also says whether colours may leave the program.
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Takes the accounts as the queue knows them.
    pub fn use_accounts(&mut self, accounts: Vec<Account>) {
        if !accounts.is_empty() {
            self.world.accounts = accounts;
        }
    }

    /// Takes the window's size.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
    }

    /// The parts of the key map that are in force.
    pub fn contexts(&self) -> &'static [Context] {
        self.front().contexts()
    }

    /// The screen in front.
    pub(super) fn front(&self) -> &dyn Screen {
        match (self.over.last(), self.root) {
            (Some(over), _) => &*over.screen,
            (None, Root::Compose) => &self.compose,
            (None, Root::Queue) => &self.rooms.queue,
            (None, Root::Done) => &self.rooms.done,
            (None, Root::Probe) => &self.rooms.probe,
        }
    }

    /// The screen in front and the world that it sees.
    pub(super) fn front_mut(&mut self) -> (&mut dyn Screen, &World) {
        let screen: &mut dyn Screen = match (self.over.last_mut(), self.root) {
            (Some(over), _) => &mut *over.screen,
            (None, Root::Compose) => &mut self.compose,
            (None, Root::Queue) => &mut self.rooms.queue,
            (None, Root::Done) => &mut self.rooms.done,
            (None, Root::Probe) => &mut self.rooms.probe,
        };
        (screen, &self.world)
    }

    /// Where the parts of the window are.
    pub(super) fn places(&self, area: Rect) -> Places {
        // The queue tells of it in its own header, with more words.
        let untold = match self.over.last() {
            None => self.root != Root::Queue,
            Some(over) => matches!(over.place, Place::Review(_)),
        };
        let host = untold && trouble(&self.world).is_some();
        let spool = spool_trouble(&self.world).or_else(|| elsewhere(&self.world));
        let remark = { self.world.remark.as_ref() }.filter(|_| self.shown() == Shown::News);
        let lines = remark.map_or(1, |remark| lines(remark, area.width, &self.theme));
        Places::of(area, host || spool.is_some(), lines)
    }

    /// The room that the screen in front has.
    pub(super) fn room(&self) -> Size {
        let window = Rect::new(0, 0, self.size.width, self.size.height);
        self.places(window).body.as_size()
    }

    /// Says a sentence. An error stays until the next key or ten seconds, and later good news waits for it.
    pub fn say(&mut self, level: Level, text: &str) {
        let remark = Remark {
            at: self.world.now,
            level,
            text: clean(text).into_owned(),
        };
        if self.error_stays() && level != Level::Error {
            self.waiting = Some(remark);
        } else {
            self.world.remark = Some(remark);
            self.passed = false;
        }
    }

    /// Whether a message is on its way into the queue.
    pub fn is_sending(&self) -> bool {
        self.sending.is_some()
    }
}

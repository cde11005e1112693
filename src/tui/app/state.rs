//! What the console is made of, and the way between its screens.

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
use crate::tui::effect::{Effect, Level, Outgoing, Parting, Place};
use crate::tui::frame::{Places, Root, elsewhere, spool_trouble, trouble};
use crate::tui::keymap::Keymap;
use crate::tui::screen::compose::Compose;
use crate::tui::screen::contract::Screen;
use crate::tui::screen::drafts::Drafts;
use crate::tui::screen::help::Help;
use crate::tui::screen::leave::Leave;
use crate::tui::screen::registry::{self, Rooms};
use crate::tui::screen::review::Review;
use crate::tui::theme::Theme;
use crate::tui::world::{Account, KeptDraft, Remark, World};

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
        Places::of(area, host || spool.is_some())
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

    /// Has a message read that lies in the spool and is to be shown.
    fn read_for(&self, id: EntryId) -> Vec<Effect> {
        let entry = self.world.snapshot.entry(id);
        match entry.map(|entry| self.world.whole(entry)) {
            Some(Err(_)) => vec![Effect::Read(id, false)],
            _ => Vec::new(),
        }
    }

    /// Whether a message is on its way into the queue.
    pub fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    /// What has to be done so that nothing that was typed is lost when the console ends now.
    pub fn keep_all(&mut self) -> Vec<Effect> {
        self.sending = None;
        self.keep_open()
    }

    fn show_root(&mut self, root: Root) -> Vec<Effect> {
        self.go_root(root);
        self.keep_open()
    }

    /// Keeps the open draft on disk, where it has changed since.
    pub(super) fn keep_open(&mut self) -> Vec<Effect> {
        self.keeping.touched = None;
        let revision = self.compose.revision();
        if revision == self.keeping.kept || self.sending.is_some() {
            return Vec::new();
        }
        self.keeping.kept = revision;
        let key = self.compose.key().to_owned();
        if self.compose.is_blank() {
            // What was kept before has been erased on purpose.
            let kept = self.world.kept.take().is_some();
            return if std::mem::take(&mut self.keeping.on_disk) || kept {
                vec![Effect::DropKept(key)]
            } else {
                Vec::new()
            };
        }
        self.keeping.on_disk = true;
        vec![Effect::KeepDraft(key, self.compose.draft())]
    }

    /// Opens a draft in Compose. What is open there is kept first, and stays in the list of drafts.
    pub(super) fn open(&mut self, key: Option<String>, draft: &Draft) -> Vec<Effect> {
        let mut effects = self.put_aside();
        effects.extend(self.compose.open(key, draft, &self.world));
        let revision = self.compose.revision();
        (self.keeping.kept, self.keeping.seen, self.world.kept) = (revision, revision, None);
        self.keeping.on_disk = false;
        self.go_root(Root::Compose);
        effects
    }

    /// An empty message through the account in use: whoever writes several rarely means another one each time.
    pub(super) fn blank(&self) -> Draft {
        Draft {
            account: self.compose.route().map(ToString::to_string),
            ..Draft::default()
        }
    }

    /// Keeps the open draft and puts it into the list.
    fn put_aside(&mut self) -> Vec<Effect> {
        if self.compose.is_blank() {
            return self.keep_open();
        }
        let (key, draft) = self.open_draft();
        self.keeping.kept = self.compose.revision();
        self.keeping.touched = None;
        let aside = KeptDraft {
            key: key.clone(),
            draft: draft.clone(),
            modified: self.world.now.wall,
        };
        self.world.drafts.retain(|kept| kept.key != key);
        self.world.drafts.insert(0, aside);
        vec![Effect::KeepDraft(key, draft)]
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

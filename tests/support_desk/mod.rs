//! A console without a terminal: keys go in by their names, frames and effects come out, and the time is moved by hand.
#![expect(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    reason = "made for tests, each of which uses another part and wants to fail loudly"
)]

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect, Size};
use turbomail::mail::clean::Clean;
use turbomail::mail::clock::{Clock, ManualClock};
use turbomail::mail::draft::Draft;
use turbomail::mail::entry::Entry;
use turbomail::mail::parcel::EntryId;
use turbomail::mail::snapshot::Snapshot;
use turbomail::tui::answer::Answer;
use turbomail::tui::app::{App, Start};
use turbomail::tui::effect::{Effect, Level};
use turbomail::tui::frame::Root;
use turbomail::tui::keymap::Keymap;
use turbomail::tui::screen::registry::Rooms;
use turbomail::tui::theme::{ASCII, Theme, UNICODE};
use turbomail::tui::world::{Account, KeptDraft};

/// The windows in which a picture of every screen is kept.
pub const SIZES: [(u16, u16); 7] = [
    (100, 30),
    (80, 24),
    (60, 16),
    (40, 10),
    (20, 5),
    (1, 1),
    (200, 60),
];

/// The console on a desk.
pub struct Desk {
    pub app: App,
    pub clock: ManualClock,
    pub size: Size,
}

/// An account behind a real smart host.
pub fn work() -> Account {
    Account {
        name: "acme".into(),
        from: "Billing <billing@acme.example>".into(),
        way: "relay.example.net:587 starttls".into(),
        leaves: true,
    }
}

/// The account of the first run.
pub fn debug() -> Account {
    Account {
        name: "debug".into(),
        from: String::new(),
        way: "debug".into(),
        leaves: false,
    }
}

pub fn colours() -> Theme {
    Theme {
        colour: true,
        glyphs: &UNICODE,
    }
}

pub fn plain() -> Theme {
    Theme {
        colour: false,
        glyphs: &ASCII,
    }
}

impl Desk {
    /// A console at 12:31:00 with these accounts, on Compose.
    pub fn with(accounts: Vec<Account>, theme: Theme, keymap: Keymap) -> Self {
        Self::on(accounts, theme, keymap, Rooms::default())
    }

    /// The same with these screens.
    pub fn on(accounts: Vec<Account>, theme: Theme, keymap: Keymap, rooms: Rooms) -> Self {
        let wall: Timestamp = "2026-11-21T12:31:00.25Z".parse().expect("a time");
        let clock = ManualClock::at(wall);
        // The monotonic clock has run for a while, as it has for anybody who types.
        clock.advance(Duration::from_mins(1));
        clock.set_wall(wall);
        let start = Start {
            knowledge: None,
            default_account: accounts[0].name.clone(),
            accounts,
            zone: TimeZone::UTC,
            keymap,
            theme,
            root: Root::Compose,
            remark: None,
            rooms,
        };
        let mut desk = Self {
            app: App::new(start, clock.now()),
            clock,
            size: Size::new(80, 24),
        };
        desk.frame();
        desk
    }

    pub fn new() -> Self {
        Self::with(vec![work()], colours(), Keymap::standard().expect("sound"))
    }

    /// Draws a frame, as the loop does after every batch of keys.
    pub fn frame(&mut self) -> (Buffer, Option<Position>) {
        let area = Rect::new(0, 0, self.size.width, self.size.height);
        let mut buf = Buffer::empty(area);
        let cursor = self.app.draw(area, &mut buf);
        (buf, cursor)
    }

    /// The frame as text, with `▏` where the cursor is.
    pub fn picture(&mut self, width: u16, height: u16) -> String {
        self.size = Size::new(width, height);
        let (buf, cursor) = self.frame();
        let mut picture = String::new();
        for y in 0..height {
            let mut line = String::new();
            let mut x = 0;
            while x < width {
                let symbol = buf[(x, y)].symbol();
                if cursor == Some(Position::new(x, y)) {
                    line.push_str(if symbol == " " { "▏" } else { "▕" });
                    if symbol == " " {
                        x += 1;
                        continue;
                    }
                }
                line.push_str(symbol);
                x += u16::try_from(unicode_width::UnicodeWidthStr::width(symbol).max(1))
                    .expect("small");
            }
            picture.push_str(line.trim_end());
            picture.push('\n');
        }
        picture
    }

    /// The frame in every size, each with the name that its picture is kept under.
    pub fn pictures(&mut self, name: &str) -> Vec<(String, String)> {
        let shoot = |(width, height)| {
            let picture = self.picture(width, height);
            (format!("{name}_{width}x{height}"), picture)
        };
        SIZES.map(shoot).into()
    }

    /// The status line.
    pub fn status(&mut self) -> String {
        // In a wide window it is one line, whatever it says.
        let size = self.size;
        let picture = self.picture(400, size.height);
        self.size = size;
        self.frame();
        let lines: Vec<&str> = picture.lines().collect();
        let from_below = if self.size.height >= 14 { 3 } else { 2 };
        lines[lines.len() - from_below].trim().to_owned()
    }

    /// Presses keys by their names, one after the other; returns all that is left for others to do.
    pub fn keys(&mut self, names: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for name in names.split(' ') {
            effects.extend(self.app.advance(self.clock.now()));
            effects.extend(self.app.press(key(name)));
        }
        self.frame();
        effects.extend(self.app.advance(self.clock.now()));
        effects
    }

    /// Types text, character by character.
    pub fn types(&mut self, text: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for c in text.chars() {
            let code = if c == '\n' {
                KeyCode::Enter
            } else {
                KeyCode::Char(c)
            };
            effects.extend(self.app.press(KeyEvent::new(code, KeyModifiers::NONE)));
        }
        self.frame();
        effects.extend(self.app.advance(self.clock.now()));
        effects
    }

    pub fn pastes(&mut self, text: &str) -> Vec<Effect> {
        let effects = self.app.paste(text);
        self.frame();
        self.app.advance(self.clock.now());
        effects
    }

    pub fn answers(&mut self, answer: Answer) -> Vec<Effect> {
        let effects = self.app.answer(answer);
        self.frame();
        effects
    }

    /// Moves the time on; returns what becomes due.
    pub fn later(&mut self, millis: u64) -> Vec<Effect> {
        self.clock.advance(Duration::from_millis(millis));
        self.app.advance(self.clock.now())
    }

    /// Tells how large the files are that the console asked about.
    pub fn sees_files(&mut self, effects: Vec<Effect>, size: u64) {
        for effect in effects {
            if let Effect::Attach(path) = effect {
                let (draft, _) = self.app.open_draft();
                self.answers(Answer::Attached(draft, path, Ok(size)));
            }
        }
    }

    /// A queue in which these wait.
    pub fn waiting(&mut self, entries: Vec<Entry>) {
        let live = entries
            .into_iter()
            .map(|entry| (entry.id, std::sync::Arc::new(entry)))
            .collect();
        self.app.refresh(Snapshot {
            number: 7,
            live,
            ..Snapshot::default()
        });
    }

    /// The message of the mock-ups, written by hand.
    pub fn writes_invoice(&mut self) {
        self.types("alice@example.com, bob@example.com");
        self.keys("tab");
        self.types("Invoice 1042");
        let asked = self.keys("ctrl-t");
        assert_eq!(asked, []);
        self.types("/home/me/invoice-1042.pdf");
        let asked = self.keys("enter");
        self.sees_files(asked, 46 * 1024);
        self.keys("ctrl-t");
        self.types("~/terms.txt");
        let asked = self.keys("enter");
        self.sees_files(asked, 2048);
        self.keys("tab tab");
        self.types("Hello all,\n\nPlease find invoice **1042** attached. Payment is due on *30 September*.\n\n- order   A-7781\n- amount  1 240.00 EUR\n\nRegards,\n\n--\nBilling, Acme");
    }

    /// What the open draft says.
    pub fn draft(&self) -> Draft {
        self.app.open_draft().1
    }

    pub fn key(&self) -> String {
        self.app.open_draft().0
    }
}

/// A key by the name that the key map file gives it.
pub fn key(name: &str) -> KeyEvent {
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
    }
    crokey::parse(name)
        .unwrap_or_else(|error| panic!("{error}"))
        .into()
}

pub fn said(level: Level, words: &str) -> Answer {
    Answer::Said(level, words.into())
}

pub fn kept(key: &str, subject: &str, minutes_ago: i64) -> KeptDraft {
    let now: Timestamp = "2026-11-21T12:31:00Z".parse().expect("a time");
    KeptDraft {
        key: key.into(),
        draft: Draft::new("", "dana@example.net", subject, "Hello Dana,\n"),
        modified: now - jiff::SignedDuration::from_mins(minutes_ago),
    }
}

pub fn clean(text: &str) -> Clean {
    Clean::new(text)
}

pub fn id() -> EntryId {
    EntryId(uuid::Uuid::from_u128(
        0x0192_0000_0000_0000_0000_0000_0000_1042,
    ))
}

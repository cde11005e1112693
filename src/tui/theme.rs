//! How things look: a style for each role, from the 16 ANSI colours only, and two sets of glyphs. Never colour alone.

use ratatui::style::{Color, Modifier, Style};

use crate::mail::entry::State;
use crate::mail::outcome::Status;

use super::effect::Level;

/// The look of the console.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Whether colours are used at all (`NO_COLOR`, `--color never`).
    pub colour: bool,
    /// The glyphs.
    pub glyphs: &'static Glyphs,
}

/// The signs that stand beside words.
#[derive(Debug)]
pub struct Glyphs {
    /// Waits for its first attempt.
    pub scheduled: &'static str,
    /// May be tried now.
    pub due: &'static str,
    /// On its way.
    pub sending: &'static str,
    /// Waits for another attempt.
    pub retry: &'static str,
    /// Held by hand.
    pub held: &'static str,
    /// Taken by the smart host.
    pub delivered: &'static str,
    /// Refused for good, or expired.
    pub failed: &'static str,
    /// Dropped by hand.
    pub dropped: &'static str,
    /// Nobody knows, or it differs.
    pub uncertain: &'static str,
    /// Before the selected line.
    pub cursor: &'static str,
    /// Between the parts of a screen.
    pub rule: &'static str,
    /// Where text was cut.
    pub ellipsis: &'static str,
    /// There is more below.
    pub below: &'static str,
    /// Between remarks.
    pub dot: &'static str,
    /// Between the places on the way.
    pub crumb: &'static str,
    /// The spent part of a bar.
    pub full: &'static str,
    /// The part of a bar that is left.
    pub empty: &'static str,
    /// Eight heights, lowest first.
    pub bars: [&'static str; 8],
    /// An attempt on the line of a message's life.
    pub tried: &'static str,
    /// Time that is still to come on that line.
    pub ahead: &'static str,
    /// Half a cell of the spent part of a bar.
    pub half: &'static str,
    /// Between the stages of a conversation.
    pub part: &'static str,
    /// Corners and sides of a popup: top left, top right, bottom left, bottom right, horizontal, vertical.
    pub frame: [&'static str; 6],
}

/// For terminals that know Unicode: every glyph is one cell wide and has no emoji form.
pub static UNICODE: Glyphs = Glyphs {
    scheduled: "·",
    due: "○",
    sending: "»",
    retry: "↻",
    held: "□",
    delivered: "✓",
    failed: "✗",
    dropped: "◌",
    uncertain: "?",
    cursor: "▸",
    rule: "─",
    ellipsis: "…",
    below: "↓",
    dot: "·",
    crumb: "›",
    full: "█",
    empty: "░",
    bars: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    tried: "×",
    ahead: "·",
    half: "▌",
    part: "▏",
    frame: ["┌", "┐", "└", "┘", "─", "│"],
};

/// For every other terminal.
pub static ASCII: Glyphs = Glyphs {
    scheduled: ".",
    due: "o",
    sending: ">",
    retry: "~",
    held: "=",
    delivered: "+",
    failed: "x",
    dropped: "-",
    uncertain: "?",
    cursor: ">",
    rule: "-",
    ellipsis: "~",
    below: "v",
    dot: "-",
    crumb: ">",
    full: "#",
    empty: ".",
    bars: ["_", "_", ".", ".", "-", "-", "=", "#"],
    tried: "x",
    ahead: ".",
    half: "#",
    part: "|",
    frame: ["+", "+", "+", "+", "-", "|"],
};

impl Theme {
    fn tinted(&self, colour: Color) -> Style {
        if self.colour {
            Style::new().fg(colour)
        } else {
            Style::new()
        }
    }

    /// Titles, the current tab.
    pub fn strong(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Labels, rules and what matters less; still readable everywhere, so never dark grey.
    pub fn quiet(&self) -> Style {
        self.tinted(Color::Cyan)
    }

    /// The line under the cursor.
    pub fn selected(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Keys in the key line and in the help.
    pub fn key(&self) -> Style {
        self.strong()
    }

    /// Something went well.
    pub fn good(&self) -> Style {
        self.tinted(Color::Green)
    }

    /// Something waits or wants attention.
    pub fn warning(&self) -> Style {
        self.tinted(Color::Magenta)
    }

    /// Something did not work.
    pub fn bad(&self) -> Style {
        self.tinted(Color::Red)
    }

    /// Something is going on now.
    pub fn active(&self) -> Style {
        self.tinted(Color::Blue).add_modifier(Modifier::BOLD)
    }

    /// What has passed.
    pub fn faded(&self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// A remark's style.
    pub fn level(&self, level: Level) -> Style {
        match level {
            Level::Info => Style::new(),
            Level::Warning => self.warning(),
            Level::Error => self.bad(),
        }
    }

    /// Glyph and style of an entry's state; the word is [`State::name`].
    pub fn state(&self, state: State) -> (&'static str, Style) {
        let glyphs = self.glyphs;
        match state {
            State::Scheduled => (glyphs.scheduled, Style::new()),
            State::Due => (glyphs.due, Style::new()),
            State::Sending => (glyphs.sending, self.active()),
            State::Retry => (glyphs.retry, self.warning()),
            State::Held => (glyphs.held, self.quiet()),
            State::Delivered => (glyphs.delivered, self.good()),
            State::Partial => (glyphs.uncertain, self.warning()),
            State::Failed | State::Expired => (glyphs.failed, self.bad()),
            State::Dropped => (glyphs.dropped, self.faded()),
        }
    }

    /// Glyph and style of a recipient's status; the word is [`Status::name`].
    pub fn status(&self, status: &Status) -> (&'static str, Style) {
        let glyphs = self.glyphs;
        match status {
            Status::Pending => (glyphs.scheduled, Style::new()),
            Status::Delivered(_) => (glyphs.delivered, self.good()),
            Status::Deferred(_) => (glyphs.retry, self.warning()),
            Status::Failed(_) | Status::Expired(_) => (glyphs.failed, self.bad()),
            Status::Uncertain(_) => (glyphs.uncertain, self.warning()),
        }
    }
}

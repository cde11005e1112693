//! What each screen must do: turn actions into effects, and draw itself from nothing but its state and the world.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect, Size};

use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Level};
use crate::tui::theme::Theme;
use crate::tui::world::World;

/// What a screen is drawn from, beside its own state.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The world.
    pub world: &'a World,
    /// The look.
    pub theme: &'a Theme,
}

/// The console's top line while a screen is in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// The root screens with the current one marked.
    Tabs,
    /// The way here, and a few words on the right.
    Crumbs(Vec<String>, String),
}

/// A screen. The console draws the top line, the status line and the key line; the screen has everything between.
pub trait Screen {
    /// The parts of the key map in which keys are looked up, the screen's own first. Where the first is one in which text is
    /// typed, [`Context::Everywhere`] is not searched for plain characters.
    fn contexts(&self) -> &'static [Context];

    /// The top line.
    fn head(&self, _world: &World) -> Head {
        Head::Tabs
    }

    /// What stands on the status line while there is nothing new to say.
    fn status(&self, _world: &World) -> Option<String> {
        None
    }

    /// Actions that would do nothing now: their keys are left out of the key line.
    fn idle(&self, _world: &World) -> Vec<Action> {
        Vec::new()
    }

    /// Does what a key means. `size` is the room that the screen has.
    fn act(&mut self, action: Action, world: &World, size: Size) -> Vec<Effect>;

    /// Takes a key that means nothing in the key map; where the screen takes text, this types it.
    fn typed(&mut self, _key: KeyEvent, _world: &World) -> Vec<Effect> {
        Vec::new()
    }

    /// Takes pasted text: cleaned of everything but line ends, which are `\n`.
    fn pasted(&mut self, _text: &str, _world: &World) -> Vec<Effect> {
        vec![Effect::Say(
            Level::Warning,
            "pasting works where text is typed; nothing was done".into(),
        )]
    }

    /// Follows the world before a frame: a row that has left moves the cursor on, a longer list scrolls.
    fn follow(&mut self, _world: &World, _size: Size) {}

    /// Draws the screen into its area; returns where the terminal's cursor belongs, if anywhere. Pure: no clock, no I/O.
    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position>;
}

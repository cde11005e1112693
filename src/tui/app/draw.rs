//! One frame: the screen in front, and the frame around it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::tui::action::Context;
use crate::tui::frame::Frame;
use crate::tui::screen::contract::{Screen, View};

use super::state::App;

impl App {
    /// Draws the console; returns where the terminal's cursor belongs, if anywhere.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer) -> Option<Position> {
        self.size = area.as_size();
        if area.is_empty() {
            return None;
        }
        let places = self.places(area);
        let room = places.body.as_size();
        // Compose learns its account also while another screen is in front.
        self.compose.follow(&self.world, room);
        let (screen, world) = self.front_mut();
        screen.follow(world, room);
        let view = View {
            world: &self.world,
            theme: &self.theme,
        };
        let front = self.front();
        let contexts: &[Context] = front.contexts();
        let frame = Frame {
            keymap: &self.keymap,
            contexts,
            head: front.head(&self.world),
            root: self.root,
            route: self.compose.route().unwrap_or(&self.world.default_account),
            status: front.status(&self.world),
            shown: self.shown(),
            idle: front.idle(&self.world),
        };
        frame.render(&places, buf, view);
        front.render(places.body, buf, view)
    }
}

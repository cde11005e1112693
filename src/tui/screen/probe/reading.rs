//! How what came of a run is read: scrolled, part by part, and copied.

use ratatui::layout::Size;

use crate::mailer::probe::words;
use crate::tui::effect::{Effect, Level};
use crate::tui::screen::contract::View;
use crate::tui::screen::queue::acts::warn;
use crate::tui::screen::queue::layout::whole;
use crate::tui::theme::{Theme, UNICODE};
use crate::tui::world::World;

use super::ladder::{Rung, rungs};
use super::page::Page;
use super::past::{Past, sentence};
use super::state::{Look, ProbeScreen};

/// A look for what is measured and copied, and not drawn.
const PLAIN: Theme = Theme {
    colour: false,
    glyphs: &UNICODE,
};

impl ProbeScreen {
    /// The room below the ladder and the page in it, as they are in a window of this size.
    fn measured(&self, world: &World, size: Size) -> Option<(u16, Page)> {
        let view = View {
            world,
            theme: &PLAIN,
        };
        let rest = self.parts(whole(size)).rest;
        let (ladder, page, area) = self.laid_out(rest, view)?;
        let lines = u16::try_from(ladder.len()).unwrap_or(u16::MAX);
        Some((area.height.saturating_sub(lines), page))
    }

    /// The furthest that the page can be scrolled.
    pub(super) fn furthest(&self, world: &World, size: Size) -> usize {
        self.measured(world, size).map_or(0, |(height, page)| {
            page.rows.len().saturating_sub(usize::from(height))
        })
    }

    /// Scrolls to the next part of the page, and from the last to the first.
    pub(super) fn next_section(&mut self, world: &World, size: Size) {
        let Some((height, page)) = self.measured(world, size) else {
            return;
        };
        let most = page.rows.len().saturating_sub(usize::from(height));
        let next = { page.sections().into_iter() }.find(|at| *at > self.scroll);
        self.scroll = match next {
            Some(_) if self.scroll >= most => 0,
            Some(at) => at.min(most),
            None => 0,
        };
    }

    /// Copies the headline, or all that is shown.
    pub(super) fn copied(&self, all: bool, world: &World, size: Size) -> Vec<Effect> {
        if self.look == Look::Ports {
            return vec![Effect::Copy(self.ports.text())];
        }
        let Some(((_, page), past)) = self.measured(world, size).zip(self.runs.past()) else {
            return warn("there is nothing to copy yet");
        };
        if !all {
            let words = match past {
                Past::Here(run) => words::sentence(&run.walk),
                Past::Kept(record) => sentence(record),
            };
            return vec![Effect::Copy(words)];
        }
        let ladder = rungs(&past.checks(), &PLAIN);
        let line = |rung: &Rung| {
            let Rung {
                glyph,
                names,
                detail,
                took,
                ..
            } = rung;
            format!("{glyph} {names:<9} {detail}  {took}\n")
        };
        let ladder: String = ladder.iter().map(line).collect();
        vec![
            Effect::Copy(ladder + &page.text()),
            Effect::Say(Level::Info, "copied the whole probe".into()),
        ]
    }
}

//! What was said on a walk, as it is said: drawn and moved in like an attempt's conversation.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect, Size};

use crate::mail::parcel::EntryId;
use crate::mail::transcript::{Line, Transcript};
use crate::tui::action::{Action, Context};
use crate::tui::effect::Effect;
use crate::tui::screen::contract::{Head, Screen, View};
use crate::tui::screen::queue::header::empty;
use crate::tui::screen::queue::layout::whole;
use crate::tui::widget::fold::fold;
use crate::tui::world::World;

use super::state::TranscriptScreen;

/// The screen of a walk's conversation.
#[derive(Clone, Debug)]
pub struct Conversation {
    transcript: Transcript,
    title: String,
    /// Where in it, and how it is shown.
    place: TranscriptScreen,
}

impl Conversation {
    /// What is said here, below these words.
    pub fn new(transcript: Transcript, title: String) -> Self {
        // It belongs to no message: nothing is ever looked up by this.
        let nobody = EntryId(uuid::Uuid::nil());
        Self {
            transcript,
            title,
            place: TranscriptScreen::new(nobody, None),
        }
    }

    fn lines(&self) -> Vec<Line> {
        self.transcript.lines()
    }
}

impl Screen for Conversation {
    fn contexts(&self) -> &'static [Context] {
        if self.place.ask.is_some() {
            &[Context::Prompt]
        } else {
            &[Context::Conversation, Context::List]
        }
    }

    fn head(&self, _world: &World) -> Head {
        let crumbs = vec!["Probe".into(), self.title.clone(), "conversation".into()];
        Head::Crumbs(crumbs, "passwords are never shown".into())
    }

    fn status(&self, _world: &World) -> Option<String> {
        Some(match self.transcript.count() {
            1 => "1 line".to_owned(),
            count => format!("{count} lines"),
        })
    }

    fn act(&mut self, action: Action, world: &World, size: Size) -> Vec<Effect> {
        self.follow(world, size);
        let lines = self.lines();
        let effects = self.place.act_on(action, &lines, size);
        self.follow(world, size);
        effects
    }

    fn typed(&mut self, key: KeyEvent, world: &World) -> Vec<Effect> {
        self.place.typed(key, world)
    }

    fn pasted(&mut self, text: &str, world: &World) -> Vec<Effect> {
        self.place.pasted(text, world)
    }

    fn follow(&mut self, _world: &World, size: Size) {
        let lines = self.lines();
        let items = fold(&lines, &self.place.unfolded);
        if self.place.follow {
            self.place.cursor = items.len().saturating_sub(1);
        }
        let area = self.place.without_words(whole(size));
        self.place.settle(&items, &lines, area.0);
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let area = area.intersection(buf.area);
        let lines = self.lines();
        if lines.is_empty() {
            let words = "Nothing was said yet.".to_owned();
            empty(buf, area, &[words], view.theme);
        }
        let (body, ask) = self.place.without_words(area);
        self.place.draw_lines(buf, body, &lines, view);
        self.place.ask.as_ref()?.render(ask, buf, view.theme)
    }
}

//! The screen of one message, live or done.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use crate::mail::entry::{Entry, State};
use crate::mail::parcel::EntryId;
use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Place};
use crate::tui::screen::contract::{Head, Screen, View};
use crate::tui::screen::queue::acts::{idle, on_entry, on_queue, warn};
use crate::tui::screen::queue::header::empty;
use crate::tui::screen::queue::layout::whole;
use crate::tui::screen::queue::row::{subject, wait};
use crate::tui::theme::{Theme, UNICODE};
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, put, right_of, row, top};
use crate::tui::widget::time::{age, countdown};
use crate::tui::world::World;

use super::content::{Part, lines};
use super::sections::{self, Sections};

/// The screen of one message.
#[derive(Clone, Debug)]
pub struct DetailScreen {
    id: EntryId,
    /// The selected attempt; the latest where none was chosen.
    attempt: Option<u32>,
    part: Option<Part>,
    scroll: usize,
}

impl DetailScreen {
    /// The screen of this message.
    pub const fn new(id: EntryId) -> Self {
        Self {
            id,
            attempt: None,
            part: None,
            scroll: 0,
        }
    }

    /// The message it shows.
    pub const fn id(&self) -> EntryId {
        self.id
    }

    /// What the lower part shows: where no recipients have room above, they come first.
    fn part(&self, sections: &Sections) -> Part {
        self.part.unwrap_or(if sections.recipients.is_empty() {
            Part::Recipients
        } else {
            Part::Text
        })
    }

    fn number(&self, entry: &Entry) -> u32 {
        let latest = entry.attempts.last().map_or(0, |attempt| attempt.number);
        let first = entry.attempts.first().map_or(0, |attempt| attempt.number);
        self.attempt
            .map_or(latest, |number| number.clamp(first, latest))
    }

    /// Selects a later (or, downwards on the screen, an earlier) attempt. The latest is followed again once it is reached.
    fn choose(&mut self, entry: &Entry, number: u32) {
        let latest = entry.attempts.last().map_or(0, |attempt| attempt.number);
        let first = entry.attempts.first().map_or(0, |attempt| attempt.number);
        let number = number.clamp(first, latest);
        self.attempt = (number != latest).then_some(number);
    }

    fn columns(area: Rect) -> usize {
        usize::from(area.width.saturating_sub(4)).max(1)
    }

    /// Keeps the scroll within the lower part's lines.
    fn bound(&mut self, entry: &Entry, world: &World, size: Size) {
        if self.scroll == 0 {
            return;
        }
        let sections = Sections::new(whole(size), entry);
        let room = usize::from(sections.content.height.saturating_sub(1)).max(1);
        let theme = Theme {
            colour: false,
            glyphs: &UNICODE,
        };
        let view = View {
            world,
            theme: &theme,
        };
        let columns = Self::columns(sections.content);
        let wanted = self.scroll.saturating_add(room);
        let all = lines(self.part(&sections), entry, columns, view)
            .take(wanted)
            .count();
        self.scroll = self.scroll.min(all.saturating_sub(room));
    }

    fn open(&self, entry: &Entry) -> Vec<Effect> {
        if entry.attempts.is_empty() {
            return warn("nothing was said to the server yet: this message was not tried");
        }
        let number = self.number(entry);
        vec![Effect::Go(Place::Transcript(self.id, Some(number)))]
    }

    fn content(&self, buf: &mut Buffer, sections: &Sections, entry: &Entry, view: View<'_>) {
        let area = sections.content;
        let shown = self.part(sections);
        let names: Vec<String> = Part::ALL
            .iter()
            .map(|part| {
                if *part == shown {
                    part.name().to_uppercase()
                } else {
                    part.name().to_owned()
                }
            })
            .collect();
        let dot = format!(" {} ", view.theme.glyphs.dot);
        let title = if area.width >= 60 {
            "message"
        } else {
            shown.name()
        };
        rule(buf, top(area, 1), title, &names.join(&dot), view.theme);
        let inner = below(area, 1);
        let room = usize::from(inner.height);
        let lines = lines(shown, entry, Self::columns(area), view);
        for (n, line) in lines.skip(self.scroll).take(room).enumerate() {
            put(buf, right_of(row(inner, n), 2), &line, Style::new(), "");
        }
    }
}

impl Screen for DetailScreen {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Detail, Context::List]
    }

    fn head(&self, world: &World) -> Head {
        let Some(entry) = world.snapshot.entry(self.id) else {
            return Head::Crumbs(vec!["Queue".into()], String::new());
        };
        let root = if entry.end.is_some() { "Done" } else { "Queue" };
        let state = entry.state(world.now);
        let mut words = state.name().to_owned();
        if matches!(state, State::Scheduled | State::Retry)
            && let Some(wait) = wait(entry, world)
        {
            words = format!("{state} in {}", countdown(wait));
        }
        if entry.end.is_none() && entry.held.is_none() {
            let left = entry.life_left(world.now);
            words = format!("{words}, expires in {}", age(left));
        }
        Head::Crumbs(vec![root.into(), subject(entry).into()], words)
    }

    fn idle(&self, world: &World) -> Vec<Action> {
        let entry = world.snapshot.entry(self.id);
        let mut idle = idle(entry.map(|entry| &**entry));
        if entry.is_some_and(|entry| entry.attempts.is_empty()) {
            idle.push(Action::Open);
        }
        idle
    }

    fn act(&mut self, action: Action, world: &World, size: Size) -> Vec<Effect> {
        if action == Action::Back {
            return vec![Effect::Close];
        }
        let Some(entry) = world.snapshot.entry(self.id).cloned() else {
            return warn("this message is no longer kept");
        };
        let number = self.number(&entry);
        let half = usize::from(size.height / 4).max(1);
        match action {
            Action::Up | Action::NextAttempt => self.choose(&entry, number.saturating_add(1)),
            Action::Down | Action::PrevAttempt => self.choose(&entry, number.saturating_sub(1)),
            Action::First => self.choose(&entry, u32::MAX),
            Action::Last => self.choose(&entry, 0),
            Action::PageUp => self.scroll = self.scroll.saturating_sub(half),
            Action::PageDown => self.scroll = self.scroll.saturating_add(half),
            Action::View => {
                let sections = Sections::new(whole(size), &entry);
                self.part = Some(self.part(&sections).next());
                self.scroll = 0;
            }
            Action::Open | Action::Transcript => return self.open(&entry),
            _ => {
                return on_entry(action, &entry, world)
                    .or_else(|| on_queue(action, world))
                    .unwrap_or_default();
            }
        }
        self.bound(&entry, world, size);
        Vec::new()
    }

    fn follow(&mut self, world: &World, size: Size) {
        if let Some(entry) = world.snapshot.entry(self.id).cloned() {
            self.bound(&entry, world, size);
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let area = area.intersection(buf.area);
        let Some(entry) = view.world.snapshot.entry(self.id) else {
            let words = [
                "This message is no longer kept.".to_owned(),
                "Only the latest that have left the queue are.".to_owned(),
            ];
            empty(buf, area, &words, view.theme);
            return None;
        };
        let parts = Sections::new(area, entry);
        sections::header(buf, parts.header, entry, view);
        sections::life(buf, parts.life, entry, view);
        if !parts.recipients.is_empty() {
            sections::recipients(buf, parts.recipients, entry, view);
        }
        if !parts.meaning.is_empty() {
            sections::meaning(buf, parts.meaning, entry, view);
        }
        if !parts.attempts.is_empty() {
            sections::attempts(buf, parts.attempts, entry, self.number(entry), view);
        }
        if !parts.content.is_empty() {
            self.content(buf, &parts, entry, view);
        }
        if !parts.log.is_empty() {
            sections::log(buf, parts.log, entry, view);
        }
        None
    }
}

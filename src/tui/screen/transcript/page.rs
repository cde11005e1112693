//! The screen of one attempt's conversation.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect, Size};

use crate::mail::transcript::{By, Line};
use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Level};
use crate::tui::screen::contract::{Head, Screen, View};
use crate::tui::screen::detail::attempts::peer;
use crate::tui::screen::queue::acts::{idle, on_entry, warn};
use crate::tui::screen::queue::header::empty;
use crate::tui::screen::queue::layout::whole;
use crate::tui::screen::queue::row::subject;
use crate::tui::theme::{Theme, UNICODE};
use crate::tui::widget::ask::{Answer, Ask};
use crate::tui::widget::fold::{Item, fold};
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, put_all, top};
use crate::tui::widget::time::{elapsed, took};
use crate::tui::world::World;

use super::draw::{sentences, wrapped};
use super::lines::plain;
use super::state::TranscriptScreen;
use super::summary::summary;
use super::timing;

/// Where the parts of the screen stand.
struct Parts {
    timing: Rect,
    rule: Rect,
    lines: Rect,
    ask: Rect,
    summary: Rect,
}

impl TranscriptScreen {
    /// Divides an area; `sentences` is the number of lines that the summary takes.
    fn parts(&self, area: Rect, sentences: usize) -> Parts {
        let sentences = u16::try_from(sentences).unwrap_or(u16::MAX);
        let (timing, ruled, summary) = match area.height {
            16.. => (1, 1, sentences.saturating_add(1).min(area.height / 3)),
            12.. => (1, 1, sentences.min(3)),
            8.. => (1, 1, 1),
            5.. => (0, 0, 1),
            _ => (0, 0, 0),
        };
        let ask = u16::from(self.ask.is_some() && area.height > 1);
        let mut rest = area;
        let mut take = |lines: u16| {
            let part = top(rest, lines);
            rest = below(rest, part.height);
            part
        };
        let (timing, rule) = (take(timing), take(ruled));
        let lines = take(
            area.height
                .saturating_sub(timing.height + rule.height + ask + summary),
        );
        Parts {
            timing,
            rule,
            lines,
            ask: take(ask),
            summary: take(summary),
        }
    }

    /// The lines and the question alone, where there is nothing to be said of the whole.
    pub(super) fn without_words(&self, area: Rect) -> (Rect, Rect) {
        let ask = u16::from(self.ask.is_some() && area.height > 1);
        let lines = top(area, area.height - ask);
        (lines, below(area, lines.height))
    }

    /// Does what concerns the lines alone: moving, finding, folding, copying, and going back.
    pub(super) fn act_on(&mut self, action: Action, lines: &[Line], size: Size) -> Vec<Effect> {
        self.fresh = false;
        let items = fold(lines, &self.unfolded);
        if let Some(effects) = self.answer(action, lines, &items) {
            return effects;
        }
        match (action, rows(action, size, items.len())) {
            (Action::Back, _) => vec![Effect::Close],
            (_, 0) => self.on_lines(action, lines, &items).unwrap_or_default(),
            (_, rows) => {
                self.step(rows, items.len());
                Vec::new()
            }
        }
    }

    /// Keeps the cursor on a line and the line in sight.
    pub(super) fn settle(&mut self, items: &[Item], lines: &[Line], area: Rect) {
        let last = items.len().saturating_sub(1);
        self.cursor = self.cursor.min(last);
        self.top = self.top.min(self.cursor);
        let room = usize::from(area.height).max(1);
        let mut used = 0;
        for index in (self.top..=self.cursor).rev() {
            let taken = items
                .get(index)
                .map_or(1, |item| self.lines_of(item, lines, area).len());
            if used + taken > room && index != self.cursor {
                self.top = index + 1;
                return;
            }
            used += taken;
        }
        if !self.wrap {
            self.top = self.top.min(items.len().saturating_sub(room));
        }
    }

    /// Does what concerns the question for words; `None` where it is not open or the action is no part of it.
    fn answer(&mut self, action: Action, lines: &[Line], items: &[Item]) -> Option<Vec<Effect>> {
        let ask = self.ask.as_mut()?;
        match ask.act(action) {
            Answer::Going => Some(Vec::new()),
            Answer::Cancelled => {
                self.ask = None;
                Some(Vec::new())
            }
            Answer::Accepted => {
                self.words = ask.words().to_owned();
                self.ask = None;
                Some(self.find(lines, items, true, true))
            }
            Answer::NotMine => None,
        }
    }

    fn other(
        &mut self,
        action: Action,
        world: &World,
        lines: &[Line],
        items: &[Item],
    ) -> Vec<Effect> {
        if let Some(effects) = self.on_lines(action, lines, items) {
            return effects;
        }
        let entry = world.snapshot.entry(self.id);
        let effects = entry.and_then(|entry| on_entry(action, entry, world));
        effects.unwrap_or_default()
    }

    /// What concerns the lines alone; `None` where the action is about something else.
    fn on_lines(&mut self, action: Action, lines: &[Line], items: &[Item]) -> Option<Vec<Effect>> {
        match action {
            Action::Unfold | Action::Open => self.toggle(items),
            Action::Follow => {
                self.follow = !self.follow;
                let words = if self.follow {
                    "following"
                } else {
                    "not following"
                };
                return Some(vec![Effect::Say(Level::Info, words.into())]);
            }
            Action::Wrap => self.wrap = !self.wrap,
            Action::Find | Action::Filter => self.ask = Some(Ask::new("find", "")),
            Action::NextMatch => return Some(self.find(lines, items, true, false)),
            Action::PrevMatch => return Some(self.find(lines, items, false, false)),
            Action::Copy => return Some(self.copy(lines, items)),
            Action::CopyAll => return Some(vec![Effect::Copy(plain(lines))]),
            Action::Transcript => {}
            _ => return None,
        }
        Some(Vec::new())
    }
}

/// How far an action moves, in lines; nothing where it is about something else.
fn rows(action: Action, size: Size, count: usize) -> isize {
    let half = isize::try_from(size.height / 2).unwrap_or(1).max(1);
    let all = isize::try_from(count).unwrap_or(isize::MAX);
    match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp => -half,
        Action::PageDown => half,
        Action::First => -all,
        Action::Last => all,
        _ => 0,
    }
}

/// The first line with which the server refuses something, else the first of all.
fn first_refusal(items: &[Item], lines: &[Line]) -> usize {
    let refusal = |item: &Item| {
        let line = lines.get(item.line);
        line.is_some_and(|line| line.by == By::Server && line.text.starts_with(['4', '5']))
    };
    items.iter().position(refusal).unwrap_or(0)
}

impl Screen for TranscriptScreen {
    fn contexts(&self) -> &'static [Context] {
        if self.ask.is_some() {
            &[Context::Prompt]
        } else {
            &[Context::Transcript, Context::List]
        }
    }

    fn head(&self, world: &World) -> Head {
        let Some(entry) = world.snapshot.entry(self.id) else {
            return Head::Crumbs(vec!["Queue".into()], String::new());
        };
        let root = if entry.end.is_some() { "Done" } else { "Queue" };
        let mut crumbs = vec![root.to_owned(), subject(entry).to_owned()];
        let Some(attempt) = self.shown(entry) else {
            return Head::Crumbs(crumbs, "not tried yet".into());
        };
        let latest = entry.attempts.last().map_or(0, |last| last.number);
        crumbs.push(format!("attempt {} of {latest}", attempt.number));
        let words = attempt.end.as_ref().map_or_else(
            || {
                let spent = world.now.tick.since(attempt.started.tick);
                format!("running for {}", elapsed(spent))
            },
            |end| format!("{}, {}", peer(&end.connection, true), took(end.took)),
        );
        Head::Crumbs(crumbs, words)
    }

    fn idle(&self, world: &World) -> Vec<Action> {
        let entry = world.snapshot.entry(self.id);
        let mut idle = idle(entry.map(|entry| &**entry));
        idle.retain(|action| *action == Action::RetryNow);
        if entry.is_none_or(|entry| entry.attempts.len() < 2) {
            idle.extend([Action::PrevAttempt, Action::NextAttempt]);
        }
        if entry.is_none_or(|entry| entry.running().is_none()) {
            idle.push(Action::Follow);
        }
        idle
    }

    fn act(&mut self, action: Action, world: &World, size: Size) -> Vec<Effect> {
        self.follow(world, size);
        self.fresh = false;
        let entry = world.snapshot.entry(self.id).cloned();
        let lines = entry
            .as_ref()
            .and_then(|entry| self.shown(entry))
            .map(|attempt| attempt.transcript.lines())
            .unwrap_or_default();
        let items = fold(&lines, &self.unfolded);
        let effects = match (self.answer(action, &lines, &items), action) {
            (Some(effects), _) => effects,
            (None, Action::Back) => return vec![Effect::Close],
            (None, Action::PrevAttempt | Action::NextAttempt) => match &entry {
                Some(entry) => self.turn(entry, action == Action::NextAttempt),
                None => Vec::new(),
            },
            (None, _) => {
                let rows = rows(action, size, items.len());
                if rows == 0 {
                    self.other(action, world, &lines, &items)
                } else {
                    self.step(rows, items.len());
                    Vec::new()
                }
            }
        };
        self.follow(world, size);
        effects
    }

    fn typed(&mut self, key: KeyEvent, _world: &World) -> Vec<Effect> {
        if let Some(ask) = &mut self.ask {
            ask.typed(key);
        }
        Vec::new()
    }

    fn pasted(&mut self, text: &str, _world: &World) -> Vec<Effect> {
        let Some(ask) = &mut self.ask else {
            return warn("pasting works where text is typed; nothing was done");
        };
        ask.pasted(text);
        Vec::new()
    }

    fn follow(&mut self, world: &World, size: Size) {
        let entry = world.snapshot.entry(self.id);
        let Some((entry, attempt)) = entry.and_then(|entry| Some((entry, self.shown(entry)?)))
        else {
            return;
        };
        let theme = Theme {
            colour: false,
            glyphs: &UNICODE,
        };
        let view = View {
            world,
            theme: &theme,
        };
        let (text, _) = summary(entry, attempt, view);
        let sentences = wrapped(&text, whole(size)).len();
        let area = self.parts(whole(size), sentences).lines;
        self.fresh &= attempt.end.is_some() || self.cursor == 0;
        let lines = attempt.transcript.lines();
        let items = fold(&lines, &self.unfolded);
        let is_running = attempt.end.is_none();
        // The end is what was waited for, so that it is gone to as well.
        let has_ended = !is_running && self.watched == Some(attempt.number);
        self.watched = is_running.then_some(attempt.number);
        if self.follow && (is_running || has_ended) {
            let refusal = first_refusal(&items, &lines);
            self.cursor = if has_ended && refusal > 0 {
                refusal
            } else {
                items.len().saturating_sub(1)
            };
        } else if self.fresh {
            self.cursor = first_refusal(&items, &lines);
            self.top = self.cursor.saturating_sub(usize::from(area.height) * 2 / 3);
        }
        self.settle(&items, &lines, area);
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let area = area.intersection(buf.area);
        let entry = view.world.snapshot.entry(self.id);
        let shown = entry.and_then(|entry| Some((entry, self.shown(entry)?)));
        let Some((entry, attempt)) = shown else {
            let words = if entry.is_some() {
                "Nothing was said yet: this message was not tried."
            } else {
                "This message is no longer kept."
            };
            empty(buf, area, &[words.to_owned()], view.theme);
            return None;
        };
        let (text, style) = summary(entry, attempt, view);
        let parts = self.parts(area, wrapped(&text, area).len());
        let timing = timing::line(attempt, usize::from(area.width), view);
        put_all(buf, parts.timing, &timing, view.theme.glyphs.ellipsis);
        rule(buf, parts.rule, "", "", view.theme);
        let lines = attempt.transcript.lines();
        self.draw_lines(buf, parts.lines, &lines, view);
        sentences(buf, parts.summary, &text, style, view);
        let ask = self.ask.as_ref()?;
        ask.render(parts.ask, buf, view.theme)
    }
}

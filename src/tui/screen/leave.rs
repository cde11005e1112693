//! The question before leaving: how much mail still waits, and what shall become of it.

use std::rc::Rc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use crate::mail::clean::clean;
use crate::mail::entry::{Entry, State};
use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Parting};
use crate::tui::keymap::Keymap;
use crate::tui::theme::{ASCII, Theme};
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, pad, put, put_all, right_of, row, wrap};
use crate::tui::widget::time::countdown;
use crate::tui::world::World;

use super::contract::{Head, Screen, View};

/// The question before leaving.
#[derive(Debug)]
pub struct Leave {
    keymap: Rc<Keymap>,
    /// Whether leaving was already decided, as soon as everything is settled.
    waiting: bool,
    scroll: usize,
}

impl Leave {
    /// The question.
    pub fn new(keymap: Rc<Keymap>) -> Self {
        Self {
            keymap,
            waiting: false,
            scroll: 0,
        }
    }

    /// What is so, in one or two sentences.
    fn words(&self, world: &World) -> String {
        let count = world.snapshot.live.len();
        if count == 0 {
            return "Everything is settled by now; nothing waits any more.".into();
        }
        let many = count != 1;
        let messages = if many {
            format!("{count} messages are")
        } else {
            "1 message is".into()
        };
        let still = world
            .snapshot
            .live
            .values()
            .filter(|entry| entry.held.is_some())
            .count();
        let keeps = if many {
            "The spool keeps what waits and sends it at the next start."
        } else {
            "The spool keeps it and sends it at the next start."
        };
        let words = match (self.waiting, in_memory(world)) {
            (true, _) => {
                format!("Leaving as soon as everything is settled: {messages} still waiting.")
            }
            (false, 0) => format!("{messages} still waiting. {keeps}"),
            (false, all) if all == count => {
                format!("{messages} still waiting, and the queue is only in memory.")
            }
            (false, some) => format!(
                "{messages} still waiting, {some} of them only in memory; the spool keeps the others."
            ),
        };
        let held = match still {
            0 => String::new(),
            1 if !many => " It is held; that does not end by waiting.".into(),
            1 => " 1 of them is held; that does not end by waiting.".into(),
            many => format!(" {many} of them are held; that does not end by waiting."),
        };
        let paused = world
            .snapshot
            .paused
            .map_or("", |_| " The queue is paused.");
        words + &held + paused
    }

    fn choices(&self, world: &World) -> Vec<(Action, &'static str)> {
        let mut choices = Vec::new();
        if world.snapshot.live.is_empty() {
            return vec![(Action::KeepAndLeave, "leave"), (Action::Back, "stay")];
        }
        let is_one = world.snapshot.live.len() == 1;
        let say = |one, many| if is_one { one } else { many };
        if !self.waiting {
            let words = say(
                "wait until it is done, then leave",
                "wait until they are done, then leave",
            );
            choices.push((Action::Wait, words));
        }
        if in_memory(world) == 0 {
            let words = say(
                "leave now; the spool keeps it",
                "leave now; the spool keeps them",
            );
            choices.push((Action::KeepAndLeave, words));
        } else {
            let words = say(
                "save it as a draft and leave",
                "save them as drafts and leave",
            );
            choices.push((Action::KeepAndLeave, words));
            let words = say("leave and lose it", "leave and lose them");
            choices.push((Action::LoseAndLeave, words));
        }
        choices.push((Action::Back, "stay"));
        choices
    }

    /// In a small window the keys are worth more than the words.
    fn draw_small(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let mut words = vec![format!("{} waiting:", view.world.snapshot.live.len())];
        let ascii = std::ptr::eq(view.theme.glyphs, &raw const ASCII);
        for (action, _) in self.choices(view.world) {
            let key = self
                .keymap
                .key(self.contexts(), action, ascii)
                .unwrap_or_default();
            let word = action.hint().split(' ').next().unwrap_or_default();
            words.push(format!("{key} {word}"));
        }
        let lines = wrap(&words.join(" "), usize::from(area.width.saturating_sub(1)));
        for (n, line) in lines.iter().enumerate() {
            put(
                buf,
                right_of(row(area, n), 1),
                line,
                view.theme.strong(),
                "",
            );
        }
    }

    fn draw_entry(area: Rect, buf: &mut Buffer, entry: &Entry, world: &World, theme: &Theme) {
        let state = entry.state(world.now);
        let (sign, style) = theme.state(state);
        let when = match state {
            State::Retry | State::Scheduled => format!("in {}", countdown(entry.wait(world.now))),
            other => other.name().to_owned(),
        };
        let columns = usize::from(area.width);
        let first = entry
            .recipients
            .first()
            .map_or("", |recipient| recipient.address.as_str());
        let more = entry.recipients.len().saturating_sub(1);
        let to = if more > 0 {
            format!("{} +{more}", clean(first))
        } else {
            clean(first).into_owned()
        };
        let subject = columns.saturating_sub(16) / 2;
        let ellipsis = theme.glyphs.ellipsis;
        let words = format!(
            " {}{}  {}",
            pad(&entry.message.subject, subject, ellipsis, false),
            pad(&when, 11, "", true),
            to
        );
        put_all(
            buf,
            right_of(area, 2),
            &[(sign, style), (words.as_str(), Style::new())],
            ellipsis,
        );
    }
}

/// How many messages would be gone with the program.
fn in_memory(world: &World) -> usize {
    let live = world.snapshot.live.values();
    live.filter(|entry| !entry.is_spooled()).count()
}

impl Screen for Leave {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Leave]
    }

    fn head(&self, _world: &World) -> Head {
        Head::Crumbs(vec!["Leave".into()], String::new())
    }

    fn idle(&self, world: &World) -> Vec<Action> {
        let choices = self.choices(world);
        let all = [Action::Wait, Action::KeepAndLeave, Action::LoseAndLeave];
        let is_offered = |action: &Action| choices.iter().any(|(one, _)| one == action);
        let mut idle: Vec<Action> = all.into_iter().filter(|one| !is_offered(one)).collect();
        if in_memory(world) == 0 {
            // The key line's word for it is about drafts.
            idle.push(Action::KeepAndLeave);
        }
        idle
    }

    fn act(&mut self, action: Action, world: &World, _size: Size) -> Vec<Effect> {
        match action {
            Action::Wait => {
                self.waiting = true;
                return vec![Effect::Quit(Parting::Wait)];
            }
            Action::KeepAndLeave => return vec![Effect::Quit(Parting::Keep)],
            Action::LoseAndLeave if in_memory(world) > 0 => {
                return vec![Effect::Quit(Parting::Lose)];
            }
            Action::Back => return vec![Effect::Close],
            Action::Down => {
                self.scroll = (self.scroll + 1).min(world.snapshot.live.len().saturating_sub(1));
            }
            Action::Up => self.scroll = self.scroll.saturating_sub(1),
            _ => {}
        }
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let (world, theme) = (view.world, view.theme);
        let mut area = area;
        if area.height < 7 {
            self.draw_small(area, buf, view);
            return None;
        }
        let words = wrap(
            &self.words(world),
            usize::from(area.width.saturating_sub(2)),
        );
        for line in &words {
            put(buf, right_of(row(area, 0), 1), line, theme.strong(), "");
            area = below(area, 1);
        }
        area = below(area, u16::from(area.height >= 8));
        let ascii = std::ptr::eq(theme.glyphs, &raw const ASCII);
        for (action, words) in self.choices(world) {
            let key = self
                .keymap
                .key(self.contexts(), action, ascii)
                .unwrap_or_default();
            let pieces = [
                (pad(&key, 5, "", false), theme.key()),
                (words.to_owned(), Style::new()),
            ];
            put_all(
                buf,
                right_of(row(area, 0), 2),
                &pieces,
                theme.glyphs.ellipsis,
            );
            area = below(area, 1);
        }
        if area.height < 3 {
            return None;
        }
        area = below(area, 1);
        rule(buf, area, "still waiting", "", theme);
        area = below(area, 1);
        let shown = usize::from(area.height);
        let first = self
            .scroll
            .min(world.snapshot.live.len().saturating_sub(shown));
        for (n, entry) in world
            .snapshot
            .live
            .values()
            .skip(first)
            .take(shown)
            .enumerate()
        {
            Self::draw_entry(row(area, n), buf, entry, world, theme);
        }
        None
    }
}

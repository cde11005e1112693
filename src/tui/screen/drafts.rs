//! The kept drafts: open one, drop one, bring it back.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use crate::mail::clock::until;
use crate::tui::action::{Action, Context};
use crate::tui::effect::Effect;
use crate::tui::widget::text::{below, pad, put, row};
use crate::tui::widget::time::age;
use crate::tui::world::{KeptDraft, World};

use super::contract::{Head, Screen, View};
use super::queue::header::empty;

/// The list of drafts. The cursor holds on to a draft, not to a line.
#[derive(Debug, Default)]
pub struct Drafts {
    selected: Option<String>,
    line: usize,
}

impl Drafts {
    fn current<'a>(&self, world: &'a World) -> Option<&'a KeptDraft> {
        world.drafts.get(self.place(world))
    }

    fn place(&self, world: &World) -> usize {
        let found = world
            .drafts
            .iter()
            .position(|draft| Some(&draft.key) == self.selected.as_ref());
        found
            .unwrap_or(self.line)
            .min(world.drafts.len().saturating_sub(1))
    }

    fn go(&mut self, line: usize, world: &World) {
        self.line = line.min(world.drafts.len().saturating_sub(1));
        self.selected = world.drafts.get(self.line).map(|draft| draft.key.clone());
    }
}

impl Screen for Drafts {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Drafts, Context::List]
    }

    fn head(&self, world: &World) -> Head {
        let count = match world.drafts.len() {
            1 => "1 draft".into(),
            many => format!("{many} drafts"),
        };
        Head::Crumbs(vec!["Compose".into(), "drafts".into()], count)
    }

    fn act(&mut self, action: Action, world: &World, size: Size) -> Vec<Effect> {
        let at = self.place(world);
        let half = usize::from(size.height / 2).max(1);
        let key = self.current(world).map(|draft| draft.key.clone());
        match action {
            Action::Open => return key.map(Effect::OpenKept).into_iter().collect(),
            Action::Drop => return key.map(Effect::DropKept).into_iter().collect(),
            Action::Undo => return vec![Effect::Undo],
            Action::Back => return vec![Effect::Close],
            Action::Down => self.go(at + 1, world),
            Action::Up => self.go(at.saturating_sub(1), world),
            Action::PageDown => self.go(at + half, world),
            Action::PageUp => self.go(at.saturating_sub(half), world),
            Action::First => self.go(0, world),
            Action::Last => self.go(usize::MAX, world),
            _ => {}
        }
        Vec::new()
    }

    fn idle(&self, world: &World) -> Vec<Action> {
        if world.drafts.is_empty() {
            vec![Action::Open, Action::Drop]
        } else {
            Vec::new()
        }
    }

    fn follow(&mut self, world: &World, _size: Size) {
        self.go(self.place(world), world);
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let (world, theme) = (view.world, view.theme);
        if world.drafts.is_empty() {
            let words = [
                "No drafts are kept.".to_owned(),
                "What is written and not sent is listed here when another message is begun."
                    .to_owned(),
            ];
            empty(buf, area, &words, theme);
            return None;
        }
        let ellipsis = theme.glyphs.ellipsis;
        let wide = area.width >= 60;
        let columns = usize::from(area.width);
        let to = if wide {
            columns.saturating_sub(17) * 2 / 5
        } else {
            0
        };
        let subject = columns.saturating_sub(to + 17);
        let mut list = area;
        if area.height >= 5 {
            let head = format!(
                "    {}{}{}",
                pad("TO", to, "", false),
                pad("SUBJECT", subject, "", false),
                pad("KEPT", 12, "", true)
            );
            put(buf, area, &head, theme.quiet(), "");
            list = below(area, 1);
        }
        let at = self.place(world);
        let shown = usize::from(list.height).max(1);
        let first = (at + 1).saturating_sub(shown);
        for (n, kept) in world.drafts.iter().enumerate().skip(first).take(shown) {
            let here = row(list, n - first);
            let draft = &kept.draft;
            let or = |text: &str, none: &str| {
                if text.trim().is_empty() {
                    none.to_owned()
                } else {
                    text.trim().to_owned()
                }
            };
            let first_words = || {
                or(
                    draft.body.trim().lines().next().unwrap_or(""),
                    "(no subject)",
                )
            };
            let what = if draft.subject.trim().is_empty() {
                first_words()
            } else {
                draft.subject.trim().to_owned()
            };
            let spent = format!("{} ago", age(until(world.now.wall, kept.modified)));
            let line = format!(
                "{} {}{}{}",
                pad(if n == at { theme.glyphs.cursor } else { "" }, 3, "", false),
                pad(
                    &or(&draft.to, "(nobody yet)"),
                    to.saturating_sub(1),
                    ellipsis,
                    false
                ) + if wide { " " } else { "" },
                pad(&what, subject, ellipsis, false),
                pad(&spent, 12, "", true),
            );
            put(buf, here, &line, Style::new(), "");
            if n == at {
                buf.set_style(here.intersection(buf.area), theme.selected());
            }
        }
        None
    }
}

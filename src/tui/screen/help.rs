//! The keys of the screen below, made from the key map; typing searches them.

use std::rc::Rc;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use crate::tui::action::{Action, Context};
use crate::tui::effect::Effect;
use crate::tui::keymap::{HelpLine, Keymap};
use crate::tui::theme::{ASCII, Theme};
use crate::tui::widget::field::LineField;
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, pad, put, put_all, right_of, row, top, width, wrap};
use crate::tui::world::World;

use super::contract::{Head, Screen, View};

/// The help for a screen.
#[derive(Debug)]
pub struct Help {
    keymap: Rc<Keymap>,
    below: &'static [Context],
    search: LineField,
    scroll: usize,
}

enum Line {
    Heading(&'static str),
    /// Keys, and what they do; a further line of that has no keys.
    Key(String, String),
    Gap,
}

impl Help {
    /// The help for a screen in which these parts of the key map are in force.
    pub fn new(keymap: Rc<Keymap>, below: &'static [Context]) -> Self {
        Self {
            keymap,
            below,
            search: LineField::default(),
            scroll: 0,
        }
    }

    /// What is to be shown in columns of this width, of those lines that have every word of the search.
    fn lines(&self, ascii: bool, columns: u16) -> Vec<Line> {
        let room = usize::from(columns).saturating_sub(keys_room(columns) + 3);
        let search = self.search.text().to_lowercase();
        let words: Vec<&str> = search.split_whitespace().collect();
        let mut lines = Vec::new();
        for section in self.keymap.sections(self.below, ascii) {
            let hit = |line: &&HelpLine| {
                let action = line.action;
                let text = [
                    &line.keys,
                    action.name(),
                    action.hint(),
                    action.help(),
                    section.title,
                ];
                let text = text.join(" ").to_lowercase();
                words.iter().all(|word| text.contains(word))
            };
            let found: Vec<_> = section.lines.iter().filter(hit).collect();
            if found.is_empty() {
                continue;
            }
            if !lines.is_empty() {
                lines.push(Line::Gap);
            }
            lines.push(Line::Heading(section.title));
            for line in found {
                let mut keys = line.keys.clone();
                for does in wrap(line.action.help(), room.max(8)) {
                    lines.push(Line::Key(std::mem::take(&mut keys), does));
                }
            }
        }
        lines
    }
}

/// What the keys have of a column of this width.
const fn keys_room(columns: u16) -> usize {
    if columns >= 40 { 18 } else { 9 }
}

fn draw_line(area: Rect, buf: &mut Buffer, line: &Line, theme: &Theme) {
    match line {
        Line::Gap => {}
        Line::Heading(title) => {
            put(
                buf,
                right_of(area, 1),
                &title.to_uppercase(),
                theme.strong(),
                "",
            );
        }
        Line::Key(keys, does) => {
            let room = keys_room(area.width);
            let keys = pad(keys, room - 1, theme.glyphs.ellipsis, false);
            let pieces = [
                (keys.as_str(), theme.key()),
                (" ", Style::new()),
                (does.as_str(), Style::new()),
            ];
            put_all(buf, right_of(area, 1), &pieces, theme.glyphs.ellipsis);
        }
    }
}

/// The signs of the states, with their words, in as many lines as they need.
fn legend(theme: &Theme, columns: u16) -> Vec<String> {
    let glyphs = theme.glyphs;
    let room = usize::from(columns.saturating_sub(2));
    let all = [
        (glyphs.scheduled, "scheduled"),
        (glyphs.due, "due"),
        (glyphs.sending, "sending"),
        (glyphs.retry, "retry"),
        (glyphs.held, "held"),
        (glyphs.delivered, "delivered"),
        (glyphs.failed, "failed"),
        (glyphs.dropped, "dropped"),
        (glyphs.uncertain, "partial or uncertain"),
    ];
    let mut lines: Vec<String> = Vec::new();
    for (sign, word) in all {
        let next = format!("{sign} {word}");
        match lines.last_mut() {
            Some(line) if width(line) + 2 + width(&next) <= room => {
                line.push_str("  ");
                line.push_str(&next);
            }
            _ => lines.push(next),
        }
    }
    lines
}

impl Screen for Help {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Help]
    }

    fn head(&self, _world: &World) -> Head {
        let of = self.below.first().map_or("", |context| context.title());
        Head::Crumbs(vec!["Keys".into(), of.into()], "type to search".into())
    }

    fn act(&mut self, action: Action, _world: &World, size: Size) -> Vec<Effect> {
        let half = usize::from(size.height / 2).max(1);
        match action {
            Action::Back if !self.search.text().is_empty() => self.search.set(""),
            Action::Back => return vec![Effect::Close],
            Action::Up => self.scroll = self.scroll.saturating_sub(1),
            Action::Down => self.scroll += 1,
            Action::PageUp => self.scroll = self.scroll.saturating_sub(half),
            Action::PageDown => self.scroll += half,
            Action::First => self.scroll = 0,
            Action::Last => self.scroll = usize::MAX,
            other => {
                self.search.act(other);
            }
        }
        self.follow_lines(size);
        Vec::new()
    }

    fn typed(&mut self, key: KeyEvent, _world: &World) -> Vec<Effect> {
        if self.search.typed(key) {
            self.scroll = 0;
        }
        Vec::new()
    }

    fn pasted(&mut self, text: &str, _world: &World) -> Vec<Effect> {
        self.search.insert(text);
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let theme = view.theme;
        let ascii = std::ptr::eq(theme.glyphs, &raw const ASCII);
        let mut area = area.intersection(buf.area);
        let mut cursor = None;
        if !self.search.text().is_empty() {
            let label = "search ";
            put(buf, right_of(area, 1), label, theme.quiet(), "");
            let line = right_of(row(area, 0), 1 + u16::try_from(width(label)).unwrap_or(0));
            cursor =
                self.search
                    .render(line, buf, true, (Style::new(), None), theme.glyphs.ellipsis);
            area = below(area, 1);
        }
        let legend = legend(theme, area.width);
        let signs = if area.height >= 12 {
            u16::try_from(legend.len() + 1).unwrap_or(0)
        } else {
            0
        };
        let list = top(area, area.height - signs);
        let (columns, tall) = (columns(list.width), usize::from(list.height));
        let wide = list.width / u16::try_from(columns).unwrap_or(1);
        let lines = self.lines(ascii, wide);
        let first = self.scroll.min(lines.len().saturating_sub(tall * columns));
        if signs > 0 {
            let right = match lines.len().saturating_sub(first + tall * columns) {
                0 => String::new(),
                1 => format!("{} 1 more line", theme.glyphs.below),
                more => format!("{} {more} more lines", theme.glyphs.below),
            };
            let place = below(area, area.height - signs);
            rule(buf, place, "words and marks", &right, theme);
            for (n, line) in legend.iter().enumerate() {
                let here = right_of(row(place, n + 1), 1);
                put(buf, here, line, Style::new(), theme.glyphs.ellipsis);
            }
        }
        if lines.is_empty() {
            put(
                buf,
                right_of(list, 1),
                "No key does that.",
                Style::new(),
                theme.glyphs.ellipsis,
            );
            return cursor;
        }
        for (n, line) in lines.iter().skip(first).take(tall * columns).enumerate() {
            let left = u16::try_from(n / tall.max(1)).unwrap_or(0) * wide;
            let here = Rect {
                width: wide.saturating_sub(1),
                ..right_of(row(list, n % tall.max(1)), left)
            };
            draw_line(here.intersection(list), buf, line, theme);
        }
        cursor
    }
}

fn columns(width: u16) -> usize {
    usize::from(width / 76).clamp(1, 3)
}

impl Help {
    /// Keeps the list from being scrolled further than it goes.
    fn follow_lines(&mut self, size: Size) {
        let columns = columns(size.width);
        let shown = usize::from(size.height).saturating_mul(columns);
        let wide = size.width / u16::try_from(columns).unwrap_or(1);
        let lines = self.lines(false, wide).len();
        self.scroll = self.scroll.min(lines.saturating_sub(shown / 2));
    }
}

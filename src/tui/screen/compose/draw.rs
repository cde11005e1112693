//! Compose on the screen: labels and fields, marks where something is wrong, the text with its figures.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use crate::mail::clean::clean;
use crate::mailer::compose::name_of;
use crate::tui::action::{Action, Context};
use crate::tui::effect::Field;
use crate::tui::screen::contract::View;
use crate::tui::theme::{ASCII, Theme};
use crate::tui::widget::popup::popup;
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, put, put_all, put_right, right_of, row, top, width};
use crate::tui::widget::time::size;

use super::writing::{Compose, Stand};

/// One line above the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Field(Field),
    Fault(Field),
}

impl Compose {
    pub(super) fn draw(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let area = area.intersection(buf.area);
        let lines = self.lines();
        let head = self.head_lines(&lines, area.height);
        let first = self.first_line(&lines, head);
        let mut cursor = None;
        for (n, line) in lines.iter().skip(first).take(head).enumerate() {
            let at = self.draw_line(row(area, n), buf, *line, view);
            cursor = cursor.or(at);
        }
        let rest = below(area, u16::try_from(head).unwrap_or(u16::MAX));
        let at = self.draw_body(rest, buf, view, is_roomy(area.height));
        cursor = cursor.or(at);
        if let Some(prompt) = &self.prompt {
            let place = lines
                .iter()
                .skip(first)
                .position(|line| *line == Line::Field(Field::Attach));
            let anchor = right_of(row(area, place.unwrap_or(0)), label_width(area.width));
            popup(buf, area, anchor, &prompt.offers, prompt.chosen, view.theme);
        }
        cursor
    }

    /// How many lines above the text have room in a window of this height. A small one keeps room for the field that is being
    /// written, and for the text while that is.
    fn head_lines(&self, lines: &[Line], height: u16) -> usize {
        let kept = match (self.at, is_roomy(height)) {
            (_, true) => 4,
            (Field::Body, false) => 2,
            _ => 0,
        };
        let room = height
            .saturating_sub(kept)
            .max(u16::from(self.at != Field::Body));
        lines.len().min(usize::from(room))
    }

    /// The room that the text will have in a window of this size.
    pub(super) fn text_room(&self, size: Size) -> Size {
        let height = size.height;
        let head = self.head_lines(&self.lines(), height);
        let rest = height.saturating_sub(u16::try_from(head).unwrap_or(u16::MAX));
        let rules = u16::from(rest >= 2) + u16::from(is_roomy(height) && rest >= 4);
        let width = size.width.saturating_sub(2 * inset(size.width));
        Size::new(width, rest.saturating_sub(rules))
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for field in self.shown().filter(|field| *field != Field::Body) {
            lines.push(Line::Field(field));
            if self.header.fault(field).is_some() {
                lines.push(Line::Fault(field));
            }
        }
        lines
    }

    /// The first line to draw, so that the current field is among those that have room.
    fn first_line(&self, lines: &[Line], room: usize) -> usize {
        let current = if self.prompt.is_some() {
            Field::Attach
        } else {
            self.at
        };
        let at = lines.iter().position(|line| *line == Line::Field(current));
        let last = lines.len().saturating_sub(room);
        at.map_or(last, |at| (at + 1).saturating_sub(room))
            .min(last)
    }

    fn draw_line(
        &self,
        area: Rect,
        buf: &mut Buffer,
        line: Line,
        view: View<'_>,
    ) -> Option<Position> {
        let field = match line {
            Line::Field(field) => field,
            Line::Fault(field) => {
                self.draw_fault(area, buf, field, view.theme);
                return None;
            }
        };
        let theme = view.theme;
        let label = label_width(area.width);
        let here = field == self.at && self.prompt.is_none()
            || field == Field::Attach && self.prompt.is_some();
        let style = match (here, self.stand) {
            (true, Stand::Fields) if self.prompt.is_none() => theme.selected(),
            (true, _) => theme.strong(),
            _ => theme.quiet(),
        };
        let name = Rect {
            width: label.saturating_sub(1).min(area.width),
            ..area
        };
        put(buf, right_of(name, 1), field.label(), style, "");
        let area = right_of(area, label);
        let editing = here && self.stand == Stand::Typing;
        match field {
            Field::Attach => self.draw_files(area, buf, here, view),
            _ => self.draw_field(area, buf, field, editing, view),
        }
    }

    fn draw_field(
        &self,
        area: Rect,
        buf: &mut Buffer,
        field: Field,
        editing: bool,
        view: View<'_>,
    ) -> Option<Position> {
        let theme = view.theme;
        let line = self.header.line(field)?;
        let account = self
            .route
            .as_ref()
            .and_then(|route| view.world.account(route));
        let mut area = area;
        if field == Field::From
            && let Some(account) = account
        {
            let mut words = clean(&account.name).into_owned();
            let key = self.key_of(Action::NextAccount, theme);
            if let Some(key) = key.filter(|_| view.world.accounts.len() > 1 && area.width >= 66) {
                words = format!("account {words} {} {key} next", theme.glyphs.dot);
            }
            if area.width >= 40 && width(&words) + 12 < usize::from(area.width) {
                let inner = Rect {
                    width: area.width - 1,
                    ..area
                };
                let used = put_right(buf, inner, &words, theme.quiet());
                area.width = area.width.saturating_sub(used + 3);
            }
            if line.text().is_empty() {
                let none = "write your address here";
                let words = if account.from.is_empty() {
                    none
                } else {
                    account.from.as_str()
                };
                let style = if account.from.is_empty() {
                    theme.quiet()
                } else {
                    Style::new()
                };
                put(buf, area, words, style, theme.glyphs.ellipsis);
            }
        }
        let mark = self
            .header
            .fault(field)
            .map(|fault| (fault.at, theme.bad()));
        line.render(
            area,
            buf,
            editing,
            (Style::new(), mark),
            theme.glyphs.ellipsis,
        )
    }

    /// What is wrong in the field above, with a sign under the place.
    fn draw_fault(&self, area: Rect, buf: &mut Buffer, field: Field, theme: &Theme) {
        let (Some(fault), Some(line)) = (self.header.fault(field), self.header.line(field)) else {
            return;
        };
        let area = right_of(area, label_width(area.width));
        let before: String = line.text().chars().take(fault.at).collect();
        // A place far to the right leaves no room for words behind it: then they stand alone.
        let words = format!("^ {}", fault.reason);
        let room = usize::from(area.width).saturating_sub(width(&words));
        let at = u16::try_from(width(&before).min(room)).unwrap_or(0);
        put(
            buf,
            right_of(area, at),
            &words,
            theme.bad(),
            theme.glyphs.ellipsis,
        );
    }

    fn draw_files(
        &self,
        area: Rect,
        buf: &mut Buffer,
        here: bool,
        view: View<'_>,
    ) -> Option<Position> {
        let theme = view.theme;
        if let Some(prompt) = &self.prompt {
            return prompt.line.render(
                area,
                buf,
                true,
                (Style::new(), None),
                theme.glyphs.ellipsis,
            );
        }
        let mut used = 0;
        for file in self.files.list() {
            let name = name_of(&file.path);
            let (fact, style) = match &file.facts {
                Some(Ok(octets)) => (format!("{}  ", size(*octets)), theme.quiet()),
                Some(Err(reason)) => (format!("{reason}  "), theme.bad()),
                None => ("  ".into(), Style::new()),
            };
            let pieces = [
                (name.as_str(), Style::new()),
                (" ", Style::new()),
                (fact.as_str(), style),
            ];
            let rest = right_of(area, used);
            used = used.saturating_add(put_all(buf, rest, &pieces, theme.glyphs.ellipsis));
        }
        let free = right_of(area, used);
        if let Some(key) = self.key_of(Action::Attach, theme) {
            let words = format!("{key} adds a file, or drop one here");
            let inner = Rect {
                width: free.width.saturating_sub(1),
                ..free
            };
            if used == 0 {
                put(buf, inner, &words, theme.quiet(), theme.glyphs.ellipsis);
            } else if free.width > 40 {
                put_right(buf, inner, &words, theme.quiet());
            }
        }
        (here && self.stand == Stand::Typing && !free.is_empty())
            .then(|| Position::new(free.x, free.y))
    }

    fn draw_body(
        &self,
        area: Rect,
        buf: &mut Buffer,
        view: View<'_>,
        roomy: bool,
    ) -> Option<Position> {
        let theme = view.theme;
        if area.is_empty() {
            return None;
        }
        let here = self.at == Field::Body && self.prompt.is_none();
        let mut text = area;
        if area.height >= 2 {
            rule(buf, area, "text", "", theme);
            if here && self.stand == Stand::Fields {
                // The words of the rule are the label of the text.
                let words = Rect {
                    width: 4,
                    height: 1,
                    ..right_of(area, 2)
                };
                buf.set_style(words.intersection(area), theme.selected());
            }
            text = below(area, 1);
        }
        if roomy && text.height >= 3 {
            let (line, column, words) = self.body.figures();
            let last = row(text, usize::from(text.height - 1));
            let unit = if words == 1 { "word" } else { "words" };
            let figures = format!("Ln {line} Col {column} {} {words} {unit}", theme.glyphs.dot);
            rule(buf, last, "", &figures, theme);
            text = top(text, text.height - 1);
        }
        let inset = inset(text.width);
        let inner = Rect {
            width: text.width.saturating_sub(2 * inset),
            ..right_of(text, inset)
        };
        let cursor = self.body.render(inner, buf);
        cursor.filter(|_| here && self.stand == Stand::Typing)
    }

    fn key_of(&self, action: Action, theme: &Theme) -> Option<String> {
        let context = match self.stand {
            Stand::Typing => Context::Typing,
            Stand::Fields => Context::Fields,
        };
        self.keymap.key(
            &[context],
            action,
            std::ptr::eq(theme.glyphs, &raw const ASCII),
        )
    }
}

/// Empty columns on each side of the text.
fn inset(columns: u16) -> u16 {
    u16::from(columns >= 30)
}

/// Whether there is room for the text beside all fields.
fn is_roomy(height: u16) -> bool {
    height >= 9
}

/// Columns that the labels take, the space behind them included.
fn label_width(columns: u16) -> u16 {
    match columns {
        0..12 => 4,
        12..40 => 6,
        _ => 10,
    }
    .min(columns)
}

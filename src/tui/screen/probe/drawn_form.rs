//! How the form is drawn: its fields, the one that is typed in, and the remarks below them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::tui::action::Action;
use crate::tui::screen::contract::View;
use crate::tui::widget::text::{put, right_of, row, wrap};

use super::choice::{auth_name, stop_name};
use super::fields::Slot;
use super::state::ProbeScreen;

impl ProbeScreen {
    pub(super) fn draw_form(
        &self,
        area: Rect,
        buf: &mut Buffer,
        view: View<'_>,
    ) -> Option<Position> {
        let rows = Slot::rows(area.width);
        let here = rows
            .iter()
            .position(|row| row.iter().any(|(slot, _)| *slot == self.at))
            .unwrap_or(0);
        let room = usize::from(area.height);
        let first = if self.is_typing {
            (here + 1).saturating_sub(room)
        } else {
            0
        };
        let mut cursor = None;
        for (n, slots) in rows.iter().enumerate().skip(first).take(room) {
            let mut line = right_of(row(area, n - first), 1);
            let whole = line.width;
            for (slot, share) in *slots {
                let columns = u32::from(whole) * u32::from(*share) / 100;
                let columns = u16::try_from(columns).unwrap_or(u16::MAX);
                let cell = Rect {
                    width: columns.saturating_sub(1).min(line.width),
                    ..line
                };
                cursor = cursor.or(self.draw_slot(*slot, cell, buf, view));
                line = right_of(line, columns);
            }
        }
        let theme = view.theme;
        for (n, words) in self.remarks(area.width).iter().enumerate() {
            let place = right_of(row(area, (rows.len() + n).saturating_sub(first)), 1);
            put(buf, place, words, theme.quiet(), theme.glyphs.ellipsis);
        }
        cursor
    }

    /// The remarks below the fields, as lines of this width.
    pub(super) fn remarks(&self, columns: u16) -> Vec<String> {
        let remarks = self.form.remarks(&self.key(Action::TakeNear)).into_iter();
        let room = usize::from(columns).saturating_sub(2).max(8);
        remarks.flat_map(|words| wrap(&words, room)).collect()
    }

    fn draw_slot(
        &self,
        slot: Slot,
        area: Rect,
        buf: &mut Buffer,
        view: View<'_>,
    ) -> Option<Position> {
        let theme = view.theme;
        let ellipsis = theme.glyphs.ellipsis;
        let label = format!("{} ", slot.label());
        let used = put(buf, area, &label, theme.quiet(), "");
        let value = right_of(area, used);
        let is_here = self.is_typing && self.asking.is_none() && self.at == slot;
        if let Some(line) = self.form.line(slot) {
            if !is_here && line.is_blank() {
                put(buf, value, &self.without(slot), theme.quiet(), ellipsis);
                return None;
            }
            let style = if is_here {
                theme.strong()
            } else {
                Style::new()
            };
            return line.render(value, buf, is_here, (style, None), ellipsis);
        }
        let words = match slot {
            Slot::Security => self.form.security.name().to_owned(),
            Slot::Auth => auth_name(self.form.auth),
            Slot::Stop => stop_name(self.form.stop).to_owned(),
            _ => self.form.password_words(),
        };
        let style = if is_here {
            theme.selected()
        } else {
            Style::new()
        };
        put(buf, value, &words, style, ellipsis);
        is_here.then_some(Position::new(
            value.x.min(area.right().saturating_sub(1)),
            value.y,
        ))
    }

    /// What holds where a field is empty.
    fn without(&self, slot: Slot) -> String {
        match slot {
            Slot::Host => "HOST, HOST:PORT, gmail, me@example.org".to_owned(),
            Slot::Port => self.form.security.default_port().to_string(),
            Slot::User => "no login".to_owned(),
            Slot::From => "<>".to_owned(),
            _ => "nobody is asked for".to_owned(),
        }
    }
}

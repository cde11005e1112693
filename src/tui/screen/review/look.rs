//! The last look before sending: what will go out, and what might be wrong with it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use crate::mail::clean::clean;
use crate::mailer::compose::name_of;
use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Field, Level, Outgoing};
use crate::tui::theme::Theme;
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, put, put_all, right_of, row, width, wrap};
use crate::tui::widget::time::size;
use crate::tui::world::World;

use crate::tui::screen::compose::File;
use crate::tui::screen::contract::{Head, Screen, View};

use super::checks::{Check, checks};

/// The review of a message.
#[derive(Debug)]
pub struct Review {
    outgoing: Outgoing,
    files: Vec<File>,
    checks: Vec<Check>,
    scroll: usize,
}

impl Review {
    /// A review of this message, whose files are known this well.
    pub fn new(outgoing: Outgoing, files: Vec<File>, world: &World) -> Self {
        let checks = checks(&outgoing, &files, world);
        Self {
            outgoing,
            files,
            checks,
            scroll: 0,
        }
    }

    fn send(&self) -> Vec<Effect> {
        let fault = self.checks.iter().find(|check| check.level == Level::Error);
        match fault {
            None => vec![Effect::Send(self.outgoing.clone())],
            Some(fault) => {
                let said = Effect::Say(Level::Error, fault.words.clone());
                std::iter::once(said)
                    .chain(fault.field.map(Effect::Stand))
                    .collect()
            }
        }
    }

    /// The fields that have something in them.
    fn fields(&self, world: &World) -> Vec<(&'static str, String)> {
        let draft = &self.outgoing.draft;
        let account = world.account(&self.outgoing.route);
        let from = if draft.from.trim().is_empty() {
            account.map_or("", |account| account.from.as_str())
        } else {
            draft.from.as_str()
        };
        let mut parts = vec![format!("text {}", size(draft.body.len() as u64))];
        for file in &self.files {
            let name = name_of(&file.path);
            parts.push(match &file.facts {
                Some(Ok(octets)) => format!("{name} {}", size(*octets)),
                _ => name.to_string(),
            });
        }
        let texts = [
            (Field::From, from),
            (Field::To, draft.to.as_str()),
            (Field::Cc, draft.cc.as_str()),
            (Field::Bcc, draft.bcc.as_str()),
            (Field::ReplyTo, draft.reply_to.as_str()),
            (Field::Subject, draft.subject.as_str()),
        ];
        let mut fields: Vec<_> = texts
            .into_iter()
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(field, text)| (field.label(), text.trim().to_owned()))
            .collect();
        fields.push(("Parts", parts.join(", ")));
        if let Some(account) = account {
            fields.push(("Through", format!("{}: {}", account.name, account.way)));
        }
        fields
    }

    fn draw_fields(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> u16 {
        let label = if area.width >= 40 { 10 } else { 6 };
        let mut used = 0_usize;
        for (name, text) in self.fields(view.world) {
            let here = row(area, used);
            put(
                buf,
                right_of(
                    Rect {
                        width: label,
                        ..here
                    },
                    1,
                )
                .intersection(area),
                name,
                view.theme.quiet(),
                "",
            );
            let columns = usize::from(area.width.saturating_sub(label + 1));
            let lines = wrap(&text, columns);
            // Hundreds of recipients must not push the checks out of sight.
            let many = lines.len() > 3;
            for (n, line) in lines.iter().take(3).enumerate() {
                let line = if many && n == 2 {
                    format!("{line} {}", view.theme.glyphs.ellipsis)
                } else {
                    line.clone()
                };
                put(
                    buf,
                    right_of(row(area, used + n), label),
                    &line,
                    Style::new(),
                    view.theme.glyphs.ellipsis,
                );
            }
            used += lines.len().min(3);
        }
        u16::try_from(used).unwrap_or(u16::MAX)
    }

    /// Good checks in two columns where there is room, then what wants attention, one on a line.
    fn draw_checks(&self, area: Rect, buf: &mut Buffer, theme: &Theme) -> u16 {
        let (good, rest): (Vec<_>, Vec<_>) = self
            .checks
            .iter()
            .partition(|check| check.level == Level::Info);
        let mut used = 0_usize;
        for check in rest {
            let (sign, style) = sign(check.level, theme);
            let columns = usize::from(area.width.saturating_sub(5));
            for (n, line) in wrap(&check.words, columns).iter().take(3).enumerate() {
                let here = right_of(row(area, used), 2);
                let sign = if n == 0 { sign } else { " " };
                put_all(
                    buf,
                    here,
                    &[(sign, style), (" ", style), (line.as_str(), style)],
                    "",
                );
                used += 1;
            }
        }
        let half = area.width / 2;
        let two = area.width >= 70
            && good
                .iter()
                .all(|check| width(&check.words) + 5 <= usize::from(half));
        let columns = if two { 2 } else { 1 };
        for (n, check) in good.iter().enumerate() {
            let here = row(area, used + n / columns);
            let here = if n % columns == 1 {
                right_of(here, half)
            } else {
                right_of(here, 2)
            };
            let (sign, style) = sign(check.level, theme);
            let pieces = [
                (sign, style),
                (" ", style),
                (check.words.as_str(), Style::new()),
            ];
            put_all(buf, here, &pieces, theme.glyphs.ellipsis);
        }
        used += good.len().div_ceil(columns);
        u16::try_from(used).unwrap_or(u16::MAX)
    }

    fn lines(&self, columns: u16) -> Vec<String> {
        let columns = usize::from(columns.saturating_sub(2));
        self.outgoing
            .draft
            .body
            .lines()
            .flat_map(|line| wrap(&line.replace('\t', "    "), columns))
            .collect()
    }
}

fn sign(level: Level, theme: &Theme) -> (&'static str, Style) {
    match level {
        Level::Info => (theme.glyphs.delivered, theme.good()),
        Level::Warning => ("!", theme.warning()),
        Level::Error => (theme.glyphs.failed, theme.bad()),
    }
}

impl Screen for Review {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Review]
    }

    fn head(&self, world: &World) -> Head {
        let way = world
            .account(&self.outgoing.route)
            .map_or("", |account| account.way.as_str());
        Head::Crumbs(
            vec!["Compose".into(), "review".into()],
            clean(way).into_owned(),
        )
    }

    fn act(&mut self, action: Action, _world: &World, size: Size) -> Vec<Effect> {
        let last = self.lines(size.width).len().saturating_sub(1);
        let half = usize::from(size.height / 2).max(1);
        match action {
            Action::Send | Action::Accept => return self.send(),
            Action::Edit => return vec![Effect::Stand(Field::Body)],
            Action::Attach => return vec![Effect::Stand(Field::Attach)],
            Action::Back => return vec![Effect::Close],
            Action::Down => self.scroll = (self.scroll + 1).min(last),
            Action::Up => self.scroll = self.scroll.saturating_sub(1),
            Action::PageDown => self.scroll = (self.scroll + half).min(last),
            Action::PageUp => self.scroll = self.scroll.saturating_sub(half),
            _ => {}
        }
        Vec::new()
    }

    fn status(&self, _world: &World) -> Option<String> {
        let count = |level| {
            self.checks
                .iter()
                .filter(|check| check.level == level)
                .count()
        };
        Some(match (count(Level::Error), count(Level::Warning)) {
            (0, 0) => "Ready to send.".into(),
            (0, 1) => "Ready to send; one thing wants a second look.".into(),
            (0, many) => format!("Ready to send; {many} things want a second look."),
            (1, _) => "One thing has to be put right first; sending goes there.".into(),
            (many, _) => {
                format!("{many} things have to be put right first; sending goes to the first.")
            }
        })
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let mut area = area;
        // What blocks must be seen also in a small window: there the checks come first.
        if area.height < 10 {
            let used = self.draw_checks(area, buf, view.theme);
            let rest = below(area, used);
            self.draw_fields(rest, buf, view);
            return None;
        }
        let used = self.draw_fields(area, buf, view);
        area = below(area, used);
        rule(buf, area, "checks", "", view.theme);
        area = below(area, 1);
        let used = self.draw_checks(area, buf, view.theme);
        area = below(area, used);
        let lines = self.lines(area.width);
        let shown = usize::from(area.height.saturating_sub(1));
        let first = self.scroll.min(lines.len().saturating_sub(shown));
        let right = match lines.len().saturating_sub(first + shown) {
            0 => String::new(),
            1 => "1 more line below".into(),
            more => format!("{more} more lines below"),
        };
        rule(buf, area, "text", &right, view.theme);
        let text = below(area, 1);
        for (n, line) in lines.iter().skip(first).take(shown).enumerate() {
            put(
                buf,
                right_of(row(text, n), 1),
                line,
                Style::new(),
                view.theme.glyphs.ellipsis,
            );
        }
        None
    }
}

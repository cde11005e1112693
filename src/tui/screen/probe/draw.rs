//! How the screen is drawn: the form, the ladder, and below it what came of it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use crate::mailer::probe::remedy::Remedy;
use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Level};
use crate::tui::screen::contract::View;
use crate::tui::screen::queue::acts::warn;
use crate::tui::screen::queue::layout::whole;
use crate::tui::screen::transcript::lines::{sign, style};
use crate::tui::theme::{Theme, UNICODE};
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, pad, put, put_all, put_right, right_of, row, top, wrap};
use crate::tui::world::World;

use super::choice::{auth_name, stop_name};
use super::fields::Slot;
use super::ladder::{Live, Rung, few, rungs, waiting};
use super::page::{Page, Row, window};
use super::past::{Past, sentence};
use super::state::{FIXES, Look, ProbeScreen};
use super::verdict::{is_at_the_door, page};

/// Where the parts stand.
struct Parts {
    form: Rect,
    rule: Rect,
    rest: Rect,
    asking: Rect,
}

impl ProbeScreen {
    fn parts(&self, area: Rect) -> Parts {
        let rows = Slot::rows(area.width).len();
        let extra = self.remarks(area.width).len();
        let rows = u16::try_from(rows + extra).unwrap_or(u16::MAX);
        let most = match area.height {
            18.. => rows,
            12.. => rows.min(4),
            6.. => rows.min(2),
            _ => rows.min(1),
        };
        // While it is typed in, the form is what counts.
        let form = if self.is_typing && area.height > 6 {
            rows.min(area.height.saturating_sub(3))
        } else {
            most
        };
        let ruled = u16::from(area.height >= 10);
        let asking = self.asking.as_ref().map_or(0, |asking| {
            asking.lines().min(area.height.saturating_sub(form)).max(1)
        });
        let form = if area.height <= asking { 0 } else { form };
        let mut rest = area;
        let mut take = |lines: u16| {
            let part = top(rest, lines);
            rest = below(rest, part.height);
            part
        };
        let (form, rule) = (take(form), take(ruled));
        let middle = area
            .height
            .saturating_sub(form.height + rule.height + asking);
        Parts {
            form,
            rule,
            rest: take(middle),
            asking: take(asking),
        }
    }

    pub(super) fn draw(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        let parts = self.parts(area);
        let cursor = self.draw_form(parts.form, buf, view);
        rule(buf, parts.rule, "", "", view.theme);
        match (self.look, &self.live) {
            (Look::Ports, _) => self.ports.render(parts.rest, buf, view),
            (Look::Walk, Some(live)) => draw_live(live, parts.rest, buf, view),
            (Look::Walk, None) => self.draw_run(parts.rest, buf, view),
        }
        match &self.asking {
            Some(asking) => asking.render(parts.asking, buf, view.theme),
            None => cursor,
        }
    }

    fn draw_form(&self, area: Rect, buf: &mut Buffer, view: View<'_>) -> Option<Position> {
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
    fn remarks(&self, columns: u16) -> Vec<String> {
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

    fn draw_run(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let Some((ladder, page, area)) = self.laid_out(area, view) else {
            self.draw_help(area, buf, view);
            return;
        };
        for (n, rung) in ladder.iter().enumerate() {
            draw_rung(rung, row(area, n), buf, view.theme);
        }
        let lines = u16::try_from(ladder.len()).unwrap_or(u16::MAX);
        let place = below(area, lines);
        let seen = window(&page, self.scroll, place.height);
        let more = page.rows.len() > seen.end;
        let last = seen.len().saturating_sub(1);
        let rows = page.rows.get(seen).unwrap_or_default();
        for (n, line) in rows.iter().enumerate() {
            let place = row(place, n);
            let ellipsis = view.theme.glyphs.ellipsis;
            let used = match line {
                Row::Rule(left, right) => {
                    rule(buf, place, left, right, view.theme);
                    place.width
                }
                Row::Text(pieces) => put_all(buf, place, pieces, ellipsis),
            };
            if n == last && more {
                let words = format!(" {ellipsis} more below ");
                let free = right_of(place, used);
                if put_right(buf, free, &words, view.theme.quiet()) == 0 {
                    put_right(buf, place, &format!(" {ellipsis} "), view.theme.quiet());
                }
            }
        }
    }

    /// The rungs that there is room for and the page below them, where a run is shown.
    fn laid_out(&self, area: Rect, view: View<'_>) -> Option<(Vec<Rung>, Page, Rect)> {
        let past = self.runs.past()?;
        let checks = past.checks();
        let keys = self.fix_keys(view.theme);
        let fixes: Vec<(String, &Remedy)> = keys.into_iter().zip(&self.fixes).collect();
        let ruled = area.height >= 8;
        let good = self.is_compared.then(|| self.runs.last_good()).flatten();
        let good = good.as_ref();
        let mut page = page(past, (&self.runs, good), &fixes, (area.width, ruled), view);
        if let Some(run) = self.runs.shown().filter(|run| is_at_the_door(&run.walk)) {
            let look = self.key(Action::LookAround);
            let words = format!(
                "looks around: what is there at each mail port of {}",
                run.walk.host.host
            );
            let at = page.fixes_end;
            let line = vec![
                (format!("   {look}  "), view.theme.key()),
                (words, Style::new()),
            ];
            page.rows.insert(at.min(page.rows.len()), Row::Text(line));
        }
        let all = rungs(&checks, view.theme);
        let room = usize::from(area.height);
        let share = page
            .rows
            .len()
            .min((room / 2).max(room.saturating_sub(all.len())));
        let most = room - share.max(usize::from(room > 0)).min(room);
        let ladder = if all.len() <= most {
            all
        } else {
            let mut short = few(&checks, view.theme);
            short.truncate(most);
            short
        };
        Some((ladder, page, area))
    }

    fn fix_keys(&self, _theme: &Theme) -> Vec<String> {
        FIXES.into_iter().map(|fix| self.key(fix)).collect()
    }

    /// The key of an action of this screen.
    fn key(&self, action: Action) -> String {
        let parts = [Context::Mend, Context::Probe];
        let keymap = self.keymap.as_ref();
        let key = keymap.and_then(|keymap| keymap.key(&parts, action, true));
        key.unwrap_or_default()
    }

    fn draw_help(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let (run, look) = (self.key(Action::Run), self.key(Action::LookAround));
        let older = self.key(Action::OlderRun);
        let lines = if self.form.host.is_blank() {
            vec![
                "Why does my smart host not take my mail?".to_owned(),
                format!("Type its name, your provider's or your mail address, and press {run}."),
                "Every step is shown as it goes, and what went wrong in plain words.".to_owned(),
                "No message is sent. Without a user there is no login.".to_owned(),
            ]
        } else {
            vec![
                format!("{run} walks to {}.", self.form.host_name()),
                "Every step is shown as it goes, and what went wrong in plain words.".to_owned(),
                "No message is sent; with somebody in To the server is asked for them.".to_owned(),
                format!("{look} looks around: which mail ports are open, and what speaks there."),
                format!("{older} shows what came of earlier runs to this host."),
            ]
        };
        let lead = u16::from(area.height > 6);
        for (n, line) in lines.iter().enumerate() {
            let style = if n == 0 {
                view.theme.strong()
            } else {
                Style::new()
            };
            let place = right_of(row(below(area, lead), n), 2);
            put(buf, place, line, style, view.theme.glyphs.ellipsis);
        }
    }

    /// The room below the ladder and the page in it, as they are in a window of this size.
    fn measured(&self, world: &World, size: Size) -> Option<(u16, Page)> {
        let theme = Theme {
            colour: false,
            glyphs: &UNICODE,
        };
        let view = View {
            world,
            theme: &theme,
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
                Past::Here(run) => crate::mailer::probe::words::sentence(&run.walk),
                Past::Kept(record) => sentence(record),
            };
            return vec![Effect::Copy(words)];
        }
        let ladder = rungs(
            &past.checks(),
            &crate::tui::theme::Theme {
                colour: false,
                glyphs: &UNICODE,
            },
        );
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

fn draw_rung(rung: &Rung, area: Rect, buf: &mut Buffer, theme: &Theme) {
    let took = put_right(
        buf,
        Rect {
            width: area.width.saturating_sub(1),
            ..area
        },
        &rung.took,
        theme.quiet(),
    );
    let left = Rect {
        width: area.width.saturating_sub(took + 2),
        ..area
    };
    let names = if rung.detail.is_empty() {
        rung.names.clone()
    } else {
        let columns = rung.names.chars().count().max(9);
        pad(&rung.names, columns, "", false)
    };
    let pieces = [
        (format!(" {} ", rung.glyph), rung.style),
        (format!("{names}  "), theme.strong()),
        (rung.detail.clone(), Style::new()),
    ];
    put_all(buf, left, &pieces, theme.glyphs.ellipsis);
}

/// A walk under way: its ladder, what is waited for, and the last words below where there is room.
fn draw_live(live: &Live, area: Rect, buf: &mut Buffer, view: View<'_>) {
    let theme = view.theme;
    let mut ladder = rungs(&live.checks, theme);
    ladder.extend(waiting(live, view));
    let room = usize::from(area.height);
    let skip = ladder.len().saturating_sub(room);
    for (n, rung) in ladder.iter().skip(skip).enumerate() {
        draw_rung(rung, row(area, n), buf, theme);
    }
    let left = below(area, u16::try_from(ladder.len()).unwrap_or(u16::MAX));
    let Some(transcript) = live.transcript.as_ref().filter(|_| left.height > 3) else {
        return;
    };
    rule(buf, row(left, 0), "conversation", "", theme);
    let lines = transcript.lines();
    let place = below(left, 1);
    let skip = lines.len().saturating_sub(usize::from(place.height));
    for (n, line) in lines.iter().skip(skip).enumerate() {
        let at = format!(" {:>6} {} ", line.at.as_millis(), sign(line.by, theme));
        let pieces = [
            (at, theme.quiet()),
            (line.text.to_string(), style(line, theme)),
        ];
        put_all(buf, row(place, n), &pieces, theme.glyphs.ellipsis);
    }
}

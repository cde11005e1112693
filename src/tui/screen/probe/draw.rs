//! How the screen is drawn: where its parts stand, the ladder, and below it what came of it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::mailer::probe::remedy::Remedy;
use crate::tui::action::{Action, Context};
use crate::tui::screen::contract::View;
use crate::tui::screen::transcript::lines::{sign, style};
use crate::tui::theme::Theme;
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, pad, put, put_all, put_right, right_of, row, top, width};

use super::against::Part;
use super::fields::Slot;
use super::ladder::{Live, Rung, few, rungs, waiting};
use super::page::{Page, Row, window};
use super::state::{FIXES, Look, ProbeScreen};
use super::verdict::{is_at_the_door, page};

/// Where the parts stand.
pub(super) struct Parts {
    form: Rect,
    rule: Rect,
    pub(super) rest: Rect,
    asking: Rect,
}

impl ProbeScreen {
    pub(super) fn parts(&self, area: Rect) -> Parts {
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
            asking
                .lines(area.width)
                .min(area.height.saturating_sub(form))
                .max(1)
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
        let words = { self.live.as_ref() }.and_then(|live| live.part.as_ref());
        let (now, next) = words.map(Part::words).unwrap_or_default();
        rule(buf, parts.rule, &now, &next, view.theme);
        match (self.look, &self.live) {
            (Look::Choice, _) => self.draw_choice(parts.rest, buf, view),
            (Look::Ports, _) => self.ports.render(parts.rest, buf, view),
            (Look::Walk, Some(live)) => draw_live(live, parts.rest, buf, view),
            (Look::Walk, None) => self.draw_run(parts.rest, buf, view),
        }
        match &self.asking {
            Some(asking) => asking.render(parts.asking, buf, view.theme),
            None => cursor,
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
            draw_line(line, n == last && more, row(place, n), buf, view.theme);
        }
    }

    /// The rungs that there is room for and the page below them, where a run is shown.
    pub(super) fn laid_out(&self, area: Rect, view: View<'_>) -> Option<(Vec<Rung>, Page, Rect)> {
        let past = self.runs.past()?;
        let checks = past.checks();
        let keys = self.fix_keys();
        let fixes: Vec<(String, &Remedy)> = keys.into_iter().zip(&self.fixes).collect();
        let ruled = area.height >= 8;
        let against = self.against.as_ref();
        let mut page = page(
            past,
            (&self.runs, against),
            &fixes,
            (area.width, ruled),
            view,
        );
        if let Some(run) = self.runs.shown().filter(|run| is_at_the_door(&run.walk)) {
            let look = self.key(Action::LookAround);
            let words = format!(
                "looks around: what is there at each mail port of {}",
                run.walk.host.host
            );
            let mut line = Page::new(area.width, ruled);
            let lead = (format!("   {look}  "), view.theme.key());
            line.paragraph(lead, &words, Style::new());
            let at = page.fixes_end.min(page.rows.len());
            page.rows.splice(at..at, line.rows);
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

    fn fix_keys(&self) -> Vec<String> {
        FIXES.into_iter().map(|fix| self.key(fix)).collect()
    }

    /// The key of an action of this screen.
    pub(super) fn key(&self, action: Action) -> String {
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
}

/// A line of the page, and on the last one that is seen the mark that there is more. The mark takes no place from words: it is
/// in the free part of the line, or shrunk to one sign in the last column, where words never are.
fn draw_line(line: &Row, is_more: bool, area: Rect, buf: &mut Buffer, theme: &Theme) {
    let ellipsis = theme.glyphs.ellipsis;
    let mark = theme.glyphs.below;
    let words = format!("{mark} more below");
    let has_room = |left: &str| width(left) + width(&words) + 8 < usize::from(area.width);
    let used = match line {
        Row::Rule(left, right) if is_more && right.is_empty() && has_room(left) => {
            return rule(buf, area, left, &words, theme);
        }
        Row::Rule(left, right) => {
            rule(buf, area, left, right, theme);
            area.width
        }
        Row::Text(pieces) => {
            let inner = Rect {
                width: area.width.saturating_sub(1),
                ..area
            };
            put_all(buf, inner, pieces, ellipsis)
        }
    };
    if is_more {
        let free = right_of(area, used.saturating_add(1));
        if put_right(buf, free, &format!(" {words} "), theme.quiet()) == 0 {
            put_right(buf, area, mark, theme.quiet());
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::UNICODE;

    fn drawn(line: &Row, is_more: bool, width: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        let theme = Theme {
            colour: false,
            glyphs: &UNICODE,
        };
        draw_line(line, is_more, area, &mut buf, &theme);
        buf.content
            .iter()
            .map(|cell| cell.symbol().to_owned())
            .collect()
    }

    #[test]
    fn the_mark_that_there_is_more_hides_no_words() {
        let text = |words: &str| Row::Text(vec![(words.to_owned(), Style::new())]);
        for line in [
            Row::Rule("verdict".to_owned(), "relay.example.net:587".to_owned()),
            Row::Rule("last runs".to_owned(), String::new()),
            text("   · Type the password anew and look for a blank at its end."),
            text(" ✗ short"),
        ] {
            for width in 24..120 {
                let (without, with) = (drawn(&line, false, width), drawn(&line, true, width));
                assert!(with.iter().any(|cell| cell == "↓"), "{line:?} at {width}");
                for (old, new) in without.iter().zip(&with) {
                    let is_free = matches!(old.as_str(), " " | "─");
                    assert!(is_free || old == new, "{line:?} at {width}: {with:?}");
                }
            }
        }
    }
}

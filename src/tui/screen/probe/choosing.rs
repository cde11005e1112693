//! The page on which it is chosen what a run is held against: the last good one, another kept one, or a walk that is made now.

use std::net::IpAddr;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::mail::clean::Clean;
use crate::mailer::probe::compare::Record;
use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Level};
use crate::tui::screen::contract::View;
use crate::tui::screen::queue::acts::warn;
use crate::tui::widget::rule::rule;
use crate::tui::widget::text::{below, pad, put, put_all, right_of, row};
use crate::tui::widget::time::when;
use crate::tui::world::World;

use super::against::{Against, Choice, How, is_same};
use super::past::{Past, listed};
use super::state::{Look, ProbeScreen};

/// The ways at the head of the page, with the keys that do the same.
const WAYS: [(Action, Way); 3] = [
    (Action::CompareGood, Way::Good),
    (Action::CompareOther, Way::Other),
    (Action::CompareFamilies, Way::Families),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Good,
    Other,
    Families,
}

impl ProbeScreen {
    /// Opens the page.
    pub(super) fn choose(&mut self) -> Vec<Effect> {
        if self.is_walking() {
            return self.busy();
        }
        self.choice = Choice {
            is_reading: true,
            ..Choice::default()
        };
        self.fill_choice(Vec::new());
        // Without a good run the first way is none.
        self.choice.cursor = usize::from(self.runs.last_good().is_none());
        self.live = None;
        self.look = Look::Choice;
        let recall = self.recall();
        recall.into_iter().chain([Effect::RecallAll]).collect()
    }

    /// Takes the kept runs of every host.
    pub fn recalled_all(&mut self, runs: Result<Vec<Record>, Clean>) -> Vec<Effect> {
        if self.look != Look::Choice {
            return Vec::new();
        }
        self.choice.is_reading = false;
        match runs {
            Ok(records) => {
                self.fill_choice(records);
                Vec::new()
            }
            Err(words) => vec![Effect::Say(Level::Warning, words.to_string())],
        }
    }

    /// Takes note that more runs to the host in the form are known.
    pub(super) fn refill_choice(&mut self) {
        let rows = std::mem::take(&mut self.choice.rows);
        self.choice.rows.clone_from(&rows);
        self.fill_choice(rows);
    }

    fn fill_choice(&mut self, kept: Vec<Record>) {
        let shown = self.runs.past().map(|past| past.record().into_owned());
        let known = self.runs.iter().map(|(_, past)| past.record().into_owned());
        let mut rows: Vec<Record> = Vec::new();
        for one in known.chain(kept) {
            let is_new = !rows.iter().chain(&shown).any(|row| is_same(row, &one));
            if is_new {
                rows.push(one);
            }
        }
        rows.sort_by_key(|one| std::cmp::Reverse(one.started));
        // The cursor stays on what it is on.
        let at = self.choice.cursor.checked_sub(WAYS.len());
        let chosen = at.and_then(|at| self.choice.rows.get(at)).cloned();
        if let Some(at) =
            chosen.and_then(|chosen| rows.iter().position(|row| is_same(row, &chosen)))
        {
            self.choice.cursor = WAYS.len() + at;
        }
        self.choice.rows = rows;
    }

    /// What a key does on the page.
    pub(super) fn act_on_choice(&mut self, action: Action, world: &World) -> Vec<Effect> {
        match action {
            Action::CompareThis => self.take_choice(world),
            Action::CompareGood => self.hold_against_good(),
            Action::CompareOther => self.ask_other(""),
            Action::CompareFamilies => self.walk_families(world),
            Action::Back => {
                self.look = Look::Walk;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn take_choice(&mut self, world: &World) -> Vec<Effect> {
        if let Some((action, _)) = WAYS.get(self.choice.cursor) {
            return self.act_on_choice(*action, world);
        }
        let at = self.choice.cursor.saturating_sub(WAYS.len());
        let Some(before) = self.choice.rows.get(at).cloned() else {
            return Vec::new();
        };
        self.hold_against(before, How::Chosen)
    }

    fn hold_against_good(&mut self) -> Vec<Effect> {
        match self.runs.last_good() {
            Some(good) => self.hold_against(good, How::Good),
            None => warn("there is no other run to this host that went well, to compare with"),
        }
    }

    fn hold_against(&mut self, before: Record, how: How) -> Vec<Effect> {
        if self.runs.past().is_none() {
            return warn("there is no run yet that could be compared; run first");
        }
        self.against = Some(Against { before, how });
        (self.look, self.scroll) = (Look::Walk, 0);
        Vec::new()
    }

    /// Moves the cursor.
    pub(super) fn step_choice(&mut self, rows: isize) {
        let last = (WAYS.len() + self.choice.rows.len()).saturating_sub(1);
        self.choice.cursor = self.choice.cursor.saturating_add_signed(rows).min(last);
    }

    pub(super) fn draw_choice(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        let ruled = u16::from(area.height > 4);
        if ruled > 0 {
            let at = |past: Past<'_>| {
                let at = when(past.started(), view.world.now.wall, &view.world.zone);
                format!("{}, {at}", past.way())
            };
            let shown = self.runs.past().map(at).unwrap_or_default();
            rule(buf, row(area, 0), "compare this run", &shown, theme);
        }
        let body = below(area, ruled);
        let mut lines: Vec<Vec<(String, Style)>> = { WAYS.iter() }
            .map(|(action, way)| self.way_line(*action, *way, view))
            .collect();
        lines.extend(self.choice.rows.iter().map(|one| {
            let (lead, result) = listed(Past::Kept(one), view);
            vec![(lead, Style::new()), result]
        }));
        // One line between the ways and the runs.
        let gap = usize::from(body.height > 6);
        let room = usize::from(body.height).saturating_sub(gap).max(1);
        let first = (self.choice.cursor + 1).saturating_sub(room);
        for (n, pieces) in lines.iter().enumerate().skip(first).take(room) {
            let is_run = n >= WAYS.len();
            let down = n - first + if is_run { gap } else { 0 };
            let line = row(body, down);
            put_all(buf, right_of(line, 2), pieces, theme.glyphs.ellipsis);
            if n == self.choice.cursor {
                put(buf, line, theme.glyphs.cursor, theme.strong(), "");
                buf.set_style(line.intersection(buf.area), theme.selected());
            }
        }
        if gap > 0 && first <= WAYS.len() {
            let words = match (self.choice.rows.is_empty(), self.choice.is_reading) {
                (_, true) => "reading the kept runs",
                (true, false) => "no other run is kept",
                (false, false) => "or one of the runs that are kept, of this host or another",
            };
            let place = right_of(row(body, WAYS.len() - first), 2);
            put(buf, place, words, theme.quiet(), theme.glyphs.ellipsis);
        }
    }

    fn way_line(&self, action: Action, way: Way, view: View<'_>) -> Vec<(String, Style)> {
        let keymap = self.keymap.as_ref();
        let key = keymap.and_then(|keymap| keymap.key(&[Context::Compare], action, true));
        let key = pad(&key.unwrap_or_default(), 1, "", false);
        let at = |past: Record| when(past.started, view.world.now.wall, &view.world.zone);
        let host = Clean::from(self.form.host_name());
        let (words, is_there) = match way {
            Way::Good => match self.runs.last_good() {
                Some(good) => (format!("with the last good run, of {}", at(good)), true),
                None => ("with the last good run: there is none".to_owned(), false),
            },
            Way::Other => ("with another host: both are walked to now".to_owned(), true),
            Way::Families if self.form.host_name().parse::<IpAddr>().is_ok() => {
                let words = "IPv4 with IPv6: the host is written as an address";
                (words.to_owned(), false)
            }
            Way::Families => {
                let words = format!("IPv4 with IPv6: {host} is walked to over each now");
                (words, true)
            }
        };
        let style = if is_there {
            Style::new()
        } else {
            view.theme.quiet()
        };
        vec![(format!("{key}  "), view.theme.key()), (words, style)]
    }
}

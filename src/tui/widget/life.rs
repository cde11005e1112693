//! A message's life on one line: when it was tried, when it will be, when it expires; and how much of it is spent.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::style::Style;

use crate::mail::clock::{Now, later, until};
use crate::mail::entry::Entry;
use crate::tui::theme::Theme;

use super::text::width;
use super::time::{age, moment};

/// What is known of a message's life.
#[derive(Clone, Debug)]
pub struct Life {
    points: Vec<Point>,
    now: Timestamp,
    spent: Duration,
    whole: Duration,
    paused: bool,
}

#[derive(Clone, Debug)]
struct Point {
    at: Timestamp,
    word: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Start,
    Tried,
    Running,
    Next,
    End,
}

impl Life {
    /// The life of an entry. `wait` is the time until it is tried again, which may be longer than its own where its host is
    /// paused; `None` where nobody knows.
    pub fn of(entry: &Entry, now: Now, wait: Option<Duration>) -> Self {
        let mut points = Vec::new();
        let first = entry.attempts.first().map(|attempt| attempt.started.wall);
        let late = first.is_none_or(|first| until(first, entry.admitted.wall).as_secs() >= 60);
        if late {
            points.push(Point {
                at: entry.admitted.wall,
                word: "queued",
                kind: Kind::Start,
            });
        }
        points.extend(entry.attempts.iter().map(|attempt| Point {
            at: attempt.started.wall,
            word: "",
            kind: if attempt.end.is_some() {
                Kind::Tried
            } else {
                Kind::Running
            },
        }));
        let here = entry.end.map_or(now, |(_, end)| end);
        let held = entry.held.is_some();
        if let Some((_, end)) = entry.end {
            points.push(Point {
                at: end.wall,
                word: entry.state(now).name(),
                kind: Kind::End,
            });
        } else {
            let before_the_end = wait.filter(|wait| later(now.wall, *wait) < entry.expires);
            if let (false, None, Some(wait)) = (held, entry.running(), before_the_end) {
                points.push(Point {
                    at: later(now.wall, wait),
                    word: "next",
                    kind: Kind::Next,
                });
            }
            points.push(Point {
                at: entry.expires,
                word: "expires",
                kind: Kind::End,
            });
        }
        let whole = until(entry.expires, entry.admitted.wall);
        Self {
            points,
            now: here.wall,
            spent: whole.saturating_sub(entry.life_left(here)),
            whole,
            paused: held && entry.end.is_none(),
        }
    }

    /// The line of attempts, as pieces that fit into `columns`.
    pub fn line(&self, columns: usize, zone: &TimeZone, theme: &Theme) -> Vec<(String, Style)> {
        let attempts = self.points.iter().filter(|point| point.kind == Kind::Tried);
        let attempts = attempts.count();
        for hidden in 0..=attempts {
            let labels = self.labels(hidden, zone, theme);
            let needed: usize = labels.iter().map(|(label, ..)| width(label) + 4).sum();
            if needed <= columns + 4 {
                return self.joined(&labels, columns + 4 - needed, theme);
            }
        }
        let last = self.labels(attempts, zone, theme);
        last.into_iter()
            .map(|(label, style, _)| (label + " ", style))
            .collect()
    }

    fn labels(
        &self,
        hidden: usize,
        zone: &TimeZone,
        theme: &Theme,
    ) -> Vec<(String, Style, Timestamp)> {
        let glyphs = theme.glyphs;
        let mut left_out = hidden;
        let mut labels = Vec::with_capacity(self.points.len());
        for point in &self.points {
            if left_out > 0 && matches!(point.kind, Kind::Tried | Kind::Start) {
                left_out -= usize::from(point.kind == Kind::Tried);
                if left_out == 0 {
                    let label = format!("{hidden} earlier {}", glyphs.tried);
                    labels.push((label, theme.quiet(), point.at));
                }
                continue;
            }
            let clock = moment(point.at, self.now, zone);
            let (label, style) = match point.kind {
                Kind::Start => (format!("{clock} {}", point.word), theme.quiet()),
                Kind::Tried => (format!("{clock} {}", glyphs.tried), Style::new()),
                Kind::Running => (format!("{clock} {}", glyphs.sending), theme.active()),
                Kind::Next => (format!("{clock} {}", point.word), theme.strong()),
                Kind::End if self.paused => ("expiry paused".into(), theme.quiet()),
                Kind::End => (format!("{clock} {}", point.word), Style::new()),
            };
            labels.push((label, style, point.at));
        }
        labels
    }

    /// Puts lines between the labels: each has two columns at least, and of the rest more where more time lies between.
    fn joined(
        &self,
        labels: &[(String, Style, Timestamp)],
        spare: usize,
        theme: &Theme,
    ) -> Vec<(String, Style)> {
        let weight = |pair: &[(String, Style, Timestamp)]| match pair {
            [from, to] => usize::try_from(until(to.2, from.2).as_secs().isqrt()).unwrap_or(1) + 1,
            _ => 0,
        };
        let mut weights: usize = labels.windows(2).map(weight).sum();
        let mut left = spare;
        let mut pieces = Vec::with_capacity(labels.len() * 4);
        for (n, label) in labels.iter().enumerate() {
            pieces.push((label.0.clone(), label.1));
            let Some(pair) = labels.get(n..n + 2) else {
                break;
            };
            let weight = weight(pair);
            let extra = left * weight / weights.max(1);
            left -= extra.min(left);
            weights = weights.saturating_sub(weight);
            let columns = extra + 2;
            let past = match pair {
                [from, to] => self.past(from.2, to.2, columns),
                _ => 0,
            };
            let (rule, ahead) = (theme.glyphs.rule, theme.glyphs.ahead);
            let attached = label.0.ends_with(theme.glyphs.tried);
            let lead = if attached { "" } else { " " };
            let past = past + usize::from(attached && past > 0);
            let ahead = ahead.repeat((columns + usize::from(attached)).saturating_sub(past));
            pieces.push((format!("{lead}{}", rule.repeat(past)), theme.quiet()));
            pieces.push((ahead + " ", theme.quiet()));
        }
        pieces
    }

    /// How many of the columns between two moments have passed.
    fn past(&self, from: Timestamp, to: Timestamp, columns: usize) -> usize {
        let whole = until(to, from).as_millis();
        let gone = until(self.now, from).as_millis().min(whole);
        if whole == 0 {
            return if to <= self.now { columns } else { 0 };
        }
        usize::try_from(u128::try_from(columns).unwrap_or(0) * gone / whole).unwrap_or(0)
    }

    /// The bar of age with its words, as pieces that fit into `columns`.
    pub fn bar(&self, columns: usize, theme: &Theme) -> Vec<(String, Style)> {
        let words = format!(
            "  {} of {}{}",
            age(self.spent),
            age(self.whole),
            if self.paused { ", paused" } else { "" }
        );
        let cells = columns.saturating_sub(6 + width(&words)).min(60);
        if cells < 4 {
            return vec![("age".into(), theme.quiet()), (words, Style::new())];
        }
        let whole = self.whole.as_secs().max(1);
        let halves = u128::try_from(cells).unwrap_or(0) * 2 * u128::from(self.spent.as_secs())
            / u128::from(whole);
        let halves = usize::try_from(halves).unwrap_or(0).min(cells * 2);
        let glyphs = theme.glyphs;
        let style = if self.is_ending() {
            theme.bad()
        } else {
            theme.quiet()
        };
        let half = if halves % 2 == 1 { glyphs.half } else { "" };
        vec![
            ("age   ".into(), theme.quiet()),
            (glyphs.full.repeat(halves / 2) + half, style),
            (glyphs.empty.repeat(cells - halves.div_ceil(2)), style),
            (words, Style::new()),
        ]
    }

    /// Whether it runs in the last tenth of its life.
    fn is_ending(&self) -> bool {
        !self.paused && is_ending(self.whole.saturating_sub(self.spent), self.whole)
    }
}

/// Whether what is left is less than a tenth of the whole.
pub fn is_ending(left: Duration, whole: Duration) -> bool {
    left.as_millis() * 10 < whole.as_millis()
}

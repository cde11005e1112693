//! What a walk has come to, as a page to scroll: the verdict, the fixes with their keys, why, and the runs of this session.

use std::ops::Range;

use ratatui::style::Style;

use crate::mail::diagnosis::{Finding, Severity};
use crate::mail::stage::Stage;
use crate::mailer::probe::remedy::Remedy;
use crate::mailer::probe::walk::{Status, Verdict, Walk};
use crate::mailer::probe::words;
use crate::tui::screen::contract::View;
use crate::tui::widget::text::{pad, width, wrap};
use crate::tui::widget::time::clock;

use super::runs::{Run, Runs};
use super::{card, ladder};

/// A line of a page.
#[derive(Clone, Debug)]
pub(super) enum Row {
    /// The beginning of a part, with words on the left and on the right.
    Rule(String, String),
    /// Text.
    Text(Vec<(String, Style)>),
}

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) rows: Vec<Row>,
    /// The row behind the fixes.
    pub(super) fixes_end: usize,
    columns: usize,
    ruled: bool,
}

impl Page {
    pub(super) const fn new(columns: u16, ruled: bool) -> Self {
        Self {
            rows: Vec::new(),
            fixes_end: 0,
            columns: columns as usize,
            ruled,
        }
    }

    /// Begins a part.
    pub(super) fn section(&mut self, title: &str, right: &str) {
        if self.ruled {
            self.rows
                .push(Row::Rule(title.to_owned(), right.to_owned()));
        }
    }

    pub(super) fn line(&mut self, pieces: Vec<(String, Style)>) {
        self.rows.push(Row::Text(pieces));
    }

    /// A paragraph behind a lead, its further lines below the first one's text.
    pub(super) fn paragraph(&mut self, lead: (String, Style), text: &str, style: Style) {
        let columns = width(&lead.0);
        let room = self.columns.saturating_sub(columns + 1).max(8);
        let mut lead = Some(lead);
        for line in wrap(text, room) {
            let begin = lead
                .take()
                .unwrap_or_else(|| (" ".repeat(columns), Style::new()));
            self.line(vec![begin, (line, style)]);
        }
    }

    /// Where the parts begin.
    pub(super) fn sections(&self) -> Vec<usize> {
        let rows = self.rows.iter().enumerate();
        let begins = rows.filter(|(_, row)| matches!(row, Row::Rule(..)));
        begins.map(|(at, _)| at).collect()
    }

    /// All of it as text.
    pub(super) fn text(&self) -> String {
        let line = |row: &Row| match row {
            Row::Rule(left, right) => format!("\n{left} {right}").trim_end().to_owned(),
            Row::Text(pieces) => pieces.iter().map(|(text, _)| text.as_str()).collect(),
        };
        let lines: Vec<String> = self.rows.iter().map(line).collect();
        lines.join("\n") + "\n"
    }
}

/// What a run has come to.
pub(super) fn verdict(page: &mut Page, run: &Run, fixes: &[(String, &Remedy)], view: View<'_>) {
    let (walk, theme) = (&*run.walk, view.theme);
    let status = match walk.verdict() {
        Verdict::Ok => Status::Ok,
        Verdict::Warning => Status::Warning,
        Verdict::Failed => Status::Failed,
    };
    let (glyph, style) = ladder::sign(status, theme);
    page.section("verdict", &walk.host.name());
    let first = run.findings.first().filter(|_| walk.failure.is_some());
    let headline = match first {
        Some(finding) => finding.title.to_string(),
        None => words::sentence(walk),
    };
    let lead = (format!(" {glyph} "), style);
    page.paragraph(lead, &headline, style.patch(theme.strong()));
    for (key, fix) in fixes {
        let lead = (format!("   {key}  "), theme.key());
        let guard = if fix.lowers_guard {
            "! lowers a guard: "
        } else {
            ""
        };
        page.paragraph(lead, &format!("{guard}{}", fix.words), Style::new());
    }
    page.fixes_end = page.rows.len();
    if let Some(words) = words::left_open(walk) {
        page.paragraph(("   ".to_owned(), Style::new()), words, Style::new());
    }
    for (n, finding) in run.findings.iter().enumerate() {
        let is_headline = n == 0 && first.is_some();
        why(page, finding, is_headline, view);
    }
}

fn why(page: &mut Page, finding: &Finding, is_headline: bool, view: View<'_>) {
    let theme = view.theme;
    let indent = || ("   ".to_owned(), Style::new());
    if !is_headline {
        let (mark, style) = match finding.severity {
            Severity::Error => ("also possible: ", theme.bad()),
            Severity::Warning => ("also: ", theme.warning()),
            Severity::Info => ("note: ", theme.quiet()),
        };
        page.paragraph((format!(" {mark}"), style), &finding.title, theme.strong());
    }
    page.paragraph(indent(), &finding.explanation, Style::new());
    for advice in &finding.advice {
        let lead = (format!("   {} ", view.theme.glyphs.dot), theme.quiet());
        page.paragraph(lead, advice, Style::new());
    }
    if !finding.evidence.is_empty() {
        let lead = ("   seen: ".to_owned(), theme.quiet());
        page.paragraph(lead, &finding.evidence, theme.quiet());
    }
}

/// Whether a look at the other ports may help: the walk has not come as far as a mail server.
pub(super) fn is_at_the_door(walk: &Walk) -> bool {
    let failure = walk.failure.as_ref();
    failure.is_some_and(|failure| {
        matches!(
            failure.stage,
            Stage::Connect | Stage::Greeting | Stage::StartTls | Stage::Tls
        )
    })
}

/// The runs of this session, where there are several.
pub(super) fn history(page: &mut Page, runs: &Runs, view: View<'_>) {
    if runs.len() < 2 {
        return;
    }
    let theme = view.theme;
    page.section("last runs", "");
    for (is_shown, run) in runs.iter() {
        let walk = &run.walk;
        let mark = if is_shown { theme.glyphs.cursor } else { " " };
        let at = clock(walk.started, &view.world.zone);
        let way = pad(
            &format!("{} {}", walk.host.name(), walk.host.security),
            34,
            theme.glyphs.ellipsis,
            false,
        );
        let result = match &walk.failure {
            None => (
                format!("{} {}", theme.glyphs.delivered, walk.verdict().name()),
                theme.good(),
            ),
            Some(failure) => (
                format!(
                    "{} {}: {}",
                    theme.glyphs.failed, failure.stage, failure.cause
                ),
                theme.bad(),
            ),
        };
        let lead = format!(" {mark} {at}  {way}  ");
        page.line(vec![(lead, Style::new()), result]);
    }
}

/// The whole page of a run.
pub(super) fn page(
    run: &Run,
    runs: &Runs,
    fixes: &[(String, &Remedy)],
    (columns, ruled): (u16, bool),
    view: View<'_>,
) -> Page {
    let mut page = Page::new(columns, ruled);
    verdict(&mut page, run, fixes, view);
    history(&mut page, runs, view);
    card::certificate(&mut page, &run.walk, view);
    card::promises(&mut page, &run.walk, view);
    page
}

/// The lines of a page that are seen from a line on, in a window of this height.
pub(super) fn window(page: &Page, scroll: usize, height: u16) -> Range<usize> {
    let count = page.rows.len();
    let height = usize::from(height);
    let first = scroll.min(count.saturating_sub(height));
    first..count.min(first + height)
}

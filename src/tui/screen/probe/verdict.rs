//! What a walk has come to, as a page to scroll: the verdict, the fixes with their keys, why, and the runs of this session.

use ratatui::style::Style;

use crate::mail::diagnosis::{Finding, Severity};
use crate::mail::stage::Stage;
use crate::mailer::probe::compare::{Record, compare};
use crate::mailer::probe::remedy::Remedy;
use crate::mailer::probe::walk::{Status, Verdict, Walk};
use crate::mailer::probe::words;
use crate::tui::screen::contract::View;
use crate::tui::widget::text::pad;
use crate::tui::widget::time::when;

use super::page::Page;
use super::past::{self, Past, Run};
use super::runs::Runs;
use super::{card, ladder};

/// Kept runs that are listed.
const KEPT: usize = 8;

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

/// The runs of this session and those that are kept, where there are several.
pub(super) fn history(page: &mut Page, runs: &Runs, view: View<'_>) {
    if runs.len() < 2 {
        return;
    }
    let theme = view.theme;
    page.section("last runs", "");
    let mut left_out = 0_usize;
    let mut kept = 0_usize;
    for (is_shown, past) in runs.iter() {
        if matches!(past, Past::Kept(_)) {
            kept += 1;
            if kept > KEPT && !is_shown {
                left_out += 1;
                continue;
            }
        }
        let mark = if is_shown { theme.glyphs.cursor } else { " " };
        let at = when(past.started(), view.world.now.wall, &view.world.zone);
        let way = pad(&past.way(), 34, theme.glyphs.ellipsis, false);
        let result = match past.result() {
            (false, words) => (format!("{} {words}", theme.glyphs.delivered), theme.good()),
            (true, words) => (format!("{} {words}", theme.glyphs.failed), theme.bad()),
        };
        let lead = format!(" {mark} {at:<12}  {way}  ");
        page.line(vec![(lead, Style::new()), result]);
    }
    if left_out > 0 {
        let words = format!("   and {left_out} older ones");
        page.line(vec![(words, theme.quiet())]);
    }
}

/// What differs from a run that went well: what may be the reason first.
fn compared(page: &mut Page, good: &Record, run: &Record, view: View<'_>) {
    let at = when(good.started, view.world.now.wall, &view.world.zone);
    page.section("compared", &format!("with the good run of {at}"));
    let all = compare(good, run);
    if all.is_empty() {
        let words = "   Nothing differs but the time.".to_owned();
        page.line(vec![(words, Style::new())]);
    }
    for one in all {
        let (mark, style) = if one.worse {
            ("!", view.theme.warning())
        } else {
            (view.theme.glyphs.dot, view.theme.quiet())
        };
        page.paragraph((format!(" {mark} "), style), &one.words, Style::new());
    }
}

/// The whole page of a run.
pub(super) fn page(
    past: Past<'_>,
    (runs, good): (&Runs, Option<&Record>),
    fixes: &[(String, &Remedy)],
    (columns, ruled): (u16, bool),
    view: View<'_>,
) -> Page {
    let mut page = Page::new(columns, ruled);
    if let Some(good) = good {
        compared(&mut page, good, &past.record(), view);
    }
    match past {
        Past::Here(run) => {
            verdict(&mut page, run, fixes, view);
            history(&mut page, runs, view);
            past::provider(&mut page, &run.walk.host.host, view);
            card::certificate(&mut page, &run.walk, view);
            card::promises(&mut page, &run.walk, view);
        }
        Past::Kept(record) => {
            past::verdict(&mut page, record, view);
            history(&mut page, runs, view);
            past::provider(&mut page, record.host(), view);
            past::cards(&mut page, record, view);
        }
    }
    page
}

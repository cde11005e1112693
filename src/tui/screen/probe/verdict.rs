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
use crate::tui::widget::time::clock;

use super::page::Page;
use super::runs::{Run, Runs};
use super::{card, ladder};

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

/// What differs from a run that went well: what may be the reason first.
fn compared(page: &mut Page, good: &Run, run: &Run, view: View<'_>) {
    let at = clock(good.walk.started, &view.world.zone);
    page.section("compared", &format!("with the good run of {at}"));
    let all = compare(&Record::of(&good.walk), &Record::of(&run.walk));
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
    run: &Run,
    (runs, good): (&Runs, Option<&Run>),
    fixes: &[(String, &Remedy)],
    (columns, ruled): (u16, bool),
    view: View<'_>,
) -> Page {
    let mut page = Page::new(columns, ruled);
    if let Some(good) = good {
        compared(&mut page, good, run, view);
    }
    verdict(&mut page, run, fixes, view);
    history(&mut page, runs, view);
    card::certificate(&mut page, &run.walk, view);
    card::promises(&mut page, &run.walk, view);
    page
}

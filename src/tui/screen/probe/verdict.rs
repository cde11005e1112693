//! What a walk has come to, as a page to scroll: the verdict, the fixes with their keys, why, and the runs of this session.

use ratatui::style::Style;

use crate::mail::diagnosis::{Finding, Severity};
use crate::mail::stage::Stage;
use crate::mailer::probe::compare::{Record, compare};
use crate::mailer::probe::remedy::Remedy;
use crate::mailer::probe::walk::{Status, Verdict, Walk};
use crate::mailer::probe::words;
use crate::tui::screen::contract::View;
use crate::tui::widget::text::{pad, width};
use crate::tui::widget::time::when;

use super::against::{Against, How};
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
        let (lead, result) = past::listed(past, view);
        page.line(vec![(format!(" {mark} {lead}"), Style::new()), result]);
    }
    if left_out > 0 {
        let words = format!("   and {left_out} older ones");
        page.line(vec![(words, theme.quiet())]);
    }
}

/// What differs from another run: what may be the reason first.
fn compared(page: &mut Page, against: &Against, run: &Record, view: View<'_>) {
    let Against { before, how } = against;
    let at = when(before.started, view.world.now.wall, &view.world.zone);
    let title = match how {
        How::Good => format!("with the good run of {at}"),
        How::Chosen if before.server == run.server => format!("with the run of {at}"),
        How::Chosen => format!("with {}, {at}", before.server),
        How::Both([one, other]) => format!("from {one} to {other}"),
    };
    page.section("compared", &title);
    if let How::Both(names) = how {
        let columns = names
            .iter()
            .map(|name| width(name))
            .max()
            .unwrap_or(0)
            .min(30);
        for (name, one) in names.iter().zip([before, run]) {
            let (glyph, style, words) = past::outcome(Past::Kept(one), view.theme);
            let name = pad(name, columns, view.theme.glyphs.ellipsis, false);
            let lead = format!(" {glyph} {name}  ");
            page.paragraph(
                (lead, style),
                &format!("{words}, {} ms", one.took_ms),
                Style::new(),
            );
        }
    }
    let all = compare(before, run);
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
    (runs, against): (&Runs, Option<&Against>),
    fixes: &[(String, &Remedy)],
    (columns, ruled): (u16, bool),
    view: View<'_>,
) -> Page {
    let mut page = Page::new(columns, ruled);
    if let Some(against) = against {
        compared(&mut page, against, &past.record(), view);
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

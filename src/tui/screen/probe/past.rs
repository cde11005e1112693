//! A walk that is over, of this session or kept from an earlier one, and the page of a kept one: what was seen, not what was said.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ratatui::style::Style;

use crate::mail::clean::Clean;
use crate::mail::diagnosis::Finding;
use crate::mail::reach::Family;
use crate::mailer::probe::compare::Record;
use crate::mailer::probe::walk::{Check, Plan, Status, Verdict, Walk};
use crate::mailer::probe::words;
use crate::tui::probe::Same;
use crate::tui::screen::contract::View;
use crate::tui::theme::Theme;
use crate::tui::widget::text::pad;
use crate::tui::widget::time::when;

use super::card::left;
use super::ladder;
use super::page::Page;

/// A walk that is over.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) plan: Same<Plan>,
    pub(super) walk: Arc<Walk>,
    pub(super) findings: Vec<Finding>,
    /// The server as it was written.
    pub(super) written: Option<String>,
    /// The family that was wanted, where this run was made over one to be held against the other.
    pub(super) family: Option<Family>,
}

/// One of the walks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Past<'a> {
    /// Of this session.
    Here(&'a Run),
    /// Kept from an earlier one.
    Kept(&'a Record),
}

impl<'a> Past<'a> {
    /// What is kept of it, or would be.
    pub(super) fn record(self) -> Cow<'a, Record> {
        match self {
            Self::Here(run) => Cow::Owned(Record::of(&run.walk)),
            Self::Kept(record) => Cow::Borrowed(record),
        }
    }

    /// When it began.
    pub(super) fn started(self) -> Timestamp {
        match self {
            Self::Here(run) => run.walk.started,
            Self::Kept(record) => record.started,
        }
    }

    /// The server, and the protection.
    pub(super) fn way(self) -> String {
        match self {
            Self::Here(run) => format!("{} {}", run.walk.host.name(), run.walk.host.security),
            Self::Kept(record) => format!("{} {}", record.server, record.security),
        }
    }

    /// What it has come to, and whether that is a failure.
    pub(super) fn result(self) -> (bool, String) {
        let (failure, verdict) = match self {
            Self::Here(run) => {
                let failure = run.walk.failure.as_ref();
                let words = failure.map(|one| format!("{}: {}", one.stage, one.cause));
                (words, run.walk.verdict())
            }
            Self::Kept(record) => {
                let failed =
                    { record.stages.iter().rev() }.find(|one| one.status == Status::Failed);
                let stage = failed.map_or_else(String::new, |one| format!("{}: ", one.stage));
                // What is no reply has its stage before it already.
                let whole = |words: &Clean| {
                    let words = words.strip_prefix(&stage).unwrap_or(words);
                    format!("{stage}{words}")
                };
                (record.failure.as_ref().map(whole), record.verdict)
            }
        };
        let is_failed = failure.is_some();
        (
            is_failed,
            failure.unwrap_or_else(|| verdict.name().to_owned()),
        )
    }

    /// The stages.
    pub(super) fn checks(self) -> Vec<Check> {
        match self {
            Self::Here(run) => run.walk.checks.clone(),
            Self::Kept(record) => { record.stages.iter() }
                .map(|one| Check {
                    stage: one.stage,
                    status: one.status,
                    took: Duration::from_millis(one.took_ms),
                    detail: one.detail.clone(),
                })
                .collect(),
        }
    }
}

/// The sign and the words of what one has come to.
pub(super) fn outcome(past: Past<'_>, theme: &Theme) -> (&'static str, Style, String) {
    match past.result() {
        (false, words) => (theme.glyphs.delivered, theme.good(), words),
        (true, words) => (theme.glyphs.failed, theme.bad(), words),
    }
}

/// A walk in a list: when and where, and what it has come to.
pub(super) fn listed(past: Past<'_>, view: View<'_>) -> (String, (String, Style)) {
    let theme = view.theme;
    let at = when(past.started(), view.world.now.wall, &view.world.zone);
    let way = pad(&past.way(), 34, theme.glyphs.ellipsis, false);
    let (glyph, style, words) = outcome(past, theme);
    (
        format!("{at:<12}  {way}  "),
        (format!("{glyph} {words}"), style),
    )
}

/// One sentence on a kept walk.
pub(super) fn sentence(record: &Record) -> String {
    let server = &record.server;
    match (&record.failure, record.verdict) {
        (Some(failure), _) => format!("{server}: {failure}"),
        (None, Verdict::Ok) => format!("{server}: all was well"),
        (None, _) => format!("{server}: it worked, with something to look at"),
    }
}

/// The verdict of a kept walk.
pub(super) fn verdict(page: &mut Page, record: &Record, view: View<'_>) {
    let theme = view.theme;
    let status = match record.verdict {
        Verdict::Ok => Status::Ok,
        Verdict::Warning => Status::Warning,
        Verdict::Failed => Status::Failed,
    };
    let (glyph, style) = ladder::sign(status, theme);
    page.section("verdict", &record.server);
    let lead = (format!(" {glyph} "), style);
    page.paragraph(lead, &sentence(record), style.patch(theme.strong()));
    let at = when(record.started, view.world.now.wall, &view.world.zone);
    let words = format!(
        "A run of an earlier session, {at}: what was seen is kept, what was said is not. It took {} ms.",
        record.took_ms
    );
    page.paragraph(("   ".to_owned(), Style::new()), &words, theme.quiet());
}

/// Its certificate, and what the server promised.
pub(super) fn cards(page: &mut Page, record: &Record, view: View<'_>) {
    let theme = view.theme;
    let label = |name: &str| (format!("  {name:<9}"), theme.quiet());
    if let Some(leaf) = &record.certificate {
        page.section(
            "certificate",
            record.tls.as_deref().unwrap_or("not accepted"),
        );
        let plain = |name: &str, text: &str| vec![label(name), (text.to_owned(), Style::new())];
        page.line(plain("subject", &leaf.subject));
        page.line(plain("issuer", &leaf.issuer));
        let until = format!("until {}, at that time ", leaf.not_after.strftime("%F"));
        page.line(vec![
            label("valid"),
            (until, Style::new()),
            left(leaf.days_left, theme),
        ]);
        page.line(plain("sha256", &leaf.sha256));
    }
    let offered = record.offered().filter(|all| !all.is_empty());
    let Some(offered) = offered else {
        return;
    };
    let place = if record.after_tls.is_some() {
        "inside TLS"
    } else {
        "in clear"
    };
    page.section("the server promised", place);
    for promise in offered {
        let words = words::promise(promise).unwrap_or_default();
        let name = pad(promise, 22, theme.glyphs.ellipsis, false);
        page.line(vec![
            (format!("  {name}  "), Style::new()),
            (words, theme.quiet()),
        ]);
    }
}

/// What is known of the provider of a host.
pub(super) fn provider(page: &mut Page, host: &str, view: View<'_>) {
    let presets = crate::mailer::probe::presets::Presets::standard();
    let Some(preset) = presets.of_host(host) else {
        return;
    };
    page.section("provider", &Clean::new(&preset.title));
    for (name, value) in preset.facts(host) {
        let lead = (format!("  {name:<9}"), view.theme.quiet());
        page.paragraph(lead, &value, Style::new());
    }
}

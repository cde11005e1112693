//! Where an attempt's time went, stage by stage, on one line.

use std::time::Duration;

use ratatui::style::Style;

use crate::mail::entry::Attempt;
use crate::mail::stage::Stage;
use crate::tui::screen::contract::View;
use crate::tui::widget::text::width;
use crate::tui::widget::time::stage;

/// Stages that people tell apart.
const fn group(stage: Stage) -> &'static str {
    match stage {
        Stage::Resolve => "dns",
        Stage::Connect => "tcp",
        Stage::Greeting => "greeting",
        Stage::Hello => "hello",
        Stage::StartTls | Stage::Tls => "tls",
        Stage::Auth => "auth",
        Stage::Mail | Stage::Rcpt => "envelope",
        Stage::Data | Stage::Content => "data",
        Stage::Quit => "quit",
    }
}

/// The time spent in each group of stages, in the order of first appearance; with the time that a running attempt has spent in
/// its stage until now.
pub fn spent(attempt: &Attempt, view: View<'_>) -> Vec<(&'static str, Duration)> {
    let mut stages = attempt.transcript.stages();
    if attempt.end.is_none() {
        let now = view.world.now.tick.since(attempt.started.tick);
        let told: Duration = stages.iter().map(|(_, time)| *time).sum();
        let stage = attempt.transcript.progress().stage;
        stages.push((stage, now.saturating_sub(told)));
    }
    let mut groups: Vec<(&'static str, Duration)> = Vec::new();
    for (stage, time) in stages {
        let name = group(stage);
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += time,
            None => groups.push((name, time)),
        }
    }
    groups
}

/// The line, its slowest part standing out. Where it does not fit, the unit is named once, and then the quickest parts go.
pub fn line(attempt: &Attempt, columns: usize, view: View<'_>) -> Vec<(String, Style)> {
    let mut groups = spent(attempt, view);
    if groups.iter().any(|(_, time)| time.as_millis() > 0) {
        groups.retain(|(_, time)| time.as_millis() > 0);
    }
    let slowest = groups.iter().map(|(_, time)| *time).max();
    let worded = |groups: &[(&'static str, Duration)], short: bool| {
        let mut pieces = Vec::new();
        for (n, (name, time)) in groups.iter().enumerate() {
            let lead = if n == 0 { "" } else { view.theme.glyphs.part };
            let unit = if n + 1 == groups.len() { " ms" } else { "" };
            let text = if short {
                format!("{name} {}{unit}", time.as_millis())
            } else {
                format!("{name} {}", stage(*time))
            };
            let style = if Some(*time) == slowest {
                view.theme.strong()
            } else {
                Style::new()
            };
            pieces.push((format!(" {lead}"), view.theme.quiet()));
            pieces.push((text, style));
        }
        pieces
    };
    let fits = |pieces: &[(String, Style)]| {
        let used: usize = pieces.iter().map(|(text, _)| width(text)).sum();
        used <= columns
    };
    let full = worded(&groups, false);
    if fits(&full) {
        return full;
    }
    loop {
        let pieces = worded(&groups, true);
        let quickest = groups.iter().enumerate().min_by_key(|(_, (_, time))| *time);
        match quickest.map(|(index, _)| index) {
            Some(index) if groups.len() > 1 && !fits(&pieces) => {
                groups.remove(index);
            }
            _ => return pieces,
        }
    }
}

//! The ladder of stages: those that are over, and the one that is waited for with its limit counting down.

use std::time::Duration;

use ratatui::style::Style;

use crate::mail::clean::Clean;
use crate::mail::clock::Tick;
use crate::mail::stage::Stage;
use crate::mail::transcript::Transcript;
use crate::mailer::probe::walk::{Check, Event, Plan, Status};
use crate::tui::probe::Same;
use crate::tui::screen::contract::View;
use crate::tui::theme::Theme;
use crate::tui::widget::time::stage;

use super::against::Part;

/// A walk that is under way, or was cancelled.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) number: u64,
    pub(super) plan: Same<Plan>,
    pub(super) began: Tick,
    pub(super) transcript: Option<Transcript>,
    pub(super) checks: Vec<Check>,
    pub(super) waiting: Option<Waiting>,
    pub(super) is_cancelled: bool,
    /// What is looked up before the walk, and what is to follow.
    pub(super) seeking: Option<Seeking>,
    /// The server as it was written.
    pub(super) written: Option<String>,
    /// Which of two it is, where two are held against each other.
    pub(super) part: Option<Part>,
}

/// A name that may be a mail domain.
#[derive(Clone, Debug)]
pub(super) struct Seeking {
    pub(super) name: Clean,
    pub(super) then: Then,
}

/// What follows when it is known where to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Walk,
    Look,
    /// A walk to the host in the form, and one to this.
    Other,
}

/// What is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) stage: Stage,
    pub(super) since: Tick,
    pub(super) limit: Duration,
    /// Whether this is the look whether a silent server waits for TLS.
    pub(super) is_second_look: bool,
}

impl Waiting {
    /// Whether more time can be granted: for replies, not for a name, a connection or a handshake.
    pub(super) const fn can_be_longer(&self) -> bool {
        !self.is_second_look && !matches!(self.stage, Stage::Resolve | Stage::Connect | Stage::Tls)
    }
}

impl Live {
    pub(super) const fn new(number: u64, plan: Same<Plan>, began: Tick) -> Self {
        Self {
            number,
            plan,
            began,
            transcript: None,
            checks: Vec::new(),
            waiting: None,
            is_cancelled: false,
            seeking: None,
            written: None,
            part: None,
        }
    }

    /// Takes what has happened.
    pub(super) fn happened(&mut self, event: &Event, now: Tick) {
        let wait = |stage, limit, is_second_look| {
            Some(Waiting {
                stage,
                since: now,
                limit,
                is_second_look,
            })
        };
        match event {
            Event::Entered { stage, limit } => self.waiting = wait(*stage, *limit, false),
            Event::SecondLook { limit } => self.waiting = wait(Stage::Tls, *limit, true),
            Event::Ended(check) => {
                self.waiting = None;
                self.checks.push(check.clone());
            }
            Event::NextAddress => {
                self.waiting = None;
                self.checks.retain(|check| check.stage == Stage::Resolve);
            }
        }
    }
}

/// A line of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rung {
    pub(super) glyph: &'static str,
    pub(super) style: Style,
    pub(super) names: String,
    pub(super) detail: String,
    pub(super) took: String,
}

/// The rungs of stages that are over. Stages that were not tried for the same reason share one.
pub(super) fn rungs(checks: &[Check], theme: &Theme) -> Vec<Rung> {
    let mut rungs: Vec<(Status, Rung)> = Vec::new();
    for check in checks {
        let skipped = check.status == Status::Skipped;
        if let Some((Status::Skipped, last)) = rungs.last_mut()
            && skipped
            && last.detail == check.detail.as_str()
        {
            last.names = format!("{}, {}", last.names, check.stage);
            continue;
        }
        let (glyph, style) = sign(check.status, theme);
        let took = if skipped {
            String::new()
        } else {
            stage(check.took)
        };
        let rung = Rung {
            glyph,
            style,
            names: check.stage.to_string(),
            detail: check.detail.to_string(),
            took,
        };
        rungs.push((check.status, rung));
    }
    rungs.into_iter().map(|(_, rung)| rung).collect()
}

/// The rungs where there is room for few: what went well at the beginning shares one.
pub(super) fn few(checks: &[Check], theme: &Theme) -> Vec<Rung> {
    let well = checks
        .iter()
        .take_while(|check| check.status == Status::Ok)
        .count();
    let (good, rest) = checks.split_at_checked(well).unwrap_or((checks, &[]));
    let names: Vec<String> = good.iter().map(|check| check.stage.to_string()).collect();
    let mut all = Vec::new();
    if !names.is_empty() {
        let (glyph, style) = sign(Status::Ok, theme);
        all.push(Rung {
            glyph,
            style,
            names: names.join(", "),
            detail: String::new(),
            took: stage(good.iter().map(|check| check.took).sum()),
        });
    }
    all.extend(rungs(rest, theme));
    all
}

/// The rung of what is waited for.
pub(super) fn waiting(live: &Live, view: View<'_>) -> Option<Rung> {
    let (now, theme) = (view.world.now.tick, view.theme);
    if live.is_cancelled {
        return Some(Rung {
            glyph: theme.glyphs.dropped,
            style: theme.warning(),
            names: live
                .waiting
                .map_or_else(String::new, |one| one.stage.to_string()),
            detail: "cancelled by you; nothing more was said".to_owned(),
            took: String::new(),
        });
    }
    let waiting = live.waiting.as_ref()?;
    let spent = now.since(waiting.since);
    let left = waiting.limit.saturating_sub(spent).as_millis();
    let left = left.div_ceil(1000);
    let what = match &live.seeking {
        Some(seeking) => format!("looking {} up {} ", seeking.name, theme.glyphs.ellipsis),
        None if waiting.is_second_look => "does the silence wait for TLS? ".to_owned(),
        None => String::new(),
    };
    Some(Rung {
        glyph: theme.glyphs.sending,
        style: theme.active(),
        names: waiting.stage.to_string(),
        detail: format!("{what}{} s, gives up in {left} s", spent.as_secs()),
        took: String::new(),
    })
}

/// The sign of a status.
pub(super) fn sign(status: Status, theme: &Theme) -> (&'static str, Style) {
    let glyphs = theme.glyphs;
    match status {
        Status::Ok => (glyphs.delivered, theme.good()),
        Status::Warning => ("!", theme.warning()),
        Status::Failed => (glyphs.failed, theme.bad()),
        Status::Skipped => (glyphs.due, Style::new()),
    }
}

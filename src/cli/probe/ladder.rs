//! The ladder of stages as it grows: one line for each, and on a terminal what is waited for and how long.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use crate::cli::exit::Stop;
use crate::cli::output;
use crate::mail::stage::Stage;
use crate::mailer::probe::walk::{Check, Event, Status};

/// Prints stages as they end.
#[derive(Debug)]
pub(super) struct Ladder {
    color: bool,
    /// Whether a line can be written over.
    live: bool,
    /// What is waited for, until when.
    waiting: Option<(Stage, Instant)>,
}

impl Ladder {
    pub(super) fn new(color: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self {
            color,
            live: !dumb && io::stdout().is_terminal(),
            waiting: None,
        }
    }

    /// Shows what has happened.
    pub(super) fn show(&mut self, event: &Event) -> Result<(), Stop> {
        match event {
            Event::Entered { stage, limit } => self.enter(*stage, *limit),
            Event::SecondLook { limit } => self.enter(Stage::Tls, *limit),
            Event::Ended(check) => {
                self.clear()?;
                output::print(line(check, self.color))
            }
            Event::NextAddress => {
                self.clear()?;
                output::print("  this address is of no use; the next one is tried\n")
            }
        }
    }

    fn enter(&mut self, stage: Stage, limit: Duration) -> Result<(), Stop> {
        let now = Instant::now();
        self.waiting = Some((stage, now.checked_add(limit).unwrap_or(now)));
        self.wait()
    }

    /// Shows what is waited for, and how long at the most.
    pub(super) fn wait(&self) -> Result<(), Stop> {
        let Some((stage, end)) = self.waiting.filter(|_| self.live) else {
            return Ok(());
        };
        let left = end.saturating_duration_since(Instant::now());
        output::print(format!(
            "\r\x1b[K… {stage:<9} waits {} s at the most",
            left.as_millis().div_ceil(1000)
        ))
    }

    /// Takes the line of what is waited for away.
    pub(super) fn clear(&mut self) -> Result<(), Stop> {
        if self.waiting.take().is_some() && self.live {
            output::print("\r\x1b[K")?;
        }
        Ok(())
    }
}

/// One stage in a line.
pub(super) fn line(check: &Check, color: bool) -> String {
    let (mark, paint) = match check.status {
        Status::Ok => ("✓", 32),
        Status::Warning => ("!", 33),
        Status::Failed => ("✗", 31),
        Status::Skipped => ("–", 90),
    };
    let mut text = if color {
        format!("\x1b[{paint}m{mark}\x1b[0m")
    } else {
        mark.to_owned()
    };
    let took = match check.status {
        Status::Skipped => String::new(),
        _ => took(check.took),
    };
    // Writing into a String cannot fail.
    let _ = write!(text, " {:<9}{took:>9}  {}", check.stage, check.detail);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// A time for people.
pub(super) fn took(time: Duration) -> String {
    match time.as_millis() {
        0 => "< 1 ms".to_owned(),
        millis @ 1..10_000 => format!("{millis} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_a_line_without_controls() {
        let check = |status, detail: &str| Check {
            stage: Stage::Auth,
            status,
            took: Duration::from_millis(120),
            detail: detail.into(),
        };
        assert_eq!(
            line(&check(Status::Failed, "535 \u{1b}[2Jno"), false),
            "✗ auth        120 ms  535 \\x1b[2Jno\n"
        );
        assert_eq!(line(&check(Status::Skipped, ""), false), "– auth\n");
        let painted = line(&check(Status::Ok, "yes"), true);
        assert!(
            painted.starts_with("\u{1b}[32m✓\u{1b}[0m auth"),
            "{painted}"
        );
        assert_eq!(took(Duration::from_micros(1)), "< 1 ms");
        assert_eq!(took(Duration::from_millis(30_049)), "30.0 s");
    }
}

//! `probe --watch`: the same walk again and again, a line or an object each.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use super::history::Memory;
use super::ladder::took;
use crate::cli::args::Common;
use crate::cli::exit::{Exit, Stop, of_walk};
use crate::cli::signals::Signals;
use crate::mail::certificate::left_in_words;
use crate::mail::clock::SystemClock;
use crate::mail::transcript::Transcript;
use crate::mailer::probe::conclude::{Beside, conclude_with};
use crate::mailer::probe::report::Report;
use crate::mailer::probe::walk::{Plan, Walk, walk};
use crate::mailer::probe::words::sentence;

/// Walks until a signal comes or the reader has gone away. The status is that of the last walk.
///
/// Of the runs those are kept that change the verdict, the first among them: when it broke and when it healed is worth knowing,
/// and a thousand runs that all went alike would drive everything else out of the history.
pub(super) async fn watch(
    plan: &Plan,
    interval: Duration,
    common: &Common,
    beside: Beside<'_>,
    history: &Memory,
) -> Result<Exit, Stop> {
    let cannot = |error: io::Error| Stop::new(Exit::Io, format!("cannot start: {error}"));
    let mut signals = Signals::new().map_err(cannot)?;
    let mut rounds = tokio::time::interval(interval);
    // A walk that took longer is no reason to hurry afterwards.
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let beside = Beside {
        last_good: history.last_good(),
        ..beside
    };
    let (mut exit, mut verdict) = (Exit::Ok, None);
    loop {
        tokio::select! {
            () = signals.next() => return Ok(exit),
            _ = rounds.tick() => {}
        }
        let transcript = Transcript::new(Arc::new(SystemClock::new()));
        let mut nobody = |_: &_| {};
        let walked = tokio::select! {
            () = signals.next() => return Ok(exit),
            walked = walk(plan, &transcript, &mut nobody) => walked,
        };
        exit = of_walk(&walked);
        if verdict.replace(walked.verdict()) != Some(walked.verdict()) {
            history.keep(&walked, common.quiet);
        }
        let is_quiet = common.quiet && walked.failure.is_none();
        let text =
            match serde_json::to_string(&Report::with(&walked, conclude_with(&walked, &beside))) {
                _ if is_quiet => continue,
                Ok(object) if common.json => format!("{object}\n"),
                Err(error) if common.json => return Err(Stop::new(Exit::Io, error.to_string())),
                _ => line(&walked),
            };
        if !write(&text)? {
            return Ok(exit);
        }
    }
}

/// One walk in a line.
fn line(walk: &Walk) -> String {
    let days = match walk.days_left() {
        Some(days) => format!("  certificate {}", left_in_words(days)),
        None => String::new(),
    };
    format!(
        "{}  {:<7}  {:>8}  {}{days}\n",
        walk.started.strftime("%FT%TZ"),
        walk.verdict().name(),
        took(walk.took),
        sentence(walk),
    )
}

/// Writes to standard output; `false` where the reader has gone away.
fn write(text: &str) -> Result<bool, Stop> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => {
            let words = format!("cannot write to standard output: {error}");
            Err(Stop::new(Exit::Io, words))
        }
    }
}

//! What the rooms below remark by `tracing`, such as a log that cannot be written: said on standard error while a command runs.
//! The console has a line of its own for what matters to its user, and a screen that nobody else may write to.

use std::fmt;
use std::io;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

use super::exit::{Exit, Stop};
use crate::mail::clean::clean;

/// The variable that says how much is wanted.
pub(super) const VARIABLE: &str = "TURBOMAIL_LOG";

/// Listens from now on, to this program's own remarks alone: libraries below log what a server says.
pub(super) fn listen(quiet: bool) -> Result<(), Stop> {
    let usual = if quiet {
        LevelFilter::ERROR
    } else {
        LevelFilter::WARN
    };
    let wanted = match std::env::var(VARIABLE) {
        Ok(text) if !text.is_empty() => level(&text)?,
        _ => usual,
    };
    let said = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(wanted)
        .event_format(Said)
        .finish()
        .with(Targets::new().with_target("turbomail", wanted));
    // A program that has this one as its library may listen already.
    let _ = tracing::subscriber::set_global_default(said);
    Ok(())
}

fn level(text: &str) -> Result<LevelFilter, Stop> {
    text.parse().map_err(|_| {
        Stop::new(
            Exit::Config,
            format!(
                "{VARIABLE} is off, error, warn, info, debug or trace, not {}",
                clean(text)
            ),
        )
    })
}

/// A remark in the words of all others of a command.
struct Said;

impl<S, N> FormatEvent<S, N> for Said
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        all: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &tracing::Event<'_>,
    ) -> fmt::Result {
        let mut words = String::new();
        all.format_fields(Writer::new(&mut words), event)?;
        writeln!(writer, "turbomail: {}", clean(&words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_one_of_six_words() {
        for text in ["off", "error", "warn", "info", "debug", "trace", "WARN"] {
            assert!(level(text).is_ok(), "{text}");
        }
        let stop = level("loud\u{1b}[m").expect_err("no level");
        assert!(stop.words.contains("off, error, warn"), "{}", stop.words);
        assert!(!stop.words.contains('\u{1b}'));
    }
}

//! The runs that are kept: each is written down, held against the last one that went well, and listed with `--history`.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::ladder::took;
use super::place::not_taken;
use crate::cli::args::{Common, Host, ProbeArgs};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output;
use crate::config::Loaded;
use crate::config::paths::Paths;
use crate::mailer::probe::compare::{Difference, Record, compare};
use crate::mailer::probe::history::{History, HistoryError};
use crate::mailer::probe::target;
use crate::mailer::probe::walk::{Verdict, Walk};

/// The runs that a walk is held against and goes to.
#[derive(Debug, Default)]
pub(super) struct Memory {
    probes: Option<History>,
    last_good: Option<Record>,
}

impl Memory {
    /// Looks the last good run up. A history that cannot be used is told, and the walk goes on without it.
    pub(super) fn open(loaded: &Loaded, args: &ProbeArgs, server: &str, quiet: bool) -> Self {
        let number = loaded.settings.probe.history.0;
        let Some(paths) = Paths::find().filter(|_| number > 0 && !args.no_history) else {
            return Self::default();
        };
        let opened = History::open(paths.probes, number);
        let found = opened.and_then(|probes| {
            let runs = probes.runs(server)?;
            tell(&runs.unread, quiet);
            let last_good = runs.records.into_iter().rev().find(Record::is_good);
            Ok((probes, last_good))
        });
        match found {
            Ok((probes, last_good)) => Self {
                probes: Some(probes),
                last_good,
            },
            Err(error) => {
                complain(&error, quiet);
                Self::default()
            }
        }
    }

    /// The last run to this server that went well.
    pub(super) const fn last_good(&self) -> Option<&Record> {
        self.last_good.as_ref()
    }

    /// Keeps a walk.
    pub(super) fn keep(&self, walk: &Walk, quiet: bool) {
        if let Some(probes) = &self.probes
            && let Err(error) = probes.keep(&Record::of(walk))
        {
            complain(&error, quiet);
        }
    }

    /// What differs from the last good run, where that may be a reason for what went wrong.
    pub(super) fn compared(&self, walk: &Walk) -> Option<Compared> {
        let before = self.last_good.as_ref()?;
        if walk.verdict() == Verdict::Ok {
            return None;
        }
        let differences = compare(before, &Record::of(walk));
        (!differences.is_empty()).then_some(Compared {
            with: before.started,
            differences,
        })
    }
}

/// What differs from a run before.
#[derive(Debug)]
pub(super) struct Compared {
    with: jiff::Timestamp,
    differences: Vec<Difference>,
}

impl Compared {
    /// For people.
    pub(super) fn lines(&self) -> String {
        let date = self.with.strftime("%F %H:%M UTC");
        let mut text = format!("\nCompared with the last good run of {date}\n");
        text.push_str(&list(&self.differences));
        text
    }

    /// For programs.
    pub(super) fn told(&self) -> Value {
        json!({ "with": self.with, "differences": self.differences })
    }
}

/// One difference a line; what may be a reason for trouble has a mark.
pub(super) fn list(differences: &[Difference]) -> String {
    let mut text = String::new();
    for one in differences {
        let mark = if one.worse { '!' } else { ' ' };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{mark} {}", one.words);
    }
    text
}

fn complain(error: &HistoryError, quiet: bool) {
    if !quiet {
        output::complain(&crate::mail::clean::clean(&error.to_string()));
    }
}

fn tell(unread: &[crate::mail::clean::Clean], quiet: bool) {
    for words in unread.iter().filter(|_| !quiet) {
        output::complain(&format!(
            "a kept run is not understood and left as it is: {words}"
        ));
    }
}

/// `probe --history`: lists the runs, of one server or of all.
pub(super) fn show(args: &ProbeArgs, common: &Common, host: &Host) -> Result<Exit, Stop> {
    let wanted = match (&args.host, &host.server) {
        (Some(text), _) => {
            let target = target::read(text).map_err(|error| not_taken(&error.into()))?;
            Some(target.server)
        }
        (None, server) => server.clone(),
    };
    let paths = Paths::find();
    let paths = paths.ok_or_else(|| Stop::new(Exit::NoInput, "there is no home with a history"))?;
    if !paths.probes.exists() {
        return Ok(Exit::Ok);
    }
    let cannot = |error: HistoryError| Stop::new(Exit::NoInput, error.to_string());
    let probes = History::open(paths.probes, 1).map_err(cannot)?;
    let mut runs = probes.all().map_err(cannot)?;
    if let Some(wanted) = &wanted {
        runs.records.retain(|one| is_meant(&one.server, wanted));
    }
    tell(&runs.unread, common.quiet);
    let mut text = String::new();
    for record in &runs.records {
        let line = if common.json {
            serde_json::to_string(record).map_err(|error| Stop::new(Exit::Io, error.to_string()))?
        } else {
            line(record)
        };
        let _ = writeln!(text, "{line}");
    }
    output::print(text)?;
    Ok(Exit::Ok)
}

/// Whether a server is the one that was named, with its port or without.
fn is_meant(server: &str, wanted: &str) -> bool {
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    [server, host, bare]
        .iter()
        .any(|one| one.eq_ignore_ascii_case(wanted))
}

fn line(record: &Record) -> String {
    let detail = match (&record.failure, &record.certificate) {
        (Some(failure), _) => failure.to_string(),
        (None, Some(certificate)) => format!("certificate {} days", certificate.days_left),
        (None, None) => String::new(),
    };
    let line = format!(
        "{}  {:<7}  {:>8}  {} {}  {detail}",
        record.started.strftime("%FT%TZ"),
        record.verdict.name(),
        took(Duration::from_millis(record.took_ms)),
        record.server,
        record.security,
    );
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::is_meant;

    #[test]
    fn a_server_is_meant_with_its_port_or_without() {
        for wanted in ["Relay.example", "relay.example:587"] {
            assert!(is_meant("relay.example:587", wanted), "{wanted}");
        }
        assert!(!is_meant("relay.example:587", "relay.example:25"));
        assert!(is_meant("[2001:db8::1]:25", "2001:db8::1"));
        assert!(is_meant("unix:/run/lmtp", "unix:/run/lmtp"));
    }
}

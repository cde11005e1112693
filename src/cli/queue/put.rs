//! `send --queue-only`: a message goes into the spool, and whoever holds it delivers.

use std::sync::Arc;

use super::place::{remote, runtime, stop};
use crate::cli::args::{Common, Host};
use crate::cli::exit::{Exit, Stop};
use crate::cli::{json, output};
use crate::config::Loaded;
use crate::mail::clock::{Clock, SystemClock};
use crate::mail::entry::Route;
use crate::mail::message::Message;
use crate::mailer::control::ControlError;
use crate::mailer::{SpoolError, Terms};

/// Puts a message into the spool and says under which identity.
pub(in crate::cli) fn put(
    mut message: Message,
    common: &Common,
    host: &Host,
    loaded: &Loaded,
) -> Result<Exit, Stop> {
    let account = loaded.selected();
    if let Some(account) = account {
        // As the mailer does where it takes the message itself.
        let (reports, tls) = (account.reports(), account.smtp.require_tls);
        message.envelope.wish(reports.as_ref(), tls);
    }
    let remote = remote(loaded)?;
    let route = Route::from(loaded.account.as_str());
    let terms = terms(host, loaded);
    let kept = runtime()?.block_on(remote.deposit(&route, &message, &terms));
    let entry = kept.map_err(|error| match error {
        ControlError::Spool(error @ SpoolError::Held { .. }) => {
            Stop::new(Exit::TempFail, error.to_string())
        }
        ControlError::Io { .. } | ControlError::Spool(_) => {
            Stop::new(Exit::CantCreate, format!("not queued: {error}"))
        }
        error => stop(error),
    })?;
    if common.json {
        let now = SystemClock::new().now();
        output::print(format!("{}\n", json::sent(&entry, now)))?;
    } else if !common.quiet {
        let id = entry.id;
        output::print(format!("queued {} ({id})\n", id.short()))?;
    }
    Ok(Exit::Ok)
}

/// What was asked for with flags holds for the message wherever it is delivered; the rest is the account's.
fn terms(host: &Host, loaded: &Loaded) -> Terms {
    let mut terms = Terms::default();
    let Some(account) = loaded.selected() else {
        return terms;
    };
    if host.retry.is_some() || host.no_retry {
        terms.schedule = account.retry.clone().map(Arc::new);
    }
    if host.expire.is_some() {
        terms.expire = account.expire.map(|period| period.0);
    }
    if host.on_uncertain.is_some() {
        terms.on_uncertain = account.on_uncertain;
    }
    terms
}

//! `turbomail transcript`: what was said in the attempts at a message.

use serde_json::json;

use super::place::Way;
use crate::cli::args::{Common, Host, TranscriptArgs, WhichAttempt};
use crate::cli::exit::{Exit, Stop};
use crate::cli::{output, table};
use crate::mail::clock::{Clock, SystemClock};
use crate::mail::entry::Attempt;
use crate::mail::kept::KeptAttempt;
use crate::mail::told::{Shown, ToldAttempt};

/// Prints the conversations that are meant.
pub(in crate::cli) fn run(
    args: &TranscriptArgs,
    common: &Common,
    host: &Host,
) -> Result<Exit, Stop> {
    let way = Way::open(common, host)?;
    let (shown, all) = way.shown(&args.id)?;
    if all.is_empty() {
        let is_kept = way.loaded.settings.queue.transcripts.0 > 0;
        return Err(Stop::new(Exit::NoInput, none(&shown, is_kept)));
    }
    let meant = meant(args.attempt, all)?;
    if common.json {
        let attempts: Vec<&ToldAttempt> = meant.iter().map(|one| &one.told).collect();
        let told = &shown.told;
        output::print(format!(
            "{}\n",
            json!({ "id": told.id, "message_id": told.message_id, "account": told.account, "attempts": attempts })
        ))?;
        return Ok(Exit::Ok);
    }
    let now = SystemClock::new().now();
    let attempts: Vec<Attempt> = meant.into_iter().map(|one| one.attempt(now)).collect();
    let named = args.attempt == WhichAttempt::All;
    output::print(table::conversations(attempts.iter(), named))?;
    Ok(Exit::Ok)
}

/// The ones that are meant.
fn meant(which: WhichAttempt, mut all: Vec<KeptAttempt>) -> Result<Vec<KeptAttempt>, Stop> {
    match which {
        WhichAttempt::All => {}
        WhichAttempt::Last => drop(all.drain(..all.len().saturating_sub(1))),
        WhichAttempt::Number(wanted) => {
            let numbers: Vec<String> = all.iter().map(|one| one.told.number.to_string()).collect();
            all.retain(|one| one.told.number == wanted);
            if all.is_empty() {
                let words = format!(
                    "the conversation of attempt {wanted} is not kept; there are those of {}",
                    numbers.join(", ")
                );
                return Err(Stop::new(Exit::NoInput, words));
            }
        }
    }
    Ok(all)
}

/// Why there is no conversation of a message.
fn none(shown: &Shown, is_kept: bool) -> String {
    let (short, told) = (&shown.told.short, &shown.told);
    if told.attempts == 0 && shown.history.is_empty() {
        return format!("nothing was said for {short} yet: it was not tried");
    }
    let why = if is_kept {
        "it was tried before they were kept, the disk did not take them, or the program was ended in the middle of them"
    } else {
        "the setting [queue] transcripts is 0"
    };
    format!("no conversation is kept of {short}: {why}")
}

//! `queue show`: all about a message, or the message itself.

use super::place::{Way, stop};
use super::table;
use crate::cli::args::ShowArgs;
use crate::cli::args::{Common, Host};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output;
use crate::mail::parcel::EntryId;

/// Prints one message.
pub(super) fn run(args: &ShowArgs, common: &Common, host: &Host) -> Result<Exit, Stop> {
    let way = Way::open(common, host)?;
    let (mut shown, kept) = way.shown(&args.id)?;
    shown.transcripts = kept.len();
    for attempt in &mut shown.history {
        // What this program's predecessors have said is at hand only there.
        if let Some(kept) = kept.iter().find(|kept| kept.told.number == attempt.number) {
            attempt.clone_from(&kept.told);
        }
    }
    if args.content {
        let message = way.remote.message(EntryId(shown.told.id)).map_err(stop)?;
        output::print(message.octets())?;
    } else if common.json {
        let text = serde_json::to_string(&shown);
        let text = text.map_err(|error| Stop::new(Exit::Io, error.to_string()))?;
        output::print(format!("{text}\n"))?;
    } else {
        output::print(table::show(&shown, jiff::Timestamp::now()))?;
    }
    Ok(Exit::Ok)
}

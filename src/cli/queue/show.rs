//! `queue show`: all about a message, or the message itself.

use super::place::{Way, stop};
use super::table;
use crate::cli::args::ShowArgs;
use crate::cli::args::{Common, Host};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output;
use crate::mail::parcel::EntryId;
use crate::mailer::control::{Ask, Line};

/// Prints one message.
pub(super) fn run(args: &ShowArgs, common: &Common, host: &Host) -> Result<Exit, Stop> {
    let way = Way::open(common, host)?;
    let ask = Ask::Show {
        id: args.id.clone(),
    };
    let mut lines = way.ask(&ask)?.into_iter();
    let shown = match lines.next() {
        Some(Line::Shown(shown)) => *shown,
        Some(Line::Refused(refused)) => {
            return Err(Stop::new(Exit::Data, refused.why.to_string()));
        }
        _ => return Err(Stop::new(Exit::Io, "the answer is not understood")),
    };
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

//! `queue list`: a line for each message.

use std::fmt::Write;

use super::place::Way;
use super::table;
use crate::cli::args::ListArgs;
use crate::cli::args::{Common, Host};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output;
use crate::mail::told::Told;

/// Prints the messages that are meant.
pub(super) fn run(args: &ListArgs, common: &Common, host: &Host) -> Result<Exit, Stop> {
    let way = Way::open(common, host)?;
    let list = way.list(args.filter.filter(common.account.as_ref(), args.all))?;
    if common.json {
        output::print(lines(&list))?;
    } else if list.is_empty() {
        if !common.quiet {
            let words = if args.filter.is_set() || common.account.is_some() {
                "no such message"
            } else {
                "nothing waits"
            };
            output::aside(&format!("{words} in {}\n", way.remote_name()));
        }
    } else {
        let color = output::colored(way.loaded.settings.console.color);
        output::print(table::list(&list, jiff::Timestamp::now(), color))?;
    }
    Ok(Exit::Ok)
}

impl Way {
    /// The spool's folder, fit to be shown.
    pub(super) fn remote_name(&self) -> String {
        let dir = self.remote.dir().display().to_string();
        crate::mail::clean::clean(&dir).into_owned()
    }
}

/// One JSON object a line.
pub(super) fn lines(list: &[Told]) -> String {
    let mut text = String::new();
    for told in list {
        // Neither writing these plain values nor writing into a String can fail.
        let _ = writeln!(text, "{}", serde_json::to_string(told).unwrap_or_default());
    }
    text
}

//! `queue retry|hold|release|drop`: what a person does to messages.

use serde_json::json;

use super::place::Way;
use crate::cli::args::ActArgs;
use crate::cli::args::{Common, Host};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output;
use crate::mail::parcel::EntryId;
use crate::mail::told::Told;
use crate::mailer::control::{Done, Line, Refused, Verb};

/// Messages named in one question.
const AT_ONCE: usize = 5000;

/// Does something to messages, and says for each whether it was done.
pub(super) fn run(verb: Verb, args: &ActArgs, common: &Common, host: &Host) -> Result<Exit, Stop> {
    if !args.all && args.filter.is_set() {
        let words = "filters go with --all; a message that is named needs none";
        return Err(Stop::new(Exit::Usage, words));
    }
    let way = Way::open(common, host)?;
    let ids = if args.all {
        let list = way.list(args.filter.filter(common.account.as_ref(), false))?;
        let ids = list.iter().filter(|told| is_for(verb, told));
        ids.map(|told| told.id.to_string()).collect()
    } else {
        args.ids.clone()
    };
    if ids.is_empty() && !common.quiet && !common.json {
        output::aside(&format!("no such message in {}\n", way.remote_name()));
    }
    let mut worst = Exit::Ok;
    for ids in ids.chunks(AT_ONCE) {
        for line in way.ask(&verb.ask(ids.to_vec()))? {
            match line {
                Line::Done(done) => said(&done, common)?,
                Line::Refused(refused) => worst = worst.max(not_done(verb, &refused, common)?),
                _ => {}
            }
        }
    }
    Ok(worst)
}

/// Whether there is anything to be done to a message that is one of all.
fn is_for(verb: Verb, told: &Told) -> bool {
    match verb {
        Verb::Release => told.held,
        Verb::Hold => !told.held,
        Verb::Retry => !told.held && told.state != "sending",
        Verb::Drop => true,
    }
}

fn said(done: &Done, common: &Common) -> Result<(), Stop> {
    if common.json {
        return output::print(format!(
            "{}\n",
            json!({ "id": done.id, "verb": done.verb, "status": if done.waits { "waits" } else { "done" }, "new_id": done.new })
        ));
    }
    if common.quiet {
        return Ok(());
    }
    let what = match (done.verb, done.new) {
        (Verb::Retry, Some(new)) => format!("queued again as {}", EntryId(new).short()),
        (Verb::Retry, None) => "due now".to_owned(),
        (Verb::Hold, _) if done.waits => "to be held when the attempt ends".to_owned(),
        (Verb::Drop, _) if done.waits => "to be dropped when the attempt ends".to_owned(),
        (Verb::Hold, _) => "held".to_owned(),
        (Verb::Release, _) => "released".to_owned(),
        (Verb::Drop, _) => "dropped".to_owned(),
    };
    let line = format!("{}  {what}  {}", done.short, done.subject);
    output::print(format!("{}\n", line.trim_end()))
}

fn not_done(verb: Verb, refused: &Refused, common: &Common) -> Result<Exit, Stop> {
    if common.json {
        output::print(format!(
            "{}\n",
            json!({ "id": crate::mail::clean::clean(&refused.id), "verb": verb, "status": "refused", "error": refused.why })
        ))?;
    } else {
        output::complain(&format!("{}: {}", verb.name(), refused.why));
    }
    Ok(if refused.later {
        Exit::TempFail
    } else {
        Exit::Data
    })
}

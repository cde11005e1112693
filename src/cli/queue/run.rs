//! Which of the queue's commands does it.

use super::{act, deliver, list, show, watch};
use crate::cli::args::{Common, Host, QueueCommand};
use crate::cli::exit::{Exit, Stop};

/// Runs one of the commands.
pub(in crate::cli) fn run(what: &QueueCommand, common: &Common, host: &Host) -> Result<Exit, Stop> {
    match what {
        QueueCommand::List(args) => list::run(args, common, host),
        QueueCommand::Show(args) => show::run(args, common, host),
        QueueCommand::Watch(args) => watch::run(args, common, host),
        QueueCommand::Run(args) => deliver::run(args, common, host),
        QueueCommand::Retry(args)
        | QueueCommand::Hold(args)
        | QueueCommand::Release(args)
        | QueueCommand::Drop(args) => act::run(what.verb(), args, common, host),
    }
}

//! `turbomail queue`: what waits, is sent or has failed; and `send --queue-only`, which puts something there.

mod act;
mod args;
mod deliver;
mod list;
mod log;
mod place;
mod put;
mod round;
mod show;
mod table;
mod watch;

pub(super) use args::QueueCommand;
pub(super) use put::put;

use super::args::{Common, Host};
use super::exit::{Exit, Stop};

/// Runs one of the commands.
pub(super) fn run(what: &QueueCommand, common: &Common, host: &Host) -> Result<Exit, Stop> {
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

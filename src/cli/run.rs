//! The beginning and the end: flags in, one command, an exit status out.

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use super::args::{Arguments, Command};
use super::exit::{Exit, Stop};
use super::{completions, config, heard, man, output, probe, prompt, queue, request, send};
use crate::config::Loaded;

/// The face for people, which this one does not know: it is handed in and opened where no command is given.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    /// Says why there can be no console here, and what to use instead.
    pub check: fn() -> Result<(), String>,
    /// Runs it until it is left; returns what to say on the way out.
    pub open: fn(Loaded) -> anyhow::Result<String>,
}

/// Runs the program and gives its exit status, after sysexits.
#[must_use]
pub fn main(face: Console) -> ExitCode {
    let outcome = match Arguments::try_parse() {
        Ok(arguments) => dispatch(&arguments, face),
        Err(error) => unread(&error),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(stop) => {
            output::complain(&stop.words);
            stop.exit.into()
        }
    }
}

/// Help and version are answers; the rest is a fault of usage.
fn unread(error: &clap::Error) -> Result<Exit, Stop> {
    let text = error.render();
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        output::print(text.to_string())?;
        return Ok(Exit::Ok);
    }
    let text = text.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
    // The flags are repeated in the message, and a flag may hold anything.
    let lines: Vec<_> = text.lines().map(crate::mail::clean::clean).collect();
    Err(Stop::new(Exit::Usage, lines.join("\n")))
}

fn dispatch(arguments: &Arguments, face: Console) -> Result<Exit, Stop> {
    let (common, host) = (&arguments.common, &arguments.host);
    if arguments.command.is_some() {
        heard::listen(common.quiet)?;
    }
    match &arguments.command {
        Some(Command::Config { what }) => config::run(*what, common, host),
        Some(Command::Queue { what }) => queue::run(what, common, host),
        Some(Command::Transcript(args)) => queue::transcript(args, common, host),
        Some(Command::Send(args)) => {
            let loaded = if args.queue_only {
                request::settings_without_login(common, host)?
            } else {
                request::settings(common, host)?
            };
            request::remark(&loaded, common.quiet);
            send::run(args, common, host, &loaded)
        }
        Some(Command::Probe(args)) => probe::run(args, common, host),
        Some(Command::Completions(args)) => completions::print(args.shell),
        Some(Command::Man(args)) => man::run(args, common),
        None => {
            // Without a terminal there is nothing to be put right in the configuration first.
            (face.check)().map_err(|words| Stop::new(Exit::Usage, words))?;
            let loaded = request::settings(common, host)?;
            request::remark(&loaded, common.quiet);
            console(&loaded, face)
        }
    }
}

/// Opens the console. A password that is missing is asked for before the screen is taken.
fn console(loaded: &Loaded, face: Console) -> Result<Exit, Stop> {
    let loaded = prompt::completed(loaded)?;
    let words =
        (face.open)(loaded).map_err(|error| Stop::new(Exit::Unavailable, format!("{error:#}")))?;
    if !words.is_empty() {
        output::complain(&words);
    }
    Ok(Exit::Ok)
}

//! The beginning and the end: flags in, one command, an exit status out.

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use super::args::{Arguments, Command};
use super::exit::{Exit, Stop};
use super::{config, output, request, send};

/// Runs the program and gives its exit status, after sysexits.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = match Arguments::try_parse() {
        Ok(arguments) => dispatch(&arguments),
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

fn dispatch(arguments: &Arguments) -> Result<Exit, Stop> {
    let (common, host) = (&arguments.common, &arguments.host);
    match &arguments.command {
        Some(Command::Config { what }) => config::run(*what, common, host),
        Some(Command::Send(args)) => {
            let loaded = request::settings(common, host)?;
            remark(&loaded, common.quiet);
            send::run(args, common, &loaded)
        }
        None => {
            let loaded = request::settings(common, host)?;
            console(&loaded)
        }
    }
}

fn remark(loaded: &crate::config::Loaded, quiet: bool) {
    if !quiet {
        for remark in &loaded.remarks {
            output::complain(&crate::mail::clean::clean(remark));
        }
    }
}

/// Opens the console.
fn console(loaded: &crate::config::Loaded) -> Result<Exit, Stop> {
    // TO BE WIRED: `crate::tui::run(tui::Options { .. })` with these settings.
    let words = format!(
        "the console is not built in yet (account {}); use `turbomail send`",
        loaded.account
    );
    Err(Stop::new(Exit::Unavailable, words))
}

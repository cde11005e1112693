//! `turbomail send`: compose, attempt, report.

use std::path::Path;

use super::args::{Common, Host, SendArgs};
use super::desk::{self, Sent, Went};
use super::exit::{self, Exit, Stop};
use super::{json, message, output, prompt, queue, table};
use crate::config::Loaded;
use crate::mail::message::Message;

/// Sends one message and says what became of it.
pub(super) fn run(
    args: &SendArgs,
    common: &Common,
    host: &Host,
    loaded: &Loaded,
) -> Result<Exit, Stop> {
    let draft = message::draft(args)?;
    let message = message::build(args, &draft, loaded)?;
    if args.dry_run {
        return dry_run(&message, common);
    }
    if args.queue_only {
        return queue::put(message, common, host, loaded);
    }
    let loaded = &prompt::completed(loaded)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::new(Exit::Io, format!("cannot start: {error}")))?;
    let sent = match runtime.block_on(desk::send(loaded, message, args.wait))? {
        Went::Sent(sent) => *sent,
        // It is as safe there as with us, and goes out as soon.
        Went::Elsewhere(message) => return queue::put(*message, common, host, loaded),
    };
    report(args, common, loaded, &sent)?;
    // A name lookup that still hangs in the system's resolver must not hold up the end.
    runtime.shutdown_background();
    Ok(exit::of(&sent.entry))
}

fn dry_run(message: &Message, common: &Common) -> Result<Exit, Stop> {
    if common.json {
        output::print(format!("{}\n", json::dry_run(message)))?;
        return Ok(Exit::Ok);
    }
    if !common.quiet {
        output::aside(&table::envelope(message));
    }
    output::print(message.octets())?;
    Ok(Exit::Ok)
}

fn report(args: &SendArgs, common: &Common, loaded: &Loaded, sent: &Sent) -> Result<(), Stop> {
    if common.json {
        output::print(format!("{}\n", json::sent(&sent.entry, sent.now)))?;
    } else if !common.quiet {
        let color = output::colored(loaded.settings.console.color);
        output::print(table::sent(&sent.entry, sent.now, color))?;
    }
    let lines = || table::transcript(&sent.entry);
    match args.transcript_to() {
        Some(path) if path.as_os_str() == "-" && !common.json => output::print(lines())?,
        Some(path) if path.as_os_str() == "-" => output::aside(&lines()),
        Some(path) => keep(path, &lines())?,
        None if common.verbose > 0 => output::aside(&lines()),
        None => {}
    }
    Ok(())
}

/// Writes the transcript to a file that only its owner may read: it names people.
fn keep(path: &Path, lines: &str) -> Result<(), Stop> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let wrong = |error: std::io::Error| {
        let path = path.display().to_string();
        let words = format!("--transcript {}: {error}", crate::mail::clean::clean(&path));
        Stop::new(Exit::CantCreate, words)
    };
    let mut file = options.open(path).map_err(wrong)?;
    std::io::Write::write_all(&mut file, lines.as_bytes()).map_err(wrong)
}

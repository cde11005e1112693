//! Writing out: a reader that has gone away is no error, a full disk is one.

use std::io::{self, IsTerminal, Write};

use super::exit::{Exit, Stop};

/// Writes to standard output. Where the reader has closed the pipe, the rest is left out without a word.
pub(super) fn print(octets: impl AsRef<[u8]>) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    let written = out.write_all(octets.as_ref()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Stop::new(
            Exit::Io,
            format!("cannot write to standard output: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Writes to standard error; there is nobody to tell when that fails.
pub(super) fn complain(words: &str) {
    let _ = writeln!(io::stderr().lock(), "turbomail: {words}");
}

/// Writes lines to standard error as they are.
pub(super) fn aside(lines: &str) {
    let _ = io::stderr().lock().write_all(lines.as_bytes());
}

/// Whether to colour standard output.
pub(super) fn colored(wish: crate::config::settings::Color) -> bool {
    use crate::config::settings::Color;
    match wish {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
                && io::stdout().is_terminal()
        }
    }
}

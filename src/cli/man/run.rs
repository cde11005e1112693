//! Prints a page, or writes one for each command.

use std::path::Path;

use clap::CommandFactory as _;
use serde_json::json;

use super::page;
use crate::cli::args::{Arguments, Common, ManArgs};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output;
use crate::mail::clean::clean;

/// Prints the page of the program, or writes all pages into a folder.
pub(in crate::cli) fn run(args: &ManArgs, common: &Common) -> Result<Exit, Stop> {
    let pages = page::all(Arguments::command());
    let Some(dir) = &args.dir else {
        let first = pages.first().map_or("", |page| page.text.as_str());
        output::print(first)?;
        return Ok(Exit::Ok);
    };
    std::fs::create_dir_all(dir).map_err(|error| unwritten(dir, &error))?;
    let mut lines = String::new();
    for page in &pages {
        let path = dir.join(&page.file);
        std::fs::write(&path, &page.text).map_err(|error| unwritten(&path, &error))?;
        let path = path.display().to_string();
        if common.json {
            lines.push_str(&json!({ "wrote": path }).to_string());
        } else {
            lines.push_str("wrote ");
            lines.push_str(&clean(&path));
        }
        lines.push('\n');
    }
    if common.json || !common.quiet {
        output::print(lines)?;
    }
    Ok(Exit::Ok)
}

fn unwritten(path: &Path, error: &std::io::Error) -> Stop {
    let path = path.display().to_string();
    let words = format!(
        "--dir: {}: {error}\n  name a folder that you may write to, such as ~/.local/share/man/man1",
        clean(&path)
    );
    Stop::new(Exit::CantCreate, words)
}

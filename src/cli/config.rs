//! `turbomail config`: where things are, what is wrong, what holds, and a file to begin with.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use serde_json::json;

use super::args::{Common, ConfigCommand, Host};
use super::exit::{Exit, Stop};
use super::{output, request};
use crate::config::paths::Paths;
use crate::config::{DEFAULTS, EXAMPLE, Loaded};
use crate::mail::clean::clean;

/// Runs one of the commands.
pub(super) fn run(what: ConfigCommand, common: &Common, host: &Host) -> Result<Exit, Stop> {
    match what {
        ConfigCommand::Path => path(common)?,
        ConfigCommand::Check => check(common, &request::settings(common, host)?)?,
        ConfigCommand::Show { defaults: true } => output::print(DEFAULTS)?,
        ConfigCommand::Show { defaults: false } => show(common, &request::settings(common, host)?)?,
        ConfigCommand::Init { print: true } => output::print(EXAMPLE)?,
        ConfigCommand::Init { print: false } => init(common)?,
    }
    Ok(Exit::Ok)
}

fn path(common: &Common) -> Result<(), Stop> {
    let paths = Paths::find();
    let config = request::file(common).or_else(|| paths.as_ref().map(|paths| paths.config.clone()));
    let state = paths.as_ref().map(|paths| paths.state.clone());
    let drafts = paths.as_ref().map(|paths| paths.drafts.clone());
    let spool = paths.as_ref().map(|paths| paths.spool.clone());
    if common.json {
        let text = |path: &Option<std::path::PathBuf>| {
            path.as_ref().map(|path| path.display().to_string())
        };
        let object = json!({ "config": text(&config), "state": text(&state), "drafts": text(&drafts), "spool": text(&spool) });
        return output::print(format!("{object}\n"));
    }
    let mut lines = String::new();
    let places = [
        ("config", config),
        ("state", state),
        ("drafts", drafts),
        ("spool", spool),
    ];
    for (name, path) in places {
        // Writing into a String cannot fail.
        let _ = match path {
            Some(path) => {
                let remark = if path.exists() { "" } else { "  (not there)" };
                writeln!(
                    lines,
                    "{name:<7} {}{remark}",
                    clean(&path.display().to_string())
                )
            }
            None => writeln!(lines, "{name:<7} (no home directory; use --config FILE)"),
        };
    }
    output::print(lines)
}

fn check(common: &Common, loaded: &Loaded) -> Result<(), Stop> {
    let file = loaded.file().map(|path| path.display().to_string());
    let accounts: Vec<&str> = loaded.settings.account.keys().map(String::as_str).collect();
    loaded.check_kinds()?;
    loaded.knowledge()?;
    if common.json {
        let object = json!({
            "status": "ok", "file": file, "account": loaded.account, "accounts": accounts,
            "remarks": loaded.remarks,
        });
        return output::print(format!("{object}\n"));
    }
    if common.quiet {
        return Ok(());
    }
    for remark in &loaded.remarks {
        output::complain(&clean(remark));
    }
    let file = file.unwrap_or_else(|| "no file, the defaults hold".to_owned());
    output::print(format!(
        "ok: {}\naccounts: {}; {} is used where none is named\n",
        clean(&file),
        clean(&accounts.join(", ")),
        clean(&loaded.account)
    ))
}

fn show(common: &Common, loaded: &Loaded) -> Result<(), Stop> {
    let list = loaded.show();
    let mut lines = String::new();
    if common.json {
        for one in &list {
            let _ = writeln!(lines, "{}", json!(one));
        }
        return output::print(lines);
    }
    let texts: Vec<String> = list
        .iter()
        .map(|one| match &one.value {
            serde_json::Value::Null => format!("{} is not set", one.key),
            value => format!("{} = {value}", one.key),
        })
        .map(|text| clean(&text).into_owned())
        .collect();
    let width = texts
        .iter()
        .map(|text| text.chars().count())
        .max()
        .unwrap_or(0)
        .min(60);
    for (text, one) in texts.iter().zip(&list) {
        let _ = writeln!(lines, "{text:<width$}  # {}", one.source);
    }
    output::print(lines)
}

fn init(common: &Common) -> Result<(), Stop> {
    let path = request::file(common)
        .or_else(request::standard)
        .ok_or_else(|| {
            Stop::new(
                Exit::CantCreate,
                "there is no home directory; say where with --config FILE",
            )
        })?;
    let shown = clean(&path.display().to_string()).into_owned();
    write_new(&path).map_err(|error| {
        let words = match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                format!("{shown}: there is a configuration already; it is left as it is")
            }
            _ => format!("{shown}: {error}"),
        };
        Stop::new(Exit::CantCreate, words)
    })?;
    if common.quiet {
        return Ok(());
    }
    if common.json {
        return output::print(format!(
            "{}\n",
            json!({ "config": path.display().to_string() })
        ));
    }
    output::print(format!(
        "wrote {shown}; edit it, then run `turbomail config check`\n"
    ))
}

/// Writes the example where nothing is yet, readable by its owner only: a password may come into it.
fn write_new(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(EXAMPLE.as_bytes())?;
    file.sync_all()
}

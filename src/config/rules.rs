//! The user's own rules for what failures mean, read from a file or from all files of a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::layers::Origin;
use super::load::Loaded;
use super::problem::{ConfigError, Place};
use crate::mailer::probe::{Fault, Knowledge};

/// The largest file of rules that is read, in octets.
const LARGEST: u64 = 1024 * 1024;
/// The most files of a folder.
const MOST: usize = 200;

impl Loaded {
    /// What is known of failures where there are rules of the user's own: these before what this program knows. `None` where
    /// there are none.
    ///
    /// # Errors
    /// Where a file of rules cannot be read or is at fault: the file, the line, and what to do.
    pub fn knowledge(&self) -> Result<Option<Arc<Knowledge>>, ConfigError> {
        let Some(path) = &self.settings.probe.rules else {
            return Ok(None);
        };
        let beside = match self.origin(&["probe", "rules"]) {
            Origin::File(file, _) => file.parent().map(|folder| folder.join(path)),
            _ => None,
        };
        let path = beside.unwrap_or_else(|| path.clone());
        let mut texts = Vec::new();
        for file in self.files(&path)? {
            let text = read(&file)?;
            texts.push((file, text));
        }
        let named = texts
            .iter()
            .map(|(file, text)| (file.display().to_string(), text));
        let named: Vec<_> = named.collect();
        let all = named
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()));
        match Knowledge::with_all(all) {
            Ok(knowledge) => Ok(Some(Arc::new(knowledge))),
            Err(fault) => Err(placed(&fault, &texts)),
        }
    }

    /// The file itself, or the folder's files that end in `.toml`, by name.
    fn files(&self, path: &Path) -> Result<Vec<PathBuf>, ConfigError> {
        let cannot = |error: &std::io::Error| {
            let words = format!("{}: {error}", path.display());
            let remedy = "name a file of rules or a folder of *.toml files, or leave rules out";
            self.fault(&["probe", "rules"], &words).remedy(remedy)
        };
        let facts = std::fs::metadata(path).map_err(|error| cannot(&error))?;
        if !facts.is_dir() {
            return Ok(vec![path.to_owned()]);
        }
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|error| cannot(&error))? {
            let file = entry.map_err(|error| cannot(&error))?.path();
            let is_rules = file.extension().is_some_and(|end| end == "toml");
            if is_rules && file.is_file() {
                files.push(file);
            }
        }
        files.sort();
        if files.len() > MOST {
            let words = format!("{}: more than {MOST} files of rules", path.display());
            return Err(self.fault(&["probe", "rules"], &words));
        }
        Ok(files)
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    let cannot = |words: String| ConfigError::file(path, words);
    let facts = std::fs::metadata(path).map_err(|error| cannot(error.to_string()))?;
    // Opening a FIFO would wait for a writer.
    if !facts.is_file() || facts.len() > LARGEST {
        return Err(cannot(
            "a file of rules is a plain file of 1 MiB at the most".to_owned(),
        ));
    }
    let octets = std::fs::read(path).map_err(|error| cannot(error.to_string()))?;
    let text = String::from_utf8(octets);
    text.map_err(|_| cannot("it is not UTF-8".to_owned()).remedy("save the file as UTF-8"))
}

/// The fault with the line where it stands.
fn placed(fault: &Fault, texts: &[(PathBuf, String)]) -> ConfigError {
    let is_of = |(file, _): &&(PathBuf, String)| file.display().to_string() == fault.file;
    let Some((file, text)) = texts.iter().find(is_of) else {
        return ConfigError::named("rules", false, fault.to_string());
    };
    let error = ConfigError::file(file, fault.message.as_str())
        .remedy("config/example.toml shows how a rule is written: `turbomail config init --print`");
    let before: usize = {
        text.split_inclusive('\n')
            .take(fault.line.saturating_sub(1))
    }
    .map(str::len)
    .sum();
    let line = text.get(before..).and_then(|rest| rest.lines().next());
    let line = line.unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    error.at(Place::new(
        text,
        &(before + indent..before + line.trim_end().len().max(indent)),
    ))
}

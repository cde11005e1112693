//! The configuration file: read within bounds, understood with the place of every key.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Table;
use toml::de::{DeTable, DeValue};

use super::problem::{ConfigError, Place, meant};
use super::settings::Settings;
use super::smarthost::SECRETS;

/// A configuration is written by hand; what is larger is something else.
const LIMIT: u64 = 1024 * 1024;

/// A file that was read and understood.
#[derive(Clone)]
pub(super) struct ConfigFile {
    pub(super) path: PathBuf,
    text: String,
    pub(super) table: Table,
    /// Where each key's value stands; of a table, where its name does.
    spans: BTreeMap<Vec<String>, Range<usize>>,
    newlines: Vec<usize>,
}

impl fmt::Debug for ConfigFile {
    /// The path alone: the text may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)
    }
}

impl ConfigFile {
    /// Reads a file; `None` where there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, ConfigError> {
        let wrong = |message: &str| ConfigError::file(path, message);
        let facts = match std::fs::metadata(path) {
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(wrong(&format!("it cannot be read: {error}"))),
            Ok(facts) => facts,
        };
        if facts.is_dir() {
            return Err(wrong("this is a folder, a file is expected"));
        }
        // Opening a FIFO or a device may wait for ever.
        if !facts.is_file() {
            return Err(wrong("this is no plain file"));
        }
        let mut octets = Vec::new();
        File::open(path)
            .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut octets))
            .map_err(|error| wrong(&format!("it cannot be read: {error}")))?;
        if octets.len() as u64 > LIMIT {
            return Err(wrong(
                "it is larger than 1 MiB; this is no configuration file",
            ));
        }
        let text = String::from_utf8(octets).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let lines = error
                .as_bytes()
                .iter()
                .take(valid)
                .filter(|byte| **byte == b'\n')
                .count();
            wrong(&format!("line {} is not UTF-8", lines + 1)).remedy("save the file as UTF-8")
        })?;
        let file = Self::understand(path, text)?;
        file.guard_passwords(&facts)?;
        Ok(Some(file))
    }

    /// The text as it stands.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Understands a text that stands in a file.
    pub(super) fn understand(path: &Path, text: String) -> Result<Self, ConfigError> {
        if let Err(error) = toml::from_str::<Settings>(&text) {
            return Err(explain(path, &text, &error));
        }
        let table = toml::from_str(&text).map_err(|error| explain(path, &text, &error))?;
        let mut spans = BTreeMap::new();
        if let Ok(root) = DeTable::parse(&text) {
            note_spans(root.get_ref(), &mut Vec::new(), &mut spans);
        }
        Ok(Self {
            path: path.to_owned(),
            table,
            newlines: text.match_indices('\n').map(|(at, _)| at).collect(),
            text,
            spans,
        })
    }

    /// Where a key stands: the place of its value, else of the nearest table above it.
    pub(super) fn place(&self, key: &[&str]) -> Option<Place> {
        let path: Vec<String> = key.iter().map(|&part| part.to_owned()).collect();
        let nearest = (1..=path.len())
            .rev()
            .find_map(|end| self.spans.get(&path[..end]));
        nearest.map(|span| Place::new(&self.text, span))
    }

    /// The line on which a key's own value stands, from 1.
    pub(super) fn line(&self, key: &[&str]) -> Option<usize> {
        let path: Vec<String> = key.iter().map(|&part| part.to_owned()).collect();
        let start = self.spans.get(&path)?.start;
        Some(self.newlines.partition_point(|newline| *newline < start) + 1)
    }

    /// The names of the accounts in the order of the file.
    pub(super) fn accounts(&self) -> Vec<String> {
        let accounts = self
            .spans
            .iter()
            .filter(|(path, _)| path.len() == 2 && path[0] == "account");
        let mut names: Vec<_> = accounts
            .map(|(path, span)| (span.start, path[1].clone()))
            .collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// Refuses a literal password in a file that others may read.
    fn guard_passwords(&self, facts: &std::fs::Metadata) -> Result<(), ConfigError> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Neither the group nor anybody else may have any right.
            let others = facts.permissions().mode().trailing_zeros() < 6;
            if !others {
                return Ok(());
            }
            for name in self.accounts() {
                let key = ["account", &name, "smtp", "password"];
                if self.line(&key).is_none() {
                    continue;
                }
                let message = format!("account.{name}.smtp.password: others may read this file");
                let remedy = format!(
                    "run `chmod 600 {}`, or use password_command instead",
                    self.path.display()
                );
                let error = ConfigError::file(&self.path, message).remedy(remedy);
                return Err(match self.place(&key) {
                    Some(place) => error.at(place),
                    None => error,
                });
            }
        }
        let _ = facts;
        Ok(())
    }
}

fn note_spans(
    table: &DeTable<'_>,
    above: &mut Vec<String>,
    spans: &mut BTreeMap<Vec<String>, Range<usize>>,
) {
    for (name, value) in table {
        above.push(name.get_ref().to_string());
        if let DeValue::Table(inner) = value.get_ref() {
            spans.insert(above.clone(), name.span());
            note_spans(inner, above, spans);
        } else {
            spans.insert(above.clone(), value.span());
        }
        above.pop();
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The reader's words in ours: the key's full name, the line, and what was probably meant.
fn explain(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let span = error.span().unwrap_or(0..0);
    let key = DeTable::parse(text)
        .ok()
        .and_then(|root| key_at(root.get_ref(), &span))
        .unwrap_or_default();
    let (message, remedy) = reworded(&key, error.message());
    let error = ConfigError::file(path, message).at(Place::new(text, &span));
    match remedy {
        Some(remedy) => error.remedy(remedy),
        None => error,
    }
}

/// A message of the reader with the key's name before it; of an unknown key, what was probably meant.
pub(super) fn reworded(key: &str, message: &str) -> (String, Option<String>) {
    // The reader quotes what it found, and what it found in the place of a password may be one.
    if key
        .rsplit('.')
        .next()
        .is_some_and(|last| SECRETS.contains(&last))
    {
        return (format!("{key}: a text in quotes is expected"), None);
    }
    let Some(rest) = message.strip_prefix("unknown field `") else {
        let message = message.replace('\n', ", ");
        let message = if key.is_empty() {
            message
        } else {
            format!("{key}: {message}")
        };
        return (message, None);
    };
    let mut words = rest.split('`').step_by(2);
    let unknown = words.next().unwrap_or_default();
    let known: Vec<&str> = rest.split('`').skip(2).step_by(2).collect();
    let full = if key.is_empty() { unknown } else { key };
    let remedy = match meant(unknown, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    };
    (format!("unknown key `{full}`"), Some(remedy))
}

/// The full name of the key that a span touches, as deep as possible.
fn key_at(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    let touches = |other: &Range<usize>| other.start <= span.start && span.end <= other.end;
    for (name, value) in table {
        if let DeValue::Table(inner) = value.get_ref()
            && let Some(below) = key_at(inner, span)
        {
            return Some(format!("{}.{below}", name.get_ref()));
        }
        if touches(&name.span()) || (!value.get_ref().is_table() && touches(&value.span())) {
            return Some(name.get_ref().to_string());
        }
    }
    None
}

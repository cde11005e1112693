//! Reads a key map file. Every fault names the file, the line and the key.

use crokey::KeyCombination;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::mail::clean::clean;
use crate::tui::action::{Action, Context};

use super::key;

/// What is wrong in a key map, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {reason}")]
pub struct KeymapError {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// One line of a file: what a key shall mean, or that it shall mean nothing.
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) context: Context,
    pub(super) key: KeyCombination,
    pub(super) action: Option<Action>,
}

/// Reads a file's text into its lines, in the file's order.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Entry>, KeymapError> {
    let reader = Reader { file, text };
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        reader.fault(at, error.message())
    })?;
    let mut entries = Vec::new();
    for (name, part) in table.get_ref() {
        let at = name.span().start;
        let known = |context: &Context| context.name() == name.get_ref().as_ref();
        let Some(context) = Context::ALL.into_iter().find(known) else {
            let names = Context::ALL.map(Context::name).join(", ");
            let reason = format!("unknown part [{}], expected {names}", name.get_ref());
            return Err(reader.fault(at, &reason));
        };
        let DeValue::Table(keys) = part.get_ref() else {
            let reason = format!(
                "{} is a part: write [{0}] on a line of its own",
                context.name()
            );
            return Err(reader.fault(at, &reason));
        };
        for (key, value) in keys {
            entries.push((
                key.span().start,
                reader.entry(context, key.get_ref(), key.span().start, value)?,
            ));
        }
    }
    // A table is sorted by name; the file's own order is that of the key line.
    entries.sort_by_key(|(at, _)| *at);
    let entries: Vec<Entry> = entries.into_iter().map(|(_, entry)| entry).collect();
    for (n, entry) in entries.iter().enumerate() {
        let double = |other: &&Entry| other.context == entry.context && other.key == entry.key;
        if let Some(first) = entries.iter().take(n).find(double) {
            let reason = format!(
                "the key {} is already used in [{}] on line {}",
                key::shown(entry.key, true),
                entry.context.name(),
                first.line
            );
            return Err(KeymapError {
                file: file.to_owned(),
                line: entry.line,
                reason,
            });
        }
    }
    Ok(entries)
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    fn fault(&self, at: usize, reason: &str) -> KeymapError {
        KeymapError {
            file: self.file.to_owned(),
            line: self.line(at),
            reason: clean(reason).into_owned(),
        }
    }

    fn entry(
        &self,
        context: Context,
        name: &str,
        at: usize,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Entry, KeymapError> {
        let key = key::read(name).map_err(|reason| self.fault(at, &reason))?;
        if context.takes_text() && key::is_plain(key) {
            let reason = format!(
                "{name:?} is text in [{}]; only keys with ctrl or alt and named keys can be commands there",
                context.name()
            );
            return Err(self.fault(at, &reason));
        }
        let DeValue::String(action) = value.get_ref() else {
            let reason = format!("{name:?} needs the name of an action in quotes");
            return Err(self.fault(value.span().start, &reason));
        };
        let action = match action.as_ref() {
            "none" => None,
            name => {
                let action: Result<Action, String> = name.parse();
                Some(action.map_err(|reason| self.fault(value.span().start, &reason))?)
            }
        };
        Ok(Entry {
            line: self.line(at),
            context,
            key,
            action,
        })
    }
}

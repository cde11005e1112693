//! The runs of the probe that the console keeps and recalls. Calls wait for a disk.

use std::path::PathBuf;

use crate::mail::clean::Clean;
use crate::mailer::probe::compare::Record;
use crate::mailer::probe::history::{History, HistoryError};

use super::answer::Answer;
use super::effect::Level;

/// Runs of a host that are recalled.
const MOST: usize = 30;
/// Runs of all hosts that are recalled.
const MOST_OF_ALL: usize = 200;

/// Where runs are kept, and how many of each server; nowhere by default.
#[derive(Clone, Debug, Default)]
pub struct Memory(Option<(PathBuf, usize)>);

impl Memory {
    /// A memory in this folder; none where nothing is to be kept.
    #[must_use]
    pub fn new(folder: PathBuf, most: usize) -> Self {
        Self((most > 0).then_some((folder, most)))
    }

    fn open(&self) -> Option<Result<History, HistoryError>> {
        let (folder, most) = self.0.as_ref()?;
        Some(History::open(folder, *most))
    }

    /// The latest runs to a host, and the last good one also where it is older. The latest is the first.
    pub(super) fn recall(&self, host: &str) -> Vec<Answer> {
        let Some(history) = self.open() else {
            return vec![Answer::Recalled(host.to_owned(), Ok(Vec::new()))];
        };
        let runs = match history.and_then(|history| history.of_host(host)) {
            Ok(runs) => runs,
            Err(error) => {
                let words = Clean::from(error.to_string());
                return vec![Answer::Recalled(host.to_owned(), Err(words))];
            }
        };
        let mut records = runs.records;
        records.reverse();
        let mut older = records.split_off(MOST.min(records.len()));
        if !records.iter().any(Record::is_good) {
            older.retain(Record::is_good);
            records.extend(older.into_iter().next());
        }
        let told = runs.unread.into_iter().take(1).map(|words| {
            let words = format!("a kept run is not understood and left as it is: {words}");
            Answer::Said(Level::Warning, words)
        });
        let recalled = Answer::Recalled(host.to_owned(), Ok(records));
        std::iter::once(recalled).chain(told).collect()
    }

    /// The latest runs of every host. The latest is the first.
    pub(super) fn recall_all(&self) -> Vec<Answer> {
        let Some(history) = self.open() else {
            return vec![Answer::RecalledAll(Ok(Vec::new()))];
        };
        let runs = history.and_then(|history| history.all());
        let recalled = runs.map(|runs| {
            let latest = runs.records.into_iter().rev();
            latest.take(MOST_OF_ALL).collect()
        });
        let recalled = recalled.map_err(|error| Clean::from(error.to_string()));
        vec![Answer::RecalledAll(recalled)]
    }

    /// Keeps a run; says only where it cannot.
    pub(super) fn keep(&self, record: &Record) -> Vec<Answer> {
        let kept = self
            .open()
            .map(|opened| opened.and_then(|history| history.keep(record)));
        match kept {
            Some(Err(error)) => vec![Answer::Said(Level::Warning, error.to_string())],
            Some(Ok(())) | None => Vec::new(),
        }
    }
}

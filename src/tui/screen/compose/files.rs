//! The files that shall be attached, as far as is known of them.

use std::path::{Path, PathBuf};

use crate::mail::clean::Clean;
use crate::mailer::compose::Known;

/// A file that shall be attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in octets, or why it cannot be attached; nothing while it is being looked at.
    pub facts: Known,
}

/// The attachments of a message, and what was taken off, so that it can come back.
#[derive(Debug, Default)]
pub(super) struct Files {
    list: Vec<File>,
    taken: Vec<File>,
}

impl Files {
    pub(super) fn new(paths: &[PathBuf]) -> Self {
        let list = paths
            .iter()
            .map(|path| File {
                path: path.clone(),
                facts: None,
            })
            .collect();
        Self {
            list,
            taken: Vec::new(),
        }
    }

    pub(super) fn list(&self) -> &[File] {
        &self.list
    }

    /// Notes what is known of a file; a new one joins the list where it can be attached. Whether the list grew.
    pub(super) fn note(&mut self, path: &Path, facts: Result<u64, Clean>) -> bool {
        // A draft may name a file as seen from the folder where it was begun.
        let same = |file: &&mut File| {
            file.path == path || std::path::absolute(&file.path).is_ok_and(|full| full == path)
        };
        if let Some(known) = self.list.iter_mut().find(same) {
            path.clone_into(&mut known.path);
            known.facts = Some(facts);
            return false;
        }
        let good = facts.is_ok();
        if good {
            self.list.push(File {
                path: path.to_owned(),
                facts: Some(facts),
            });
        }
        good
    }

    /// Takes the last file off.
    pub(super) fn detach(&mut self) -> Option<&File> {
        let file = self.list.pop()?;
        self.taken.push(file);
        self.taken.last()
    }

    /// Puts back the file that was taken off last.
    pub(super) fn put_back(&mut self) -> Option<&File> {
        let file = self.taken.pop()?;
        self.list.push(file);
        self.list.last()
    }

    /// What all files weigh, as far as is known.
    pub(super) fn octets(&self) -> u64 {
        let known = self
            .list
            .iter()
            .filter_map(|file| file.facts.as_ref()?.as_ref().ok());
        known.fold(0, |sum: u64, octets| sum.saturating_add(*octets))
    }
}

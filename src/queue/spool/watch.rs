//! Notices what other processes put into the spool: the folder's time changes, and then its names are read.

use std::io;
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use super::conversations::FOLDER;
use super::found::{Found, head};
use super::layout::Layout;
use super::place::Place;
use crate::mail::clean::Clean;

/// A folder's time is that coarse at the worst; a change within it may not show.
const COARSE: Duration = Duration::from_secs(2);

/// How a spool looked at a moment, to see whether anything in it has changed since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(Vec<(SystemTime, u64)>);

impl Layout {
    /// How the spool looks now.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn stamp(&self) -> io::Result<Stamp> {
        let mut stamp = Vec::new();
        for part in ["new", "cur", "failed", "done", "journal"] {
            stamp.push((self.part(part).metadata()?.modified()?, 0));
        }
        // There is none before something was said.
        if let Ok(facts) = self.part(FOLDER).metadata() {
            stamp.push((facts.modified()?, 0));
        }
        for entry in std::fs::read_dir(self.part("journal"))?.flatten() {
            let facts = entry.metadata()?;
            stamp.push((facts.modified()?, facts.len()));
        }
        Ok(Stamp(stamp))
    }
}

/// What was last seen.
#[derive(Debug, Default)]
pub(super) struct Watch {
    seen: Option<SystemTime>,
}

impl Watch {
    /// Looks for messages that nobody here knows, and sets aside what is none. Does nothing where the folder has not changed,
    /// unless it is told to.
    pub(super) fn look(
        &mut self,
        layout: &Layout,
        whatever: bool,
        is_known: impl Fn(Uuid) -> bool,
    ) -> io::Result<(Vec<Found>, Vec<Clean>)> {
        let changed = layout.maildir().new_folder().metadata()?.modified()?;
        if !whatever && self.seen == Some(changed) {
            return Ok((Vec::new(), Vec::new()));
        }
        let settled = changed.elapsed().is_ok_and(|age| age > COARSE);
        self.seen = settled.then_some(changed);
        let (mut found, mut aside) = (Vec::new(), Vec::new());
        for (name, path) in layout.maildir().list()? {
            if name.parse().is_ok_and(&is_known) {
                continue;
            }
            match head(&name, &path) {
                Ok(head) => found.push(Found {
                    head,
                    record: None,
                    place: Place::New,
                }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => aside.push(layout.set_aside(&path, &error.to_string())),
            }
        }
        Ok((found, aside))
    }
}

//! What is found in a spool: messages with what the journal says of them, and what is no message.

use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::head::Head;
use super::journal;
use super::layout::{Layout, open_head};
use super::place::Place;
use super::record::{Record, Records};
use crate::mail::clean::Clean;
use crate::mail::entry::End;
use crate::mail::outcome::Status;

/// A message in the spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What is known of it since it was queued.
    pub head: Head,
    /// What became of it since; nothing where it was never tried.
    pub record: Option<Record>,
    /// Where its file is.
    pub place: Place,
}

impl Found {
    /// Where a message has to be moved that a crash has left where it no longer belongs.
    pub(super) fn belongs(&self) -> Option<Place> {
        let end = self.record.as_ref().and_then(|record| record.end);
        let failed = || {
            let recipients = self.record.as_ref()?.recipients.as_ref()?;
            let all = recipients.len() == self.head.envelope.recipients.len();
            let delivered = recipients
                .iter()
                .all(|one| matches!(one.status, Status::Delivered(_)));
            (!all || !delivered).then_some(())
        };
        match (end, self.place) {
            // Among the done is one that was dropped, brought back and then failed.
            (Some((End::Settled, _)), Place::New | Place::Done) if failed().is_some() => {
                Some(Place::Failed)
            }
            (Some(_), Place::New) => Some(Place::Done),
            (None, Place::Done) => Some(match self.record {
                // Brought back by hand.
                Some(_) => Place::New,
                None => Place::Gone,
            }),
            _ => None,
        }
    }
}

/// Everything in the spool.
#[derive(Debug, Default)]
pub struct Contents {
    /// The messages, oldest first.
    pub found: Vec<Found>,
    /// What was set aside, or would be by whoever holds the lock.
    pub aside: Vec<Clean>,
}

impl Layout {
    /// Reads everything without the lock, changing nothing.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn look(&self) -> io::Result<Contents> {
        self.read_all(|path, why| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Clean::from(format!("{name}: {why}"))
        })
    }

    /// Reads the messages that failed, oldest first, without the lock and changing nothing.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn failed(&self) -> io::Result<Vec<Found>> {
        let mut kept = Vec::new();
        list(&self.part("failed"), Place::Failed, &mut kept)?;
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        let records = journal::read(&self.part("journal"))?.records;
        let read = |(name, path, place): &(String, PathBuf, Place)| {
            found(name, path, *place, &records).ok()
        };
        let mut failed: Vec<Found> = kept.iter().filter_map(read).collect();
        failed.sort_by_key(|found| found.head.id);
        Ok(failed)
    }

    /// Reads everything and sets aside what cannot be used.
    pub(super) fn take_stock(&self) -> io::Result<Contents> {
        self.read_all(|path, why| self.set_aside(path, why))
    }

    fn read_all(&self, aside: impl Fn(&Path, &str) -> Clean) -> io::Result<Contents> {
        // The files first: a message that is done while this reads is then found with its end.
        let waiting = self.maildir().list()?;
        let mut kept = Vec::new();
        for (part, place) in [("done", Place::Done), ("failed", Place::Failed)] {
            list(&self.part(part), place, &mut kept)?;
        }
        let reading = journal::read(&self.part("journal"))?;
        let mut contents = Contents::default();
        for (path, count) in &reading.faults {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let words = format!("journal/{name}: {count} lines cannot be read");
            contents.aside.push(words.into());
        }
        let waiting = waiting.into_iter();
        let waiting = waiting.map(|(name, path)| (name, path, Place::New));
        for (name, path, place) in waiting.chain(kept) {
            match found(&name, &path, place, &reading.records) {
                Ok(found) => contents.found.push(found),
                // It was moved while this was reading; whoever moved it knows of it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => contents.aside.push(aside(&path, &error.to_string())),
            }
        }
        contents.found.sort_by_key(|found| found.head.id);
        // A crash may have left a message that failed in two places; what it was to be moved away from comes first.
        contents.found.dedup_by_key(|found| found.head.id);
        Ok(contents)
    }
}

/// The files of a folder: names, paths, and what the folder is.
fn list(dir: &Path, place: Place, files: &mut Vec<(String, PathBuf, Place)>) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push((name, entry.path(), place));
    }
    Ok(())
}

fn found(name: &str, path: &Path, place: Place, records: &Records) -> io::Result<Found> {
    let head = head(name, path)?;
    Ok(Found {
        record: records.get(head.id).cloned(),
        head,
        place,
    })
}

/// Reads what is known of a message and looks whether the file is whole.
pub(super) fn head(name: &str, path: &Path) -> io::Result<Head> {
    let (mut head, reader, line) = open_head(path)?;
    if name.parse::<Uuid>().ok() != Some(head.id) {
        return Err(io::Error::other("its name is not that of its envelope"));
    }
    let length = reader.get_ref().metadata()?.len();
    if length != line + head.size {
        let size = head.size;
        let words = format!(
            "it has {} octets of content and should have {size}",
            length.saturating_sub(line)
        );
        return Err(io::Error::other(words));
    }
    // Read again when somebody wants to edit it; a long queue would be full of them.
    head.draft = None;
    Ok(head)
}

//! Moves messages that are done out of the way of those that wait.

use std::fs;
use std::io;

use uuid::Uuid;

use super::layout::Layout;
use super::place::Place;
use crate::store::folder;

impl Layout {
    /// Links messages that failed into the folder of those, and makes that durable before anything is taken away.
    pub(super) fn link_failed(&self, ids: &[Uuid]) -> io::Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let failed = self.part("failed");
        for id in ids {
            // One that was brought back a moment ago may still lie with those that are done.
            let Some(path) = self.find(*id) else {
                continue;
            };
            match fs::hard_link(path, failed.join(id.to_string())) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                done => done?,
            }
        }
        folder::sync(&failed)
    }

    /// Moves a message to where it belongs. One that is there already, or gone, is no error.
    pub(super) fn relocate(&self, id: Uuid, place: Place) -> io::Result<()> {
        let name = id.to_string();
        match place {
            Place::New => {
                let new = self.maildir().new_folder();
                ignore_missing(fs::rename(self.part("done").join(&name), new.join(&name)))?;
                folder::sync(&new)
            }
            Place::Done => match self.maildir().find(&name) {
                Some(path) => ignore_missing(fs::rename(path, self.part("done").join(&name))),
                None => Ok(()),
            },
            Place::Failed => {
                if let Some(path) = self.maildir().find(&name) {
                    ignore_missing(fs::remove_file(path))?;
                }
                ignore_missing(fs::remove_file(self.part("done").join(&name)))
            }
            Place::Gone => {
                if let Some(path) = self.maildir().find(&name) {
                    ignore_missing(fs::remove_file(path))?;
                }
                for part in ["done", "failed"] {
                    ignore_missing(fs::remove_file(self.part(part).join(&name)))?;
                }
                Ok(())
            }
        }
    }

    /// Makes durable where the messages are.
    pub(super) fn sync_places(&self) -> io::Result<()> {
        for part in ["new", "cur", "done", "failed"] {
            folder::sync(&self.part(part))?;
        }
        Ok(())
    }
}

/// What is gone already need not be taken away.
pub(super) fn ignore_missing(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

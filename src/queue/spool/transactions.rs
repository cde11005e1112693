//! Messages that are queued together or not at all, also where the process dies half-way. Renaming a folder is the moment of the
//! decision.

use std::fs;
use std::io;
use std::path::PathBuf;

use uuid::Uuid;

use super::found::{Found, head};
use super::layout::{Keep, Layout};
use super::moving::ignore_missing;
use super::place::Place;
use crate::store::folder::{self, Group};

/// The end of the name of a folder whose messages are to be queued, whatever happens.
const DECIDED: &str = "go";

impl Layout {
    /// Writes the messages of a transaction and makes them durable. Nobody sees them, and whoever opens the spool next finds the
    /// transaction in doubt.
    ///
    /// # Errors
    /// Where the disk does not take them; nothing is left then.
    pub fn prepare(&self, transaction: Uuid, batch: &[Keep]) -> io::Result<()> {
        let part = self.write_part(transaction, batch)?;
        let done = fs::rename(&part, self.prepared(transaction))
            .and_then(|()| folder::sync(&self.part("prepared")));
        if done.is_err() {
            let _ = fs::remove_dir_all(&part);
            let _ = fs::remove_dir_all(self.prepared(transaction));
        }
        done
    }

    /// Decides that the messages of a prepared transaction are queued. Whatever happens behind this, they are: it is left to
    /// [`carry_out`](Self::carry_out), by whoever.
    ///
    /// # Errors
    /// Where the system refuses; the transaction is as prepared as it was.
    pub fn decide(&self, transaction: Uuid) -> io::Result<()> {
        let (prepared, decided) = (self.prepared(transaction), self.decided(transaction));
        fs::rename(&prepared, &decided)?;
        folder::sync(&self.part("prepared")).inspect_err(|_| {
            // Back again; should that fail too, it is decided.
            let _ = fs::rename(&decided, &prepared);
        })
    }

    /// Prepares and decides in one go.
    ///
    /// # Errors
    /// Where the disk does not take the messages; none is queued then.
    pub fn write_decided(&self, transaction: Uuid, batch: &[Keep]) -> io::Result<()> {
        let part = self.write_part(transaction, batch)?;
        let decided = self.decided(transaction);
        let renamed = fs::rename(&part, &decided);
        if let Err(error) = renamed.and_then(|()| folder::sync(&self.part("prepared"))) {
            let _ = fs::remove_dir_all(&part);
            let _ = fs::remove_dir_all(&decided);
            return Err(error);
        }
        Ok(())
    }

    /// Queues messages together, without the lock.
    ///
    /// # Errors
    /// Where the disk does not take them; none is queued then, unless what follows the decision fails: then whoever opens the
    /// spool next goes on with it.
    pub fn deposit_all(&self, transaction: Uuid, batch: &[Keep]) -> io::Result<()> {
        self.write_decided(transaction, batch)?;
        self.carry_out(transaction)
    }

    /// The messages of a prepared transaction.
    ///
    /// # Errors
    /// Where there is none, or it cannot be read.
    pub fn read_prepared(&self, transaction: Uuid) -> io::Result<Vec<Found>> {
        let mut list = Vec::new();
        for entry in fs::read_dir(self.prepared(transaction))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            list.push(Found {
                head: head(&name, &entry.path())?,
                record: None,
                place: Place::New,
            });
        }
        list.sort_by_key(|found| found.head.id);
        Ok(list)
    }

    /// Forgets a prepared transaction.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn abort(&self, transaction: Uuid) -> io::Result<()> {
        match fs::remove_dir_all(self.prepared(transaction)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// Goes on with transactions that were decided, and takes away what dead processes have left. Returns those in doubt.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn recover(&self, is_running: impl Fn(u32) -> bool) -> io::Result<Vec<Uuid>> {
        let mut doubt = Vec::new();
        for entry in fs::read_dir(self.part("prepared"))?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let (id, rest) = name.split_once('.').unwrap_or((&name, ""));
            let Ok(id) = id.parse() else { continue };
            match rest.split_once('.') {
                None if rest.is_empty() => doubt.push(id),
                None if rest == DECIDED => self.carry_out(id)?,
                Some(("part", pid)) if pid.parse().is_ok_and(|pid| !is_running(pid)) => {
                    // It may have been decided behind the look at the names and before its process died.
                    ignore_missing(fs::remove_dir_all(entry.path()))?;
                }
                _ => {}
            }
        }
        doubt.sort_unstable();
        Ok(doubt)
    }

    fn prepared(&self, transaction: Uuid) -> PathBuf {
        self.part("prepared").join(transaction.to_string())
    }

    fn decided(&self, transaction: Uuid) -> PathBuf {
        let name = format!("{transaction}.{DECIDED}");
        self.part("prepared").join(name)
    }

    fn write_part(&self, transaction: Uuid, batch: &[Keep]) -> io::Result<PathBuf> {
        let name = format!("{transaction}.part.{}", std::process::id());
        let part = self.part("prepared").join(name);
        folder::make(&part)?;
        let write = || {
            let group = Group::of(batch.len(), &part)?;
            for keep in batch {
                let (line, path) = (keep.head.line()?, part.join(keep.head.id.to_string()));
                group.wrote(&folder::write_new(&path, &[&line, &keep.content])?)?;
            }
            group.end()?;
            folder::sync(&part)
        };
        match write() {
            Ok(()) => Ok(part),
            Err(error) => {
                let _ = fs::remove_dir_all(&part);
                Err(error)
            }
        }
    }

    /// Moves what a decided transaction holds to `new`. Each message is in one place at any moment, so that this can be done
    /// again after an error or a crash, and a message that was delivered meanwhile does not come back. Whoever opens the spool
    /// and whoever decided may do it at the same time: what one of them finds gone the other has moved.
    ///
    /// # Errors
    /// Where the system refuses; what is left of it is still decided.
    pub fn carry_out(&self, transaction: Uuid) -> io::Result<()> {
        let (decided, new) = (self.decided(transaction), self.maildir().new_folder());
        let list = match fs::read_dir(&decided) {
            Ok(list) => Some(list),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        for entry in list.into_iter().flatten() {
            let entry = entry?;
            ignore_missing(fs::rename(entry.path(), new.join(entry.file_name())))?;
        }
        folder::sync(&new)?;
        ignore_missing(fs::remove_dir(decided))
    }
}

//! The journal: a row of files of lines. New lines go to the newest; older files are written together into one that says the
//! same in fewer words.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::record::Records;
use crate::store::folder;
use crate::store::lines::{self, Lines};

/// A file of this length is written anew.
const LARGE: u64 = 1024 * 1024;

/// The journal, open for writing.
#[derive(Debug)]
pub(super) struct Journal {
    dir: PathBuf,
    inner: Mutex<Inner>,
    /// Somebody wants the next sync soon.
    wanted: AtomicBool,
}

#[derive(Debug)]
struct Inner {
    lines: Lines,
    number: u64,
    /// Lines since the last sync. Where a sync fails nobody knows which of them are on the disk, and they are written again.
    unsynced: Vec<u8>,
    /// Lines that the disk has not taken.
    pending: Vec<u8>,
    /// How long the newest file may grow before it is worth while to write it anew.
    limit: u64,
}

/// What was read when the journal was opened.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The last word on each entry.
    pub(super) records: Records,
    /// Files with lines that could not be read, and how many.
    pub(super) faults: Vec<(PathBuf, usize)>,
}

/// Reads a journal without holding it. What is being written meanwhile is read up to its last whole line.
///
/// # Errors
/// Where a file cannot be read.
pub(super) fn read(dir: &Path) -> io::Result<Reading> {
    let mut reading = Reading::default();
    for (_, path) in files(dir)? {
        let mut faults = 0;
        let records = &mut reading.records;
        match lines::read(&path, |line| {
            faults += usize::from(records.take_in(line).is_err());
        }) {
            // It was written anew in the meantime; what it said is in the next file.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => drop(done?),
        }
        if faults > 0 {
            reading.faults.push((path, faults));
        }
    }
    Ok(reading)
}

/// The files in their order.
fn files(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files: Vec<(u64, PathBuf)> = fs::read_dir(dir)?
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            Some((number, entry.path()))
        })
        .collect();
    files.sort();
    Ok(files)
}

fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:016}"))
}

impl Journal {
    /// Opens the journal in this folder for writing.
    ///
    /// # Errors
    /// Where a file cannot be read or written.
    pub(super) fn open(dir: PathBuf) -> io::Result<Self> {
        let (number, lines) = match files(&dir)?.pop() {
            Some((number, path)) => (number, Lines::open(&path)?),
            None => (1, create(&dir, 1)?),
        };
        Ok(Self {
            inner: Mutex::new(Inner {
                limit: LARGE,
                lines,
                number,
                unsynced: Vec::new(),
                pending: Vec::new(),
            }),
            dir,
            wanted: AtomicBool::new(false),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes lines. They outlive this process at once, and a loss of power after [`sync`](Self::sync). Where the disk does not
    /// take them they are kept, and written before anything else.
    pub(super) fn append(&self, lines: &[u8]) {
        let mut inner = self.inner();
        if inner.flush().is_ok() && inner.lines.append(lines).is_ok() {
            inner.unsynced.extend_from_slice(lines);
        } else {
            inner.pending.extend_from_slice(lines);
        }
    }

    /// From now on a sync is wanted; whether it was before.
    pub(super) fn wants_sync(&self) -> bool {
        self.wanted.swap(true, Ordering::Relaxed)
    }

    /// Whether a sync is wanted that has not begun.
    pub(super) fn is_sync_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Makes durable what was written so far.
    ///
    /// # Errors
    /// Where the disk does not take it; nothing is lost, and the next call tries again.
    pub(super) fn sync(&self) -> io::Result<()> {
        // First, so that who writes behind this asks again.
        self.wanted.store(false, Ordering::Relaxed);
        let (handle, length) = {
            let mut inner = self.inner();
            inner.flush()?;
            (inner.lines.handle()?, inner.unsynced.len())
        };
        let synced = handle.sync_data();
        let mut inner = self.inner();
        if synced.is_ok() {
            inner.unsynced.drain(..length);
        } else {
            inner.write_again();
        }
        synced
    }

    /// Whether everything was written, though perhaps not synced.
    pub(super) fn is_written(&self) -> bool {
        self.inner().flush().is_ok()
    }

    /// Whether all that was written is durable.
    #[cfg(test)]
    pub(super) fn is_synced(&self) -> bool {
        let inner = self.inner();
        inner.unsynced.is_empty() && inner.pending.is_empty()
    }

    /// Whether it is worth while to write it anew.
    pub(super) fn is_large(&self) -> bool {
        let inner = self.inner();
        inner.lines.length() > inner.limit
    }

    /// Writes all but the newest lines anew, with what is still wanted. Writers are held up for a moment only.
    ///
    /// # Errors
    /// Where the disk does not take it; nothing is lost.
    pub(super) fn compact(&self, wanted: impl Fn(&Uuid) -> bool) -> io::Result<()> {
        self.sync()?;
        let number = self.inner().number;
        // The next file's name is durable before anything is written there.
        let next = create(&self.dir, number + 1)?;
        let before = {
            let mut inner = self.inner();
            inner.number = number + 1;
            std::mem::replace(&mut inner.lines, next)
        };
        // The next sync is one of the new file and knows nothing of what came into the old one since the last.
        if let Err(error) = before.handle().and_then(|file| file.sync_data()) {
            self.inner().write_again();
            return Err(error);
        }
        let old: Vec<(u64, PathBuf)> = files(&self.dir)?
            .into_iter()
            .filter(|(file, _)| *file <= number)
            .collect();
        let mut records = Records::default();
        for (_, path) in &old {
            lines::read(path, |line| {
                // What cannot be read was told and set aside when the journal was opened.
                let _ = records.take_in(line);
            })?;
        }
        records.retain(wanted);
        let text = records.lines()?;
        self.inner().limit = LARGE.max(text.len() as u64);
        let temporary = self.dir.join("tmp");
        let _ = fs::remove_file(&temporary);
        folder::write_new(&temporary, &[&text])?.sync_all()?;
        fs::rename(&temporary, path(&self.dir, number))?;
        folder::sync(&self.dir)?;
        for (file, path) in old {
            if file < number {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

impl Inner {
    /// Writes what the disk has not taken before.
    fn flush(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.lines.append(&self.pending)?;
            let written = std::mem::take(&mut self.pending);
            self.unsynced.extend_from_slice(&written);
        }
        Ok(())
    }

    /// Nobody knows what the disk has of the lines since the last sync.
    fn write_again(&mut self) {
        let again = std::mem::take(&mut self.unsynced);
        self.pending.splice(..0, again);
    }
}

fn create(dir: &Path, number: u64) -> io::Result<Lines> {
    let lines = Lines::create(&path(dir, number))?;
    folder::sync(dir)?;
    Ok(lines)
}

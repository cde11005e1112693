//! Folders and new files that nobody else may read, and what makes their names outlive a loss of power.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Makes a folder with its parents, mode 0700, where it is missing; one that is there is left as it is.
///
/// # Errors
/// Where the system refuses, or something else has its name.
pub fn make(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Makes names that were added to a folder or taken from it outlive a loss of power.
///
/// # Errors
/// Where the system refuses.
pub fn sync(dir: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// Writes a file that was not there before, mode 0600; it is not synced yet. On failure no half file stays behind.
///
/// # Errors
/// Where the name is taken, the disk is full or the system refuses.
pub fn write_new(path: &Path, parts: &[&[u8]]) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = parts.iter().try_for_each(|part| file.write_all(part));
    if let Err(error) = written {
        // What failed is told; that its remains are still there would change nothing.
        let _ = std::fs::remove_file(path);
        return Err(error);
    }
    Ok(file)
}

/// From so many files on, one sync of the whole file system is cheaper than one for each file.
const MANY: usize = 16;

/// Makes a group of new files durable: a few one by one, many all at once when the last is written.
#[derive(Debug)]
pub struct Group {
    /// Opened before anything is written, so that it hears of every error behind it.
    all: Option<File>,
}

impl Group {
    /// A group of so many files that are to be written somewhere on the file system of this folder.
    ///
    /// # Errors
    /// Where the folder cannot be opened.
    pub fn of(count: usize, dir: &Path) -> io::Result<Self> {
        let at_once = cfg!(target_os = "linux") && count >= MANY;
        Ok(Self {
            all: at_once.then(|| File::open(dir)).transpose()?,
        })
    }

    /// One of them was written.
    ///
    /// # Errors
    /// Where it cannot be made durable.
    pub fn wrote(&self, file: &File) -> io::Result<()> {
        match self.all {
            Some(_) => Ok(()),
            None => file.sync_all(),
        }
    }

    /// All were written: when this returns they outlive a loss of power.
    ///
    /// # Errors
    /// Where not all of them do.
    pub fn end(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if let Some(all) = &self.all {
            rustix::fs::syncfs(all)?;
        }
        Ok(())
    }
}

/// The same error once more, for each of those that it concerns.
#[must_use]
pub fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

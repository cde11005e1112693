//! A lock that the kernel frees when its holder dies, however it dies; no file left behind ever looks like a holder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The lock while it is held. Dropping it frees it.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Why the lock was not taken.
#[derive(Debug)]
pub enum NotTaken {
    /// Another process has it: its number, where it wrote one.
    Held(Option<u32>),
    /// The file cannot be used.
    Io(io::Error),
}

impl Lock {
    /// Takes the lock on this file, which is made where it is missing, and writes this process's number into it.
    ///
    /// # Errors
    /// [`NotTaken::Held`] at once where somebody else has it.
    pub fn take(path: &Path) -> Result<Self, NotTaken> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(NotTaken::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NotTaken::Held(number(&mut file))),
            Err(TryLockError::Error(error)) => return Err(NotTaken::Io(error)),
        }
        // On a full disk the number is missing from somebody's message, and the lock is as good as ever.
        let _ = write_number(&mut file);
        Ok(Self { file })
    }

    /// The number that the last holder wrote; it may be gone since.
    #[must_use]
    pub fn last_holder(path: &Path) -> Option<u32> {
        number(&mut File::open(path).ok()?)
    }
}

impl Drop for Lock {
    /// Closing the file would not free it while a child that is being started still has its copy.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

fn write_number(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    writeln!(file, "{}", std::process::id())
}

fn number(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_the_next_one_when_it_is_gone() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("lock");
        let lock = Lock::take(&path).expect("free");
        match Lock::take(&path) {
            Err(NotTaken::Held(Some(pid))) => assert_eq!(pid, std::process::id()),
            other => panic!("{other:?}"),
        }
        drop(lock);
        Lock::take(&path).expect("free again, though the file is still there");
        assert_eq!(Lock::last_holder(&path), Some(std::process::id()));
    }
}

//! A folder of small named files, each written whole or not at all, readable by nobody else.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::folder;

/// What went wrong with a shelf, with the path and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The folder cannot be used.
    #[error("cannot use the folder {}: {problem}", .dir.display())]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// The system's words.
        #[source]
        problem: io::Error,
    },
    /// The name would leave the folder or hide in it.
    #[error("{0:?} is no name for a kept file: letters, digits, dots and hyphens are expected")]
    Name(String),
    /// A file cannot be written; what was there before is still there.
    #[error("cannot keep {}: {problem}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's words.
        #[source]
        problem: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {problem}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's words.
        #[source]
        problem: io::Error,
    },
}

/// A kept file's name and when it was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The name within the folder.
    pub name: String,
    /// When it was last written; the epoch where the file system does not say.
    pub modified: SystemTime,
}

/// A folder of named files. Files have mode 0600, and so has 0700 every folder that is made for them; a folder that was there
/// before is left as it is, for it may be somebody else's business.
#[derive(Clone, Debug)]
pub struct Shelf {
    dir: PathBuf,
}

/// The largest file that is read back, in octets.
const LIMIT: u64 = 64 * 1024 * 1024;
/// The end of the names of files that were set aside.
const BAD: &str = ".bad";
/// The start of the names of files that are being written.
const TEMPORARY: &str = ".tmp-";
/// A file that is still being written after this time was left behind by a crash.
const STALE: Duration = Duration::from_hours(1);

impl Shelf {
    /// Opens a folder and makes it where it is missing, with its parents.
    ///
    /// # Errors
    /// When it cannot be made, is no folder, or cannot be read.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, ShelfError> {
        let shelf = Self { dir: dir.into() };
        shelf.prepare().map_err(|problem| ShelfError::Folder {
            dir: shelf.dir.clone(),
            problem,
        })?;
        Ok(shelf)
    }

    fn prepare(&self) -> io::Result<()> {
        folder::make(&self.dir)?;
        for entry in fs::read_dir(&self.dir)?.flatten() {
            let left_behind = entry.file_name().to_string_lossy().starts_with(TEMPORARY)
                && entry
                    .metadata()
                    .and_then(|facts| facts.modified())
                    .is_ok_and(|when| when.elapsed().is_ok_and(|age| age > STALE));
            if left_behind {
                // Only a half-written copy goes away; failing to remove it harms nobody.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes a file whole: to a temporary name, synced, renamed over the old one, and the folder synced.
    ///
    /// # Errors
    /// When the disk is full or the system refuses; the file that was there before is unharmed.
    pub fn put(&self, name: &str, content: &[u8]) -> Result<(), ShelfError> {
        static TURN: AtomicU64 = AtomicU64::new(0);
        let path = self.path(name)?;
        let turn = TURN.fetch_add(1, Ordering::Relaxed);
        let temporary = self
            .dir
            .join(format!("{TEMPORARY}{}-{turn}-{name}", std::process::id()));
        let written = folder::write_new(&temporary, &[content])
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&temporary, &path))
            .and_then(|()| folder::sync(&self.dir));
        written.map_err(|problem| {
            let _ = fs::remove_file(&temporary);
            ShelfError::Write { path, problem }
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it is missing, unreadable, no plain file or larger than 64 MiB.
    pub fn get(&self, name: &str) -> Result<Vec<u8>, ShelfError> {
        let path = self.path(name)?;
        read_bounded(&path).map_err(|problem| ShelfError::Read { path, problem })
    }

    /// The kept files, by name. Files being written and files set aside are not among them.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Label>, ShelfError> {
        let entries = fs::read_dir(&self.dir).map_err(|problem| ShelfError::Folder {
            dir: self.dir.clone(),
            problem,
        })?;
        let mut labels: Vec<Label> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let facts = entry.metadata().ok()?;
                let kept = facts.is_file() && is_name(&name) && !name.ends_with(BAD);
                kept.then(|| Label {
                    name,
                    modified: facts.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                })
            })
            .collect();
        labels.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(labels)
    }

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(&self, name: &str) -> Result<(), ShelfError> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done.and_then(|()| folder::sync(&self.dir)),
        }
        .map_err(|problem| ShelfError::Write { path, problem })
    }

    /// Renames a file that cannot be understood to `NAME.bad`, where a person can look at it. Nothing is deleted.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn set_aside(&self, name: &str) -> Result<PathBuf, ShelfError> {
        let path = self.path(name)?;
        let free = (0_u32..10_000)
            .map(|n| match n {
                0 => self.dir.join(format!("{name}.bad")),
                n => self.dir.join(format!("{name}.{n}.bad")),
            })
            .find(|candidate| fs::symlink_metadata(candidate).is_err());
        let Some(aside) = free else {
            let problem = io::Error::other("there are too many files set aside");
            return Err(ShelfError::Write { path, problem });
        };
        match fs::rename(&path, &aside).and_then(|()| folder::sync(&self.dir)) {
            Ok(()) => Ok(aside),
            Err(problem) => Err(ShelfError::Write { path, problem }),
        }
    }

    fn path(&self, name: &str) -> Result<PathBuf, ShelfError> {
        if is_name(name) {
            Ok(self.dir.join(name))
        } else {
            Err(ShelfError::Name(name.to_owned()))
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && !name.starts_with(['.', '-'])
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a FIFO would wait for a writer, so the kind is asked first.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("this is no plain file"));
    }
    let mut content = Vec::new();
    File::open(path)?
        .take(LIMIT + 1)
        .read_to_end(&mut content)?;
    if content.len() as u64 > LIMIT {
        return Err(io::Error::other("it is larger than 64 MiB"));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf() -> (tempfile::TempDir, Shelf) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let shelf = Shelf::open(dir.path().join("deep").join("shelf")).expect("opens");
        (dir, shelf)
    }

    #[test]
    fn what_is_put_can_be_read_listed_and_removed() {
        let (_dir, shelf) = shelf();
        shelf.put("one.json", b"first").expect("written");
        shelf.put("one.json", b"second").expect("written over");
        assert_eq!(shelf.get("one.json").expect("read"), b"second");
        let names: Vec<_> = shelf
            .list()
            .expect("listed")
            .into_iter()
            .map(|l| l.name)
            .collect();
        assert_eq!(names, ["one.json"]);
        shelf.remove("one.json").expect("removed");
        shelf.remove("one.json").expect("not there is no error");
        assert!(shelf.list().expect("listed").is_empty());
        assert!(matches!(
            shelf.get("one.json"),
            Err(ShelfError::Read { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_files_are_private() {
        use std::os::unix::fs::PermissionsExt;
        let (_dir, shelf) = shelf();
        shelf.put("a", b"").expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(
            (mode(shelf.dir()), mode(&shelf.dir().join("a"))),
            (0o700, 0o600)
        );
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file_and_no_half_one() {
        let (_dir, shelf) = shelf();
        // A folder in the place of the file makes the rename fail, as a full disk makes the write fail.
        fs::create_dir(shelf.dir().join("taken")).expect("made");
        fs::write(shelf.dir().join("taken").join("inside"), b"x").expect("made");
        assert!(matches!(
            shelf.put("taken", b"y"),
            Err(ShelfError::Write { .. })
        ));
        assert_eq!(
            fs::read(shelf.dir().join("taken/inside")).expect("unharmed"),
            b"x"
        );
        let left = fs::read_dir(shelf.dir()).expect("listed").count();
        assert_eq!(left, 1, "no temporary file stays behind");
    }

    #[test]
    fn names_cannot_leave_the_folder() {
        let (_dir, shelf) = shelf();
        for name in ["", ".", "..", "../x", "a/b", ".hidden", "a\0", "-rf", "ü"] {
            assert!(
                matches!(shelf.put(name, b""), Err(ShelfError::Name(_))),
                "{name:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_understood_is_set_aside_and_kept() {
        let (_dir, shelf) = shelf();
        for text in ["one", "two"] {
            shelf.put("d.json", text.as_bytes()).expect("written");
            shelf.set_aside("d.json").expect("set aside");
        }
        assert!(shelf.list().expect("listed").is_empty());
        assert_eq!(
            fs::read(shelf.dir().join("d.json.bad")).expect("kept"),
            b"one"
        );
        assert_eq!(
            fs::read(shelf.dir().join("d.json.1.bad")).expect("kept"),
            b"two"
        );
    }
}

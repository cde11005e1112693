//! Where things are in a spool, whether the folder is fit to be one, and writing into it without holding its lock.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use uuid::Uuid;

use super::error::SpoolError;
use super::head::{Head, LONGEST};
use crate::mail::clean::Clean;
use crate::store::folder::{self, Group, again};
use crate::store::maildir::Maildir;

/// What the mark says. A spool with another number was made by another version.
const MARK: &str = "turbomail spool 1\n";

/// A message that is to be kept.
#[derive(Clone, Debug)]
pub struct Keep {
    /// What is known of it.
    pub head: Head,
    /// Its content.
    pub content: Bytes,
}

/// The folders and files of a spool.
#[derive(Clone, Debug)]
pub struct Layout {
    dir: PathBuf,
    maildir: Maildir,
}

impl Layout {
    /// Opens the folder and makes what is missing of it. The mark is written where there is nothing yet.
    ///
    /// # Errors
    /// Where the folder is not fit to be a spool, with what to do about it.
    pub fn open(dir: &Path) -> Result<Self, SpoolError> {
        let io = |problem| SpoolError::Io {
            dir: dir.to_owned(),
            problem,
        };
        let unfit = |why: String| SpoolError::Unfit {
            dir: dir.to_owned(),
            why,
        };
        if fs::symlink_metadata(dir).is_ok() && !dir.is_dir() {
            return Err(unfit("it is no folder; name another one".into()));
        }
        folder::make(dir).map_err(io)?;
        is_private(dir).map_err(io)?.map_err(unfit)?;
        let mark = dir.join("version");
        match fs::read_to_string(&mark) {
            Ok(text) if text == MARK => {}
            Ok(text) => {
                let text = Clean::new(text.trim());
                return Err(unfit(format!(
                    "it is marked {text:?}, and this version needs {:?}; use the version that made it, or name another folder",
                    MARK.trim()
                )));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Another process may have marked it and queued something behind the look at the mark.
                if is_in_use(dir).map_err(io)? && !mark.exists() {
                    let why = "it holds mail of another program; name a folder of its own";
                    return Err(unfit(why.into()));
                }
                write_mark(dir, &mark).map_err(io)?;
            }
            Err(error) => return Err(io(error)),
        }
        let parts = [
            "tmp", "new", "cur", "journal", "failed", "done", "bad", "prepared",
        ];
        let is_whole = parts.iter().all(|part| dir.join(part).is_dir());
        let layout = Self {
            dir: dir.to_owned(),
            maildir: Maildir::open(dir).map_err(io)?,
        };
        if !is_whole {
            for part in parts {
                folder::make(&layout.dir.join(part)).map_err(io)?;
            }
            // What is durable in a folder is lost when the folder's own name is.
            folder::sync(dir).map_err(io)?;
            let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
            match folder::sync(parent.unwrap_or(Path::new("."))) {
                // Where one may pass and not look, this cannot be done.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
                done => done.map_err(io)?,
            }
        }
        Ok(layout)
    }

    /// The spool's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The messages that wait.
    #[must_use]
    pub const fn maildir(&self) -> &Maildir {
        &self.maildir
    }

    /// A part of the spool.
    #[must_use]
    pub fn part(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Where a message's file is, whatever became of it.
    #[must_use]
    pub fn find(&self, id: Uuid) -> Option<PathBuf> {
        let name = id.to_string();
        self.maildir.find(&name).or_else(|| {
            ["failed", "done"]
                .map(|part| self.part(part).join(&name))
                .into_iter()
                .find(|path| path.is_file())
        })
    }

    /// Writes messages and makes them durable, without the lock: any number of processes may do so at a time. One result for
    /// each; a message with an error is not in the spool.
    #[must_use]
    pub fn deposit(&self, batch: &[Keep]) -> Vec<io::Result<()>> {
        let group = match Group::of(batch.len(), &self.dir) {
            Ok(group) => group,
            Err(error) => return batch.iter().map(|_| Err(again(&error))).collect(),
        };
        let mut staged = Vec::new();
        let mut results: Vec<io::Result<()>> = batch
            .iter()
            .map(|keep| {
                let line = keep.head.line()?;
                let name = keep.head.id.to_string();
                staged.push(self.maildir.stage(&group, &name, &[&line, &keep.content])?);
                Ok(())
            })
            .collect();
        let delivered = self.maildir.deliver(&group, &staged);
        let taken = results.iter_mut().filter(|result| result.is_ok());
        for (result, delivered) in taken.zip(delivered) {
            *result = delivered;
        }
        results
    }

    /// Reads a message: what is known of it, and its content.
    ///
    /// # Errors
    /// Where it is not there, cannot be read, or is not as long as its envelope says.
    pub fn read(&self, id: Uuid) -> io::Result<(Head, Bytes)> {
        // It may be moved from one folder to another between two looks, and once more while it is opened.
        let open = || open_head(&self.find(id).ok_or(io::ErrorKind::NotFound)?);
        let gone = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => open(),
            _ => Err(error),
        };
        let (head, mut reader, _) = open().or_else(gone).or_else(gone)?;
        let mut content = Vec::with_capacity(usize::try_from(head.size).unwrap_or(0));
        reader
            .by_ref()
            .take(head.size + 1)
            .read_to_end(&mut content)?;
        if content.len() as u64 != head.size {
            let words = format!("it has not the {} octets that it should have", head.size);
            return Err(io::Error::other(words));
        }
        Ok((head, content.into()))
    }

    /// Moves what cannot be used to `bad`, where a person may look at it. Returns what to tell.
    #[must_use]
    pub fn set_aside(&self, path: &Path, why: &str) -> Clean {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let aside = (0_u32..10_000)
            .map(|n| match n {
                0 => self.part("bad").join(&*name),
                n => self.part("bad").join(format!("{name}.{n}")),
            })
            .find(|place| fs::symlink_metadata(place).is_err())
            .unwrap_or_else(|| self.part("bad").join("others"));
        match fs::rename(path, &aside) {
            Ok(()) => Clean::from(format!("{name}: {why}; it is kept as {}", aside.display())),
            Err(error) => Clean::from(format!("{name}: {why}; and it cannot be moved: {error}")),
        }
    }
}

/// Reads the first line of a message's file; the reader stands behind it. Also the line's length with its end.
pub(super) fn open_head(path: &Path) -> io::Result<(Head, BufReader<fs::File>, u64)> {
    // Opening a FIFO would wait for a writer, so the kind is asked first.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    let mut reader = BufReader::with_capacity(4096, fs::File::open(path)?);
    let mut line = Vec::new();
    let length = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
    let line = line.strip_suffix(b"\r\n").unwrap_or(&line);
    let head = Head::read(line).map_err(io::Error::other)?;
    Ok((head, reader, length as u64))
}

/// Whether nobody else can put anything there.
fn is_private(dir: &Path) -> io::Result<Result<(), String>> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let facts = fs::metadata(dir)?;
        let me = rustix::process::geteuid().as_raw();
        if facts.uid() != me {
            let owner = facts.uid();
            return Ok(Err(format!(
                "it belongs to user {owner}, and this is user {me}; name a folder of your own"
            )));
        }
        if facts.mode() & 0o022 != 0 {
            let path = dir.display();
            return Ok(Err(format!(
                "others may write there; run: chmod 700 {path}"
            )));
        }
    }
    Ok(Ok(()))
}

/// Whether there is mail in the folder already.
fn is_in_use(dir: &Path) -> io::Result<bool> {
    for part in ["new", "cur"] {
        match fs::read_dir(dir.join(part)) {
            Ok(mut list) => {
                if list.next().is_some() {
                    return Ok(true);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Writes the mark beside its place and moves it there, so that nobody ever finds half of it.
fn write_mark(dir: &Path, mark: &Path) -> io::Result<()> {
    let beside = dir.join(format!("version.{}", Uuid::now_v7()));
    let written = folder::write_new(&beside, &[MARK.as_bytes()])
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&beside, mark));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    // Another process may have been quicker, and wrote the same.
    written.or_else(|error| mark.exists().then_some(()).ok_or(error))?;
    folder::sync(dir)
}

//! The file of one message: a line of JSON for each attempt that is kept, oldest first.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::FOLDER;
use crate::mail::kept::KeptAttempt;
use crate::queue::spool::layout::Layout;
use crate::store::{folder, lines};

/// The end of the name of a file that is being written anew.
pub(super) const UNFINISHED: &str = "tmp";

impl Layout {
    /// The conversations that are kept of a message, oldest first; none where there are none. What a crash left of a line is not
    /// read. Without the lock, also while another process writes there.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn conversations(&self, id: Uuid) -> io::Result<Vec<KeptAttempt>> {
        let mut kept = BTreeMap::new();
        for line in read(&self.conversations_of(id))?.0 {
            // One that cannot be read is no reason to keep the others from who looks for them.
            if let Ok(attempt) = serde_json::from_slice::<KeptAttempt>(&line) {
                // A number that comes again was given anew behind a loss of power.
                kept.insert(attempt.told.number, attempt);
            }
        }
        Ok(kept.into_values().collect())
    }

    /// The file of a message's conversations.
    pub(super) fn conversations_of(&self, id: Uuid) -> PathBuf {
        self.part(FOLDER).join(id.to_string())
    }
}

/// The whole lines of a file, and whether there is half a one behind them.
fn read(path: &Path) -> io::Result<(Vec<Vec<u8>>, bool)> {
    let length = match fs::symlink_metadata(path) {
        // Opening a FIFO would wait for a writer.
        Ok(facts) if facts.is_file() => facts.len(),
        Ok(_) => return Err(io::Error::other("it is no plain file")),
        Err(error) if is_missing(&error) => return Ok((Vec::new(), false)),
        Err(error) => return Err(error),
    };
    let mut all = Vec::new();
    let whole = match lines::read(path, |line| all.push(line.to_vec())) {
        // It was forgotten between two looks.
        Err(error) if is_missing(&error) => 0,
        done => done?,
    };
    Ok((all, whole < length))
}

/// Whether there is no such file, be it that something else has the folder's name.
fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Adds a line to a file, of which `most` are kept: the first, and the latest. Returns the file's length. It is not synced.
pub(super) fn add(path: &Path, line: &[u8], most: usize) -> io::Result<u64> {
    // Nearly all messages are tried once.
    match folder::write_new(path, &[line]) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            folder::make(path.parent().unwrap_or(Path::new(".")))?;
            folder::write_new(path, &[line])?;
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return add_to(path, line, most);
        }
        done => drop(done?),
    }
    Ok(line.len() as u64)
}

fn add_to(path: &Path, line: &[u8], most: usize) -> io::Result<u64> {
    let (mut kept, torn) = read(path)?;
    let before: usize = kept.iter().map(|line| line.len() + 1).sum();
    if kept.len() < most && !torn {
        let mut file = OpenOptions::new().append(true).open(path)?;
        if let Err(error) = file.write_all(line) {
            // Half a line would be no harm to who reads, and this may fail as well.
            let _ = file.set_len(before as u64);
            return Err(error);
        }
        return Ok((before + line.len()) as u64);
    }
    let gone = (kept.len() + 1).saturating_sub(most.max(1));
    let first = usize::from(most > 1).min(kept.len());
    kept.drain(first..(first + gone).min(kept.len()));
    let mut text = kept.join(&b'\n');
    if !text.is_empty() {
        text.push(b'\n');
    }
    text.extend_from_slice(line);
    let unfinished = path.with_extension(UNFINISHED);
    let _ = fs::remove_file(&unfinished);
    folder::write_new(&unfinished, &[&text])?;
    fs::rename(&unfinished, path)?;
    Ok(text.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &Path) -> String {
        fs::read_to_string(path).expect("read")
    }

    #[test]
    fn the_first_and_the_latest_are_kept() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("made").join("one");
        for n in 1..=9 {
            let length = add(&path, format!("{n}\n").as_bytes(), 4).expect("written");
            assert_eq!(length, text(&path).len() as u64);
        }
        assert_eq!(text(&path), "1\n7\n8\n9\n");
        // Whoever wants fewer from now on gets fewer.
        add(&path, b"10\n", 2).expect("written");
        assert_eq!(text(&path), "1\n10\n");
        add(&path, b"11\n", 1).expect("written");
        assert_eq!(text(&path), "11\n");
        assert_eq!(
            fs::read_dir(dir.path().join("made"))
                .expect("a folder")
                .count(),
            1
        );
    }

    #[test]
    fn what_a_crash_left_of_a_line_is_cut_away_by_the_next_one() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("one");
        fs::write(&path, "1\n2\n{\"num").expect("written");
        assert_eq!(read(&path).expect("read").0.len(), 2);
        add(&path, b"3\n", 8).expect("written");
        assert_eq!(text(&path), "1\n2\n3\n");
    }
}

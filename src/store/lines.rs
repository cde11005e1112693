//! A file of lines that only ever grows at its end. A line that was cut off by a crash is cut away; whole ones are never touched.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// The longest line that is read back, in octets; a message with 10,000 recipients needs about 3 MB.
const LONGEST: usize = 64 * 1024 * 1024;

/// A file of lines, open for writing at its end.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    file: File,
    length: u64,
    /// Whether a write that failed may have left half a line at the end.
    torn: bool,
}

impl Lines {
    /// Makes a new file. It outlives a loss of power only when its folder was synced.
    ///
    /// # Errors
    /// Where there is one already, or the system refuses.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self {
            path: path.to_owned(),
            file: options.open(path)?,
            length: 0,
            torn: false,
        })
    }

    /// Opens a file for writing behind its last whole line; what a crash left of a line behind that is cut away.
    ///
    /// # Errors
    /// Where it is missing or the system refuses.
    pub fn open(path: &Path) -> io::Result<Self> {
        let length = read(path, |_| {})?;
        let file = OpenOptions::new().append(true).open(path)?;
        if file.metadata()?.len() != length {
            file.set_len(length)?;
            file.sync_data()?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
            torn: false,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its length in octets.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Writes whole lines at the end, all of them or none: after a write that failed half-way the file is as it was.
    ///
    /// # Errors
    /// When the disk is full or the system refuses.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.mend()?;
        let written = self.file.write_all(lines);
        if written.is_ok() {
            self.length += lines.len() as u64;
        } else {
            self.torn = true;
            // Should this fail as well, it is done before the next write.
            let _ = self.mend();
        }
        written
    }

    /// Cuts away what a failed write has left.
    fn mend(&mut self) -> io::Result<()> {
        if self.torn {
            self.file.set_len(self.length)?;
            self.torn = false;
        }
        Ok(())
    }

    /// A second handle, to sync what is written while others go on writing.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }
}

/// Reads every whole line, without its end, in order. Returns how many octets they are; what follows the last line end is not
/// read, for it was never finished.
///
/// # Errors
/// Where the file is missing, unreadable, or has a line of more than 64 MiB.
pub fn read(path: &Path, mut each: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(64 * 1024, File::open(path)?);
    let (mut line, mut length) = (Vec::new(), 0_u64);
    loop {
        line.clear();
        let count = reader.read_until(b'\n', &mut line)?;
        if count > LONGEST {
            return Err(io::Error::other("a line is longer than 64 MiB"));
        }
        if line.pop() != Some(b'\n') {
            return Ok(length);
        }
        length += count as u64;
        each(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(path: &Path) -> Vec<String> {
        let mut lines = Vec::new();
        read(path, |line| {
            lines.push(String::from_utf8_lossy(line).into_owned());
        })
        .expect("readable");
        lines
    }

    #[test]
    fn a_torn_line_is_cut_away_before_the_next_one_is_written() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("lines");
        let mut lines = Lines::create(&path).expect("new");
        lines.append(b"one\ntwo\n").expect("written");
        std::fs::write(&path, b"one\ntwo\nthr").expect("torn");
        assert_eq!(all(&path), ["one", "two"]);
        let mut lines = Lines::open(&path).expect("opens");
        lines.append(b"three\n").expect("written");
        assert_eq!(lines.length(), 14);
        assert_eq!(all(&path), ["one", "two", "three"]);
        assert!(Lines::create(&path).is_err(), "never written over");
    }
}

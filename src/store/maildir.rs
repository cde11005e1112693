//! A Maildir: each message is written to `tmp`, made durable, and linked into `new`, so that nobody ever sees half of one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::folder::{self, Group, again};

/// A Maildir with its three folders. Folders have mode 0700, files 0600.
#[derive(Clone, Debug)]
pub struct Maildir {
    root: PathBuf,
}

/// A message that is written to `tmp` and not yet delivered. Dropping it removes the file.
#[derive(Debug)]
pub struct Staged {
    name: String,
    path: PathBuf,
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Whoever opens the folder next removes what is left of processes that are gone.
        let _ = fs::remove_file(&self.path);
    }
}

impl Maildir {
    /// Opens a Maildir and makes what is missing of it.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let maildir = Self { root: root.into() };
        for part in ["tmp", "new", "cur"] {
            folder::make(&maildir.root.join(part))?;
        }
        Ok(maildir)
    }

    /// Its folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of delivered messages that no reader has touched.
    #[must_use]
    pub fn new_folder(&self) -> PathBuf {
        self.root.join("new")
    }

    /// Writes a message to `tmp`, under a name that nothing in this Maildir has or had.
    ///
    /// # Errors
    /// When the disk is full or the system refuses; then nothing is left of it.
    pub fn stage(&self, group: &Group, name: &str, parts: &[&[u8]]) -> io::Result<Staged> {
        let pid = std::process::id();
        let path = self.root.join("tmp").join(format!("{name}.{pid}"));
        let file = folder::write_new(&path, parts)?;
        let staged = Staged {
            name: name.to_owned(),
            path,
        };
        group.wrote(&file)?;
        Ok(staged)
    }

    /// Delivers a group of messages: they are linked into `new`, and the folder is synced once for all. A message whose result
    /// is `Ok` outlives a loss of power; one with an error is nowhere.
    #[must_use]
    pub fn deliver(&self, group: &Group, staged: &[Staged]) -> Vec<io::Result<()>> {
        let new = self.new_folder();
        let mut results: Vec<io::Result<()>> = match group.end() {
            Ok(()) => staged
                .iter()
                .map(|one| fs::hard_link(&one.path, new.join(&one.name)))
                .collect(),
            Err(error) => return staged.iter().map(|_| Err(again(&error))).collect(),
        };
        if let Err(error) = folder::sync(&new) {
            for (one, result) in staged.iter().zip(&mut results) {
                if result.is_ok() {
                    // It must not be found there by anybody when its sender was told that it was not taken.
                    let _ = fs::remove_file(new.join(&one.name));
                    *result = Err(again(&error));
                }
            }
        }
        results
    }

    /// The delivered messages: names, without the flags that mail readers add behind a colon, and paths. In the order of their
    /// names.
    ///
    /// # Errors
    /// Where a folder cannot be read.
    pub fn list(&self) -> io::Result<Vec<(String, PathBuf)>> {
        let mut list = Vec::new();
        for part in ["new", "cur"] {
            for entry in fs::read_dir(self.root.join(part))? {
                let entry = entry?;
                let file = entry.file_name();
                let file = file.to_string_lossy();
                if !file.starts_with('.') {
                    let name = file.split(':').next().unwrap_or_default();
                    list.push((name.to_owned(), entry.path()));
                }
            }
        }
        list.sort();
        Ok(list)
    }

    /// Where a delivered message is: in `new`, or in `cur` where a mail reader has looked at it.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let path = self.new_folder().join(name);
        if path.symlink_metadata().is_ok() {
            return Some(path);
        }
        let cur = fs::read_dir(self.root.join("cur")).ok()?;
        cur.flatten()
            .find(|entry| {
                let file = entry.file_name();
                file.to_string_lossy().split(':').next() == Some(name)
            })
            .map(|entry| entry.path())
    }

    /// Removes from `tmp` what processes have left there that are gone.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn tidy(&self, is_running: impl Fn(u32) -> bool) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join("tmp"))?.flatten() {
            let name = entry.file_name();
            let pid = name.to_string_lossy().rsplit('.').next().map(str::parse);
            if let Some(Ok(pid)) = pid
                && !is_running(pid)
            {
                // It was never delivered, and who wrote it cannot go on.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(maildir: &Maildir) -> Vec<String> {
        let list = maildir.list().expect("readable");
        list.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn what_is_delivered_is_whole_and_private_and_tmp_is_empty_again() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a temporary folder");
        let maildir = Maildir::open(dir.path().join("spool")).expect("opens");
        let group = Group::of(20, dir.path()).expect("a group");
        let stage = |n| {
            let parts: [&[u8]; 2] = [b"head\r\n", b"body"];
            let staged = maildir.stage(&group, &format!("m{n:02}"), &parts);
            staged.expect("staged")
        };
        let staged: Vec<Staged> = (0..20).map(stage).collect();
        assert!(names(&maildir).is_empty());
        assert!(maildir.deliver(&group, &staged).iter().all(Result::is_ok));
        // A name is never delivered over another.
        assert!(maildir.deliver(&group, &staged[..1])[0].is_err());
        drop(staged);
        assert_eq!(names(&maildir).len(), 20);
        let path = maildir.find("m03").expect("there");
        assert_eq!(fs::read(&path).expect("read"), b"head\r\nbody");
        let mode = fs::metadata(&path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        let left = fs::read_dir(maildir.root().join("tmp")).expect("there");
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn a_mail_reader_may_move_messages_and_the_dead_leave_nothing() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let maildir = Maildir::open(dir.path()).expect("opens");
        let group = Group::of(1, dir.path()).expect("a group");
        let staged = maildir.stage(&group, "one", &[b"x"]).expect("staged");
        assert!(maildir.deliver(&group, &[staged])[0].is_ok());
        let moved = dir.path().join("cur/one:2,S");
        fs::rename(dir.path().join("new/one"), &moved).expect("moved");
        assert_eq!(maildir.find("one"), Some(moved));
        assert_eq!(names(&maildir), ["one"]);
        fs::write(dir.path().join("tmp/half.123"), b"x").expect("written");
        fs::write(dir.path().join("tmp/half.124"), b"x").expect("written");
        maildir.tidy(|pid| pid == 124).expect("tidied");
        assert!(!dir.path().join("tmp/half.123").exists());
        assert!(dir.path().join("tmp/half.124").exists());
    }
}

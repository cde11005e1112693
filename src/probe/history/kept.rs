//! The runs of the probe that are kept: for each server a file of lines, the latest last, so that one can be held against another.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::mail::clean::Clean;
use crate::probe::compare::Record;
use crate::store::lock::{Lock, NotTaken};
use crate::store::shelf::{Shelf, ShelfError};

/// The runs that are kept for a server where nothing else is wanted.
pub const USUAL: usize = 50;

/// How long another process may write before this run is not kept.
const PATIENCE: Duration = Duration::from_secs(2);
/// The rest before the lock is asked for again.
const REST: Duration = Duration::from_millis(10);
/// The end of the files' names.
const END: &str = ".jsonl";
/// The longest part of a file's name that is made from a server's.
const NAME: usize = 80;

/// Why runs cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The folder or a file in it cannot be used.
    #[error("{0}; run without a history: --no-history")]
    Shelf(#[from] ShelfError),
    /// Another process has been writing for too long.
    #[error("cannot keep the run in {}: another process is writing there; try again", .0.display())]
    Busy(PathBuf),
    /// The lock cannot be used.
    #[error("cannot keep the run in {}: {problem}; run without a history: --no-history", .dir.display())]
    Lock {
        /// The folder.
        dir: PathBuf,
        /// The system's words.
        #[source]
        problem: std::io::Error,
    },
}

/// The runs of a server, or of all.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// The runs, oldest first.
    pub records: Vec<Record>,
    /// Lines that cannot be understood: they are left where they are. Each as a sentence with the file and the line.
    pub unread: Vec<Clean>,
}

/// A folder of kept runs, which nobody else may read.
#[derive(Clone, Debug)]
pub struct History {
    shelf: Shelf,
    most: usize,
}

impl History {
    /// The runs in this folder, which is made where it is missing. At most `most` are kept for each server, and one at the least.
    ///
    /// # Errors
    /// Where the folder cannot be made or used.
    pub fn open(dir: impl Into<PathBuf>, most: usize) -> Result<Self, HistoryError> {
        Ok(Self {
            shelf: Shelf::open(dir)?,
            most: most.max(1),
        })
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.shelf.dir()
    }

    /// Keeps a run, and forgets the oldest ones of its server that are too many. What cannot be read is left as it is.
    ///
    /// # Errors
    /// Where it cannot be written; what was kept before is unharmed.
    pub fn keep(&self, record: &Record) -> Result<(), HistoryError> {
        let _lock = self.lock()?;
        let name = name(&record.server);
        let mut lines = self.lines(&name)?;
        lines.push(
            serde_json::to_vec(record).map_err(|error| HistoryError::Lock {
                dir: self.dir().to_owned(),
                problem: error.into(),
            })?,
        );
        let is_of_it = |line: &Vec<u8>| {
            serde_json::from_slice::<Record>(line).is_ok_and(|one| one.server == record.server)
        };
        let mut surplus = lines.iter().filter(|line| is_of_it(line)).count();
        surplus = surplus.saturating_sub(self.most);
        lines.retain(|line| {
            let goes = surplus > 0 && is_of_it(line);
            surplus -= usize::from(goes);
            !goes
        });
        let mut content = lines.join(&b'\n');
        content.push(b'\n');
        Ok(self.shelf.put(&name, &content)?)
    }

    /// The runs of a server, as it is written in [`Record::server`].
    ///
    /// # Errors
    /// Where a file is there and cannot be read.
    pub fn runs(&self, server: &str) -> Result<Runs, HistoryError> {
        let mut runs = self.of_file(&name(server))?;
        runs.records
            .retain(|one| one.server.eq_ignore_ascii_case(server));
        Ok(runs)
    }

    /// The runs of every server, oldest first.
    ///
    /// # Errors
    /// Where the folder or a file cannot be read.
    pub fn all(&self) -> Result<Runs, HistoryError> {
        let mut all = Runs::default();
        for label in self.shelf.list()? {
            if label.name.ends_with(END) {
                let runs = self.of_file(&label.name)?;
                all.records.extend(runs.records);
                all.unread.extend(runs.unread);
            }
        }
        all.records.sort_by_key(|one| one.started);
        Ok(all)
    }

    /// The latest run of a server that went well.
    ///
    /// # Errors
    /// Where a file is there and cannot be read.
    pub fn last_good(&self, server: &str) -> Result<Option<Record>, HistoryError> {
        let runs = self.runs(server)?;
        Ok(runs.records.into_iter().rev().find(Record::is_good))
    }

    /// The runs of a host at whichever port, oldest first.
    ///
    /// # Errors
    /// Where the folder or a file cannot be read.
    pub fn of_host(&self, host: &str) -> Result<Runs, HistoryError> {
        let mut all = Runs::default();
        // Brackets around an address stand in the server's name alone, and every sign like them becomes the same one.
        let begins = [name(host), name(&format!("[{host}"))];
        let begins = begins.map(|name| name.trim_end_matches(END).to_owned());
        for label in self.shelf.list()? {
            let is_near = begins.iter().any(|begin| label.name.starts_with(begin));
            if is_near && label.name.ends_with(END) {
                let mut runs = self.of_file(&label.name)?;
                runs.records
                    .retain(|one| one.host().eq_ignore_ascii_case(host));
                all.records.extend(runs.records);
                all.unread.extend(runs.unread);
            }
        }
        all.records.sort_by_key(|one| one.started);
        Ok(all)
    }

    fn of_file(&self, name: &str) -> Result<Runs, HistoryError> {
        let mut runs = Runs::default();
        for (number, line) in self.lines(name)?.iter().enumerate() {
            match serde_json::from_slice(line) {
                Ok(record) => runs.records.push(record),
                Err(error) => {
                    let path = self.dir().join(name);
                    let words = format!("{}:{}: {error}", path.display(), number + 1);
                    runs.unread.push(Clean::from(words));
                }
            }
        }
        // A clock that was put right leaves them out of order.
        runs.records.sort_by_key(|one| one.started);
        Ok(runs)
    }

    /// The lines of a file, none where there is none.
    fn lines(&self, name: &str) -> Result<Vec<Vec<u8>>, HistoryError> {
        let content = match self.shelf.get(name) {
            Ok(content) => content,
            Err(ShelfError::Read { problem, .. })
                if problem.kind() == std::io::ErrorKind::NotFound =>
            {
                Vec::new()
            }
            Err(error) => return Err(error.into()),
        };
        let lines = content.split(|octet| *octet == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        Ok(lines.map(<[u8]>::to_vec).collect())
    }

    /// One writer at a time, or one of two runs would be lost.
    fn lock(&self) -> Result<Lock, HistoryError> {
        let begun = std::time::Instant::now();
        loop {
            match Lock::take(&self.dir().join(".lock")) {
                Ok(lock) => return Ok(lock),
                Err(NotTaken::Held(_)) if begun.elapsed() < PATIENCE => std::thread::sleep(REST),
                Err(NotTaken::Held(_)) => return Err(HistoryError::Busy(self.dir().to_owned())),
                Err(NotTaken::Io(problem)) => {
                    let dir = self.dir().to_owned();
                    return Err(HistoryError::Lock { dir, problem });
                }
            }
        }
    }
}

/// The name of a server's file. Two servers may come to the same one; each line says whose it is.
fn name(server: &str) -> String {
    let sign = |c: char| {
        let fits = c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        if fits { c.to_ascii_lowercase() } else { '_' }
    };
    let text: String = server.chars().take(NAME).map(sign).collect();
    // A shelf's names do not begin with a dot or a hyphen.
    format!("s-{text}{END}")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::mail::smarthost::Security;
    use crate::mail::stage::Stage;
    use crate::probe::compare::RecordedStage;
    use crate::probe::walk::{Status, Verdict};

    fn record(server: &str, second: i64, good: bool) -> Record {
        let (verdict, status) = if good {
            (Verdict::Ok, Status::Ok)
        } else {
            (Verdict::Failed, Status::Failed)
        };
        Record {
            server: server.into(),
            security: Security::Tls,
            started: Timestamp::from_second(second).expect("a moment"),
            took_ms: 1,
            verdict,
            failure: (!good).then(|| "auth: 535 no".into()),
            stages: vec![RecordedStage {
                stage: Stage::Hello,
                status,
                took_ms: 1,
                detail: "x".into(),
            }],
            address: None,
            greeting: Some("hello \u{1b}[2J".into()),
            before_tls: None,
            after_tls: Some(vec!["AUTH PLAIN".into()]),
            tls: None,
            certificate: None,
            mechanism: None,
        }
    }

    fn opened(most: usize) -> (tempfile::TempDir, History) {
        let dir = tempfile::tempdir().expect("a folder");
        let probes = History::open(dir.path().join("probes"), most).expect("opened");
        (dir, probes)
    }

    #[test]
    fn the_latest_are_kept_for_each_server_and_come_back_as_they_were() {
        let (_dir, probes) = opened(3);
        for second in 0..5 {
            probes
                .keep(&record("a.example:465", second, second == 3))
                .expect("kept");
        }
        // The same file's name, and another server.
        probes
            .keep(&record("a_example:465", 9, true))
            .expect("kept");
        probes
            .keep(&record("[2001:db8::1]:465", 7, false))
            .expect("kept");
        let runs = probes.runs("A.example:465").expect("read");
        let seconds: Vec<_> = runs
            .records
            .iter()
            .map(|one| one.started.as_second())
            .collect();
        assert_eq!(seconds, [2, 3, 4]);
        assert_eq!(runs.records[0], record("a.example:465", 2, false));
        let good = probes
            .last_good("a.example:465")
            .expect("read")
            .expect("one");
        assert_eq!(good.started.as_second(), 3);
        assert!(
            probes
                .last_good("[2001:db8::1]:465")
                .expect("read")
                .is_none()
        );
        assert!(
            probes
                .runs("nobody.example:25")
                .expect("read")
                .records
                .is_empty()
        );
        for (host, count) in [("A.example", 3), ("2001:db8::1", 1), ("a.exam", 0)] {
            let runs = probes.of_host(host).expect("read");
            assert_eq!(runs.records.len(), count, "{host}");
        }
        let all = probes.all().expect("read");
        assert_eq!(all.records.len(), 5);
        assert!(all.records.is_sorted_by_key(|one| one.started));
    }

    #[test]
    fn a_line_that_cannot_be_read_is_told_and_left() {
        let (_dir, probes) = opened(2);
        probes
            .keep(&record("a.example:465", 1, true))
            .expect("kept");
        let path = probes.dir().join(name("a.example:465"));
        let mut content = b"{\"server\": torn \xff\n".to_vec();
        content.extend(std::fs::read(&path).expect("read"));
        std::fs::write(&path, &content).expect("written");
        for second in 2..6 {
            probes
                .keep(&record("a.example:465", second, true))
                .expect("kept");
            let runs = probes.runs("a.example:465").expect("read");
            assert_eq!((runs.records.len(), runs.unread.len()), (2, 1));
            assert!(runs.unread[0].contains(".jsonl:1: "), "{:?}", runs.unread);
        }
        assert!(
            std::fs::read(&path)
                .expect("read")
                .starts_with(b"{\"server\": torn \xff\n")
        );
    }

    #[test]
    fn writers_take_turns() {
        let (_dir, probes) = opened(50);
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let probes = probes.clone();
                std::thread::spawn(move || {
                    for n in 0..5 {
                        let second = writer * 10 + n;
                        probes
                            .keep(&record("a.example:465", second, true))
                            .expect("kept");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().expect("no panic");
        }
        assert_eq!(
            probes.runs("a.example:465").expect("read").records.len(),
            20
        );
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_dir, probes) = opened(2);
        probes
            .keep(&record("a.example:465", 1, true))
            .expect("kept");
        let mode = |path: &Path| {
            let facts = std::fs::metadata(path).expect("there");
            facts.permissions().mode() & 0o777
        };
        assert_eq!(mode(probes.dir()), 0o700);
        assert_eq!(mode(&probes.dir().join(name("a.example:465"))), 0o600);
    }
}

//! The thread that writes the delivery log: whatever the disk does, the queue does not wait for it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::line::{LogFormat, line, lost};
use crate::mail::clean::clean;
use crate::queue::{Queue, WeakQueue};

/// When a write that failed is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Octets written at once.
const BATCH: usize = 256 * 1024;
/// Octets that are kept while nothing can be written; beyond them the oldest lines are lost, and the log says so.
const KEPT: usize = 16 * 1024 * 1024;

/// Where the delivery log goes and how it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The file. It is made, with its folder, for its owner alone, and made again where it was renamed or removed.
    pub path: PathBuf,
    /// How a line looks.
    pub format: LogFormat,
}

/// The log as its mailer holds it. The thread ends with the queue.
#[derive(Debug)]
pub(in crate::mailer) struct LogBook {
    sender: Sender<Heard>,
    trouble: Arc<Mutex<Option<String>>>,
}

enum Heard {
    Line(Timestamp, String),
    /// To be answered when all that came before is written, or could not be.
    Flush(Sender<()>),
}

impl LogBook {
    /// Starts the thread, and has it hear of everything that happens in the queue.
    pub(in crate::mailer) fn open(log: Log, queue: &Queue) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let trouble = Arc::new(Mutex::new(None));
        let format = log.format;
        let writer = Writer {
            pen: Pen::new(log),
            queue: queue.downgrade(),
            trouble: Arc::clone(&trouble),
        };
        std::thread::Builder::new()
            .name("delivery log".to_owned())
            .spawn(move || writer.run(&receiver))?;
        let ear = sender.clone();
        queue.witness(move |event, entry| {
            if let Some(line) = line(event, entry, format) {
                // Without a thread there is no log, and the mail goes its way all the same.
                drop(ear.send(Heard::Line(event.at, line)));
            }
        });
        Ok(Self { sender, trouble })
    }

    /// Waits until all that has happened is written, no longer than `limit`.
    pub(in crate::mailer) async fn flush(&self, limit: Duration) {
        let (done, written) = channel();
        if self.sender.send(Heard::Flush(done)).is_ok() {
            // The disk has a time of its own, whatever a paused runtime's clock says.
            let wait = tokio::task::spawn_blocking(move || written.recv_timeout(limit));
            drop(wait.await);
        }
    }

    /// Why it cannot be written, while it cannot.
    pub(in crate::mailer) fn trouble(&self) -> Option<String> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.clone()
    }
}

struct Writer {
    pen: Pen,
    queue: WeakQueue,
    trouble: Arc<Mutex<Option<String>>>,
}

impl Writer {
    fn run(mut self, receiver: &Receiver<Heard>) {
        loop {
            let heard = if self.pen.is_empty() {
                receiver.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                receiver.recv_timeout(AGAIN)
            };
            let mut flushes = Vec::new();
            match heard {
                Ok(first) => {
                    self.hear(first, &mut flushes);
                    while self.pen.pending.len() < BATCH
                        && let Ok(next) = receiver.try_recv()
                    {
                        self.hear(next, &mut flushes);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.write();
                    return;
                }
            }
            self.write();
            for done in flushes {
                // Who asked may have lost patience.
                _ = done.send(());
            }
        }
    }

    fn hear(&mut self, heard: Heard, flushes: &mut Vec<Sender<()>>) {
        match heard {
            Heard::Line(at, line) => self.pen.add(at, &line),
            Heard::Flush(done) => flushes.push(done),
        }
    }

    /// Writes, and tells of trouble when it begins.
    fn write(&mut self) {
        let words = self.pen.write().err().map(|error| {
            let path = self.pen.path.display().to_string();
            format!("{}: {error}", clean(&path))
        });
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = trouble.is_none();
        trouble.clone_from(&words);
        drop(trouble);
        if let Some(words) = words.filter(|_| is_new) {
            tracing::error!("the delivery log cannot be written: {words}");
            if let Some(queue) = self.queue.get() {
                queue.log_failed(&words);
            }
        }
    }
}

/// The file, and what is still to be written to it.
struct Pen {
    path: PathBuf,
    format: LogFormat,
    file: Option<File>,
    pending: Vec<u8>,
    /// Lines that were lost because nothing could be written for too long.
    lost: usize,
    /// The time of the newest line.
    newest: Timestamp,
    /// Whether the last octet in the file is no line end.
    torn: bool,
}

impl Pen {
    fn new(log: Log) -> Self {
        Self {
            path: log.path,
            format: log.format,
            file: None,
            pending: Vec::new(),
            lost: 0,
            newest: Timestamp::UNIX_EPOCH,
            torn: false,
        }
    }

    fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    fn add(&mut self, at: Timestamp, line: &str) {
        self.newest = at;
        self.pending.extend_from_slice(line.as_bytes());
        if self.pending.len() > KEPT {
            let cut = self.pending.len() - KEPT / 2;
            let end = memchr::memchr(b'\n', self.pending.get(cut..).unwrap_or_default());
            let end = end.map_or(self.pending.len(), |at| cut + at + 1);
            let gone = self.pending.drain(..end);
            self.lost += gone.filter(|octet| *octet == b'\n').count();
        }
    }

    fn write(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        if self.lost > 0 {
            let line_end = if self.torn { "\n" } else { "" };
            let words = lost(self.lost, self.newest, self.format);
            let words = format!("{line_end}{words}");
            self.pending.splice(..0, words.into_bytes());
            self.lost = 0;
        }
        if !self
            .file
            .as_ref()
            .is_some_and(|file| is_at(file, &self.path))
        {
            self.file = None;
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(&self.path)?),
        };
        let (mut done, mut result) = (0, Ok(()));
        while let Some(rest) = self.pending.get(done..).filter(|rest| !rest.is_empty()) {
            match file.write(rest) {
                Ok(0) => result = Err(io::ErrorKind::WriteZero.into()),
                Ok(octets) => done += octets,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => result = Err(error),
            }
            if result.is_err() {
                break;
            }
        }
        // What is in the file is not written again.
        if let Some(last) = self.pending.drain(..done).next_back() {
            self.torn = last != b'\n';
        }
        result
    }
}

/// Whether the path still leads to this file: a log may be renamed at any time, and then goes on under its own name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(own), Ok(there)) = (file.metadata(), std::fs::metadata(path)) else {
        return false;
    };
    (own.dev(), own.ino()) == (there.dev(), there.ino())
}

/// Elsewhere nobody can say, so the file is opened anew.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    false
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_for_a_broken_disk_is_bounded_and_the_log_says_what_is_lost() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("log");
        std::fs::create_dir(&path).expect("made");
        for format in [LogFormat::Text, LogFormat::Json] {
            let mut pen = Pen::new(Log {
                path: path.clone(),
                format,
            });
            let line = format!("{}\n", "x".repeat(999));
            let lines = KEPT / 1000 + 10;
            for n in 0..lines {
                pen.add(Timestamp::UNIX_EPOCH, &line);
                assert!(pen.pending.len() <= KEPT);
                assert!(n % 1000 != 0 || pen.write().is_err());
            }
            std::fs::remove_dir(&path).expect("removed");
            pen.write().expect("written");
            let text = std::fs::read_to_string(&path).expect("text");
            let (first, rest) = text.split_once('\n').expect("lines");
            assert!(
                rest.lines().all(|kept| kept.len() == 999),
                "whole lines only"
            );
            let gone = lines - rest.lines().count();
            assert!(gone > 0);
            let expected = match format {
                LogFormat::Text => format!("1970-01-01T00:00:00.000Z LOST      lines={gone}"),
                LogFormat::Json => {
                    let time = "1970-01-01T00:00:00.000Z";
                    serde_json::json!({"time": time, "event": "LOST", "lines": gone}).to_string()
                }
            };
            assert_eq!(first, expected);
            std::fs::remove_file(&path).expect("removed");
            std::fs::create_dir(&path).expect("made");
        }
    }
}

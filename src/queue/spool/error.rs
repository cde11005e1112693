//! Why a spool cannot be used, or did not take a message.

use std::io;
use std::path::PathBuf;

/// Why a spool was not opened. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// Another process delivers from it.
    #[error("the spool {} is in use by {}", .dir.display(), holder(*.pid))]
    Held {
        /// The spool.
        dir: PathBuf,
        /// The process, where it wrote its number.
        pid: Option<u32>,
    },
    /// It is not what it should be.
    #[error("cannot use the spool {}: {why}", .dir.display())]
    Unfit {
        /// The spool.
        dir: PathBuf,
        /// What is wrong and what helps.
        why: String,
    },
    /// The system refused.
    #[error("cannot use the spool {}: {problem}", .dir.display())]
    Io {
        /// The spool.
        dir: PathBuf,
        /// The system's words.
        #[source]
        problem: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(
        || "another process".to_owned(),
        |pid| format!("process {pid}"),
    )
}

/// What a person is told when a message cannot be written.
#[must_use]
pub fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        _ => error.to_string(),
    }
}

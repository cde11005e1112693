//! The runs of the probe that are kept on disk, so that one can be held against another.

mod kept;

pub use kept::{History, HistoryError, Runs, USUAL};

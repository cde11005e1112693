//! The delivery log: one line for each attempt and each outcome, in a file.

mod line;
mod writer;

pub use line::LogFormat;
pub use writer::Log;
pub(super) use writer::LogBook;

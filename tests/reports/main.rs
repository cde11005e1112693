//! Reports to authors and the delivery log: what is written, and when.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod entries;
mod hostile;
mod log;
mod mailing;
mod office;
mod readers;
mod written;

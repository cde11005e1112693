//! The queue on the command line, with real processes: on a spool that nobody holds, and through the one that holds it.

#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

mod alone;
mod bench;
mod ending;
mod holder;
mod socket;
mod transcripts;

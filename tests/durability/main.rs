//! Queued means queued: what the spool keeps over the end of the program, whatever ended it.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod bench;
mod child;
mod conversations;
#[path = "../library/fake.rs"]
#[expect(dead_code, reason = "other tests use the rest of the script")]
mod fake;
mod folder;
mod full;
mod model;
mod order;
mod owed;
mod restart;
mod size;
mod trace;

//! The face for scripts: commands, flags, tables for people, JSON for programs, and exit statuses after sysexits.

mod args;
mod completions;
mod config;
mod desk;
mod exit;
mod heard;
mod json;
mod man;
mod message;
mod output;
mod probe;
mod prompt;
mod queue;
mod request;
mod run;
#[cfg(test)]
mod sample;
mod send;
mod signals;
mod table;

pub use run::{Console, main};

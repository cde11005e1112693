//! The flags and commands, as clap reads them.

mod arguments;
mod duration;
mod expert;
mod names;
mod pages;
mod probe;
mod queue;

pub(super) use arguments::{Arguments, Command, Common, ConfigCommand, Host, SendArgs};
pub(super) use expert::Program;
pub(super) use names::NameArgs;
pub(super) use pages::ManArgs;
pub(super) use probe::{Form, ProbeArgs, Sender};
pub(super) use queue::{
    ActArgs, ListArgs, QueueCommand, RunArgs, ShowArgs, TranscriptArgs, WatchArgs, WhichAttempt,
};

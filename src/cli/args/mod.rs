//! The flags and commands, as clap reads them.

mod arguments;
mod duration;
mod names;
mod probe;
mod queue;

pub(super) use arguments::{Arguments, Command, Common, ConfigCommand, Host, SendArgs};
pub(super) use names::NameArgs;
pub(super) use probe::{Form, ProbeArgs};
pub(super) use queue::{ActArgs, ListArgs, QueueCommand, RunArgs, ShowArgs, WatchArgs};

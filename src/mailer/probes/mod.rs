//! What the probe needs from this machine's disk: its earlier runs, and whether this is a container.

mod kept;
mod machine;

pub use kept::{Probes, ProbesError, Runs, USUAL};
pub use machine::is_container;

//! The walk: through the conversation stage by stage with the one session that also sends, and never as far as content.

mod check;
mod event;
mod lookup;
mod plan;
mod record;
mod second;
mod stages;
mod walker;

pub use check::{Check, Status, Verdict};
pub use event::{Event, Watcher};
pub use lookup::LookUp;
pub use plan::Plan;
pub use record::{Answer, Walk};
pub use walker::walk;

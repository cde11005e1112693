//! The walk: through the conversation stage by stage with the one session that also sends, and as far as content only with a
//! test message that was asked for.

mod arrival;
mod check;
mod content;
mod detail;
mod envelope;
mod event;
mod gate;
mod letter;
mod lookup;
mod opening;
mod plan;
mod record;
mod second;
mod stages;
mod told;
mod walker;

pub use check::{Check, Status, Verdict};
pub use event::{Event, Watcher};
pub use gate::Gate;
pub(super) use letter::letter;
pub use lookup::LookUp;
pub use plan::Plan;
pub use record::{Answer, Walk};
pub use walker::walk;
pub(super) use walker::walk_and_stay;

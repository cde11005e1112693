//! The live queue: a pure state machine over the time given to it, a durable spool behind it, and an async shell around both.

pub mod admission;
mod again;
pub mod batch;
pub mod claimed;
mod ears;
pub mod error;
pub mod handle;
mod keeping;
pub mod machine;
mod reports;
pub mod retry;
pub mod spool;
pub mod terms;
pub mod ticket;
mod waits;
pub mod witness;
pub mod written;

pub use admission::Admission;
pub use batch::Prepared;
pub use claimed::Claimed;
pub use error::QueueError;
pub use handle::Queue;
pub use machine::{ClaimId, Handout, Owed, State};
pub use retry::Schedule;
pub use spool::{Spool, SpoolError};
pub use terms::{HostPauses, OnUncertain, RouteRules, Terms};
pub use ticket::Ticket;
pub use witness::WeakQueue;
pub use written::ScheduleError;

//! The live queue: a pure state machine over the time given to it, and an async shell around it.

pub mod admission;
mod adopt;
mod again;
mod allowance;
pub mod batch;
mod book;
mod byhand;
mod claim;
pub mod claimed;
mod durable;
mod ears;
pub mod error;
mod expiry;
pub mod handle;
mod handout;
mod hint;
mod hosts;
mod keeping;
mod late;
mod reserved;
pub mod retry;
mod settle;
mod shelf;
pub mod spool;
pub mod state;
pub mod terms;
pub mod ticket;
mod warning;
pub mod witness;

#[cfg(test)]
mod tests;

pub use admission::Admission;
pub use batch::Prepared;
pub use claimed::Claimed;
pub use error::QueueError;
pub use handle::Queue;
pub use handout::{ClaimId, Handout};
pub use retry::{Schedule, ScheduleError};
pub use spool::{Spool, SpoolError};
pub use state::State;
pub use terms::{HostPauses, OnUncertain, RouteRules, Terms};
pub use ticket::Ticket;
pub use witness::WeakQueue;

//! The queue as a machine: every verb takes the time, none reads a clock, waits or touches a disk.

mod adopt;
mod allowance;
mod batch;
mod book;
mod byhand;
mod claim;
mod debts;
mod durable;
mod expiry;
mod handout;
mod hint;
mod hosts;
mod late;
mod owed;
mod reserved;
mod settle;
mod shelf;
mod state;
mod warning;

#[cfg(test)]
mod tests;

pub(in crate::queue) use adopt::is_told;
pub(in crate::queue) use allowance::is_crowded;
pub use debts::Owed;
pub(in crate::queue) use durable::is_failed;
pub use handout::{ClaimId, Handout};
pub use state::State;

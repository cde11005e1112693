//! The one place where bytes pass: bounded reading, a limit on every wait, every line written down and masked.

mod channel;
mod flight;
mod foreign;
mod hidden;
mod inbox;
mod stuffing;
mod timer;

pub(crate) use channel::Surplus;
pub(super) use channel::{Short, Wire};
pub(super) use flight::Flight;
pub(super) use stuffing::{Stuffing, fault};

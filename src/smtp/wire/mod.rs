//! The one place where bytes pass: bounded reading, a limit on every wait, every line written down and masked.

mod channel;
mod duplex;
mod flight;
mod foreign;
mod hidden;
mod inbox;
mod stuffing;
mod timer;

pub(super) use channel::{Short, Wire};
pub(crate) use duplex::Surplus;
pub(super) use flight::Flight;
pub(super) use stuffing::{Stuffing, fault};

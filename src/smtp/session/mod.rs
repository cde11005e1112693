//! The session: greeting, EHLO, STARTTLS and login once, then one message after another, then QUIT.

mod bulk;
mod consignment;
mod content;
mod course;
mod delivery;
mod envelope;
mod finish;
mod flights;
mod hello;
mod ledger;
mod limits;
mod login;
mod opening;
mod securing;
mod tasting;
mod transaction;
mod turns;
mod veil;
mod verdict;

pub use consignment::{Consignment, Delivery};
pub use course::Reporter;
pub use opening::Session;

//! The session: greeting, EHLO, STARTTLS and login once, then one message after another, then QUIT.

mod bulk;
mod by_hand;
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
mod rounds;
mod securing;
mod tasting;
mod transaction;
mod trial;
mod turns;
mod veil;
mod verdict;
mod xclient;

pub(crate) use by_hand::{Overheard, Typed};
pub use consignment::{Consignment, Delivery};
pub use course::Reporter;
pub use opening::Session;

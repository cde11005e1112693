//! The session: greeting, EHLO, STARTTLS and login once, then one message after another, then QUIT.

mod content;
mod delivery;
mod envelope;
mod finish;
mod hello;
mod ledger;
mod login;
mod opening;
mod transaction;
mod turns;
mod veil;

pub use delivery::Delivery;
pub use opening::Session;

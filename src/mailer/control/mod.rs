//! The control socket: other processes see and steer the queue of whoever holds the spool, or do so themselves where nobody does.

mod client;
mod filter;
mod operator;
mod remote;
mod server;
mod socket;
mod words;

pub use filter::{Filter, Which};
pub use remote::{ControlError, Remote};

pub use crate::queue::spool::Stamp;
pub use words::{Ask, Done, Holder, Line, Refused, Verb};

pub(in crate::mailer) use operator::Operator;
pub(in crate::mailer) use server::Server;

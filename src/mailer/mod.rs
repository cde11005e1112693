//! The front door: accounts in, verbs out. Faces and programs need nothing below it.

mod account;
mod builder;
mod close;
pub mod control;
mod door;
mod error;
mod receipt;

pub use account::{Account, AccountFacts};
pub use builder::Builder;
pub use close::Leaving;
pub use door::Mailer;
pub use error::{BuildError, MailerError};
pub use receipt::Receipt;

pub use crate::compose;
pub use crate::manager::{
    Desk, Manager, ManagerOptions, Registry as Managers, Stop, UnknownManager,
};
pub use crate::queue::spool::{Scope, SpoolError};
pub use crate::queue::{
    Claimed, HostPauses, OnUncertain, Queue, QueueError, RouteRules, Schedule, ScheduleError, Terms,
};
pub use crate::transport::contract::{Carrier, Reports, Transport};
pub use crate::transport::registry::{Registry as Transports, TransportError, TransportOptions};

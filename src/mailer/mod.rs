//! The front door: accounts in, verbs out. Faces and programs need nothing below it.

mod account;
mod adviser;
mod builder;
mod clerk;
mod close;
pub mod control;
mod door;
mod error;
mod grow;
pub mod log;
mod posts;
mod receipt;
mod transaction;
mod twophase;
mod veto;
mod vote;

pub use crate::manager::{
    Desk, Immediate, Manager, ManagerOptions, OnDemand, QueueOnly, Registry as Managers, Scheduled,
    Stop, UnknownManager,
};
pub use crate::queue::{
    Admission, Claimed, HostPauses, OnUncertain, Queue, QueueError, RouteRules, Schedule,
    ScheduleError, Terms,
    spool::{Scope, SpoolError, conversations},
};
pub use crate::transport::contract::{Carrier, Objection, Reports, Transport};
pub use crate::transport::registry::{Registry as Transports, TransportError, TransportOptions};
pub use crate::{compose, probe};
pub use account::{Account, AccountFacts};
pub use builder::Builder;
pub use close::Leaving;
pub use error::{AccountError, BuildError, MailerError, TransactionError};
pub use log::{Log, LogFormat};
pub use transaction::{Staged, Transaction};
pub use twophase::{Refusal, TwoPhase, TwoPhaseError, commit_all};
pub use {door::Mailer, receipt::Receipt, veto::Veto};

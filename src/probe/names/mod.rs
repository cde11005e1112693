//! What the name system says about a mail domain: its servers, and the records that stand for its mail; and about this machine.

mod dkim;
mod dmarc;
mod domain;
mod findings;
mod literals;
mod locate;
mod machine;
mod mentions;
mod resolver;
mod seen;
mod service;
mod spf;
mod tags;
mod unnamed;

pub use dkim::DkimKey;
pub use dmarc::{Dmarc, DmarcPolicy};
pub use domain::{Domain, Question, SpfState, look};
pub use locate::{Located, submission_server};
pub use machine::{HelloName, Machine, ReverseName, look_at_machine};
pub use resolver::{Missing, Mx, Resolver};
pub use seen::{KnownBy, SeenAs, Unseen, seen_as};
pub use service::{Service, services};
pub use spf::{All, Lookups, Spf};

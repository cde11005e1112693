//! What the name system says about a mail domain: its servers, and the records that stand for its mail.

mod dkim;
mod dmarc;
mod domain;
mod findings;
mod locate;
mod resolver;
mod service;
mod spf;
mod tags;

pub use dkim::DkimKey;
pub use dmarc::{Dmarc, DmarcPolicy};
pub use domain::{Domain, Question, SpfState, look};
pub use locate::{Located, submission_server};
pub use resolver::{Missing, Mx, Resolver};
pub use service::{Service, services};
pub use spf::{All, Lookups, Spf};

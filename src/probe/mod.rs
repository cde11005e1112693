//! Why a smart host does not take the mail: from what was seen to an explanation in plain words, with what to do about it.
//!
//! ```
//! use turbomail::mail::circumstances::Circumstances;
//! use turbomail::mail::outcome::Failure;
//! use turbomail::mail::reply::Reply;
//! use turbomail::mail::stage::Stage;
//! use turbomail::probe::diagnose;
//!
//! let reply = Reply::new(554, ["5.7.1 <you@example.org>: Relay access denied"]);
//! let findings = diagnose(&Circumstances {
//!     failure: Some(Failure::refused(Stage::Rcpt, reply)),
//!     authenticated: Some(false),
//!     ..Circumstances::default()
//! });
//! assert_eq!(findings[0].id, "rcpt.relay_denied");
//! ```

mod blank;
mod explain;
mod generic;
mod knowledge;
mod near;
mod observed;
mod pattern;
mod phrase;
mod rank;
mod rule;
mod seen;
mod template;
mod weigh;

pub use explain::{explain, explain_entry, gather};
pub use knowledge::{Fault, Knowledge};
pub use rank::diagnose;

//! Why a smart host does not take the mail: a walk through the conversation stage by stage, and from what was seen to an
//! explanation in plain words, with what to do about it.
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

pub mod compare;
pub mod conclude;
mod diagnosis;
pub mod each;
pub mod export;
pub mod grid;
pub mod history;
pub mod lines;
pub mod machine;
pub mod manual;
#[cfg(feature = "names")]
pub mod names;
pub mod place;
pub mod presets;
pub mod remedy;
pub mod report;
pub mod target;
pub mod walk;
pub mod words;

pub use diagnosis::{Fault, Knowledge, diagnose, explain, explain_entry, gather};

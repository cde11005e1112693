//! A mail console's core: compose a message, queue it, deliver it through a smart host, and see every step.

#[cfg(feature = "console")]
pub mod cli;
pub mod compose;
pub mod config;
pub mod mail;
pub mod mailer;
pub mod manager;
pub mod queue;
pub mod smtp;
pub mod store;
pub mod transport;
#[cfg(feature = "console")]
pub mod tui;

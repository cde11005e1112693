//! A mail console's core: compose a message, queue it, deliver it through a smart host, and see every step.

pub mod mail;
pub mod smtp;
pub mod transport;
#[cfg(feature = "console")]
pub mod tui;

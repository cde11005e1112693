//! The SMTP client against servers that answer from scripts: faults, certificates, secrets, and the laws of content.

#![expect(clippy::expect_used, reason = "a test says what it takes for granted")]

mod support;

#[path = "dialogue/certificates.rs"]
mod certificates;
#[path = "dialogue/crowd.rs"]
mod crowd;
#[path = "dialogue/debug.rs"]
mod debug;
#[path = "dialogue/identity.rs"]
mod identity;
#[path = "dialogue/laws.rs"]
mod laws;
#[path = "dialogue/limits.rs"]
mod limits;
#[path = "dialogue/logins.rs"]
mod logins;
#[path = "dialogue/multitude.rs"]
mod multitude;
#[path = "dialogue/patience.rs"]
mod patience;
#[path = "dialogue/pins.rs"]
mod pins;
#[path = "dialogue/reach.rs"]
mod reach;
#[path = "dialogue/scripts.rs"]
mod scripts;
#[path = "dialogue/secrets.rs"]
mod secrets;

//! The SMTP client against servers that answer from scripts: faults, certificates, secrets, and the laws of content.

mod support;

#[path = "dialogue/certificates.rs"]
mod certificates;
#[path = "dialogue/debug.rs"]
mod debug;
#[path = "dialogue/laws.rs"]
mod laws;
#[path = "dialogue/scripts.rs"]
mod scripts;
#[path = "dialogue/secrets.rs"]
mod secrets;

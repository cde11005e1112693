//! The library as a program uses it: a mailer over a scripted transport, with both managers, on tokio's paused clock.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod closing;
mod fake;
mod faults;
mod sending;
mod workers;

use turbomail::mail::draft::Draft;

/// A draft to one recipient.
fn draft(subject: &str) -> Draft {
    Draft::new("me@example.com", "you@example.com", subject, "Hello")
}

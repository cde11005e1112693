//! The library as a program uses it: a mailer over a scripted transport, with both managers, on tokio's paused clock.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod advice;
mod closing;
mod days;
mod fake;
mod faults;
mod growing;
mod sending;
mod timer;
mod workers;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use turbomail::mail::draft::Draft;
use turbomail::mail::entry::Entry;
use turbomail::mailer::Receipt;

/// A draft to one recipient.
fn draft(subject: &str) -> Draft {
    Draft::new("me@example.com", "you@example.com", subject, "Hello")
}

/// The entry as it ended. A day of the paused clock is enough for all that the tests do.
async fn settled(receipt: &Receipt) -> Arc<Entry> {
    let day = Duration::from_hours(24);
    let entry = timeout(day, receipt.settled()).await;
    entry.expect("settled within a day").expect("kept")
}

/// Waits until something is so, for a day at the most.
async fn until(mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let day = Duration::from_hours(24);
    timeout(day, wait).await.expect("so within a day");
}

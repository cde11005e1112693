//! Transactions: together or not at all, unseen until the commit, and in one with another store.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod database;
mod laws;
mod rules;
mod sides;
mod votes;

use std::sync::Arc;
use std::time::Duration;

use turbomail::mail::draft::Draft;
use turbomail::mail::parcel::EntryId;
use turbomail::mailer::{Account, Mailer, ManagerOptions, Managers, Transport};
use turbomail::smtp::script::Script;
use turbomail::transport::debug::Debug;

/// Nothing that these tests wait for takes longer.
const LONG: Duration = Duration::from_secs(30);

fn draft(subject: &str) -> Draft {
    Draft::new("me@example.com", "you@example.com", subject, "Hello")
}

/// A mailer on a transport, with a manager by name.
fn mailer(transport: Arc<dyn Transport>, manager: &str) -> Mailer {
    let options = ManagerOptions::default();
    let manager = Managers::default().make(manager, &options).expect("known");
    let account = Account {
        manager,
        ..Account::new("work", transport)
    };
    let builder = Mailer::builder().account(account);
    builder.build().expect("built")
}

/// A mailer whose queue stays as it is.
fn queue_only() -> Mailer {
    mailer(
        Arc::new(Debug::new(None).expect("the script")),
        "queue-only",
    )
}

/// The embedded server with a script of its own.
fn scripted(script: &str) -> Arc<Debug> {
    let script: Script = script.parse().expect("a script");
    Arc::new(Debug::with_script(script, None))
}

fn live(mailer: &Mailer) -> Vec<EntryId> {
    mailer.snapshot().live.keys().copied().collect()
}

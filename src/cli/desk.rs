//! From settings to a mailer that sends. A message out, and what became of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::exit::{Exit, Stop};
use super::{output, request};
use crate::config::Loaded;
use crate::mail::clock::Now;
use crate::mail::draft::Draft;
use crate::mail::entry::Entry;
use crate::mail::mailbox::Mailbox;
use crate::mail::message::Message;
use crate::mail::outcome::Status;
use crate::mail::rhythm::Rhythm;
use crate::mail::snapshot::Snapshot;
use crate::mailer::compose::{self, ComposeError, Field, Problem};
use crate::mailer::{
    BuildError, Immediate, Leaving, Mailer, MailerError, ManagerOptions, QueueError, Receipt,
    Scope, SpoolError, Terms,
};

/// How long the report on a failure may take to leave, where there is no queue that keeps it for later.
const LAST_REPORT: Duration = Duration::from_secs(30);

/// Makes a message, with a Message-ID of one's own where one is given. Reads the attachments.
pub(super) fn build(
    draft: &Draft,
    from: Option<Mailbox>,
    now: Timestamp,
    id: Option<&str>,
) -> Result<Message, Stop> {
    let options = compose::Options {
        from,
        now,
        host: String::new(),
    };
    let built = match id {
        Some(id) => compose::build_as(draft, &options, id),
        None => compose::build(draft, &options),
    };
    built.map_err(|error| Stop::new(status(&error), described(&error)))
}

fn status(error: &ComposeError) -> Exit {
    match (error.field, &error.problem) {
        (_, Problem::NoRecipient | Problem::NoSender) => Exit::Usage,
        (Field::Attachment(_), _) => Exit::NoInput,
        _ => Exit::Data,
    }
}

/// The fault; of an address, with the text and a mark below the place.
fn described(error: &ComposeError) -> String {
    match &error.problem {
        Problem::Address(fault) if fault.input.chars().count() <= 200 => {
            format!("{}:\n{}", error.field, fault.pointed())
        }
        _ => error.to_string(),
    }
}

/// A message after its first attempt, or after the time that was given to it.
#[derive(Debug)]
pub(super) struct Sent {
    /// The entry as it stands.
    pub(super) entry: Arc<Entry>,
    /// When that was read.
    pub(super) now: Now,
}

/// What came of sending.
pub(super) enum Went {
    /// It was tried.
    Sent(Box<Sent>),
    /// Another process delivers from the spool, and this one did not touch the message.
    Elsewhere(Box<Message>),
}

/// Sends a message by the account that the settings mean. Waits for its first attempt; with `wait` it keeps to the schedule
/// until all is settled or the time is over.
pub(super) async fn send(
    loaded: &Loaded,
    message: Message,
    wait: Option<Duration>,
) -> Result<Went, Stop> {
    let name = loaded.account.as_str();
    let mut account = loaded.mailer_account(name)?;
    if matches!(account.manager.rhythm(), Rhythm::Every(_)) {
        // Whoever waits for a command waits for no timer.
        account.manager = Arc::new(Immediate::new(&ManagerOptions::default()));
    }
    let mut builder = Mailer::builder()
        .account(account)
        .knowledge(request::knowledge(loaded))
        .log(loaded.delivery_log())
        .transcripts(loaded.settings.queue.transcripts.0);
    if let Some(dir) = loaded.spool(false)? {
        builder = builder.spool(dir, Scope::Own);
    }
    let mailer = match builder.build() {
        Ok(mailer) => mailer,
        Err(BuildError::Spool(SpoolError::Held { .. })) => {
            return Ok(Went::Elsewhere(Box::new(message)));
        }
        Err(error @ BuildError::Spool(_)) => {
            return Err(Stop::new(Exit::CantCreate, error.to_string()));
        }
        Err(error) => return Err(Stop::new(Exit::Io, error.to_string())),
    };
    let receipt = mailer
        .send_message(name, message, Terms::default())
        .await
        .map_err(|error| {
            let exit = match error {
                MailerError::Queue(QueueError::NotKept(_)) => Exit::CantCreate,
                _ => Exit::Io,
            };
            Stop::new(exit, error.to_string())
        })?;
    let attempted = receipt.attempted().await;
    if let Some(wait) = wait {
        // Time over is no error: what is still open says so itself.
        drop(tokio::time::timeout(wait, receipt.settled()).await);
    }
    let left = mailer.close(leaving(&mailer, &receipt)).await;
    if let Some(words) = mailer.spool_trouble() {
        output::complain(&words);
    }
    let is_report =
        |entry: &Arc<Entry>| entry.message.envelope.reverse_path.is_none() && !entry.is_spooled();
    if left
        .iter()
        .any(|one| one.id != receipt.id && is_report(one))
    {
        output::complain("the report to the author could not be delivered either, and is gone");
    }
    // After the close, since an attempt that was cut off has its outcome only now.
    let left = left.into_iter().find(|entry| entry.id == receipt.id);
    let entry = left.or_else(|| receipt.entry()).or(attempted);
    let entry = entry.ok_or_else(|| Stop::new(Exit::Io, "the queue lost sight of the message"))?;
    Ok(Went::Sent(Box::new(Sent {
        entry: with_pause(&mailer.snapshot(), entry),
        now: mailer.now(),
    })))
}

/// The end comes at once, unless a report to the author has to leave before it.
fn leaving(mailer: &Mailer, receipt: &Receipt) -> Leaving {
    let failed = |status: &Status| matches!(status, Status::Failed(_) | Status::Expired(_));
    let is_told = |entry: &Arc<Entry>| {
        let mut statuses = entry.recipients.iter().map(|one| &one.status);
        let mut accounts = mailer.accounts().into_iter();
        entry.end.is_some()
            && statuses.any(failed)
            && accounts.any(|facts| facts.name == entry.route && facts.report.is_some())
    };
    let drain = receipt.entry().as_ref().is_some_and(is_told);
    let deadline = if drain { LAST_REPORT } else { Duration::ZERO };
    Leaving { drain, deadline }
}

/// The entry, due no sooner than its host is tried again.
fn with_pause(snapshot: &Snapshot, entry: Arc<Entry>) -> Arc<Entry> {
    let pause = snapshot
        .routes
        .get(&entry.route)
        .and_then(|route| route.pause.as_ref());
    match pause {
        Some(pause) if pause.until > entry.due => {
            let mut later = Entry::clone(&entry);
            later.due = pause.until;
            Arc::new(later)
        }
        _ => entry,
    }
}

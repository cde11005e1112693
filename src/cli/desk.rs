//! From settings to a mailer that sends. The one room of the command line that knows the parts below the mailer.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::exit::{Exit, Stop};
use crate::compose::{self, ComposeError, Field, Problem};
use crate::config::Loaded;
use crate::mail::clock::Now;
use crate::mail::draft::Draft;
use crate::mail::entry::Entry;
use crate::mail::mailbox::Mailbox;
use crate::mail::message::Message;

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

/// Sends a message by the account that the settings mean. Waits for its first attempt; with `wait` it keeps to the schedule
/// until all is settled or the time is over.
#[expect(clippy::unused_async, reason = "the mailer behind it is asynchronous")]
pub(super) async fn send(
    loaded: &Loaded,
    message: Message,
    wait: Option<Duration>,
) -> Result<Sent, Stop> {
    // TO BE WIRED: the registries make transport and manager, `Mailer::builder()` takes them, `send_message` admits the
    // message, `attempted()` or `settled()` under a timeout gives the entry, `close` leaves. Unknown kinds go through
    // `loaded.fault(&["account", name, "transport"], words)`, which knows their line.
    let _ = (message, wait);
    let words = format!("the account {} cannot send yet", loaded.account);
    Err(Stop::new(Exit::Unavailable, words))
}

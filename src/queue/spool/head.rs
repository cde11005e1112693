//! The first line of a spooled message: everything that is known of it when it is queued, as a header field, so that other
//! programs see an ordinary message.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::mail::content::Content;
use crate::mail::draft::Draft;
use crate::mail::entry::Route;
use crate::mail::envelope::Envelope;
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::queue::retry::Schedule;
use crate::queue::terms::{OnUncertain, Terms};

/// The field's name, with its colon.
const FIELD: &[u8] = b"X-TurboMail-Envelope: ";
/// The longest first line, in octets: 10,000 recipients and a long draft.
pub(super) const LONGEST: u64 = 16 * 1024 * 1024;
/// A draft with a longer text is not kept beside its message.
const LONGEST_DRAFT: usize = 256 * 1024;

/// What is known of a message when it is queued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The entry's identity, which is also the file's name.
    pub id: Uuid,
    /// The account.
    pub account: Route,
    /// When it was queued.
    pub queued: Timestamp,
    /// Where it goes.
    pub envelope: Envelope,
    /// The Message-ID with its angle brackets.
    pub message_id: String,
    /// The author as written in From.
    pub from: String,
    /// The subject, decoded.
    pub subject: String,
    /// The content's size in octets.
    pub size: u64,
    /// Whether it needs 8BITMIME.
    #[serde(default)]
    pub eight_bit: bool,
    /// How long it is tried, where it is not as long as the account says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire: Option<Duration>,
    /// Its own retry schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Schedule>,
    /// Whether it was queued to wait for a release by hand.
    #[serde(default)]
    pub held: bool,
    /// No attempt before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// What is done when nobody knows whether it was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_uncertain: Option<OnUncertain>,
    /// What it was written from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Arc<Draft>>,
}

impl Head {
    /// What is to be kept of a message.
    #[must_use]
    pub fn new(
        id: EntryId,
        route: &Route,
        message: &Message,
        terms: &Terms,
        now: Timestamp,
    ) -> Self {
        let short = |draft: &&Arc<Draft>| draft.body.len() <= LONGEST_DRAFT;
        Self {
            id: id.0,
            account: route.clone(),
            queued: now,
            envelope: message.envelope.clone(),
            message_id: message.message_id.clone(),
            from: message.from.clone(),
            subject: message.subject.clone(),
            size: message.size(),
            eight_bit: message.eight_bit,
            expire: terms.expire,
            retry: terms.schedule.as_deref().cloned(),
            held: terms.held,
            not_before: terms.not_before,
            on_uncertain: terms.on_uncertain,
            draft: message.draft.as_ref().filter(short).cloned(),
        }
    }

    /// The entry's identity.
    #[must_use]
    pub const fn id(&self) -> EntryId {
        EntryId(self.id)
    }

    /// The terms that were agreed.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            expire: self.expire,
            schedule: self.retry.clone().map(Arc::new),
            held: self.held,
            not_before: self.not_before,
            on_uncertain: self.on_uncertain,
        }
    }

    /// The message, with its content and its draft left in the spool.
    #[must_use]
    pub fn message(&self) -> Message {
        Message {
            envelope: self.envelope.clone(),
            message_id: self.message_id.clone(),
            from: self.from.clone(),
            subject: self.subject.clone(),
            content: Content::Spooled(self.size),
            eight_bit: self.eight_bit,
            draft: None,
        }
    }

    /// The line, with its end.
    ///
    /// # Errors
    /// Where it would be longer than can be read back.
    pub fn line(&self) -> io::Result<Vec<u8>> {
        let mut line = FIELD.to_vec();
        serde_json::to_writer(&mut line, self)?;
        line.extend_from_slice(b"\r\n");
        if line.len() as u64 > LONGEST {
            return Err(io::Error::other("its envelope is larger than 16 MiB"));
        }
        Ok(line)
    }

    /// Reads the line, without its end.
    ///
    /// # Errors
    /// In words, where it is not such a line.
    pub fn read(line: &[u8]) -> Result<Self, String> {
        let json = line
            .strip_prefix(FIELD)
            .ok_or("it does not begin with an envelope")?;
        serde_json::from_slice(json)
            .map_err(|error| format!("its envelope cannot be read: {error}"))
    }
}

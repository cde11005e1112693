//! What travels between queue and transport: a parcel goes out, a report comes back, and nothing is translated in between.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::address::Address;
use super::clean::Clean;
use super::message::Message;
use super::outcome::{Failure, Outcome};
use super::transcript::Transcript;

/// The identity of a queued message; later ones sort behind earlier ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub Uuid);

impl EntryId {
    /// A new identity.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// Six letters and digits for people, from the random end of the identity (Crockford's base 32).
    #[must_use]
    pub fn short(self) -> String {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bits = self.0.as_u128();
        (0..6)
            .rev()
            .map(|n| char::from(DIGITS[((bits >> (5 * n)) & 31) as usize]))
            .collect()
    }

    /// Whether a person who wrote `text` may have meant this identity: its short form or the start of the long one.
    #[must_use]
    pub fn matches(self, text: &str) -> bool {
        text.eq_ignore_ascii_case(&self.short())
            || (text.len() >= 4 && self.0.to_string().starts_with(&text.to_lowercase()))
    }
}

impl Default for EntryId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

/// One message on its way to a transport, with the recipients that are still open.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Which entry of the queue this is.
    pub entry: EntryId,
    /// The attempt's number, from 1.
    pub attempt: u32,
    /// The message.
    pub message: Arc<Message>,
    /// The recipients of this attempt; the report's outcomes have the same order.
    pub recipients: Arc<[Address]>,
    /// Where the conversation is written down.
    pub transcript: Transcript,
}

/// What became of a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One outcome for each of the parcel's recipients, in their order.
    Settled(Vec<Outcome>),
    /// The host is in trouble and the message never had its turn: it stays as it was, and no attempt is counted.
    HostTrouble(Failure),
    /// Not tried, for a reason that is nobody's fault, such as a connection limit. It is due again at once.
    Returned,
}

/// What is known of the connection that an attempt used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// The smart host as configured, `host:port`.
    pub server: String,
    /// The address that answered, such as `192.0.2.1:587`.
    pub peer: Option<String>,
    /// What protects it; `None` in clear.
    pub tls: Option<TlsFacts>,
}

/// What is known of a connection's TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    /// Such as `TLS 1.3`.
    pub version: &'static str,
    /// The cipher suite's name.
    pub cipher: String,
    /// The certificate's subject, cleaned.
    pub subject: Clean,
    /// Whole days until the certificate expires; negative when it has.
    pub days_left: i64,
}

/// The report on a parcel, made as soon as its outcome is known.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which entry of the queue this is.
    pub entry: EntryId,
    /// What became of it.
    pub verdict: Verdict,
    /// The connection used.
    pub connection: Connection,
    /// How long the attempt took.
    pub took: Duration,
}

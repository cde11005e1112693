//! What a diagnosis may look at: all that is known of a conversation, settings included. Whatever is not known stays empty.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::clean::Clean;
use super::outcome::Failure;
use super::reply::Reply;
use super::sasl::Sasl;
use super::smarthost::Security;
use super::stage::Stage;

/// How a conversation was protected when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsState {
    /// Not at all.
    None,
    /// By STARTTLS, done or begun.
    StartTls,
    /// From the first byte, done or begun.
    Implicit,
}

/// How a try to connect ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reached {
    /// The connection opened.
    Open,
    /// The machine answered that nobody listens.
    Refused,
    /// Nothing came back.
    TimedOut,
    /// There is no route, or a router said so.
    Unreachable,
    /// It opened and was reset at once.
    Reset,
    /// It was not tried to the end, since another was quicker.
    GivenUp,
}

/// A try to connect to one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tried {
    /// The address and the port. Other ports than the smart host's say what is open there.
    pub address: SocketAddr,
    /// How it ended.
    pub reached: Reached,
}

/// All that is known. Capabilities are lines of the reply to EHLO without its first, as `smtp::Capabilities::lines` has them.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// The server as it was written in the settings, before it was taken apart.
    pub written: Option<Clean>,
    /// The host name or address.
    pub host: Option<Clean>,
    /// The port.
    pub port: Option<u16>,
    /// How the connection was meant to be protected.
    pub security: Option<Security>,
    /// The address of this machine that was to be called from.
    pub source: Option<Clean>,
    /// Whether this program runs in a container.
    pub container: Option<bool>,
    /// The user name for the login.
    pub login: Option<Clean>,
    /// The reverse path.
    pub sender: Option<Clean>,
    /// The name given in EHLO.
    pub hello: Option<Clean>,
    /// Every address and port tried, with the result. Also the addresses that the name has, as [`Reached::GivenUp`].
    pub tried: Vec<Tried>,
    /// The text of the server's first reply.
    pub greeting: Option<Clean>,
    /// How long it was waited for.
    pub greeting_took: Option<Duration>,
    /// The first bytes that came, where they were no SMTP reply.
    pub first_bytes: Vec<u8>,
    /// Whether a server that sent no greeting answered a TLS handshake.
    pub speaks_tls: Option<bool>,
    /// Whether lines ended in LF without CR.
    pub bare_lf: Option<bool>,
    /// What was offered in clear.
    pub before_tls: Option<Vec<Clean>>,
    /// What was offered inside TLS.
    pub after_tls: Option<Vec<Clean>>,
    /// What was offered at the last run that went well.
    pub last_good: Option<Vec<Clean>>,
    /// Whether STARTTLS worked though it was not offered.
    pub forced_starttls: Option<bool>,
    /// How the connection is protected.
    pub tls: Option<TlsState>,
    /// The certificates that the server showed, its own first, trusted or not.
    pub certificates: Vec<Certificate>,
    /// Whole days until the server's certificate expires, where the certificate itself is not at hand.
    pub days_left: Option<i64>,
    /// The clock of this machine.
    pub now: Option<Timestamp>,
    /// The login mechanism that was used.
    pub mechanism: Option<Sasl>,
    /// Whether the login was accepted.
    pub authenticated: Option<bool>,
    /// Recipients that the server took.
    pub accepted: Option<usize>,
    /// Recipients that the server refused.
    pub refused: Option<usize>,
    /// Whether the end of the content was handed to the network.
    pub committed: Option<bool>,
    /// The stage that was reached, where nothing failed or the failure is not at hand.
    pub stage: Option<Stage>,
    /// What failed.
    pub failure: Option<Failure>,
    /// Words about what happened, where there is neither a failure nor a reply.
    pub words: Option<Clean>,
    /// The last reply, where nothing failed.
    pub reply: Option<Reply>,
}

impl Circumstances {
    /// The stage of the failure, else the one that was reached.
    #[must_use]
    pub fn at(&self) -> Option<Stage> {
        self.failure
            .as_ref()
            .map_or(self.stage, |failure| Some(failure.stage))
    }

    /// The reply that says most: the refusal, else the last one.
    #[must_use]
    pub fn said(&self) -> Option<&Reply> {
        self.failure
            .as_ref()
            .and_then(Failure::reply)
            .or(self.reply.as_ref())
    }
}

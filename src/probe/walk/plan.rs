//! How far a walk goes, and with whom.

use std::net::SocketAddr;
use std::sync::Arc;

use super::gate::Gate;
use super::lookup::LookUp;
use crate::mail::address::Address;
use crate::mail::smarthost::SmartHost;
use crate::mail::stage::Stage;
use crate::mail::xclient::XClient;
use crate::smtp::{Logins, Patience};

/// What a walk is to do.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a wish of its own, and any of them go together"
)]
#[derive(Clone, Debug)]
pub struct Plan {
    /// The smart host, with its login, its trust and its limits.
    pub host: Arc<SmartHost>,
    /// The reverse path for MAIL; `None` is the empty one.
    pub sender: Option<Address>,
    /// Whom to ask for with RCPT. Without anybody the walk ends behind the login, unless MAIL is where it is to stop.
    pub recipients: Vec<Address>,
    /// The last stage before QUIT. `Hello` is the first EHLO. The end of the walk where that comes earlier.
    pub stop_after: Option<Stage>,
    /// Whether the connection is cut behind the last stage, without QUIT. Behind `Data`, which needs a test message, it is in
    /// any case.
    pub cut: bool,
    /// What XCLIENT tells the server of another client, behind EHLO and TLS; only where the server offers it.
    pub client: Option<XClient>,
    /// Whether a small test message is sent to the recipients that are taken. It needs a sender. Without it no content is
    /// ever sent.
    pub test_message: bool,
    /// Who is asked behind each stage whether to go on.
    pub gate: Gate,
    /// Whether STARTTLS is said also where it is not offered: something on the way may have struck it out of the offer.
    pub force_starttls: bool,
    /// Whether one more connection is made to a server that says nothing in clear, to see whether it waits for TLS.
    pub second_look: bool,
    /// The addresses to call, with their ports, in place of those that the name has; where there are none the name is looked up.
    pub addresses: Vec<SocketAddr>,
    /// Who is asked for the addresses, where that is not the system's own resolver.
    pub names: Option<Arc<dyn LookUp>>,
    /// By this more time can be granted for the reply that is waited for: "wait longer". Name, connection and handshake keep to
    /// their limits.
    pub patience: Patience,
    /// What is known of earlier logins: walks that share it send no password that was refused less than a quarter of an
    /// hour ago.
    pub logins: Logins,
}

impl Plan {
    /// As far as the login.
    #[must_use]
    pub fn new(host: SmartHost) -> Self {
        Self {
            host: Arc::new(host),
            sender: None,
            recipients: Vec::new(),
            stop_after: None,
            cut: false,
            client: None,
            test_message: false,
            gate: Gate::default(),
            force_starttls: false,
            second_look: true,
            addresses: Vec::new(),
            names: None,
            patience: Patience::new(),
            logins: Logins::new(),
        }
    }

    /// Whether MAIL is to be said.
    pub(super) fn goes_to_mail(&self) -> bool {
        !self.recipients.is_empty() || self.stop_after == Some(Stage::Mail)
    }

    /// The stages in the order in which this walk meets them. EHLO behind STARTTLS is not among them.
    pub(super) fn ladder(&self) -> Vec<Stage> {
        const CLEAR: [Stage; 10] = [
            Stage::Resolve,
            Stage::Connect,
            Stage::Greeting,
            Stage::Hello,
            Stage::StartTls,
            Stage::Tls,
            Stage::Auth,
            Stage::Mail,
            Stage::Rcpt,
            Stage::Quit,
        ];
        let mut ladder = CLEAR.to_vec();
        if self.host.is_implicit_tls() {
            ladder.retain(|stage| *stage != Stage::Tls);
            ladder.insert(2, Stage::Tls);
        }
        if self.test_message {
            let end = ladder.len().saturating_sub(1);
            ladder.splice(end..end, [Stage::Data, Stage::Content]);
        }
        ladder
    }
}

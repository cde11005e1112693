//! The envelope: where a message goes and where its failure reports go (RFC 5321 §2.3.1). Bcc lives here and nowhere else.

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::dsn::Dsn;

/// Reverse path and recipients, independent of what the headers say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// MAIL FROM; `None` is the null reverse path `<>` of notifications.
    pub reverse_path: Option<Address>,
    /// RCPT TO, without doubles, in the order in which they were given.
    pub recipients: Vec<Address>,
    /// What is to be reported about the message; `None` asks for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dsn: Option<Dsn>,
    /// Whether every server on its way must use TLS or give it back (REQUIRETLS, RFC 8689).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_tls: bool,
}

impl Envelope {
    /// An envelope with each recipient once. Local parts are compared exactly, domains without case (RFC 5321 §2.4).
    #[must_use]
    pub fn new(
        reverse_path: Option<Address>,
        recipients: impl IntoIterator<Item = Address>,
    ) -> Self {
        let mut seen = std::collections::HashSet::new();
        let recipients = recipients
            .into_iter()
            .filter(|address| {
                seen.insert((address.local().to_owned(), address.domain().to_lowercase()))
            })
            .collect();
        Self {
            reverse_path,
            recipients,
            dsn: None,
            require_tls: false,
        }
    }

    /// Takes over what the account asks for, where the message does not ask for something of its own.
    pub fn wish(&mut self, dsn: Option<&Dsn>, require_tls: bool) {
        if self.dsn.is_none() {
            self.dsn = dsn.cloned();
        }
        self.require_tls |= require_tls;
    }

    /// Whether any address needs SMTPUTF8 (RFC 6531).
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        self.reverse_path
            .iter()
            .chain(&self.recipients)
            .any(Address::needs_smtputf8)
    }
}

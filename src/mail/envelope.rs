//! The envelope: where a message goes and where its failure reports go (RFC 5321 §2.3.1). Bcc lives here and nowhere else.

use serde::{Deserialize, Serialize};

use super::address::Address;

/// Reverse path and recipients, independent of what the headers say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// MAIL FROM; `None` is the null reverse path `<>` of notifications.
    pub reverse_path: Option<Address>,
    /// RCPT TO, without doubles, in the order in which they were given.
    pub recipients: Vec<Address>,
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
        }
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

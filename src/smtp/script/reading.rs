//! Reads a script from TOML.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::act::{Rule, ScriptError};

/// A server's behaviour as data; see [the module](super) for its form.
#[derive(Clone, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of its own in the script's TOML"
)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// The name in the greeting.
    pub(super) name: String,
    /// What EHLO promises. STARTTLS and AUTH are added where they are possible.
    pub(super) capabilities: Vec<String>,
    /// What EHLO promises inside TLS, where that differs.
    pub(super) tls_capabilities: Option<Vec<String>>,
    /// Whether STARTTLS is offered, where there is a certificate.
    pub(super) starttls: bool,
    /// Users and passwords. Without any, there is no login.
    pub(super) accounts: BTreeMap<String, String>,
    /// The mechanisms that AUTH offers.
    pub(super) mechanisms: Vec<String>,
    /// Whether AUTH is offered without TLS.
    pub(super) auth_in_clear: bool,
    /// Whether MAIL needs a login.
    pub(super) auth_required: bool,
    /// Recipients of one transaction, after which 452 is said; 0 is no limit.
    pub(super) recipients: usize,
    /// Connections at a time, beyond which 421 is said; 0 is no limit.
    pub(super) connections: usize,
    /// Whether replies are held back until all commands that have come are read (RFC 2920 §3.2).
    pub(super) batch: bool,
    /// Milliseconds between the octets of every reply; without it replies are sent whole.
    pub(super) drip: Option<u64>,
    /// Whether LMTP is spoken: LHLO, and a reply to the final dot for each accepted recipient (RFC 2033).
    pub(super) lmtp: bool,
    /// Whether content also ends at a dot between bare CRs or LFs, as it does for careless servers.
    pub(super) lenient: bool,
    #[serde(rename = "rule")]
    pub(super) rules: Vec<Rule>,
}

impl Default for Script {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        Self {
            name: "script.example".to_owned(),
            capabilities: words(&[
                "PIPELINING",
                "SIZE 67108864",
                "8BITMIME",
                "SMTPUTF8",
                "ENHANCEDSTATUSCODES",
            ]),
            tls_capabilities: None,
            starttls: true,
            accounts: BTreeMap::new(),
            mechanisms: words(&["PLAIN", "LOGIN"]),
            auth_in_clear: false,
            auth_required: false,
            recipients: 0,
            connections: 0,
            batch: false,
            drip: None,
            lmtp: false,
            lenient: false,
            rules: Vec::new(),
        }
    }
}

impl Script {
    /// Sends every reply octet by octet, with so many milliseconds between them; 0 still makes each a write of its own.
    #[must_use]
    pub fn dripping(mut self, milliseconds: u64) -> Self {
        self.drip = Some(milliseconds);
        self
    }

    /// Holds replies back until all commands that have come are read, and sends them in one write.
    #[must_use]
    pub fn batching(mut self) -> Self {
        self.batch = true;
        self
    }

    fn check(self) -> Result<Self, ScriptError> {
        self.rules.iter().try_for_each(Rule::check)?;
        Ok(self)
    }
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        toml::from_str::<Self>(text)
            .map_err(|error| ScriptError(error.to_string()))?
            .check()
    }
}

impl TryFrom<toml::Table> for Script {
    type Error = ScriptError;

    fn try_from(table: toml::Table) -> Result<Self, ScriptError> {
        Self::deserialize(table)
            .map_err(|error| ScriptError(error.to_string()))?
            .check()
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("name", &self.name)
            .field("rules", &self.rules.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named() {
        for (text, word) in [
            ("namme = 'x'", "namme"),
            ("[[rule]]\non = 'recpt'\nreply = '250'", "recpt"),
            ("[[rule]]\non = 'rcpt'", "either reply or turns"),
            ("[[rule]]\non = 'rcpt'\nreply = 7", "text or a table"),
            ("[[rule]]\non = 'rcpt'\nreply = { sya = 'x' }", "sya"),
            ("[[rule]]\non = 'rcpt'\nreply = { raw = '\\q' }", "escape"),
        ] {
            let error = text.parse::<Script>().expect_err(text).to_string();
            assert!(error.contains(word), "{error}");
        }
        assert!("".parse::<Script>().is_ok());
    }
}

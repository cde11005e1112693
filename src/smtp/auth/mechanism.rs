//! What each login mechanism (RFC 4422) must do, and what it has to work with.

use std::fmt;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::prepare::prepared;
use crate::mail::sasl::Sasl;
use crate::smtp::tls::Binding;

/// Octets that are overwritten when they are dropped.
pub(crate) type Secret = Zeroizing<Vec<u8>>;

/// An answer on its way to the server, before base64.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) octets: Secret,
    /// What in it is to be hidden even by itself, should the server repeat it.
    pub(crate) secrets: Vec<Secret>,
}

impl From<Vec<u8>> for Answer {
    fn from(octets: Vec<u8>) -> Self {
        Self {
            octets: Zeroizing::new(octets),
            secrets: Vec::new(),
        }
    }
}

/// Why an exchange is not gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server's side of this mechanism makes no sense. Another mechanism may do.
    Broken(&'static str),
    /// The server is not the one that knows the password, or somebody sits in the middle. Nothing more is said to it.
    Untrue(&'static str),
}

/// Who logs in, from where.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) user: String,
    /// The password, or the bearer token.
    pub(crate) password: SecretString,
    /// The smart host as it was named, which a bearer token is told (RFC 7628 §3.1).
    pub(crate) host: String,
    pub(crate) port: u16,
    /// What the TLS connection can be bound by.
    pub(crate) binding: Option<Binding>,
}

impl Login {
    /// What keeps this login from being used with a mechanism, where something does.
    pub(crate) fn fault(&self, sasl: Sasl) -> Option<&'static str> {
        let password = self.password.expose_secret();
        // NUL separates the parts of PLAIN (RFC 4616 §2).
        if self.user.contains('\0') {
            return Some("the user name holds a NUL, which no login can carry");
        }
        if password.contains('\0') {
            return Some("the password holds a NUL, which no login can carry");
        }
        if sasl.is_bearer() && (has_control(&self.user) || has_control(password)) {
            return Some("the user name or the token holds a control character");
        }
        if sasl == Sasl::External {
            return None;
        }
        if self.user.is_empty() {
            return Some("the user name is empty");
        }
        password
            .is_empty()
            .then_some("the password is empty; an empty one is never sent")
    }

    /// User and password in the form in which both ends compare them (RFC 4013).
    pub(crate) fn prepared(&self) -> (String, Zeroizing<String>) {
        let user = prepared(&self.user).to_string();
        (user, prepared(self.password.expose_secret()))
    }
}

fn has_control(text: &str) -> bool {
    text.contains(|c: char| c.is_control())
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

/// One run of a mechanism.
pub(crate) trait Mechanism: Send {
    /// Which one it is.
    fn sasl(&self) -> Sasl;

    /// What is sent along with the AUTH command, where the mechanism lets the client speak first.
    fn initial(&mut self) -> Option<Answer>;

    /// The answer to a challenge. It may take long, as the derivation of a key does.
    ///
    /// # Errors
    /// Words for a challenge that makes no sense; the exchange is cancelled then.
    fn answer(&mut self, challenge: &[u8]) -> Result<Answer, Fault>;

    /// Whether the challenges' text matters, so that one that is no base64 cannot be answered.
    fn reads_challenges(&self) -> bool {
        true
    }

    /// Whether the next challenge gives the password away to who guesses, so that it must not be shown.
    fn next_is_secret(&self) -> bool {
        false
    }

    /// Called when the server says that the login is done: whether it may be believed.
    ///
    /// # Errors
    /// Words for a server that has not shown what it should.
    fn done(&self) -> Result<(), Fault> {
        Ok(())
    }

    /// What the server has said of a refusal inside the exchange.
    fn complaint(&self) -> Option<&str> {
        None
    }

    /// Whether the refusal was of the mechanism and not of user and password.
    fn is_unfit(&self) -> bool {
        false
    }
}

/// What there is to log in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Password,
    Token,
    Certificate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_login_can_carry_is_refused_and_nothing_is_shown() {
        let login = |user: &str, password: &str| Login {
            user: user.into(),
            password: SecretString::from(password),
            host: "mx.example".into(),
            port: 587,
            binding: None,
        };
        let fault = |user, password, sasl| login(user, password).fault(sasl);
        assert!(fault("a", "a\0b", Sasl::Plain).is_some_and(|words| words.contains("NUL")));
        assert!(fault("", "b", Sasl::Plain).is_some());
        assert!(fault("a", "", Sasl::Login).is_some_and(|words| words.contains("empty")));
        assert!(fault("a", "b\u{1}", Sasl::Xoauth2).is_some());
        assert_eq!(fault("a", "b\u{1}", Sasl::Plain), None);
        assert_eq!(fault("", "", Sasl::External), None);
        assert!(!format!("{:?}", login("a", "tanstaaf")).contains("tan"));
    }
}

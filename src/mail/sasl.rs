//! The ways to log in (RFC 4422), by the names that servers offer them with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A login mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sasl {
    /// A bearer token (RFC 7628).
    OauthBearer,
    /// A bearer token in the form that came before the standard, and that some large providers know alone.
    Xoauth2,
    /// Whoever the client certificate says (RFC 4422, appendix A).
    External,
    /// SCRAM with SHA-512, bound to the TLS channel.
    ScramSha512Plus,
    /// SCRAM with SHA-512.
    ScramSha512,
    /// SCRAM with SHA-256, bound to the TLS channel (RFC 7677).
    ScramSha256Plus,
    /// SCRAM with SHA-256 (RFC 7677).
    ScramSha256,
    /// SCRAM with SHA-1, bound to the TLS channel (RFC 5802).
    ScramSha1Plus,
    /// SCRAM with SHA-1 (RFC 5802).
    ScramSha1,
    /// User and password as they are (RFC 4616).
    Plain,
    /// User and password as they are, question by question. Never a standard; some servers know nothing else.
    Login,
    /// A digest of the password with the server's challenge (RFC 2195).
    CramMd5,
}

impl Sasl {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::OauthBearer,
        Self::Xoauth2,
        Self::External,
        Self::ScramSha512Plus,
        Self::ScramSha512,
        Self::ScramSha256Plus,
        Self::ScramSha256,
        Self::ScramSha1Plus,
        Self::ScramSha1,
        Self::Plain,
        Self::Login,
        Self::CramMd5,
    ];

    /// The registered name, in capitals as in EHLO.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OauthBearer => "OAUTHBEARER",
            Self::Xoauth2 => "XOAUTH2",
            Self::External => "EXTERNAL",
            Self::ScramSha512Plus => "SCRAM-SHA-512-PLUS",
            Self::ScramSha512 => "SCRAM-SHA-512",
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::CramMd5 => "CRAM-MD5",
        }
    }

    /// Whether the password of this mechanism is a bearer token.
    #[must_use]
    pub const fn is_bearer(self) -> bool {
        matches!(self, Self::OauthBearer | Self::Xoauth2)
    }
}

impl fmt::Display for Sasl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Sasl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = |one: &Self| one.name().eq_ignore_ascii_case(text.trim());
        Self::ALL.into_iter().find(known).ok_or_else(|| {
            let names = Self::ALL.map(|one| one.name().to_lowercase());
            format!(
                "unknown login mechanism {text:?}, expected one of {}",
                names.join(", ")
            )
        })
    }
}

impl Serialize for Sasl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name().to_lowercase())
    }
}

impl<'de> Deserialize<'de> for Sasl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_without_case() {
        for one in Sasl::ALL {
            assert_eq!(one.name().parse(), Ok(one));
            assert_eq!(one.name().to_lowercase().parse(), Ok(one));
        }
        let words = "digest-md5".parse::<Sasl>().expect_err("not known");
        assert!(words.contains("scram-sha-256-plus"), "{words}");
    }
}

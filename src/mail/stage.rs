//! The stages of an SMTP conversation, in the order in which they happen (RFC 5321 §3).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where in the conversation something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The host name is looked up.
    Resolve,
    /// The TCP connection is opened.
    Connect,
    /// The server's first reply (RFC 5321 §3.1).
    Greeting,
    /// EHLO, HELO or LHLO.
    Hello,
    /// The STARTTLS command (RFC 3207).
    StartTls,
    /// The TLS handshake.
    Tls,
    /// The AUTH exchange (RFC 4954).
    Auth,
    /// MAIL FROM, the reverse path. RSET belongs here too.
    Mail,
    /// RCPT TO, one for each recipient.
    Rcpt,
    /// The DATA command up to its 354.
    Data,
    /// The content, the final dot and the reply to it.
    Content,
    /// QUIT.
    Quit,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 12] = [
        Self::Resolve,
        Self::Connect,
        Self::Greeting,
        Self::Hello,
        Self::StartTls,
        Self::Tls,
        Self::Auth,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::Content,
        Self::Quit,
    ];

    /// The stage's name in JSON, in the configuration and on the screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Hello => "hello",
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Content => "content",
            Self::Quit => "quit",
        }
    }

    /// Whether trouble here concerns the smart host as a whole and no message in particular.
    #[must_use]
    pub const fn is_before_mail(self) -> bool {
        matches!(
            self,
            Self::Resolve
                | Self::Connect
                | Self::Greeting
                | Self::Hello
                | Self::StartTls
                | Self::Tls
                | Self::Auth
        )
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

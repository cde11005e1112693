//! The octets of a message, or the knowledge that they lie in the spool.

use bytes::Bytes;

/// What a message consists of. A spooled one is read from its file when it is sent or shown, so that a long queue costs little
/// memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// In memory: header and body in RFC 5322 form, every line ending with CRLF, no bare CR, bare LF or NUL, not dot-stuffed.
    Here(Bytes),
    /// In the spool, and so many octets long.
    Spooled(u64),
}

impl Content {
    /// The octets, where they are in memory.
    #[must_use]
    pub const fn here(&self) -> Option<&Bytes> {
        match self {
            Self::Here(octets) => Some(octets),
            Self::Spooled(_) => None,
        }
    }

    /// How many octets there are, wherever they are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        match self {
            Self::Here(octets) => octets.len() as u64,
            Self::Spooled(size) => *size,
        }
    }
}

impl<T: Into<Bytes>> From<T> for Content {
    fn from(octets: T) -> Self {
        Self::Here(octets.into())
    }
}

//! An open connection on which nothing was said yet.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncRead, AsyncWrite};

use crate::mail::clean::clean;
use crate::mail::parcel::Connection;
use crate::mail::smarthost::SmartHost;

/// Anything that carries bytes both ways: a TCP connection, TLS around one, a UNIX socket, a pipe in memory.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// An open connection on which nothing was said yet.
pub struct Link {
    pub(in crate::smtp) stream: Box<dyn Stream>,
    pub(in crate::smtp) connection: Connection,
    /// This side's address, which stands in EHLO where the machine has no full name.
    pub(in crate::smtp) local: Option<IpAddr>,
    /// Whether the bytes stay on this machine.
    pub(in crate::smtp) loopback: bool,
    /// The smart host's other addresses, should this one turn out to be of no use.
    pub(in crate::smtp) others: Vec<SocketAddr>,
}

impl Link {
    /// A connection that never leaves this process, such as one end of [`tokio::io::duplex`].
    pub fn inside(stream: impl Stream + 'static, host: &SmartHost) -> Self {
        Self {
            loopback: true,
            ..Self::new(stream, host, "in memory".to_owned())
        }
    }

    /// A connection to this peer, of which nothing else is known.
    pub(super) fn new(stream: impl Stream + 'static, host: &SmartHost, peer: String) -> Self {
        Self {
            stream: Box::new(stream),
            connection: Connection {
                server: clean(&host.name()).into_owned(),
                peer: Some(peer),
                ..Connection::default()
            },
            local: None,
            loopback: false,
            others: Vec::new(),
        }
    }
}

impl Link {
    /// What is known of the connection.
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// This side's address, where it has one.
    pub(crate) const fn local(&self) -> Option<IpAddr> {
        self.local
    }

    /// Takes the smart host's other addresses out.
    pub(crate) fn take_others(&mut self) -> Vec<SocketAddr> {
        std::mem::take(&mut self.others)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("connection", &self.connection)
            .field("local", &self.local)
            .field("loopback", &self.loopback)
            .field("others", &self.others)
            .finish_non_exhaustive()
    }
}

//! The server's end of a connection: in clear or inside TLS, with every way to end it badly.

use std::io;
use std::time::Duration;

use rustls::ProtocolVersion;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A stream that a scripted server can serve.
pub trait Pipe: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    /// Makes the end of the stream a reset, where the stream knows such a thing.
    fn make_end_a_reset(&self) {}
}

impl Pipe for TcpStream {
    fn make_end_a_reset(&self) {
        // Without it the end is an ordinary close, which a test would notice.
        self.set_zero_linger().ok();
    }
}

impl Pipe for DuplexStream {}

#[cfg(unix)]
impl Pipe for tokio::net::UnixStream {}

/// One connection.
pub(super) enum Line<S> {
    Clear(S),
    Secure(Box<TlsStream<S>>),
    /// In the middle of a handshake, or after one that failed.
    Gone,
}

impl<S: Pipe> Line<S> {
    pub(super) const fn is_secure(&self) -> bool {
        matches!(self, Self::Secure(_))
    }

    pub(super) fn has_client_certificate(&self) -> bool {
        match self {
            Self::Secure(stream) => stream.get_ref().1.peer_certificates().is_some(),
            Self::Clear(_) | Self::Gone => false,
        }
    }

    pub(super) fn exporter(&self) -> Option<Vec<u8>> {
        let Self::Secure(stream) = self else {
            return None;
        };
        let connection = stream.get_ref().1;
        if connection.protocol_version() != Some(ProtocolVersion::TLSv1_3) {
            return None;
        }
        let label = b"EXPORTER-Channel-Binding";
        connection
            .export_keying_material(vec![0; 32], label, None)
            .ok()
    }

    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(stream) => stream.read(buffer).await,
            Self::Secure(stream) => stream.read(buffer).await,
            Self::Gone => Ok(0),
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Clear(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
            Self::Secure(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
            Self::Gone => Ok(()),
        }
    }

    /// Writes at once, or octet by octet with so many milliseconds between.
    pub(super) async fn say(&mut self, bytes: &[u8], drip: Option<u64>) -> io::Result<()> {
        let Some(pause) = drip else {
            return self.write(bytes).await;
        };
        for octet in bytes {
            self.write(std::slice::from_ref(octet)).await?;
            if pause > 0 {
                sleep(Duration::from_millis(pause)).await;
            } else {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    pub(super) async fn start_tls(&mut self, acceptor: &TlsAcceptor) -> io::Result<()> {
        if let Self::Clear(stream) = std::mem::replace(self, Self::Gone) {
            *self = Self::Secure(Box::new(acceptor.accept(stream).await?));
        }
        Ok(())
    }

    pub(super) fn reset(self) {
        match &self {
            Self::Clear(stream) => stream.make_end_a_reset(),
            Self::Secure(stream) => stream.get_ref().0.make_end_a_reset(),
            Self::Gone => {}
        }
    }

    pub(super) async fn half_close(&mut self) {
        let closed = match self {
            Self::Clear(stream) => stream.shutdown().await,
            Self::Secure(stream) => stream.shutdown().await,
            Self::Gone => Ok(()),
        };
        // The other side may be gone already, which is as good.
        closed.ok();
    }

    /// Reads until the other side closes, and drops what comes.
    pub(super) async fn drain(&mut self) {
        let mut buffer = [0; 4096];
        while matches!(self.read(&mut buffer).await, Ok(count) if count > 0) {}
    }

    /// Closes. What the other side still sends is read for a moment: closing over unread bytes would be a reset, and could
    /// take our last reply with it.
    pub(super) async fn close(mut self) {
        self.half_close().await;
        timeout(Duration::from_secs(1), self.drain()).await.ok();
    }
}

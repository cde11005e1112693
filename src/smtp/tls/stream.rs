//! The protected stream, which says in words what the TLS layer complains of after the handshake.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::words::{self, Showing};

/// A TLS stream. With TLS 1.3 a server judges this side's certificate only after the handshake is over here, so that its
/// refusal comes with the first read.
pub(super) struct Protected<S> {
    inner: S,
    showing: Showing,
    /// Whether the server has said anything yet.
    heard: bool,
}

impl<S> Protected<S> {
    pub(super) fn new(inner: S, showing: Showing) -> Self {
        Self {
            inner,
            showing,
            heard: false,
        }
    }

    fn explained(&self, error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::InvalidData || self.is_about_us(&error) {
            io::Error::new(io::ErrorKind::InvalidData, words::of(&error, self.showing))
        } else {
            error
        }
    }

    /// Whether a connection that ends before the server's first word most likely ends for want of our certificate: the alert
    /// that would say so is often lost in the reset behind it.
    fn is_about_us(&self, error: &io::Error) -> bool {
        let Showing { asked, have } = self.showing;
        let ended = matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        );
        asked && !have && !self.heard && ended
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Protected<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(context, buffer);
        if matches!(polled, Poll::Ready(Ok(()))) {
            if buffer.filled().len() > before {
                self.heard = true;
            } else if buffer.remaining() > 0 {
                let end = io::Error::from(io::ErrorKind::UnexpectedEof);
                if self.is_about_us(&end) {
                    return Poll::Ready(Err(self.explained(end)));
                }
            }
        }
        polled.map_err(|error| self.explained(error))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Protected<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(context, bytes);
        polled.map_err(|error| self.explained(error))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(context);
        polled.map_err(|error| self.explained(error))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        polled.map_err(|error| self.explained(error))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

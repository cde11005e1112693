//! A TCP stream that answers at once: acknowledgements are not held back while a reply is waited for.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A TCP stream without the delays that the two sides' kernels would add.
///
/// Nagle's algorithm (RFC 896) is off, as a flight is one write already. Many servers leave it on and send a reply in two
/// writes; the second then waits for our acknowledgement, which the kernel likes to delay (RFC 1122 §4.2.3.2). Linux forgets
/// the wish for prompt ones again and again, so it is renewed before each read.
#[derive(Debug)]
pub(crate) struct Prompt(TcpStream);

impl Prompt {
    /// Takes a connected stream.
    ///
    /// # Errors
    /// The operating system's, where the connection is gone already.
    pub(crate) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }
}

impl AsyncRead for Prompt {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.0).poll_read(context, buffer);
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if read.is_pending() {
            // It only makes things quicker; a kernel that does not want to is no reason to fail.
            self.0.set_quickack(true).ok();
        }
        read
    }
}

impl AsyncWrite for Prompt {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}

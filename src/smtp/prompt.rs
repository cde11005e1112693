//! A TCP stream that answers at once: acknowledgements are not held back while a reply is waited for.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A TCP stream without the delays that the two sides' kernels would add.
///
/// Nagle's algorithm (RFC 896) is off, as a flight is one write already. Many servers leave it on and send a reply in two
/// writes; the second then waits for our acknowledgement, which the kernel likes to delay (RFC 1122 §4.2.3.2). Linux forgets
/// the wish for prompt ones again and again, so it is renewed whenever something has come and more is waited for.
#[derive(Debug)]
pub(crate) struct Prompt {
    stream: TcpStream,
    /// Whether something came that may not be acknowledged yet. What is written next carries the acknowledgement along.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    owes: bool,
}

impl Prompt {
    /// Takes a connected stream.
    ///
    /// # Errors
    /// The operating system's, where the connection is gone already.
    pub(crate) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            owes: true,
        })
    }

    /// Takes note of what was handed to the kernel, which takes the acknowledgement along.
    fn wrote(&mut self, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if matches!(wrote, Poll::Ready(Ok(1..))) {
            self.owes = false;
        }
        wrote
    }
}

impl AsyncRead for Prompt {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if read.is_ready() {
            self.owes = true;
        } else if self.owes && !context.waker().will_wake(Waker::noop()) {
            // It only makes things quicker; a kernel that does not want to is no reason to fail. Who only looks, with a waker
            // that wakes nobody, waits for nothing.
            self.owes = false;
            self.stream.set_quickack(true).ok();
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
        let wrote = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(wrote)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

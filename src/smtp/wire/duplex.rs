//! Both directions of a stream at once: octets go out while those that come in meanwhile are kept.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncReadExt, ReadBuf};

use super::inbox::Inbox;
use crate::smtp::dial::Stream;

/// What a look at a wire finds when no reply is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surplus {
    /// Nothing, as it should be.
    Nothing,
    /// Bytes that nobody asked for.
    Bytes,
    /// The end: closed, reset or failed.
    End,
}

/// What a step of a write came to.
pub(super) enum Step {
    Wrote(io::Result<usize>),
    Flushed(io::Result<()>),
    Came(Surplus),
}

/// A stream and what was read from it ahead of time.
pub(super) struct Duplex {
    stream: Box<dyn Stream>,
    inbox: Inbox,
    /// Whether the server's side has ended while this side was writing; what came before is still to be read.
    ended: bool,
}

impl Duplex {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            inbox: Inbox::new(),
            ended: false,
        }
    }

    /// What has come and was not yet taken.
    pub(super) fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }

    /// Whether anything has come that was not yet taken.
    pub(super) fn has_unread(&self) -> bool {
        !self.inbox.waiting().is_empty()
    }

    /// The stream, to put TLS around it; nothing can be said until [`Duplex::put_back`].
    pub(super) fn take(&mut self) -> Box<dyn Stream> {
        std::mem::replace(&mut self.stream, Box::new(tokio::io::empty()))
    }

    /// Goes on with this stream, and drops what was read before.
    pub(super) fn put_back(&mut self, stream: Box<dyn Stream>) {
        self.inbox = Inbox::new();
        self.stream = stream;
    }

    /// Writes what the network takes, without bytes what is still held back, or reads what comes while it takes nothing.
    pub(super) async fn step(&mut self, bytes: &[u8]) -> Step {
        std::future::poll_fn(|context| {
            let stream = Pin::new(&mut *self.stream);
            let wrote = if bytes.is_empty() {
                stream.poll_flush(context).map(Step::Flushed)
            } else {
                stream.poll_write(context, bytes).map(Step::Wrote)
            };
            if wrote.is_ready() {
                return wrote;
            }
            if self.inbox.space().is_empty() || self.ended {
                return Poll::Pending;
            }
            self.poll_come(context).map(Step::Came)
        })
        .await
    }

    /// Reads what comes next, and says how many octets that are; none is the end.
    pub(super) async fn fill(&mut self) -> io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        let count = self.stream.read(self.inbox.space()).await?;
        self.inbox.filled(count);
        Ok(count)
    }

    /// What is known of the other side without a look.
    pub(super) fn known(&self) -> Option<Surplus> {
        if self.has_unread() {
            return Some(Surplus::Bytes);
        }
        self.ended.then_some(Surplus::End)
    }

    /// Looks, without waiting, whether anything came. What came is kept.
    pub(super) fn glance(&mut self) -> Surplus {
        // A look that nobody need be woken for: the stream takes nothing for awaited.
        let mut glance = Context::from_waker(Waker::noop());
        match self.poll_read(&mut glance) {
            Poll::Pending => Surplus::Nothing,
            Poll::Ready(found) => found,
        }
    }

    /// Waits until anything comes. What came is kept; a wait that is dropped loses nothing.
    pub(super) async fn overhear(&mut self) -> Surplus {
        match self.known() {
            Some(known) => known,
            None => std::future::poll_fn(|context| self.poll_come(context)).await,
        }
    }

    /// Reads what has come, and remembers an end.
    fn poll_come(&mut self, context: &mut Context<'_>) -> Poll<Surplus> {
        let polled = self.poll_read(context);
        self.ended |= polled == Poll::Ready(Surplus::End);
        polled
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Surplus> {
        let mut buffer = ReadBuf::new(self.inbox.space());
        let polled = Pin::new(&mut *self.stream).poll_read(context, &mut buffer);
        let count = buffer.filled().len();
        self.inbox.filled(count);
        polled.map(|read| match read {
            Ok(()) if count > 0 => Surplus::Bytes,
            _ => Surplus::End,
        })
    }
}

//! Hears the first octets that come over a connection, below TLS: what speaks there when it is no mail server.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::link::{Link, Stream};

/// Octets that are kept.
const MOST: usize = 256;

/// What hears the first octets of a connection. It hears nothing but between [`Ear::listen`] and [`Ear::heard`], so that
/// what follows a login can be kept from it.
#[derive(Clone, Default)]
pub(crate) struct Ear(Arc<Mutex<Option<Vec<u8>>>>);

impl Ear {
    fn heard_so_far(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to listen, and forgets what was heard before.
    pub(crate) fn listen(&self) {
        *self.heard_so_far() = Some(Vec::new());
    }

    /// What was heard, 256 octets at the most; it listens no more.
    pub(crate) fn heard(&self) -> Vec<u8> {
        self.heard_so_far().take().unwrap_or_default()
    }

    fn hear(&self, octets: &[u8]) {
        if let Some(heard) = self.heard_so_far().as_mut() {
            let room = MOST.saturating_sub(heard.len()).min(octets.len());
            heard.extend_from_slice(octets.get(..room).unwrap_or_default());
        }
    }
}

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ear").finish_non_exhaustive()
    }
}

impl Link {
    /// The same connection with an ear on it.
    pub(crate) fn with_ear(self) -> (Self, Ear) {
        let ear = Ear::default();
        let stream = Box::new(Overheard {
            stream: self.stream,
            ear: ear.clone(),
        });
        (Self { stream, ..self }, ear)
    }
}

/// A stream with an ear on it.
struct Overheard {
    stream: Box<dyn Stream>,
    ear: Ear,
}

impl AsyncRead for Overheard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.ear
            .hear(buffer.filled().get(before..).unwrap_or_default());
        polled
    }
}

impl AsyncWrite for Overheard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::mail::smarthost::{Security, SmartHost};

    #[tokio::test]
    async fn it_hears_the_beginning_and_only_when_it_listens() {
        let (ours, mut theirs) = tokio::io::duplex(4096);
        let host = SmartHost::new("relay.example".parse().expect("a server"), Security::None);
        let (mut link, ear) = Link::inside(ours, &host).with_ear();
        for (text, listens, heard) in [
            ("before", false, ""),
            ("hello", true, "hello"),
            ("secret", false, ""),
        ] {
            if listens {
                ear.listen();
            }
            theirs.write_all(text.as_bytes()).await.expect("written");
            let mut buffer = vec![0; text.len()];
            link.stream.read_exact(&mut buffer).await.expect("read");
            assert_eq!(buffer, text.as_bytes());
            assert_eq!(ear.heard(), heard.as_bytes());
        }
        ear.listen();
        theirs.write_all(&[b'x'; 1000]).await.expect("written");
        link.stream.read_exact(&mut [0; 1000]).await.expect("read");
        assert_eq!(ear.heard().len(), MOST);
    }
}

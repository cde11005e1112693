//! Speaks through a command: its standard input and output are the connection, and what it complains about is noted.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::mail::clean::Clean;
use crate::mail::transcript::{By, Transcript};
use crate::smtp::group::Group;

/// Lines of complaints that are noted.
const LINES: usize = 20;
/// Octets of each of them.
const LINE: usize = 200;
/// How long is waited for the last complaints of a command that has closed its output.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What a command prints and reads. It is killed, with all it has started, when this is dropped.
pub(super) struct Pipe {
    input: ChildStdin,
    output: ChildStdout,
    complaints: JoinHandle<()>,
    /// The wait for the last complaints, once the output has ended.
    ending: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    over: bool,
    _group: Group,
}

impl Pipe {
    /// Starts the command.
    ///
    /// # Errors
    /// The system's, where no shell can be started.
    pub(super) fn open(command: &str, transcript: &Transcript) -> io::Result<Self> {
        let mut group = Group::spawn(command, Stdio::piped())?;
        let child = group.child();
        let (Some(input), Some(output), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("the command has no input and output"));
        };
        Ok(Self {
            input,
            output,
            complaints: tokio::spawn(note(errors, transcript.clone())),
            ending: None,
            over: false,
            _group: group,
        })
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.complaints.abort();
    }
}

/// Notes what a command writes to standard error. What is too much is read and dropped, so that the command can go on.
async fn note(mut errors: ChildStderr, transcript: Transcript) {
    let (mut line, mut noted) = (Vec::new(), 0);
    let mut octets = [0; 512];
    loop {
        let count = errors.read(&mut octets).await.unwrap_or(0);
        let ended = count == 0 && !line.is_empty();
        let fresh = octets.get(..count).unwrap_or_default().iter().copied();
        for octet in fresh.chain(ended.then_some(b'\n')) {
            if octet != b'\n' {
                if line.len() < LINE {
                    line.push(octet);
                }
                continue;
            }
            let words = Clean::from_bytes(line.strip_suffix(b"\r").unwrap_or(&line));
            if noted < LINES && !words.is_empty() {
                let stage = transcript.progress().stage;
                transcript.push(stage, By::Note, format!("the command says: {words}"));
                noted += 1;
            }
            line.clear();
        }
        if count == 0 {
            return;
        }
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.over {
            return Poll::Ready(Ok(()));
        }
        if this.ending.is_none() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut this.output).poll_read(context, buffer))?;
            if buffer.filled().len() > before || buffer.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
        }
        // Why a command has ended it says on its other output, which may come a moment later.
        let Pipe {
            ending, complaints, ..
        } = this;
        let ending = ending.get_or_insert_with(|| {
            let complaints = std::mem::replace(complaints, tokio::spawn(async {}));
            Box::pin(async move {
                let abort = complaints.abort_handle();
                if timeout(LAST_WORDS, complaints).await.is_err() {
                    abort.abort();
                }
            })
        });
        ready!(ending.as_mut().poll(context));
        this.over = true;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.input).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(context)
    }
}

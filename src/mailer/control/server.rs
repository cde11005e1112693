//! The holder's end of the control socket.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::operator::Operator;
use super::socket::{self, File};
use super::words::{Ask, Line};

/// The longest question, in octets: about 25,000 identities.
const LONGEST: u64 = 1024 * 1024;
/// What is read and thrown away of a question that is too long, in octets.
const MOST_UNREAD: u64 = 64 * LONGEST;
/// How long that may take.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How long a caller may take to ask, and to take a piece of the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Callers at a time; others wait for their turn.
const CALLERS: usize = 32;
/// The rest after the system refused to let a caller in, as when too many files are open.
const AFTER_REFUSAL: Duration = Duration::from_millis(200);

/// The control socket while this process listens on it.
#[derive(Debug)]
pub(in crate::mailer) struct Server {
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
    /// Removed before the spool is given up, so that nobody calls in vain and no successor loses his.
    file: Mutex<Option<File>>,
}

impl Server {
    /// Listens in a spool whose lock this process has.
    pub(in crate::mailer) fn start(
        operator: Operator,
        dir: &Path,
        runtime: &tokio::runtime::Handle,
    ) -> io::Result<Self> {
        let _inside = runtime.enter();
        let (listener, file) = socket::listen(dir)?;
        let stop = CancellationToken::new();
        let task = runtime.spawn(listen(listener, operator, stop.clone()));
        Ok(Self {
            stop,
            task: Mutex::new(Some(task)),
            file: Mutex::new(Some(file)),
        })
    }

    /// Lets nobody in any more; who has asked gets his answer, within `limit`.
    pub(in crate::mailer) async fn close(&self, limit: Duration) {
        drop(take(&self.file));
        self.stop.cancel();
        let task = take(&self.task);
        if let Some(mut task) = task
            && timeout(limit, &mut task).await.is_err()
        {
            task.abort();
            drop(task.await);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn take<T>(place: &Mutex<Option<T>>) -> Option<T> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

async fn listen(listener: UnixListener, operator: Operator, stop: CancellationToken) {
    let mut callers = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            // A panic in one call was reported where it happened, and is none of the others'.
            Some(_) = callers.join_next() => {}
            called = listener.accept(), if callers.len() < CALLERS => match called {
                Ok((stream, _)) if socket::is_ours(&stream) => {
                    let (operator, stop) = (operator.clone(), stop.clone());
                    // A caller who goes away early has what he wanted.
                    callers.spawn(async move { drop(attend(stream, &operator, &stop).await) });
                }
                Ok(_) => {}
                Err(_) => tokio::time::sleep(AFTER_REFUSAL).await,
            },
        }
    }
    drop(listener);
    while callers.join_next().await.is_some() {}
}

/// Answers one caller until he has no more to ask.
async fn attend(
    stream: UnixStream,
    operator: &Operator,
    stop: &CancellationToken,
) -> io::Result<()> {
    let (reader, writer) = stream.into_split();
    let (mut reader, mut writer) = (BufReader::new(reader), BufWriter::new(writer));
    say(&mut writer, &operator.greeting()).await?;
    push_out(&mut writer).await?;
    loop {
        let mut line = Vec::new();
        let mut bounded = (&mut reader).take(LONGEST);
        let read = timeout(PATIENCE, bounded.read_until(b'\n', &mut line));
        let read = tokio::select! {
            read = read => read??,
            () = stop.cancelled() => return Ok(()),
        };
        if read == 0 {
            return Ok(());
        }
        if line.pop() != Some(b'\n') {
            let words = "a question is one line of JSON, of 1 MiB at the most";
            say(&mut writer, &Line::Fault(words.into())).await?;
            push_out(&mut writer).await?;
            writer.shutdown().await?;
            // What is left unread at the close would take the answer away from the caller.
            let mut rest = (&mut reader).take(MOST_UNREAD);
            let mut nowhere = tokio::io::sink();
            let read = tokio::io::copy(&mut rest, &mut nowhere);
            drop(timeout(LAST_WORDS, read).await);
            return Ok(());
        }
        match serde_json::from_slice::<Ask>(&line) {
            Ok(ask) => {
                for line in operator.answer(ask).await {
                    say(&mut writer, &line).await?;
                }
            }
            Err(error) => {
                let words = format!("the question is not understood: {error}");
                say(&mut writer, &Line::Fault(words.into())).await?;
            }
        }
        push_out(&mut writer).await?;
    }
}

async fn say(writer: &mut (impl AsyncWriteExt + Unpin), line: &Line) -> io::Result<()> {
    let mut octets = serde_json::to_vec(line)?;
    octets.push(b'\n');
    timeout(PATIENCE, writer.write_all(&octets)).await?
}

async fn push_out(writer: &mut (impl AsyncWriteExt + Unpin)) -> io::Result<()> {
    timeout(PATIENCE, writer.flush()).await?
}

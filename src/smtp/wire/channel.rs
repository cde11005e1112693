//! The wire itself: a limit on every wait, the transcript that hears every line, and what must not be shown.

use std::fmt;
use std::io;
use std::pin::pin;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;

use super::duplex::{Duplex, Step, Surplus};
use super::flight::Flight;
use super::foreign;
use super::hidden::Hidden;
use super::inbox::{Partial, Raw};
use super::timer::{Timer, TooLate};
use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::Reply;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};
use crate::smtp::dial::Stream;
use crate::smtp::patience::Patience;

/// A write that did not come to its end.
#[derive(Debug)]
pub(crate) struct Short {
    /// Why.
    pub(crate) failure: Failure,
    /// Octets that were handed over before: the server may have these.
    pub(crate) written: usize,
}

/// A connection with its transcript.
///
/// It counts as broken from the start of every read or write until that is complete. Whoever stops waiting half-way
/// (a limit, an error, a dropped future) leaves it broken, and a broken wire is never used again.
pub(crate) struct Wire {
    duplex: Duplex,
    transcript: Transcript,
    /// Not here during a wait; a wait that was dropped breaks the wire and needs no timer again.
    timer: Option<Timer>,
    broken: bool,
    /// What must not be shown, should the server repeat it.
    hidden: Hidden,
    /// Whether the text of a 334 is a secret itself.
    veiled: bool,
    /// Who may grant more time.
    patience: Option<Patience>,
}

impl Wire {
    pub(crate) fn new(stream: Box<dyn Stream>, transcript: &Transcript) -> Self {
        Self {
            duplex: Duplex::new(stream),
            transcript: transcript.clone(),
            timer: None,
            broken: false,
            hidden: Hidden::default(),
            veiled: false,
            patience: None,
        }
    }

    /// Writes everything from now on into this transcript.
    pub(crate) fn write_down_in(&mut self, transcript: &Transcript) {
        if !self.transcript.is_same(transcript) {
            self.transcript = transcript.clone();
        }
    }

    /// The transcript in use.
    pub(crate) fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Adds a remark to the transcript.
    pub(crate) fn note(&self, stage: Stage, text: impl Into<Clean>) {
        self.transcript.push(stage, By::Note, text);
    }

    /// Waits longer for a reply where somebody grants more time for it.
    pub(crate) fn be_patient(&mut self, patience: Patience) {
        self.patience = Some(patience);
    }

    /// Whether this wire may not be used any more.
    pub(crate) const fn is_broken(&self) -> bool {
        self.broken
    }

    /// Gives this wire up.
    pub(crate) fn give_up(&mut self) {
        self.broken = true;
    }

    /// Hides these octets wherever the server repeats them. Those of less than four would hide common words and give
    /// themselves away by the gaps.
    pub(crate) fn hide(&mut self, secret: Zeroizing<Vec<u8>>) {
        self.hidden.add(secret);
    }

    /// Keeps the text of each 334 out of the transcript, where it gives the password away to who guesses. The reply itself has
    /// the text all the same, so it must not be shown either.
    pub(crate) fn veil_challenges(&mut self, veiled: bool) {
        self.veiled = veiled;
    }

    /// A text from the server without what must not be shown.
    pub(crate) fn without_hidden(&self, text: &str) -> Clean {
        Clean::from_bytes(&self.masked(Raw(text.as_bytes().to_vec())).0)
    }

    /// Sends a flight in one write.
    pub(crate) async fn send(&mut self, flight: &Flight, limit: Duration) -> Result<(), Failure> {
        let stage = flight.stage();
        flight.write_down(&self.transcript);
        let sent = self.write(stage, flight.bytes(), limit).await;
        sent.map_err(|short| {
            self.note(stage, short.failure.cause.to_string());
            short.failure
        })
    }

    /// Writes bytes that are already shown, or are content. The limit is for each step forward: a slow reader is no fault.
    /// Replies that come meanwhile are kept, so that neither side can block the other.
    pub(crate) async fn write(
        &mut self,
        stage: Stage,
        bytes: &[u8],
        limit: Duration,
    ) -> Result<(), Short> {
        self.push(stage, bytes, limit, false).await.map(drop)
    }

    /// Writes bytes while no reply is due, and stops where the server speaks or ends the connection all the same.
    pub(crate) async fn write_in_silence(
        &mut self,
        stage: Stage,
        bytes: &[u8],
        limit: Duration,
    ) -> Result<Surplus, Short> {
        self.push(stage, bytes, limit, true).await
    }

    async fn push(
        &mut self,
        stage: Stage,
        bytes: &[u8],
        limit: Duration,
        in_silence: bool,
    ) -> Result<Surplus, Short> {
        self.broken = true;
        let mut timer = self.timer.take().unwrap_or_else(Timer::new);
        let mut rest = bytes;
        let cause = loop {
            break match timer.within(limit, self.duplex.step(rest)).await {
                Ok(Step::Wrote(Ok(count))) if count > 0 => {
                    rest = rest.get(count..).unwrap_or_default();
                    continue;
                }
                Ok(Step::Wrote(Ok(_))) => Cause::Closed,
                Ok(Step::Flushed(Ok(()))) => {
                    self.broken = false;
                    self.timer = Some(timer);
                    return Ok(Surplus::Nothing);
                }
                Ok(Step::Came(found)) if in_silence => {
                    self.broken = found == Surplus::End;
                    self.timer = Some(timer);
                    return Ok(found);
                }
                // It is read when it is due; an end is met there too.
                Ok(Step::Came(_)) => continue,
                Ok(Step::Wrote(Err(error)) | Step::Flushed(Err(error))) => cause_of(&error),
                Err(TooLate) => Cause::TimedOut(limit),
            };
        };
        Err(Short {
            failure: Failure::new(stage, cause),
            written: bytes.len().saturating_sub(rest.len()),
        })
    }

    /// Reads one whole reply. The limit is for the whole of it, so that a server cannot win time drop by drop.
    pub(crate) async fn reply(&mut self, stage: Stage, limit: Duration) -> Result<Reply, Failure> {
        self.transcript.enter(stage);
        self.broken = true;
        let mut timer = self.timer.take().unwrap_or_else(Timer::new);
        let patience = self.patience.clone();
        let (mut limit, mut waited) = (limit, limit);
        let result = {
            let mut reading = pin!(self.read_reply(stage));
            loop {
                match timer.within(limit, reading.as_mut()).await {
                    Ok(result) => break result,
                    Err(TooLate) => match patience.as_ref().and_then(Patience::take) {
                        Some(more) => {
                            limit = more;
                            waited = waited.saturating_add(more);
                        }
                        None => break Err(Cause::TimedOut(waited)),
                    },
                }
            }
        };
        self.timer = Some(timer);
        match result {
            Ok(reply) => {
                self.broken = false;
                Ok(reply)
            }
            Err(cause) => {
                self.note(stage, cause.to_string());
                Err(Failure::new(stage, cause))
            }
        }
    }

    async fn read_reply(&mut self, stage: Stage) -> Result<Reply, Cause> {
        let mut partial = Partial::default();
        let out_of_step = |text: String| Cause::OutOfStep(Clean::from(text));
        loop {
            while let Some(line) = partial
                .next_line(self.duplex.inbox())
                .map_err(out_of_step)?
            {
                let (line, shown) = self.shown(line);
                self.transcript.push(stage, By::Server, shown);
                let accepted = partial.accept(&line).map_err(|words| {
                    let foreign = foreign::hint(&line.0).filter(|_| stage == Stage::Greeting);
                    out_of_step(foreign.map_or(words, ToOwned::to_owned))
                })?;
                if let Some(reply) = accepted {
                    return Ok(reply);
                }
            }
            if stage == Stage::Greeting
                && let Some(hint) = foreign::hint(partial.begun())
            {
                return Err(out_of_step(hint.to_owned()));
            }
            match self.duplex.fill().await {
                Ok(0) if partial.is_untouched() => return Err(Cause::Closed),
                Ok(0) => {
                    self.note(stage, "the connection ended in the middle of a reply");
                    return Err(Cause::Closed);
                }
                Ok(_) => {}
                Err(error) => return Err(cause_of(&error)),
            }
        }
    }

    /// The line to act on, and what the transcript shows of it.
    fn shown(&self, line: Raw) -> (Raw, Clean) {
        if self.veiled && line.0.starts_with(b"334") {
            let shown = format!("334 ‹hidden, {} bytes›", line.0.len().saturating_sub(4));
            return (line, Clean::from(shown));
        }
        let line = self.masked(line);
        let shown = Clean::from_bytes(&line.0);
        (line, shown)
    }

    fn masked(&self, line: Raw) -> Raw {
        Raw(self.hidden.masked(line.0))
    }

    /// Looks, without waiting, whether anything came that nobody asked for. What came is kept, so that it can be read.
    pub(crate) async fn surplus(&mut self) -> Surplus {
        if let Some(known) = self.duplex.known() {
            return known;
        }
        let was_broken = std::mem::replace(&mut self.broken, true);
        // The runtime asks the operating system for news only between tasks' turns.
        tokio::task::yield_now().await;
        let found = self.duplex.glance();
        self.broken = was_broken || found == Surplus::End;
        found
    }

    /// Waits until the server says something or ends the connection, though nothing was asked. What came is kept, so that
    /// it can be read; a wait that is dropped loses nothing.
    pub(crate) async fn overhear(&mut self) -> Surplus {
        self.duplex.overhear().await
    }

    /// Whether bytes are already here though no reply is due.
    pub(crate) fn has_unread(&self) -> bool {
        self.duplex.has_unread()
    }

    /// Takes the stream away to put TLS around it. The wire is broken until [`Wire::put_back`].
    pub(crate) fn take_stream(&mut self) -> Box<dyn Stream> {
        self.broken = true;
        self.duplex.take()
    }

    /// Goes on with this stream. What was read before is dropped: it came in clear (RFC 3207 §4.2).
    pub(crate) fn put_back(&mut self, stream: Box<dyn Stream>) {
        self.duplex.put_back(stream);
        self.broken = false;
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}

/// The cause behind an I/O error on an open connection.
fn cause_of(error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected
        | io::ErrorKind::WriteZero
        | io::ErrorKind::UnexpectedEof => Cause::Closed,
        io::ErrorKind::InvalidData => Cause::Tls(Clean::from(error.to_string())),
        _ => Cause::Io(Clean::from(error.to_string())),
    }
}

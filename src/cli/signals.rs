//! The signals that end a command politely.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit::{Exit, Stop};

/// Listens to SIGTERM, SIGHUP and SIGINT.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Returns when one of them comes.
    pub(super) async fn next(&mut self) {
        self.named().await;
    }

    /// Returns when one of them comes, with the end that it means for a command that was not done.
    pub(super) async fn named(&mut self) -> Stop {
        let (exit, name) = tokio::select! {
            _ = self.terminate.recv() => (Exit::Terminated, "SIGTERM"),
            _ = self.hangup.recv() => (Exit::HungUp, "SIGHUP"),
            _ = self.interrupt.recv() => (Exit::Interrupted, "SIGINT"),
        };
        Stop::new(exit, format!("ended by {name}"))
    }
}

/// Does something until it is done or a signal comes. What was begun is dropped then, and with it ends every command that was
/// started for it: those are in groups of their own, which a terminal's interrupt does not reach.
pub(super) async fn unless_ended<T>(
    work: impl Future<Output = Result<T, Stop>>,
) -> Result<T, Stop> {
    let cannot = |error: io::Error| Stop::new(Exit::Io, format!("cannot start: {error}"));
    let mut signals = Signals::new().map_err(cannot)?;
    tokio::select! {
        stop = signals.named() => Err(stop),
        done = work => done,
    }
}

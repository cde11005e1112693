//! Signals: the ones that end the console politely, and the ones of job control.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// SIGTERM, SIGHUP or SIGINT: keep everything and end.
    Leave,
    /// SIGCONT: the terminal may look like anything.
    Continued,
}

/// The signals that the console listens to.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
    continued: Signal,
}

impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        let continued = rustix::process::Signal::CONT.as_raw();
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            continued: signal(SignalKind::from_raw(continued))?,
        })
    }

    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Leave,
            _ = self.hangup.recv() => Asked::Leave,
            _ = self.interrupt.recv() => Asked::Leave,
            _ = self.continued.recv() => Asked::Continued,
        }
    }

    /// Forgets an interrupt that was meant for an editor in the foreground.
    pub(super) fn forget_interrupts(&mut self) -> io::Result<()> {
        self.interrupt = signal(SignalKind::interrupt())?;
        Ok(())
    }
}

/// Stops this job as ^Z does in a shell, the whole process group; returns when it goes on.
pub(super) fn stop() -> io::Result<()> {
    rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
    Ok(())
}

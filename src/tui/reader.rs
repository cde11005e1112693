//! Reads keys and pastes in a task of its own, which ends before anybody else gets the terminal.

use std::io;

use futures_util::StreamExt;
use ratatui::crossterm::event::{Event, EventStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Events that may wait for the console; more wait in the terminal.
const WAITING: usize = 4096;

/// The terminal's events. Only one reader may be there at a time.
#[derive(Debug)]
pub(super) struct Reader {
    events: mpsc::Receiver<io::Result<Event>>,
    task: JoinHandle<()>,
}

impl Reader {
    /// Begins to read. It needs a runtime.
    pub(super) fn new() -> Self {
        let (sender, events) = mpsc::channel(WAITING);
        // The stream keeps the first waker that it was polled with, so that only one task may ever poll it.
        let task = tokio::spawn(async move {
            let mut stream = EventStream::new();
            while let Some(event) = stream.next().await {
                if sender.send(event).await.is_err() {
                    return;
                }
            }
        });
        Self { events, task }
    }

    /// The next event; `None` when the terminal is gone.
    pub(super) async fn next(&mut self) -> Option<io::Result<Event>> {
        self.events.recv().await
    }

    /// An event that is there already.
    pub(super) fn waiting(&mut self) -> Option<io::Result<Event>> {
        self.events.try_recv().ok()
    }

    /// Stops reading, and returns when nothing reads any more.
    pub(super) async fn stop(mut self) {
        self.task.abort();
        // Cancelled is what it shall be.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

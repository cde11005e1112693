//! What `queue run` says while it delivers: a line for each outcome, or with `--json` an object for each message.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::list;
use crate::cli::args::Common;
use crate::cli::exit::{self, Exit, Stop};
use crate::cli::{output, table};
use crate::mail::clean::clean;
use crate::mail::entry::Entry;
use crate::mail::event::{Event, Kind};
use crate::mail::outcome::Status;
use crate::mail::parcel::EntryId;
use crate::mail::told::Told;
use crate::mailer::Mailer;

/// Listens to the queue and says what happens.
pub(super) struct Log {
    mailer: Mailer,
    events: Receiver<Event>,
    json: bool,
    quiet: bool,
    verbose: bool,
    /// The status of the failed message that counts.
    worst: Option<Exit>,
}

impl Log {
    pub(super) fn new(mailer: &Mailer, common: &Common) -> Self {
        Self {
            events: mailer.subscribe(),
            mailer: mailer.clone(),
            json: common.json,
            quiet: common.quiet,
            verbose: common.verbose > 0,
            worst: None,
        }
    }

    /// Says what happens until it is stopped, on a thread of its own: whoever does not read what is said must keep nobody from
    /// being heard. Returns the status of the failed message that counts.
    pub(super) fn start(
        mut self,
        stop: CancellationToken,
    ) -> JoinHandle<Result<Option<Exit>, Stop>> {
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                tokio::select! {
                    ended = self.follow() => ended.map(|never| match never {})?,
                    () = stop.cancelled() => {}
                }
                self.catch_up()?;
                Ok(self.worst)
            })
        })
    }

    /// Says what happens, for ever.
    async fn follow(&mut self) -> Result<std::convert::Infallible, Stop> {
        loop {
            match self.events.recv().await {
                Ok(event) => self.say(event)?,
                Err(RecvError::Lagged(count)) => self.missed(count),
                // The mailer is held here, so its queue is there.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    /// Says what has happened until now.
    fn catch_up(&mut self) -> Result<(), Stop> {
        loop {
            match self.events.try_recv() {
                Ok(event) => self.say(event)?,
                Err(TryRecvError::Lagged(count)) => self.missed(count),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(()),
            }
        }
    }

    fn missed(&self, count: u64) {
        if !self.quiet {
            output::complain(&format!("{count} happenings came too fast to be told"));
        }
    }

    /// Says one happening and those that came with it: an attempt is one message, however many recipients it has.
    fn say(&mut self, first: Event) -> Result<(), Stop> {
        let mut tried = BTreeSet::new();
        let mut event = Some(first);
        while let Some(next) = event {
            if let Kind::Recipient(id, ..) | Kind::Settled(id) | Kind::Dropped(id) = next.kind {
                tried.insert(id);
            }
            self.line(&next);
            // What was missed in between is told with the next one.
            event = self.events.try_recv().ok();
        }
        for id in tried {
            self.object(id)?;
        }
        Ok(())
    }

    fn line(&self, event: &Event) {
        if self.quiet {
            return;
        }
        let text = match &event.kind {
            Kind::Recipient(id, address, status) => {
                let words = status.words();
                format!("{} {:<9}  {address}  {words}", id.short(), status.name())
            }
            Kind::HostPaused(route, failure) => {
                format!("{route}: the host is left alone for a while: {failure}")
            }
            Kind::HostResumed(route) => format!("{route}: the host works again"),
            Kind::Untold(words) => {
                format!("what is said to servers is not kept for now, the mail goes on: {words}")
            }
            Kind::WorkerPanicked(route, words) => {
                format!("{route}: a fault of this program was contained: {words}")
            }
            _ => return,
        };
        let line = format!("{}  {}", event.at.strftime("%FT%TZ"), clean(&text));
        output::aside(&format!("{}\n", line.trim_end()));
    }

    fn object(&mut self, id: EntryId) -> Result<(), Stop> {
        let Some(entry) = self.mailer.entry(id) else {
            return Ok(());
        };
        let failed = |status: &Status| matches!(status, Status::Failed(_) | Status::Expired(_));
        if entry.recipients.iter().any(|one| failed(&one.status)) {
            let exit = exit::of(&entry);
            self.worst = Some(self.worst.map_or(exit, |worst| worst.min(exit)));
        }
        if self.verbose
            && let Some(last) = entry.attempts.last()
        {
            let mut last_alone = Entry::clone(&entry);
            last_alone.attempts = vec![Arc::clone(last)];
            output::aside(&table::transcript(&last_alone));
        }
        if self.json {
            let told = Told::of(&entry, None, self.mailer.now());
            output::print(list::lines(&[told]))?;
        }
        Ok(())
    }
}

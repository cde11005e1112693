//! A spool as seen by a program that does not deliver from it: what it asks goes to whoever holds the spool, and is done here
//! where nobody does.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::client::{self, Called};
use super::filter::Which;
use super::operator::{COMMAND, Operator, no_such_message, one_of, shown};
use super::words::{Ask, Holder, Line};
use crate::mail::clean::Clean;
use crate::mail::clock::{Clock, SystemClock};
use crate::mail::entry::{Entry, Route};
use crate::mail::kept::KeptAttempt;
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::mail::told::Told;
use crate::mailer::posts::Posts;
use crate::probe::Knowledge;
use crate::queue::spool::error::words;
use crate::queue::spool::{Found, Head, Keep, Layout, Opened, Place, Scope, Stamp};
use crate::queue::{Queue, RouteRules, Spool, SpoolError, Terms};

/// How long a spool may be held by somebody who does not listen: another command, or a program that is about to.
const PATIENCE: Duration = Duration::from_secs(10);
/// The rest before it is looked at again.
const REST: Duration = Duration::from_millis(25);

/// Why something could not be asked or done.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The spool cannot be used, or whoever holds it does not listen.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The holder was asked and did not answer in full.
    #[error("process {} holds the spool and has not answered: {why}; look what became of it with `turbomail queue list`", .holder.pid)]
    BrokenOff {
        /// Who.
        holder: Holder,
        /// What happened.
        why: Clean,
    },
    /// The holder's words.
    #[error("{0}")]
    Fault(Clean),
    /// The message was not taken: why.
    #[error("not queued: {0}")]
    NotKept(Clean),
    /// The system refused.
    #[error("cannot use the spool {}: {problem}", .dir.display())]
    Io {
        /// The spool.
        dir: PathBuf,
        /// The system's words.
        #[source]
        problem: io::Error,
    },
}

/// A spool as seen by a program that does not deliver from it.
#[derive(Clone, Debug)]
pub struct Remote {
    dir: PathBuf,
    rules: Vec<(Route, RouteRules)>,
    clock: Arc<dyn Clock>,
    knowledge: Option<Arc<Knowledge>>,
}

impl Remote {
    /// The spool in a folder. The rules of the accounts are used where nobody holds it.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, rules: Vec<(Route, RouteRules)>) -> Self {
        Self {
            dir: dir.into(),
            rules,
            clock: Arc::new(SystemClock::new()),
            knowledge: None,
        }
    }

    /// What is known of failures, where nobody holds the spool. What this program knows.
    #[must_use]
    pub fn knowledge(mut self, knowledge: impl Into<Option<Arc<Knowledge>>>) -> Self {
        self.knowledge = knowledge.into();
        self
    }

    /// The time's source, for waits that are shown. The machine's clocks.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Whether anything has changed on the disk since a look, by comparing what this says.
    ///
    /// # Errors
    /// Where the spool cannot be read.
    pub fn stamp(&self) -> Result<Stamp, ControlError> {
        let layout = Layout::open(&self.dir)?;
        layout.stamp().map_err(|problem| self.io(problem))
    }

    /// Every message in the spool as it stands by what is written of it, oldest first, and what cannot be read.
    ///
    /// # Errors
    /// Where the spool cannot be read.
    pub fn entries(&self) -> Result<(Vec<Arc<Entry>>, Vec<Clean>), ControlError> {
        let layout = Layout::open(&self.dir)?;
        let contents = layout.look().map_err(|problem| self.io(problem))?;
        Ok((self.queue().pictures(contents.found), contents.aside))
    }

    /// The spool's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Asks whoever holds the spool. Where nobody does, questions are answered from the disk, and what is to be done is done
    /// here, with the lock held as long as that takes. The answer comes without its end.
    ///
    /// # Errors
    /// [`ControlError`]. [`SpoolError::Held`] where somebody holds the spool and does not listen for ten seconds.
    pub async fn ask(&self, ask: &Ask) -> Result<Vec<Line>, ControlError> {
        if self.is_none() {
            // Asking makes no spool.
            return Ok(nothing(ask));
        }
        let end = Instant::now() + PATIENCE;
        loop {
            match client::ask(&self.dir, ask).await {
                Ok(Called::Answered(lines)) => return faultless(lines),
                Ok(Called::BrokenOff(holder, error)) => {
                    let why = Clean::from(error.to_string());
                    return Err(ControlError::BrokenOff { holder, why });
                }
                // The lock says more than the socket.
                Ok(Called::Nobody | Called::Silent) | Err(_) => {}
            }
            if let Ask::Ping | Ask::Look = ask {
                return Ok(Vec::new());
            }
            if let Ask::List { .. } | Ask::Show { .. } = ask {
                let (remote, ask) = (self.clone(), ask.clone());
                return self.wait_for(move || remote.read(&ask)).await;
            }
            let dir = self.dir.clone();
            let opened = self.wait_for(move || Ok(Spool::open(&dir, Scope::All)?));
            match opened.await {
                Ok(opened) => return self.act(opened, ask).await,
                Err(ControlError::Spool(SpoolError::Held { .. })) if Instant::now() < end => {
                    tokio::time::sleep(REST).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether there is no spool: no folder, or one that is none yet.
    fn is_none(&self) -> bool {
        std::fs::symlink_metadata(&self.dir).is_err()
            || self.dir.is_dir() && !self.dir.join("version").exists()
    }

    /// Does something that waits for the disk.
    async fn wait_for<T: Send + 'static>(
        &self,
        act: impl FnOnce() -> Result<T, ControlError> + Send + 'static,
    ) -> Result<T, ControlError> {
        let done = tokio::task::spawn_blocking(act).await;
        done.unwrap_or_else(|error| Err(self.io(io::Error::other(error))))
    }

    /// Who holds the spool, where somebody does and listens.
    ///
    /// # Errors
    /// See [`ask`](Self::ask).
    pub async fn holder(&self) -> Result<Option<Holder>, ControlError> {
        let lines = self.ask(&Ask::Ping).await?.into_iter();
        let mut holders = lines.filter_map(|line| match line {
            Line::Holder(holder) => Some(holder),
            _ => None,
        });
        Ok(holders.next())
    }

    /// Does something to the queue of a spool that this process holds meanwhile.
    async fn act(&self, opened: Opened, ask: &Ask) -> Result<Vec<Line>, ControlError> {
        let queue = self.queue();
        queue.attach(&opened.spool, opened.contents);
        let operator = Operator::new(queue, Posts::default(), COMMAND, self.knowledge.clone());
        let mut lines: Vec<Line> = operator.answer(ask.clone()).await.collect();
        opened.spool.close().await;
        lines.retain(|line| *line != Line::End {});
        faultless(lines)
    }

    /// Answers from the disk, without the lock and without a change.
    fn read(&self, ask: &Ask) -> Result<Vec<Line>, ControlError> {
        let ((entries, _), now) = (self.entries()?, self.clock.now());
        Ok(match ask {
            Ask::List { filter } => entries
                .iter()
                .filter(|entry| match filter.which {
                    Which::Live => entry.end.is_none(),
                    Which::Failed => is_failed(entry, now),
                    Which::All => true,
                })
                .map(|entry| Told::of(entry, None, now))
                .filter(|told| filter.takes(told, now))
                .map(|told| Line::Entry(Box::new(told)))
                .collect(),
            Ask::Show { id } => {
                let live = entries.iter().filter(|entry| entry.end.is_none());
                let done = entries.iter().filter(|entry| entry.end.is_some());
                let found = one_of(live, id).or_else(|| one_of(done, id));
                let found = found.unwrap_or_else(|| Err(no_such_message(id)));
                vec![match found {
                    Ok(entry) => {
                        let knowledge = self.knowledge.as_deref();
                        Line::Shown(Box::new(shown(&entry, None, now, knowledge)))
                    }
                    Err(refused) => Line::Refused(refused),
                }]
            }
            _ => Vec::new(),
        })
    }

    /// Puts a message into the spool, whoever holds it, and tells him. When this returns without an error the message outlives
    /// a loss of power.
    ///
    /// # Errors
    /// Where the spool cannot be used or does not take it; then it is nowhere.
    pub async fn deposit(
        &self,
        account: &Route,
        message: &Message,
        terms: &Terms,
    ) -> Result<Arc<Entry>, ControlError> {
        let Some(content) = message.content.here().cloned() else {
            return Err(ControlError::NotKept("its content is not at hand".into()));
        };
        if message.envelope.recipients.is_empty() {
            let words = "the message has no recipient; name at least one";
            return Err(ControlError::NotKept(words.into()));
        }
        let queue = self.queue();
        let head = Head::new(EntryId::new(), account, message, terms, queue.now().wall);
        let keep = Keep {
            head: head.clone(),
            content,
        };
        let dir = self.dir.clone();
        let kept = self.wait_for(move || {
            let layout = Layout::open(&dir)?;
            for kept in layout.deposit(&[keep]) {
                kept.map_err(|error| ControlError::NotKept(words(&error).into()))?;
            }
            Ok(())
        });
        kept.await?;
        // Whoever delivers looks for himself every second.
        drop(client::ask(&self.dir, &Ask::Look).await);
        let found = Found {
            head,
            record: None,
            place: Place::New,
        };
        let entry = queue.pictures(vec![found]).pop();
        entry.ok_or_else(|| ControlError::NotKept("the queue lost sight of it".into()))
    }

    /// A message with its content and what it was written from, from the disk.
    ///
    /// # Errors
    /// Where it is not there or cannot be read.
    pub fn message(&self, id: EntryId) -> Result<Message, ControlError> {
        let layout = Layout::open(&self.dir)?;
        let (head, content) = layout.read(id.0).map_err(|problem| self.io(problem))?;
        Ok(Message {
            content: content.into(),
            draft: head.draft.clone(),
            ..head.message()
        })
    }

    /// The attempts at a message of which the conversation is kept, oldest first. It reads the disk, whoever holds the spool.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn conversations(&self, id: EntryId) -> Result<Vec<KeptAttempt>, ControlError> {
        if self.is_none() {
            return Ok(Vec::new());
        }
        let layout = Layout::open(&self.dir)?;
        let kept = layout.conversations(id.0);
        kept.map_err(|problem| self.io(problem))
    }

    fn queue(&self) -> Queue {
        let queue = Queue::new(Arc::clone(&self.clock));
        for (route, rules) in &self.rules {
            queue.set_rules(route, rules.clone());
        }
        queue
    }

    fn io(&self, problem: io::Error) -> ControlError {
        ControlError::Io {
            dir: self.dir.clone(),
            problem,
        }
    }
}

fn is_failed(entry: &Entry, now: crate::mail::clock::Now) -> bool {
    use crate::mail::entry::State::{Expired, Failed, Partial};
    entry.end.is_some() && matches!(entry.state(now), Failed | Expired | Partial)
}

/// What is answered where there is no spool.
fn nothing(ask: &Ask) -> Vec<Line> {
    let unknown = |id: &String| Line::Refused(no_such_message(id));
    match ask {
        Ask::Ping | Ask::Look | Ask::List { .. } => Vec::new(),
        Ask::Show { id } => vec![unknown(id)],
        Ask::Retry { ids } | Ask::Hold { ids } | Ask::Release { ids } | Ask::Drop { ids } => {
            ids.iter().map(unknown).collect()
        }
    }
}

/// An answer without a fault.
fn faultless(mut lines: Vec<Line>) -> Result<Vec<Line>, ControlError> {
    match lines.pop() {
        Some(Line::Fault(words)) => Err(ControlError::Fault(words)),
        last => {
            lines.extend(last);
            Ok(lines)
        }
    }
}

//! Answers what is asked of a queue, for whoever asks: the control socket, or a program that holds the spool just for that.

use std::sync::Arc;
use std::time::Duration;

use super::filter::{Filter, Which};
use super::words::{Ask, Done, Holder, Line, Refused, Verb};
use crate::mail::clean::Clean;
use crate::mail::clock::{Now, Tick};
use crate::mail::entry::Entry;
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::Snapshot;
use crate::mail::told::{Shown, Told};
use crate::mailer::posts::Posts;
use crate::probe::Knowledge;
use crate::queue::{Queue, QueueError};

/// What a program is that holds the spool for one question only.
pub(super) const COMMAND: &str = "command";
/// How long the disk may take to write down what was done.
const FLUSH: Duration = Duration::from_secs(5);
/// Messages that are named where more than one is meant.
const NAMED: usize = 10;

/// An answer, made line by line: a long list is never in memory as a whole.
pub(super) type Answer = Box<dyn Iterator<Item = Line> + Send>;

/// Answers what is asked of a queue.
#[derive(Clone, Debug)]
pub(in crate::mailer) struct Operator {
    queue: Queue,
    /// The accounts at work: told when a person wants an attempt whatever the last one came to.
    posts: Posts,
    holder: Holder,
    /// What is known of failures; what this program knows where there is none.
    knowledge: Option<Arc<Knowledge>>,
}

/// All about a message, with what keeps it waiting or has failed it.
pub(super) fn shown(
    entry: &Entry,
    pause: Option<Tick>,
    now: Now,
    knowledge: Option<&Knowledge>,
) -> Shown {
    let knowledge = knowledge.unwrap_or_else(|| Knowledge::standard());
    Shown {
        findings: knowledge.diagnose_entry(entry),
        ..Shown::of(entry, pause, now)
    }
}

impl Operator {
    pub(in crate::mailer) fn new(
        queue: Queue,
        posts: Posts,
        kind: &str,
        knowledge: Option<Arc<Knowledge>>,
    ) -> Self {
        Self {
            queue,
            posts,
            holder: Holder::this(kind),
            knowledge,
        }
    }

    /// The line with which the holder names itself.
    pub(super) fn greeting(&self) -> Line {
        Line::Holder(self.holder.clone())
    }

    pub(super) async fn answer(&self, ask: Ask) -> Answer {
        match ask {
            Ask::Ping => whole(vec![self.greeting()]),
            Ask::Look => {
                if let Some(spool) = self.queue.spool() {
                    spool.look();
                }
                whole(Vec::new())
            }
            Ask::List { filter } => self.list(filter).await,
            Ask::Show { id } => {
                let snapshot = self.queue.snapshot();
                let line = match self.find(&snapshot, &id, &mut None).await {
                    Ok(entry) => {
                        let pause = pause(&snapshot, &entry);
                        let knowledge = self.knowledge.as_deref();
                        let shown = shown(&entry, pause, self.queue.now(), knowledge);
                        Line::Shown(Box::new(shown))
                    }
                    Err(refused) => Line::Refused(refused),
                };
                whole(vec![line])
            }
            Ask::Retry { ids } => self.act(Verb::Retry, ids).await,
            Ask::Hold { ids } => self.act(Verb::Hold, ids).await,
            Ask::Release { ids } => self.act(Verb::Release, ids).await,
            Ask::Drop { ids } => self.act(Verb::Drop, ids).await,
        }
    }

    async fn list(&self, filter: Filter) -> Answer {
        let (snapshot, now) = (self.queue.snapshot(), self.queue.now());
        let failed = match filter.which {
            Which::Live => Vec::new(),
            Which::Failed | Which::All => self.failed().await,
        };
        let (mut live, mut done) = (snapshot.live.clone(), snapshot.done.clone());
        match filter.which {
            Which::Live => done.clear(),
            Which::Failed => {
                live.clear();
                done.clear();
            }
            Which::All => {}
        }
        let known = done.clone();
        let failed = failed
            .into_iter()
            .filter(move |entry| !known.contains_key(&entry.id));
        let done = done.into_iter().map(|(_, entry)| entry);
        let entries = live.into_iter().map(|(_, entry)| entry);
        let entries = entries.chain(failed).chain(done);
        let lines = entries.filter_map(move |entry| {
            let told = Told::of(&entry, pause(&snapshot, &entry), now);
            filter
                .takes(&told, now)
                .then(|| Line::Entry(Box::new(told)))
        });
        Box::new(lines.chain([Line::End {}]))
    }

    async fn act(&self, verb: Verb, ids: Vec<String>) -> Answer {
        let mut lines = Vec::with_capacity(ids.len() + 1);
        let mut failed = None;
        for id in ids {
            // With each message the queue may have changed.
            let snapshot = self.queue.snapshot();
            let done = match self.find(&snapshot, &id, &mut failed).await {
                Ok(entry) => self
                    .act_on(verb, &entry)
                    .await
                    .map_err(|error| refused(&id, &error)),
                Err(refused) => Err(refused),
            };
            lines.push(done.map_or_else(Line::Refused, Line::Done));
        }
        let acted = lines.iter().any(|line| matches!(line, Line::Done(_)));
        if acted && let Some(spool) = self.queue.spool() {
            let flushed = tokio::time::timeout(FLUSH, spool.flush()).await;
            let trouble = match flushed {
                Ok(Ok(())) => None,
                Ok(Err(words)) => Some(words),
                Err(_) => Some("it does not answer".into()),
            };
            if let Some(trouble) = trouble {
                let text = if self.holder.kind == COMMAND {
                    format!("not done, for the disk does not take it: {trouble}")
                } else {
                    format!(
                        "done, but the disk does not take it, and it holds only as long as process {} runs: {trouble}",
                        self.holder.pid
                    )
                };
                lines.push(Line::Fault(text.into()));
                return Box::new(lines.into_iter());
            }
        }
        whole(lines)
    }

    async fn act_on(&self, verb: Verb, entry: &Entry) -> Result<Done, QueueError> {
        let (queue, id) = (&self.queue, entry.id);
        let mut new = None;
        let waits = entry.running().is_some() && verb != Verb::Release;
        match verb {
            Verb::Hold => queue.hold(id)?,
            Verb::Release => queue.release(id)?,
            Verb::Retry if entry.end.is_some() => new = Some(queue.send_again(entry).await?.0),
            Verb::Retry => {
                self.posts.forgive(&entry.route);
                queue.retry_now(id)?;
            }
            Verb::Drop if entry.end.is_some() => queue.forget(entry).await?,
            Verb::Drop => queue.drop_entry(id)?,
        }
        Ok(Done {
            id: id.0,
            short: id.short(),
            subject: Clean::new(&entry.message.subject),
            verb,
            new,
            waits,
        })
    }

    /// The message that somebody means: one that waits rather than one that is done. The failed ones are read from the disk
    /// once for a question.
    async fn find(
        &self,
        snapshot: &Snapshot,
        id: &str,
        failed: &mut Option<Vec<Arc<Entry>>>,
    ) -> Result<Arc<Entry>, Refused> {
        let long = id.parse().ok().map(EntryId);
        if let Some(entry) = long.and_then(|id| snapshot.entry(id)) {
            return Ok(Arc::clone(entry));
        }
        if let Some(found) = one_of(snapshot.live.values(), id) {
            return found;
        }
        if failed.is_none() {
            *failed = Some(self.failed().await);
        }
        let failed = failed.as_deref().unwrap_or_default();
        let known = |entry: &&Arc<Entry>| !snapshot.done.contains_key(&entry.id);
        let done = snapshot.done.values();
        one_of(done.chain(failed.iter().filter(known)), id)
            .unwrap_or_else(|| Err(no_such_message(id)))
    }

    async fn failed(&self) -> Vec<Arc<Entry>> {
        let queue = self.queue.clone();
        let failed = tokio::task::spawn_blocking(move || queue.failed()).await;
        failed.unwrap_or_default()
    }
}

/// An answer that is complete.
pub(super) fn whole(mut lines: Vec<Line>) -> Answer {
    lines.push(Line::End {});
    Box::new(lines.into_iter())
}

/// The one entry of these that is meant; an error where it may be one of several.
pub(super) fn one_of<'a>(
    entries: impl Iterator<Item = &'a Arc<Entry>>,
    id: &str,
) -> Option<Result<Arc<Entry>, Refused>> {
    let mut meant = entries.filter(|entry| entry.id.matches(id) || has_id(entry, id));
    let first = meant.next()?;
    let mut named = vec![name(first)];
    named.extend(meant.by_ref().take(NAMED - 1).map(name));
    if named.len() == 1 {
        return Some(Ok(Arc::clone(first)));
    }
    if meant.next().is_some() {
        named.push("…".to_owned());
    }
    let why = format!(
        "{id:?} may be any of {}; write more of it",
        named.join(", ")
    );
    Some(Err(Refused {
        id: id.to_owned(),
        why: why.into(),
        later: false,
    }))
}

/// Whether this is the message's Message-ID, with or without its angle brackets.
fn has_id(entry: &Entry, id: &str) -> bool {
    let bare = |text: &str| -> Option<String> {
        let text = text.trim();
        let inner = text
            .strip_prefix('<')
            .and_then(|text| text.strip_suffix('>'));
        let inner = inner.unwrap_or(text);
        inner.contains('@').then(|| inner.to_owned())
    };
    id.contains('@') && bare(id).is_some_and(|id| bare(&entry.message.message_id) == Some(id))
}

fn name(entry: &Arc<Entry>) -> String {
    format!("{} ({})", entry.id.short(), entry.id)
}

pub(super) fn no_such_message(id: &str) -> Refused {
    Refused {
        id: id.to_owned(),
        why: format!(
            "there is no message {id:?}; `turbomail queue list --all` shows those there are"
        )
        .into(),
        later: false,
    }
}

fn refused(id: &str, error: &QueueError) -> Refused {
    Refused {
        id: id.to_owned(),
        why: error.to_string().into(),
        later: matches!(error, QueueError::Sending(_) | QueueError::NotKept(_)),
    }
}

/// Until when the host of an entry is left alone.
fn pause(snapshot: &Snapshot, entry: &Entry) -> Option<Tick> {
    let route = snapshot.routes.get(&entry.route)?;
    route.pause.as_ref().map(|pause| pause.until)
}

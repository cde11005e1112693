//! The console's way down: the mailer and the drafts on disk behind one small contract.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{broadcast, watch};

use crate::config::{Appended, NewAccount, append_account, saved_account};
use crate::mail::clean::Clean;
use crate::mail::draft::Draft;
use crate::mail::entry::{Entry, Route};
use crate::mail::event::Event;
use crate::mail::kept::KeptAttempt;
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::Snapshot;
use crate::mailer::compose::ComposeError;
use crate::mailer::compose::drafts::{DraftId, Drafts};
use crate::mailer::{Leaving, Mailer, MailerError, Scope};

use super::answer::Refusal;
use super::contract::{Core, Verb};
use super::effect::{Field, Outgoing, Parting};
use super::screen::queue::acts::for_the_rest;
use super::world::{Account, KeptDraft};

/// How long attempts that are running are waited for when the console is left.
const LAST_ATTEMPTS: Duration = Duration::from_secs(5);

/// A mailer, and the folder of drafts.
#[derive(Debug)]
pub struct MailerCore {
    mailer: Mailer,
    drafts: Result<Drafts, String>,
    config: Option<PathBuf>,
    spool: Option<PathBuf>,
}

impl MailerCore {
    /// A mailer with the drafts in this folder; without a folder drafts cannot be kept, and each attempt says so.
    pub fn new(mailer: Mailer, drafts: Option<PathBuf>) -> Self {
        let drafts = match drafts {
            Some(folder) => Drafts::open(folder).map_err(|error| error.to_string()),
            None => Err("there is no home folder to keep drafts in; set HOME".into()),
        };
        Self {
            mailer,
            drafts,
            config: None,
            spool: None,
        }
    }

    /// The same with the configuration file to which accounts are appended, be it there or not.
    #[must_use]
    pub fn config(mut self, file: Option<PathBuf>) -> Self {
        self.config = file;
        self
    }

    /// The same with the folder of the spool, which is opened as soon as there is an account that wants it.
    #[must_use]
    pub fn spool(mut self, dir: Option<PathBuf>) -> Self {
        self.spool = dir;
        self
    }

    /// Appends an account to the configuration, and does no more.
    pub(super) fn append(&self, account: &NewAccount) -> Result<Appended, String> {
        let Some(file) = &self.config else {
            return Err("there is no home folder to keep a configuration in; set HOME".into());
        };
        append_account(file, account).map_err(|error| error.to_string())
    }

    /// Lets the mailer use an account that was saved, or says why it cannot.
    fn take_up(&self, path: &Path, account: &NewAccount) -> Result<(), String> {
        let ready = saved_account(path, account).map_err(|error| error.to_string())?;
        let Some(ready) = ready else {
            return Err("nobody has said its password yet".to_owned());
        };
        if ready.rules.durable
            && !self.mailer.has_spool()
            && let Some(dir) = &self.spool
        {
            let opened = self.mailer.add_spool(dir, Scope::All);
            opened.map_err(|error| error.to_string())?;
        }
        let added = self.mailer.add_account(ready);
        added.map(|_| ()).map_err(|error| error.to_string())
    }

    /// The mailer.
    pub(super) const fn mailer(&self) -> &Mailer {
        &self.mailer
    }

    fn folder(&self) -> Result<&Drafts, String> {
        self.drafts.as_ref().map_err(Clone::clone)
    }

    /// Keeps what still waits as drafts, one for each message; returns how many.
    fn keep_waiting(&self, left: &[Arc<Entry>]) -> Result<usize, String> {
        let mut lost = Vec::new();
        for entry in left {
            let draft = for_the_rest(entry, &entry.message).unwrap_or_else(|| from_content(entry));
            let kept = self.folder().and_then(|drafts| {
                let kept = drafts.save(DraftId::new(), &draft);
                kept.map_err(|error| error.to_string())
            });
            if let Err(words) = kept {
                lost.push(format!(
                    "{:?} to {}: {words}",
                    entry.message.subject, draft.to
                ));
            }
        }
        match lost.len() {
            0 => Ok(left.len()),
            count => Err(format!(
                "{count} messages could not be kept: {}",
                lost.join("; ")
            )),
        }
    }
}

/// A draft from a message that was not written here: its text as it stands.
fn from_content(entry: &Entry) -> Draft {
    let message = &entry.message;
    let open: Vec<String> = entry.open().map(|one| one.address.to_string()).collect();
    let body = message
        .octets()
        .get(message.header().len()..)
        .unwrap_or_default();
    let body = String::from_utf8_lossy(body);
    Draft {
        account: Some(entry.route.to_string()),
        ..Draft::new(
            message.from.clone(),
            open.join(", "),
            message.subject.clone(),
            body.trim_start(),
        )
    }
}

pub(super) fn refusal(error: &MailerError) -> Refusal {
    let place = match error {
        MailerError::Compose(ComposeError { field: at, .. }) => Field::of(*at),
        _ => None,
    };
    Refusal {
        field: place,
        words: Clean::from(error.to_string()),
    }
}

fn id(key: &str) -> Result<DraftId, String> {
    key.parse().map_err(|_| format!("{key:?} names no draft"))
}

impl Core for MailerCore {
    fn accounts(&self) -> Vec<Account> {
        let facts = self.mailer.accounts().into_iter();
        facts
            .map(|facts| Account {
                name: facts.name,
                from: facts.from.map(|from| from.to_string()).unwrap_or_default(),
                way: facts.describe,
                leaves: facts.leaves_the_machine,
            })
            .collect()
    }

    fn snapshot(&self) -> Snapshot {
        self.mailer.snapshot()
    }

    fn changed(&self) -> watch::Receiver<u64> {
        self.mailer.changed()
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.mailer.subscribe()
    }

    fn message(&self, id: EntryId) -> Result<Arc<Message>, Clean> {
        self.mailer.message(id)
    }

    fn conversations(&self, id: EntryId) -> Result<Vec<KeptAttempt>, Clean> {
        self.mailer.conversations(id)
    }

    fn send(&self, outgoing: Outgoing) -> BoxFuture<'_, Result<EntryId, Refusal>> {
        async move {
            let sent = self.mailer.send_from(&outgoing.route, outgoing.draft).await;
            sent.map(|receipt| receipt.id)
                .map_err(|error| refusal(&error))
        }
        .boxed()
    }

    fn act(&self, verb: Verb) -> Result<(), String> {
        let mailer = &self.mailer;
        let done = match verb {
            Verb::Hold(id) => mailer.hold(id),
            Verb::Release(id) => mailer.release(id),
            Verb::Drop(id) => mailer.drop_entry(id),
            Verb::Restore(id) => mailer.restore(id),
            Verb::RetryNow(id) => mailer.retry_now(id),
            Verb::RetryAll => {
                retry_all(mailer);
                Ok(())
            }
            Verb::Pause(true) => {
                mailer.pause();
                Ok(())
            }
            Verb::Pause(false) => {
                mailer.resume();
                Ok(())
            }
        };
        done.map_err(|error| error.to_string())
    }

    fn keep(&self, key: &str, draft: &Draft) -> Result<Timestamp, String> {
        let saved = self.folder()?.save(id(key)?, draft);
        saved.map_err(|error| error.to_string())?;
        Ok(self.mailer.now().wall)
    }

    fn forget(&self, key: &str) -> Result<(), String> {
        self.folder()?
            .remove(id(key)?)
            .map_err(|error| error.to_string())
    }

    fn drafts(&self) -> Result<(Vec<KeptDraft>, Vec<String>), String> {
        let (kept, problems) = self
            .folder()?
            .load_all()
            .map_err(|error| error.to_string())?;
        let mut kept: Vec<KeptDraft> = kept
            .into_iter()
            .map(|kept| KeptDraft {
                key: kept.id.to_string(),
                draft: kept.draft,
                modified: kept.modified,
            })
            .collect();
        kept.sort_by_key(|kept| std::cmp::Reverse(kept.modified));
        Ok((kept, problems.iter().map(ToString::to_string).collect()))
    }

    fn save_account(&self, account: &NewAccount) -> Result<String, String> {
        let done = self.append(account)?;
        let (name, path) = (&account.name, done.path.display());
        let remedy = "put a password_command there";
        let words = match (self.take_up(&done.path, account), done.lacks_password) {
            (Ok(()), false) => format!("{name} is in {path}, and Compose offers it"),
            (Ok(()), true) => {
                format!("Compose offers {name}; it is in {path} without the password: {remedy}")
            }
            (Err(why), true) => format!(
                "{name} is in {path} without its password: {remedy}; it is not usable before the next start: {why}"
            ),
            (Err(why), false) => {
                format!("{name} is kept for the next start: {why}; it is in {path}")
            }
        };
        Ok(words)
    }

    fn close(&self, parting: Parting) -> BoxFuture<'_, Result<usize, String>> {
        async move {
            let deadline = if parting == Parting::Lose {
                Duration::ZERO
            } else {
                LAST_ATTEMPTS
            };
            let mut left = self
                .mailer
                .close(Leaving {
                    drain: false,
                    deadline,
                })
                .await;
            // What is in the spool is safe there.
            left.retain(|entry| !entry.is_spooled());
            let kept = match parting {
                Parting::Lose => Ok(left.len()),
                Parting::Keep | Parting::Wait => self.keep_waiting(&left),
            };
            match (kept, self.mailer.spool_trouble()) {
                (kept, None) => kept,
                (Ok(_), Some(words)) => Err(words),
                (Err(lost), Some(words)) => Err(format!("{lost}; {words}")),
            }
        }
        .boxed()
    }
}

/// Every host is tried again, and everything that waits is due; what is held or being sent is left as it is.
fn retry_all(mailer: &Mailer) {
    let snapshot = mailer.snapshot();
    let routes: Vec<Route> = snapshot.routes.keys().cloned().collect();
    for route in routes {
        // Whether there was a pause to end makes no difference.
        let _ = mailer.resume_route(&route);
    }
    for entry in snapshot.live.values() {
        if entry.held.is_none() && entry.running().is_none() {
            // It may have left or begun since the snapshot was taken.
            let _ = mailer.retry_now(entry.id);
        }
    }
}

//! The console on a spool from which another process delivers: it shows that queue, hands messages over and passes wishes on.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{broadcast, watch};

use crate::config::NewAccount;
use crate::mail::clean::Clean;
use crate::mail::draft::Draft;
use crate::mail::entry::Route;
use crate::mail::event::Event;
use crate::mail::kept::KeptAttempt;
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::mail::snapshot::{Snapshot, SpoolState};
use crate::mailer::Terms;
use crate::mailer::control::{Ask, Holder, Line, Remote, Verb as Wish};

use super::answer::Refusal;
use super::contract::{Core, Verb};
use super::core::{MailerCore, refusal};
use super::effect::{Outgoing, Parting};
use super::world::{Account, KeptDraft};

/// How often the spool is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// A mailer of this process for what goes into no spool, and the way to the spool of the other one.
#[derive(Debug)]
pub struct Guest {
    own: MailerCore,
    spool: Arc<Spool>,
}

#[derive(Debug)]
struct Spool {
    remote: Remote,
    /// The accounts whose mail goes there.
    routes: BTreeSet<Route>,
    /// What is there.
    view: Mutex<Snapshot>,
    changed: watch::Sender<u64>,
}

impl Guest {
    /// A guest at this spool. It looks there from now on; this needs a runtime.
    pub fn new(own: MailerCore, remote: Remote) -> Self {
        let accounts = own.mailer().accounts().into_iter();
        let durable = accounts.filter(|facts| facts.rules.durable);
        let spool = Arc::new(Spool {
            remote,
            routes: durable.map(|facts| facts.name).collect(),
            view: Mutex::default(),
            changed: watch::Sender::new(0),
        });
        let (changes, mine) = (own.mailer().changed(), Arc::downgrade(&spool));
        tokio::spawn(async move {
            let mut changes = changes;
            let mut seen = None;
            while let Some(spool) = mine.upgrade() {
                let looked = tokio::task::spawn_blocking(move || {
                    let seen = spool.look(seen);
                    (spool, seen)
                });
                let Ok((spool, now)) = looked.await else {
                    return;
                };
                spool.meet().await;
                seen = now;
                drop(spool);
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => {}
                    change = changes.changed() => {
                        if change.is_err() {
                            return;
                        }
                        if let Some(spool) = mine.upgrade() {
                            spool.bump();
                        }
                    }
                }
            }
        });
        Self { own, spool }
    }

    /// Passes a wish on to whoever delivers.
    fn wish(&self, wish: Wish, ids: &[EntryId]) -> Result<(), String> {
        let ask = wish.ask(ids.iter().map(ToString::to_string).collect());
        let asked = tokio::runtime::Handle::current().block_on(self.spool.remote.ask(&ask));
        let lines = asked.map_err(|error| error.to_string())?;
        let refused = lines.into_iter().find_map(|line| match line {
            Line::Refused(refused) => Some(refused.why.to_string()),
            _ => None,
        });
        refused.map_or(Ok(()), Err)
    }
}

/// What a look has seen last.
type Seen = Option<crate::mailer::control::Stamp>;

impl Spool {
    fn view(&self) -> std::sync::MutexGuard<'_, Snapshot> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bump(&self) {
        self.changed.send_modify(|number| *number += 1);
    }

    /// Looks at the disk, where it has changed since.
    fn look(&self, seen: Seen) -> Seen {
        let stamp = self.remote.stamp().ok();
        if stamp.is_some() && stamp == seen {
            return seen;
        }
        match self.remote.entries() {
            Ok((entries, aside)) => {
                let (live, done): (Vec<_>, Vec<_>) = entries
                    .into_iter()
                    .map(|entry| (entry.id, entry))
                    .partition(|(_, entry)| entry.end.is_none());
                let mut view = self.view();
                view.live = live.into_iter().collect();
                view.done = done.into_iter().collect();
                self.say(&mut view, |spool| {
                    spool.trouble = None;
                    spool.aside = aside;
                });
            }
            Err(error) => {
                let words = Clean::from(error.to_string());
                self.say(&mut self.view(), |spool| spool.trouble = Some(words));
            }
        }
        self.bump();
        stamp
    }

    /// Who delivers, where somebody does.
    async fn holder(&self) -> Option<Holder> {
        let lines = self.remote.ask(&Ask::Ping).await.unwrap_or_default();
        lines.into_iter().find_map(|line| match line {
            Line::Holder(holder) => Some(holder),
            _ => None,
        })
    }

    /// Asks who delivers.
    async fn meet(&self) {
        let words = match self.holder().await {
            Some(Holder { pid, kind, .. }) => format!(
                "process {pid} ({kind}) delivers from this spool; messages and wishes go to it"
            ),
            None => "nobody delivers from this spool now: leave and open the console again".into(),
        };
        let words = Clean::from(words);
        let mut view = self.view();
        let known = view
            .spool
            .as_ref()
            .and_then(|spool| spool.elsewhere.clone());
        if known.as_ref() != Some(&words) {
            self.say(&mut view, |spool| spool.elsewhere = Some(words));
            drop(view);
            self.bump();
        }
    }

    fn say(&self, view: &mut Snapshot, change: impl FnOnce(&mut SpoolState)) {
        let mut state = view.spool.as_deref().cloned().unwrap_or_default();
        state.dir = Clean::from(self.remote.dir().display().to_string());
        change(&mut state);
        view.spool = Some(Arc::new(state));
    }
}

impl Core for Guest {
    fn accounts(&self) -> Vec<Account> {
        self.own.accounts()
    }

    fn snapshot(&self) -> Snapshot {
        let (mut all, there) = (self.own.snapshot(), self.spool.view().clone());
        all.live = there.live.union(all.live);
        all.done = there.done.union(all.done);
        all.spool = there.spool;
        all.number = *self.spool.changed.borrow();
        all
    }

    fn changed(&self) -> watch::Receiver<u64> {
        self.spool.changed.subscribe()
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.own.events()
    }

    fn message(&self, id: EntryId) -> Result<Arc<Message>, Clean> {
        if self.own.snapshot().entry(id).is_some() {
            return self.own.message(id);
        }
        let read = self.spool.remote.message(id);
        read.map(Arc::new)
            .map_err(|error| Clean::from(error.to_string()))
    }

    fn conversations(&self, id: EntryId) -> Result<Vec<KeptAttempt>, Clean> {
        let read = self.spool.remote.conversations(id);
        read.map_err(|error| Clean::from(error.to_string()))
    }

    fn send(&self, outgoing: Outgoing) -> BoxFuture<'_, Result<EntryId, Refusal>> {
        if !self.spool.routes.contains(&outgoing.route) {
            return self.own.send(outgoing);
        }
        async move {
            let Outgoing { route, draft, .. } = outgoing;
            let mailer = self.own.mailer();
            let composed = mailer.compose(&route, draft).await;
            let mut message = composed.map_err(|error| refusal(&error))?;
            let facts = mailer.accounts().into_iter().find(|one| one.name == route);
            if let Some(facts) = facts {
                let envelope = &mut message.envelope;
                envelope.wish(facts.dsn.as_ref(), facts.require_tls);
            }
            let kept = self
                .spool
                .remote
                .deposit(&route, &message, &Terms::default())
                .await;
            kept.map(|entry| entry.id).map_err(|error| Refusal {
                field: None,
                words: Clean::from(error.to_string()),
            })
        }
        .boxed()
    }

    fn act(&self, verb: Verb) -> Result<(), String> {
        let (id, wish) = match verb {
            Verb::Hold(id) => (id, Wish::Hold),
            Verb::Release(id) => (id, Wish::Release),
            Verb::Drop(id) => (id, Wish::Drop),
            Verb::RetryNow(id) => (id, Wish::Retry),
            Verb::Restore(id) if self.own.snapshot().entry(id).is_none() => {
                return Err("only the process that delivers can bring it back".into());
            }
            Verb::RetryAll => {
                self.own.act(verb)?;
                let there = self.spool.view().live.clone();
                let waiting = there.values().filter(|entry| entry.held.is_none());
                let ids: Vec<EntryId> = waiting.map(|entry| entry.id).collect();
                return if ids.is_empty() {
                    Ok(())
                } else {
                    self.wish(Wish::Retry, &ids)
                };
            }
            Verb::Restore(_) | Verb::Pause(_) => return self.own.act(verb),
        };
        if self.own.snapshot().entry(id).is_some() {
            return self.own.act(verb);
        }
        self.wish(wish, &[id])
    }

    fn keep(&self, key: &str, draft: &Draft) -> Result<Timestamp, String> {
        self.own.keep(key, draft)
    }

    fn forget(&self, key: &str) -> Result<(), String> {
        self.own.forget(key)
    }

    fn drafts(&self) -> Result<(Vec<KeptDraft>, Vec<String>), String> {
        self.own.drafts()
    }

    /// Appends it, and says what has to happen before it can be used. It is not used at once: mail for it would lie in the
    /// spool, where nobody knows the way, or in this process's memory, where a crash loses it. Nor is it handed over: a password
    /// that was typed stays in the process where it was.
    fn save_account(&self, account: &NewAccount) -> Result<String, String> {
        let done = self.own.append(account)?;
        let holder = tokio::runtime::Handle::current().block_on(self.spool.holder());
        let (name, path) = (&account.name, done.path.display());
        let what = match holder {
            Some(Holder { pid, kind, .. }) => format!(
                "process {pid} ({kind}), which delivers, reads accounts at its start. Start it anew, then this console"
            ),
            None => "leave this console and open it again".to_owned(),
        };
        let password = if done.lacks_password {
            ", without the password: put a password_command there first"
        } else {
            ""
        };
        Ok(format!(
            "{name} is saved, not yet usable: {what}. It is in {path}{password}"
        ))
    }

    fn close(&self, parting: Parting) -> BoxFuture<'_, Result<usize, String>> {
        self.own.close(parting)
    }
}

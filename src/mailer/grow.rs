//! What can come to a mailer at work: one more account, and the spool that it may want.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;

use super::account::{Account, AccountFacts};
use super::clerk::Clerk;
use super::control::{Operator, Server};
use super::door::{Inner, Mailer};
use super::error::AccountError;
use super::posts::Post;
use crate::mail::entry::Route;
use crate::manager::{Desk, Manager, QueueOnly};
use crate::queue::Spool;
use crate::queue::spool::{Opened, Scope, SpoolError};

/// The rest after a manager's background task has panicked.
const AFTER_PANIC: Duration = Duration::from_secs(1);

impl Mailer {
    /// Adds an account to a mailer at work. It takes messages when this returns, as if it had been there from the beginning:
    /// the same queue, a manager and a transport of its own, and the mailer's clock, log and reports. What is under way for
    /// other accounts is not touched, and the default account stays what it is.
    ///
    /// Messages that wait in the spool for an account of this name go out through it. In test mode it only queues. Where the
    /// account is durable and the mailer has no spool, its messages are in memory only: see [`add_spool`](Self::add_spool).
    ///
    /// # Errors
    /// [`AccountError`]; nothing has changed then.
    pub fn add_account(&self, account: Account) -> Result<AccountFacts, AccountError> {
        let inner = &self.0;
        // Held to the end: closing takes the tasks when the queue takes nothing more, and so waits for all of them.
        let mut tasks = inner.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.queue.is_closed() {
            return Err(AccountError::Closed);
        }
        if inner.posts.get(&account.name).is_some() {
            return Err(AccountError::Taken(account.name));
        }
        let post = Arc::new(inner.post(account));
        // One of this name cannot have come meanwhile.
        inner.posts.add(Arc::clone(&post)).ok();
        if let Some(parts) = post.facts.report {
            let accounts = BTreeMap::from([(post.desk.route.clone(), parts)]);
            inner.hire_clerk(accounts);
        }
        tasks.push(inner.runtime.spawn(keep_running(&post)));
        Ok(post.facts.clone())
    }

    /// Puts a spool behind a mailer that has none, for the accounts that are durable: see
    /// [`Builder::spool`](super::Builder::spool). What was queued before stays in memory. A mailer that has a spool keeps that.
    ///
    /// # Errors
    /// As building with a spool: [`SpoolError::Held`] where another process delivers from it.
    pub fn add_spool(&self, dir: impl AsRef<Path>, scope: Scope) -> Result<(), SpoolError> {
        let inner = &self.0;
        // One at a time: two would be in each other's way at the folder's lock.
        let _tasks = inner.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.queue.spool().is_none() {
            inner.attach(Spool::open(dir.as_ref(), scope)?, scope);
        }
        Ok(())
    }

    /// Whether what is queued for durable accounts outlives this program.
    #[must_use]
    pub fn has_spool(&self) -> bool {
        self.0.queue.spool().is_some()
    }
}

impl Inner {
    /// The account with its place in the queue.
    pub(super) fn post(&self, mut account: Account) -> Post {
        if self.queue_only {
            account.manager = Arc::new(QueueOnly);
        }
        let route = Route::from(account.name.as_str());
        self.queue.set_rules(&route, account.ruled());
        let facts = account.facts(&route);
        Post {
            desk: Desk {
                queue: self.queue.clone(),
                route,
                transport: account.transport,
                stop: self.stop.clone(),
            },
            manager: account.manager,
            facts,
        }
    }

    /// Hires a clerk for these accounts.
    pub(super) fn hire_clerk(&self, accounts: BTreeMap<Route, crate::mail::dsn::Return>) {
        let clerk = Clerk::hire(&self.queue, accounts, self.host.clone(), &self.runtime);
        let mut clerks = self.clerks.lock().unwrap_or_else(PoisonError::into_inner);
        clerks.extend(clerk);
    }

    /// Puts a spool behind the queue and lets other processes ask and steer. Mail goes out without that, too.
    pub(super) fn attach(&self, opened: Opened, scope: Scope) {
        opened.spool.keep_conversations(self.transcripts);
        self.queue.attach(&opened.spool, opened.contents);
        for clerk in &*self.clerks.lock().unwrap_or_else(PoisonError::into_inner) {
            clerk.look();
        }
        if scope != Scope::All {
            return;
        }
        let (posts, knowledge) = (self.posts.clone(), self.knowledge.clone());
        let operator = Operator::new(self.queue.clone(), posts, &self.kind, knowledge);
        match Server::start(operator, &opened.spool.dir(), &self.runtime) {
            // There is one spool, and so one socket.
            Ok(server) => drop(self.control.set(server)),
            Err(error) => {
                tracing::warn!("nobody can ask this process about its queue: {error}");
            }
        }
    }
}

/// Runs an account's manager until it is told to stop; a panic only makes it begin again.
pub(super) fn keep_running(post: &Post) -> impl Future<Output = ()> + Send + use<> {
    let (manager, desk): (Arc<dyn Manager>, Desk) = (Arc::clone(&post.manager), post.desk.clone());
    async move {
        while !desk.stop.leave.is_cancelled() {
            let run = AssertUnwindSafe(async { manager.run(desk.clone()).await });
            if run.catch_unwind().await.is_err() {
                desk.queue
                    .worker_panicked(&desk.route, "the manager panicked and is started again");
            }
            tokio::select! {
                () = desk.stop.leave.cancelled() => {}
                () = tokio::time::sleep(AFTER_PANIC) => {}
            }
        }
    }
}

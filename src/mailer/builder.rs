//! How a mailer is put together.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::task::JoinHandle;

use super::account::Account;
use super::adviser;
use super::door::{Inner, Mailer};
use super::error::BuildError;
use super::grow::keep_running;
use super::log::{Log, LogBook};
use super::posts::Posts;
use crate::mail::clock::{Clock, SystemClock};
use crate::mail::entry::Route;
use crate::mail::smarthost::SmartHost;
use crate::manager::Stop;
use crate::probe::Knowledge;
use crate::queue::spool::Scope;
use crate::queue::spool::conversations::USUAL;
use crate::queue::{Queue, RouteRules, Spool};

/// The parts of a mailer.
#[derive(Clone, Debug)]
pub struct Builder {
    clock: Option<Arc<dyn Clock>>,
    accounts: Vec<Account>,
    on: bool,
    queue_only: bool,
    host: Option<String>,
    log: Option<Log>,
    spool: Option<(PathBuf, Scope)>,
    transcripts: usize,
    kind: String,
    rules: Vec<(Route, RouteRules)>,
    paused: bool,
    knowledge: Option<Arc<Knowledge>>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            clock: None,
            accounts: Vec::new(),
            on: true,
            queue_only: false,
            host: None,
            log: None,
            spool: None,
            transcripts: USUAL,
            kind: "program".to_owned(),
            rules: Vec::new(),
            paused: false,
            knowledge: None,
        }
    }
}

impl Mailer {
    /// A mailer to be put together.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A mailer that sends through one smart host, at once, and tries again by the usual schedule.
    ///
    /// # Errors
    /// See [`Builder::build`].
    pub fn smtp(host: SmartHost) -> Result<Self, BuildError> {
        Self::builder()
            .account(Account::smtp("default", host))
            .build()
    }

    /// A mailer on the embedded debug smart host: a real session, and nothing leaves the machine.
    ///
    /// # Errors
    /// See [`Builder::build`].
    pub fn debug() -> Result<Self, BuildError> {
        Self::builder().account(Account::debug("debug")?).build()
    }
}

impl Builder {
    /// The time's source. The machine's clocks.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Adds an account; the first one is the default.
    #[must_use]
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Whether messages are taken at all. `true`; otherwise each is refused with
    /// [`MailerError::Off`](super::MailerError::Off).
    #[must_use]
    pub fn on(mut self, on: bool) -> Self {
        self.on = on;
        self
    }

    /// Test mode: every account only queues, whatever its manager is, and nothing is ever sent. `false`.
    #[must_use]
    pub fn queue_only(mut self, queue_only: bool) -> Self {
        self.queue_only = queue_only;
        self
    }

    /// The right side of each Message-ID. The author's domain, which does not tell the name of this machine.
    #[must_use]
    pub fn message_id_host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Where to write a line for each attempt and each outcome. Nowhere.
    ///
    /// No line is lost while the mailer runs; trouble with the file is an event and is tried again. [`Mailer::close`] waits until
    /// all is written.
    #[must_use]
    pub fn log(mut self, log: impl Into<Option<Log>>) -> Self {
        self.log = log.into();
        self
    }

    /// A folder where what is queued outlives this program, a crash and a loss of power. With [`Scope::All`] all that waits
    /// there is delivered, also what other processes put there later; one process at a time does that. None, which keeps
    /// everything in memory only.
    #[must_use]
    pub fn spool(mut self, dir: impl Into<PathBuf>, scope: Scope) -> Self {
        self.spool = Some((dir.into(), scope));
        self
    }

    /// How many conversations of a message are kept in the spool: the first, and the latest; 50 at the most, and none with 0. 8.
    #[must_use]
    pub const fn transcripts(mut self, most: usize) -> Self {
        self.transcripts = most;
        self
    }

    /// The rules by which messages wait in the spool that are bound for a route without an account here. The usual ones.
    #[must_use]
    pub fn rules(mut self, route: Route, rules: RouteRules) -> Self {
        self.rules.push((route, rules));
        self
    }

    /// Begins as after [`Mailer::pause`], so that nothing is sent before somebody listens. `false`.
    #[must_use]
    pub const fn paused(mut self, paused: bool) -> Self {
        self.paused = paused;
        self
    }

    /// What is known of failures, for the advice beside messages. What this program knows.
    #[must_use]
    pub fn knowledge(mut self, knowledge: impl Into<Option<Arc<Knowledge>>>) -> Self {
        self.knowledge = knowledge.into();
        self
    }

    /// What this program calls itself towards those who ask who holds the spool, such as `console`. `program`.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// Whether any of its accounts is durable, so that a spool is of use.
    #[must_use]
    pub fn is_any_durable(&self) -> bool {
        self.accounts.iter().any(|account| account.rules.durable)
    }

    /// Opens the queue and starts the managers' background tasks on the current runtime. They end when the mailer is closed
    /// or its last clone is dropped.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(self) -> Result<Mailer, BuildError> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let default = match self.accounts.first() {
            Some(first) => Route::from(first.name.as_str()),
            None => return Err(BuildError::NoAccount),
        };
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let (queue, stop) = (Queue::new(clock), Stop::default());
        // First of all, since it may be another process's.
        let opened = match self.spool {
            Some((dir, scope)) => Some((Spool::open(&dir, scope)?, scope)),
            None => None,
        };
        if self.paused {
            queue.pause_all();
        }
        for (route, rules) in self.rules {
            queue.set_rules(&route, rules);
        }
        let log = match self.log {
            Some(log) => Some(LogBook::open(log, &queue).map_err(BuildError::Log)?),
            None => None,
        };
        let inner = Inner {
            control: OnceLock::new(),
            queue,
            stop,
            posts: Posts::default(),
            default,
            on: self.on,
            host: self.host,
            clerks: Mutex::default(),
            log,
            tasks: Mutex::default(),
            runtime,
            queue_only: self.queue_only,
            kind: self.kind,
            knowledge: self.knowledge,
            transcripts: self.transcripts,
        };
        for account in self.accounts {
            let name = account.name.clone();
            let post = Arc::new(inner.post(account));
            let added = inner.posts.add(post);
            added.map_err(|()| BuildError::DoubleAccount(name))?;
        }
        adviser::hire(&inner.queue, inner.knowledge.clone(), &inner.runtime);
        inner.hire_clerk(inner.posts.reports());
        // Every account's rules are known by now.
        if let Some((opened, scope)) = opened {
            inner.attach(opened, scope);
        }
        let posts = inner.posts.all();
        let managers = posts
            .iter()
            .map(|post| inner.runtime.spawn(keep_running(post)));
        let mut tasks: Vec<JoinHandle<()>> = managers.collect();
        let time = keep_time(inner.queue.clone(), inner.stop.clone());
        tasks.push(inner.runtime.spawn(time));
        *inner.tasks.lock().unwrap_or_else(PoisonError::into_inner) = tasks;
        Ok(Mailer(Arc::new(inner)))
    }
}

/// Messages expire on time, even while every worker waits for a server.
async fn keep_time(queue: Queue, stop: Stop) {
    tokio::select! {
        () = stop.leave.cancelled() => {}
        () = queue.keep_time() => {}
    }
}

//! How a mailer is put together.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;

use super::account::Account;
use super::adviser;
use super::clerk::Clerk;
use super::control::{Operator, Server};
use super::door::{Inner, Mailer, Post};
use super::error::BuildError;
use super::log::{Log, LogBook};
use crate::mail::clock::{Clock, SystemClock};
use crate::mail::entry::Route;
use crate::mail::smarthost::SmartHost;
use crate::manager::{Desk, Manager, QueueOnly, Stop};
use crate::probe::Knowledge;
use crate::queue::spool::Scope;
use crate::queue::spool::conversations::USUAL;
use crate::queue::{Queue, RouteRules, Spool};

/// The rest after a manager's background task has panicked.
const AFTER_PANIC: Duration = Duration::from_secs(1);

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
        let everything = matches!(self.spool, Some((_, Scope::All)));
        let opened = self.spool.map(|(dir, scope)| Spool::open(&dir, scope));
        let opened = opened.transpose()?;
        if let Some(opened) = &opened {
            opened.spool.keep_conversations(self.transcripts);
        }
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
        let (mut posts, mut reports) = (BTreeMap::new(), BTreeMap::new());
        for mut account in self.accounts {
            if self.queue_only {
                account.manager = Arc::new(QueueOnly);
            }
            let route = Route::from(account.name.as_str());
            queue.set_rules(&route, account.ruled());
            let desk = Desk {
                queue: queue.clone(),
                route: route.clone(),
                transport: Arc::clone(&account.transport),
                stop: stop.clone(),
            };
            let facts = account.facts(&route);
            reports.extend(account.report.map(|parts| (route.clone(), parts)));
            let post = Post {
                desk,
                manager: account.manager,
                facts,
            };
            if posts.insert(route, post).is_some() {
                return Err(BuildError::DoubleAccount(account.name));
            }
        }
        adviser::hire(&queue, self.knowledge.clone(), &runtime);
        let clerk = Clerk::hire(&queue, reports, self.host.clone(), &runtime);
        let control = opened.and_then(|opened| {
            queue.attach(&opened.spool, opened.contents);
            let dir = everything.then(|| opened.spool.dir())?;
            control_of(&queue, &posts, &self.kind, self.knowledge, &dir, &runtime)
        });
        let mut tasks: Vec<JoinHandle<()>> = posts
            .values()
            .map(|post| runtime.spawn(keep_running(Arc::clone(&post.manager), post.desk.clone())))
            .collect();
        tasks.push(runtime.spawn(keep_time(queue.clone(), stop.clone())));
        Ok(Mailer(Arc::new(Inner {
            queue,
            stop,
            posts,
            default,
            on: self.on,
            host: self.host,
            clerk,
            log,
            tasks: Mutex::new(tasks),
            control,
        })))
    }
}

/// Lets other processes ask and steer. Mail goes out without that, too.
fn control_of(
    queue: &Queue,
    posts: &BTreeMap<Route, Post>,
    kind: &str,
    knowledge: Option<Arc<Knowledge>>,
    dir: &Path,
    runtime: &tokio::runtime::Handle,
) -> Option<Server> {
    let transports = posts
        .iter()
        .map(|(route, post)| (route.clone(), Arc::clone(&post.desk.transport)))
        .collect();
    let operator = Operator::new(queue.clone(), transports, kind, knowledge);
    match Server::start(operator, dir, runtime) {
        Ok(server) => Some(server),
        Err(error) => {
            tracing::warn!("nobody can ask this process about its queue: {error}");
            None
        }
    }
}

/// Messages expire on time, even while every worker waits for a server.
async fn keep_time(queue: Queue, stop: Stop) {
    tokio::select! {
        () = stop.leave.cancelled() => {}
        () = queue.keep_time() => {}
    }
}

/// Runs a manager until it is told to stop; a panic only makes it begin again.
async fn keep_running(manager: Arc<dyn Manager>, desk: Desk) {
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

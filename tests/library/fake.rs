//! A transport that does what a script says, and a clock that goes with tokio's paused one.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use turbomail::mail::clock::{Clock, Now, Tick};
use turbomail::mail::outcome::{Cause, Failure, Outcome};
use turbomail::mail::parcel::{Connection, Parcel, Report, Verdict};
use turbomail::mail::reply::Reply;
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::By;
use turbomail::mailer::{
    Account, Builder, Carrier, HostPauses, Mailer, Manager, ManagerOptions, Managers, Reports,
    RouteRules, Schedule, Transport,
};

/// Both clocks go with tokio's.
#[derive(Debug)]
pub(crate) struct PausedClock(Instant);

impl PausedClock {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for PausedClock {
    fn now(&self) -> Now {
        let start = Now {
            tick: Tick::default(),
            wall: Timestamp::UNIX_EPOCH,
        };
        start.after(self.0.elapsed())
    }
}

/// What the transport does with one message.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Deliver,
    /// A reply of this code for each recipient; `None` delivers.
    Each(Vec<Option<u16>>),
    Defer,
    /// This outcome for everybody.
    Refuse(Failure),
    Fail,
    Trouble(Failure),
    Return,
    /// Says nothing of it and comes back.
    Silence,
    Panic,
    /// Hands the final dot over, and then panics.
    PanicAfterDot,
    /// Never ends, with the final dot handed over or not.
    Hang {
        dot: bool,
    },
    /// Is let in by the host only after a while, and delivers.
    Late(Duration),
    /// Delivers after a while, with the final dot handed over a moment after the start.
    Slow(Duration),
}

pub(crate) fn refused(stage: Stage, code: u16) -> Failure {
    Failure::refused(stage, Reply::new(code, ["as the script says"]))
}

/// A transport with a script; when that is at its end it goes on with `then`.
#[derive(Debug)]
pub(crate) struct Fake {
    script: Mutex<VecDeque<Act>>,
    then: Act,
    count: usize,
    pub(crate) seen: Mutex<Vec<(String, Instant)>>,
    pub(crate) delivered: AtomicUsize,
    pub(crate) carriers: AtomicUsize,
    pub(crate) alive: AtomicUsize,
    pub(crate) peak: AtomicUsize,
}

impl Fake {
    pub(crate) fn new(script: impl IntoIterator<Item = Act>, then: Act) -> Arc<Self> {
        Self::counting(script, then, 10)
    }

    pub(crate) fn counting(
        script: impl IntoIterator<Item = Act>,
        then: Act,
        count: usize,
    ) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(script.into_iter().collect()),
            then,
            count,
            seen: Mutex::default(),
            delivered: AtomicUsize::new(0),
            carriers: AtomicUsize::new(0),
            alive: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        })
    }

    fn next(&self) -> Act {
        let next = self.script.lock().expect("script").pop_front();
        next.unwrap_or_else(|| self.then.clone())
    }

    /// Attempts so far.
    pub(crate) fn tries(&self) -> usize {
        self.seen.lock().expect("seen").len()
    }

    /// When each attempt began, in seconds after the first.
    pub(crate) fn gaps(&self) -> Vec<u64> {
        let seen = self.seen.lock().expect("seen");
        let gap = |two: &[(String, Instant)]| (two[1].1 - two[0].1).as_secs();
        seen.windows(2).map(gap).collect()
    }
}

/// A handle that many carriers share.
#[derive(Clone, Debug)]
pub(crate) struct Shared(pub(crate) Arc<Fake>);

impl Transport for Shared {
    fn kind(&self) -> &'static str {
        "fake"
    }

    fn describe(&self) -> String {
        "a script".into()
    }

    fn count(&self) -> usize {
        self.0.count
    }

    fn carrier(&self) -> Box<dyn Carrier> {
        self.0.carriers.fetch_add(1, Ordering::SeqCst);
        let alive = self.0.alive.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.peak.fetch_max(alive, Ordering::SeqCst);
        Box::new(Courier(Arc::clone(&self.0)))
    }
}

struct Courier(Arc<Fake>);

impl Drop for Courier {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Carrier for Courier {
    fn deliver<'a>(
        &'a mut self,
        batch: Vec<Parcel>,
        reports: &'a dyn Reports,
    ) -> BoxFuture<'a, ()> {
        async move {
            for parcel in batch {
                let subject = parcel.message.subject.clone();
                let seen = (subject, Instant::now());
                self.0.seen.lock().expect("seen").push(seen);
                let Some(verdict) = self.act(&parcel, reports).await else {
                    continue;
                };
                reports.settled(Report {
                    entry: parcel.entry,
                    verdict,
                    connection: Connection::default(),
                    took: Duration::ZERO,
                });
            }
        }
        .boxed()
    }

    fn close(&mut self) -> BoxFuture<'_, ()> {
        std::future::ready(()).boxed()
    }
}

impl Courier {
    async fn act(&self, parcel: &Parcel, reports: &dyn Reports) -> Option<Verdict> {
        let act = self.0.next();
        if let Act::Late(wait) = act {
            sleep(wait).await;
        }
        if !matches!(act, Act::Trouble(_) | Act::Return | Act::Silence) {
            reports.ready();
            parcel
                .transcript
                .push(Stage::Mail, By::Client, "MAIL FROM:<>");
        }
        let all = |outcome: Outcome| Some(Verdict::Settled(vec![outcome; parcel.recipients.len()]));
        let delivered = || {
            self.0.delivered.fetch_add(1, Ordering::SeqCst);
            all(Outcome::Delivered(Reply::new(250, ["2.0.0 taken"])))
        };
        match act {
            Act::Deliver | Act::Late(_) => delivered(),
            Act::Each(codes) => Some(Verdict::Settled(
                codes
                    .into_iter()
                    .map(|code| match code {
                        Some(code) if code < 500 => Outcome::Deferred(refused(Stage::Rcpt, code)),
                        Some(code) => Outcome::Failed(refused(Stage::Rcpt, code)),
                        None => Outcome::Delivered(Reply::new(250, ["2.0.0 taken"])),
                    })
                    .collect(),
            )),
            Act::Refuse(failure) if failure.is_permanent() => all(Outcome::Failed(failure)),
            Act::Refuse(failure) => all(Outcome::Deferred(failure)),
            Act::Defer => all(refused(Stage::Rcpt, 450).into()),
            Act::Fail => all(refused(Stage::Rcpt, 550).into()),
            Act::Trouble(failure) => Some(Verdict::HostTrouble(failure)),
            Act::Return => Some(Verdict::Returned),
            Act::Silence => None,
            Act::Panic => panic!("the script says so"),
            Act::PanicAfterDot => {
                parcel.transcript.commit();
                panic!("the script says so")
            }
            Act::Hang { dot } => {
                if dot {
                    parcel.transcript.commit();
                }
                std::future::pending().await
            }
            Act::Slow(wait) => {
                // A server needs a moment to answer MAIL, RCPT and DATA.
                sleep(Duration::from_millis(1)).await;
                parcel.transcript.commit();
                sleep(wait).await;
                delivered()
            }
        }
    }
}

pub(crate) fn unreachable() -> Act {
    Act::Trouble(Failure::new(
        Stage::Connect,
        Cause::Io("connection refused".into()),
    ))
}

/// Both managers by name.
pub(crate) const MANAGERS: [&str; 2] = ["immediate", "on-demand"];

pub(crate) fn manager(name: &str) -> Arc<dyn Manager> {
    Managers::default()
        .make(name, &ManagerOptions::default())
        .expect("known")
}

/// A mailer with one account: retries after 10 s, 20 s, then 40 s; host pauses of 30 s and, after a refused login, 900 s.
pub(crate) fn mailer(fake: &Arc<Fake>, manager: Arc<dyn Manager>) -> Mailer {
    builder(fake, manager).build().expect("built")
}

/// The parts of such a mailer.
pub(crate) fn builder(fake: &Arc<Fake>, manager: Arc<dyn Manager>) -> Builder {
    let rules = RouteRules {
        schedule: Arc::new(Schedule::steps(&[10, 20], 40)),
        expire: Duration::from_hours(1),
        pauses: HostPauses::default(),
        ..RouteRules::default()
    };
    let account = Account {
        manager,
        rules,
        ..Account::new("work", Arc::new(Shared(Arc::clone(fake))))
    };
    let clock = Arc::new(PausedClock::new());
    Mailer::builder().clock(clock).account(account)
}

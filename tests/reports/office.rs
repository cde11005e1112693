//! A mailer whose transport does what the recipient's name says, keeps what it was given, and lives by tokio's paused clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};
use turbomail::mail::clock::{Clock, Now, Tick};
use turbomail::mail::dsn::Return;
use turbomail::mail::message::Message;
use turbomail::mail::outcome::{Cause, Failure, Outcome};
use turbomail::mail::parcel::{Connection, Parcel, Report, Verdict};
use turbomail::mail::reply::Reply;
use turbomail::mail::stage::Stage;
use turbomail::mailer::{
    Account, Builder, Carrier, HostPauses, Mailer, ManagerOptions, Managers, Reports, RouteRules,
    Schedule, Transport,
};

pub(crate) const MANAGERS: [&str; 2] = ["immediate", "on-demand"];

#[derive(Debug)]
struct PausedClock(Instant);

impl Clock for PausedClock {
    fn now(&self) -> Now {
        let start = Now {
            tick: Tick::default(),
            wall: Timestamp::UNIX_EPOCH,
        };
        start.after(self.0.elapsed())
    }
}

/// All that was handed over, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Office(Arc<Mutex<Vec<Arc<Message>>>>);

impl Office {
    /// What was handed over under the null reverse path.
    pub(crate) fn reports(&self) -> Vec<Arc<Message>> {
        let seen = self.0.lock().expect("seen");
        let reports = seen
            .iter()
            .filter(|one| one.envelope.reverse_path.is_none());
        reports.cloned().collect()
    }

    /// An account that retries each minute for an hour and is late after ten minutes.
    pub(crate) fn account(&self, manager: &str, report: Option<Return>) -> Account {
        let options = ManagerOptions::default();
        Account {
            manager: Managers::default().make(manager, &options).expect("known"),
            report,
            rules: RouteRules {
                schedule: Arc::new(Schedule::steps(&[60], 60)),
                expire: Duration::from_hours(1),
                warn: Some(Duration::from_mins(10)),
                pauses: HostPauses::default(),
                ..RouteRules::default()
            },
            ..Account::new("work", Arc::new(self.clone()))
        }
    }

    pub(crate) fn builder(&self, manager: &str, report: Option<Return>) -> Builder {
        Mailer::builder()
            .clock(Arc::new(PausedClock(Instant::now())))
            .account(self.account(manager, report))
    }
}

impl Transport for Office {
    fn kind(&self) -> &'static str {
        "office"
    }

    fn describe(&self) -> String {
        "does what the recipient's name says".into()
    }

    fn count(&self) -> usize {
        10
    }

    fn carrier(&self) -> Box<dyn Carrier> {
        Box::new(Courier(self.clone()))
    }
}

struct Courier(Office);

impl Carrier for Courier {
    fn deliver<'a>(
        &'a mut self,
        batch: Vec<Parcel>,
        reports: &'a dyn Reports,
    ) -> BoxFuture<'a, ()> {
        async move {
            for parcel in batch {
                let seen = &self.0.0;
                seen.lock().expect("seen").push(Arc::clone(&parcel.message));
                reports.ready();
                let outcomes = parcel.recipients.iter().map(|one| outcome(one.local()));
                let outcomes: Vec<Outcome> = outcomes.collect();
                reports.settled(Report {
                    entry: parcel.entry,
                    verdict: Verdict::Settled(outcomes),
                    connection: Connection {
                        server: "relay.example.net:587".to_owned(),
                        ..Connection::default()
                    },
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

fn outcome(name: &str) -> Outcome {
    let refused = |code, words| Failure::refused(Stage::Rcpt, Reply::new(code, [words])).into();
    match name {
        "defer" => refused(451, "4.7.1 Greylisted"),
        "fail" => refused(550, "5.1.1 no \x1b[31m such \"user\""),
        "lost" => Outcome::Uncertain(Failure::new(Stage::Content, Cause::Closed)),
        "panic" => panic!("the office is on fire"),
        _ => Outcome::Delivered(Reply::new(250, ["2.0.0 taken"])),
    }
}

/// Waits until something is so, for a day of the paused clock at the most.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let day = Duration::from_hours(24);
    timeout(day, wait).await.expect("so within a day");
}

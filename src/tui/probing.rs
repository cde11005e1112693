//! Performs probes: walks and looks around, each a task of its own that can be cancelled and told to wait longer.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::mail::clock::SystemClock;
use crate::mail::transcript::Transcript;
use crate::mailer::probe::grid::{PORTS, grid_by};
use crate::mailer::probe::names::{Missing, Resolver};
use crate::mailer::probe::walk::{LookUp, Plan, walk};

use super::answer::Answer;
use super::probe::{News, Same, Sought};

/// The probes that are under way.
#[derive(Debug, Default)]
pub(super) struct Probes {
    running: Mutex<HashMap<u64, Running>>,
    /// Who is asked for names in place of the system's resolver.
    resolver: Option<SocketAddr>,
}

/// A task, and the plan whose replies can be waited for longer.
type Running = (AbortHandle, Option<Same<Plan>>);

/// How long the name system is asked which server is meant.
pub(super) const TO_LOCATE: Duration = Duration::from_secs(10);

impl Probes {
    /// The same, where names are asked of this server.
    pub(super) const fn ask_at(&mut self, resolver: Option<SocketAddr>) {
        self.resolver = resolver;
    }

    /// Who is asked for addresses in place of the system's resolver.
    fn names(&self) -> Option<Arc<dyn LookUp>> {
        // Nothing is asked yet; one that cannot be made ready leaves it to the system.
        let resolver = Resolver::at(self.resolver?).ok()?;
        Some(Arc::new(resolver))
    }

    fn running(&self) -> MutexGuard<'_, HashMap<u64, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(
        &self,
        number: u64,
        plan: Option<&Same<Plan>>,
        answers: UnboundedSender<Answer>,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let task = tokio::spawn(async move {
            if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                tell(&answers, number, News::Broke("the probe broke down".into()));
            }
        });
        let mut running = self.running();
        running.retain(|_, (task, _)| !task.is_finished());
        running.insert(number, (task.abort_handle(), plan.cloned()));
    }

    /// Asks which server is meant, and tells it.
    pub(super) fn locate(
        &self,
        number: u64,
        sought: &Same<Sought>,
        answers: &UnboundedSender<Answer>,
    ) {
        let (tells, wanted) = (answers.clone(), sought.clone());
        let at = self.resolver;
        let work = async move {
            let resolver = at.map_or_else(Resolver::system, Resolver::at);
            let (place, security) = (&wanted.place, wanted.security);
            let settled = place.clone().settled(resolver, security);
            let place = if let Ok(place) = timeout(TO_LOCATE, settled).await {
                place
            } else {
                let silent = Err(Missing::Silent(TO_LOCATE));
                place.clone().settled(silent, security).await
            };
            tell(&tells, number, News::Located(Box::new(place)));
        };
        self.begin(number, None, answers.clone(), work);
    }

    /// Walks, and tells of every stage.
    pub(super) fn walk(&self, number: u64, plan: &Same<Plan>, answers: &UnboundedSender<Answer>) {
        let (tells, wanted) = (answers.clone(), plan.clone());
        let names = self.names();
        let work = async move {
            let plan = Plan {
                names: wanted.names.clone().or(names),
                ..Plan::clone(&wanted)
            };
            let transcript = Transcript::new(Arc::new(SystemClock::new()));
            tell(&tells, number, News::Began(transcript.clone()));
            let mut watcher = |event: &_| {
                tell(&tells, number, News::Happened(Clone::clone(event)));
            };
            let walked = walk(&plan, &transcript, &mut watcher).await;
            tell(&tells, number, News::Over(Arc::new(walked)));
        };
        self.begin(number, Some(plan), answers.clone(), work);
    }

    /// Looks at the usual ports and at the plan's own, and tells of each as it is known.
    pub(super) fn look(&self, number: u64, plan: &Same<Plan>, answers: &UnboundedSender<Answer>) {
        let (tells, wanted) = (answers.clone(), plan.clone());
        let names = wanted.names.clone().or(self.names());
        let work = async move {
            join_all(ports(&wanted).into_iter().map(|port| {
                let (host, tells) = (Arc::clone(&wanted.host), tells.clone());
                let names = names.clone();
                async move {
                    for cell in grid_by(names.as_ref(), &host, &[port]).await {
                        tell(&tells, number, News::Found(Box::new(cell)));
                    }
                }
            }))
            .await;
            tell(&tells, number, News::AllFound);
        };
        self.begin(number, Some(plan), answers.clone(), work);
    }

    /// Ends a probe; its connection is closed by the operating system.
    pub(super) fn cancel(&self, number: u64) {
        if let Some((task, _)) = self.running().remove(&number) {
            task.abort();
        }
    }

    /// Grants the reply that is waited for more time.
    pub(super) fn wait_longer(&self, number: u64, more: Duration) {
        if let Some((_, Some(plan))) = self.running().get(&number) {
            plan.patience.grant(more);
        }
    }
}

fn tell(answers: &UnboundedSender<Answer>, number: u64, news: News) {
    // Nobody listens any more only while the program ends.
    let _ = answers.send(Answer::Probe(number, Same::new(news)));
}

/// The ports that are looked at.
pub(super) fn ports(plan: &Plan) -> Vec<u16> {
    let mut ports = PORTS.to_vec();
    ports.push(plan.host.port);
    ports.sort_unstable();
    ports.dedup();
    ports
}

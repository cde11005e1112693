//! Who walks: keeps the record, says what happens, and ends politely.

use std::time::Duration;

use tokio::time::Instant;

use super::check::{Check, Status};
use super::event::{Event, Watcher};
use super::plan::Plan;
use super::record::Walk;
use super::second;
use crate::mail::clean::Clean;
use crate::mail::outcome::Failure;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};
use crate::smtp::{Ear, Session};

/// Walks. What is said goes into the transcript at once, and what happens to the watcher; both can be read while it goes on.
///
/// Every wait has the limit that the smart host's settings give to its stage. A future that is dropped leaves nothing behind
/// but a connection that the operating system closes.
pub async fn walk(plan: &Plan, transcript: &Transcript, watcher: &mut Watcher<'_>) -> Walk {
    let begun = Instant::now();
    let mut walker = Walker::new(plan, transcript, watcher);
    let mut session = None;
    let over = walker.stages(&mut session).await;
    walker.leave_out_the_rest(over.err());
    match &mut session {
        Some(session) => {
            walker.learn(session);
            walker.farewell(session).await;
        }
        None => walker.leave_out(Stage::Quit, "there is no connection"),
    }
    if plan.second_look
        && let Some(address) = second::silent(&walker.walk)
    {
        let limit = second::PATIENCE;
        walker.tell(&Event::SecondLook { limit });
        walker.walk.speaks_tls = second::speaks_tls(&walker.walk, address).await;
    }
    walker.walk.took = begun.elapsed();
    walker.walk
}

/// Walks, and stays where the walk ends: the session is handed on where there is still somebody to speak with.
pub(in crate::probe) async fn walk_and_stay(
    plan: &Plan,
    transcript: &Transcript,
    watcher: &mut Watcher<'_>,
) -> (Walk, Option<Session>) {
    let begun = Instant::now();
    let mut walker = Walker::new(plan, transcript, watcher);
    let mut session = None;
    let over = walker.stages(&mut session).await;
    walker.leave_out_the_rest(over.err());
    if let Some(session) = &session {
        walker.learn(session);
    }
    let thrown_out = walker.walk.failure.as_ref().and_then(Failure::code) == Some(421);
    let session = session.filter(|session| !thrown_out && !session.is_over());
    walker.leave_out(Stage::Quit, "what follows is said by hand");
    walker.walk.took = begun.elapsed();
    (walker.walk, session)
}

/// Why a walk is over before every stage was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// A stage failed.
    Failed,
    /// It was to stop here.
    Stopped,
}

/// Who walks.
pub(super) struct Walker<'a, 'w> {
    pub(super) plan: &'a Plan,
    pub(super) walk: Walk,
    watcher: &'a mut Watcher<'w>,
    /// What hears the first octets below TLS.
    pub(super) ear: Ear,
}

impl<'a, 'w> Walker<'a, 'w> {
    fn new(plan: &'a Plan, transcript: &Transcript, watcher: &'a mut Watcher<'w>) -> Self {
        Self {
            plan,
            walk: Walk::new(plan, transcript),
            watcher,
            ear: Ear::default(),
        }
    }

    pub(super) fn tell(&mut self, event: &Event) {
        (self.watcher)(event);
    }

    /// A stage begins.
    pub(super) fn enter(&mut self, stage: Stage, limit: Duration) -> Instant {
        self.walk.transcript.enter(stage);
        self.plan.patience.forget();
        self.tell(&Event::Entered { stage, limit });
        Instant::now()
    }

    fn end(&mut self, check: Check) {
        self.tell(&Event::Ended(check.clone()));
        self.walk.checks.push(check);
    }

    /// A stage is over and led on.
    pub(super) fn done(
        &mut self,
        stage: Stage,
        begun: Instant,
        status: Status,
        detail: impl Into<Clean>,
    ) {
        self.end(Check {
            stage,
            status,
            took: begun.elapsed(),
            detail: detail.into(),
        });
    }

    /// A stage was not tried.
    pub(super) fn leave_out(&mut self, stage: Stage, why: &str) {
        self.end(Check {
            stage,
            status: Status::Skipped,
            took: Duration::ZERO,
            detail: Clean::from(why),
        });
    }

    /// A stage failed, and with it the walk.
    pub(super) fn failed(&mut self, stage: Stage, begun: Instant, failure: Failure) -> Over {
        let detail = failure.cause.to_string();
        self.done(stage, begun, Status::Failed, detail);
        self.walk.failure = Some(failure);
        Over::Failed
    }

    /// Ends the walk where it was to end behind this stage, or where whoever is asked says so.
    pub(super) async fn stop_after(&mut self, stage: Stage) -> Result<(), Over> {
        let is_met = |check: &Check| check.status != Status::Skipped;
        if self.plan.stop_after == Some(stage)
            || (self.walk.checks.last().is_some_and(is_met) && !self.plan.gate.opens(stage).await)
        {
            Err(Over::Stopped)
        } else {
            Ok(())
        }
    }

    /// Takes what the session knows into the record.
    pub(super) fn learn(&mut self, session: &Session) {
        let walk = &mut self.walk;
        let connection = session.connection();
        walk.peer = connection.peer.as_deref().map(Clean::from);
        walk.tls.clone_from(&connection.tls);
        walk.certificates = session.certificates().to_vec();
        walk.mechanism = session.mechanism();
        let greeted = walk.checks.iter().any(|check| check.stage == Stage::Hello);
        let now = greeted.then(|| session.capabilities().clone());
        (walk.before_tls, walk.after_tls) = match (&walk.tls, session.capabilities_before_tls()) {
            (None, Some(before)) => (Some(before.clone()), None),
            (None, None) => (now, None),
            (Some(_), before) => (before.cloned(), now),
        };
        walk.hello = walk.last_said(Stage::Hello, By::Client);
    }

    /// Says QUIT where there is still somebody to say it to.
    async fn farewell(&mut self, session: &mut Session) {
        let thrown_out = self.walk.failure.as_ref().and_then(Failure::code) == Some(421);
        if thrown_out || session.is_over() {
            return self.leave_out(Stage::Quit, "the connection is over");
        }
        // Behind the 220 to STARTTLS nothing may be said but a handshake (RFC 3207 §4).
        if session.capabilities_before_tls().is_some() && session.connection().tls.is_none() {
            return self.leave_out(Stage::Quit, "the server waits for a handshake");
        }
        if self.plan.cut && self.walk.failure.is_none() {
            session.cut();
            return self.leave_out(Stage::Quit, "the connection was cut, as it was to be");
        }
        // Behind a 354 nothing may be said but content.
        let begun_content = |stage| {
            self.walk
                .check(stage)
                .is_some_and(|one| one.status == Status::Ok)
        };
        if begun_content(Stage::Data) && self.walk.content.is_empty() {
            session.cut();
            return self.leave_out(Stage::Quit, "the server waits for content");
        }
        let begun = self.enter(Stage::Quit, self.plan.host.timeouts.quit);
        match session.part().await {
            Some(Ok(reply)) if reply.code == 221 => {
                self.done(Stage::Quit, begun, Status::Ok, reply.to_string());
            }
            Some(Ok(reply)) => self.done(Stage::Quit, begun, Status::Warning, reply.to_string()),
            Some(Err(failure)) => {
                let words = failure.cause.to_string();
                self.done(Stage::Quit, begun, Status::Warning, words);
            }
            None => self.leave_out(Stage::Quit, "the connection is over"),
        }
    }

    /// Writes the stages down that were never met.
    fn leave_out_the_rest(&mut self, over: Option<Over>) {
        let why = match (over, self.plan.stop_after) {
            (Some(Over::Stopped), Some(stage)) if self.walk.check(stage).is_some() => {
                format!("the walk was to stop after {stage}")
            }
            (Some(Over::Stopped), _) => "the walk was stopped by hand".to_owned(),
            (Some(_), _) => "not tried".to_owned(),
            (None, _) => "not asked for".to_owned(),
        };
        for stage in self.plan.ladder() {
            if stage != Stage::Quit && self.walk.check(stage).is_none() {
                self.leave_out(stage, &why);
            }
        }
    }
}

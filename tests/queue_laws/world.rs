//! The queue beside a simple memory of what must be true of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use turbomail::mail::clock::{Clock, ManualClock, Tick};
use turbomail::mail::dsn::About;
use turbomail::mail::entry::{End, Entry, Route};
use turbomail::mail::envelope::Envelope;
use turbomail::mail::event::Kind;
use turbomail::mail::message::Message;
use turbomail::mail::outcome::{Cause, Failure, Outcome, Status};
use turbomail::mail::parcel::{Connection, EntryId, Report, Verdict};
use turbomail::mail::reply::Reply;
use turbomail::mail::rhythm::Rhythm;
use turbomail::mail::stage::Stage;
use turbomail::queue::{ClaimId, Handout, HostPauses, RouteRules, Schedule, State, Terms};
use uuid::Uuid;

use crate::op::{Op, ROUTES};

pub(crate) fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(crate) fn outcome(kind: u8) -> Outcome {
    match kind {
        0 => Outcome::Delivered(Reply::new(250, ["ok"])),
        1 => Outcome::from(Failure::refused(Stage::Rcpt, Reply::new(450, ["later"]))),
        2 => Outcome::from(Failure::refused(Stage::Rcpt, Reply::new(550, ["no"]))),
        _ => Outcome::Uncertain(Failure::new(Stage::Content, Cause::Closed)),
    }
}

/// The queue beside a simple memory of what must be true of it.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) state: State,
    pub(crate) routes: Vec<Route>,
    pub(crate) admitted: Vec<(EntryId, usize)>,
    pub(crate) out: Vec<(Handout, bool)>,
    reported: Vec<(ClaimId, EntryId)>,
    /// Routes with a pause that was not cut short by hand, up to when nothing may go out.
    closed: BTreeMap<Route, Tick>,
    /// Routes whose host has let us in since the last trouble.
    known: HashSet<Route>,
    delivered: HashMap<(EntryId, usize), Status>,
    dues: HashMap<EntryId, Tick>,
    /// Entries that a person has touched since the last look, whose due may go back.
    by_hand: HashSet<EntryId>,
    /// Entries of which it was said that they are late.
    pub(crate) late: HashSet<EntryId>,
    /// All that were ever touched so.
    touched: HashSet<EntryId>,
    /// The reports that were ever owed, each with its identity, and whether it was paid.
    pub(crate) owed: BTreeMap<(EntryId, About), (EntryId, bool)>,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let mut state = State::new(clock.clone());
        let routes: Vec<Route> = ROUTES.iter().map(|name| Route::from(*name)).collect();
        for route in &routes {
            state.set_rules(route, rules(route));
        }
        Self {
            clock,
            state,
            routes,
            admitted: Vec::new(),
            out: Vec::new(),
            reported: Vec::new(),
            closed: BTreeMap::new(),
            known: HashSet::new(),
            delivered: HashMap::new(),
            dues: HashMap::new(),
            by_hand: HashSet::new(),
            late: HashSet::new(),
            touched: HashSet::new(),
            owed: BTreeMap::new(),
        }
    }

    fn id(&self, n: usize) -> Option<EntryId> {
        let (id, _) = self.admitted.get(n.checked_rem(self.admitted.len())?)?;
        Some(*id)
    }

    fn take(&mut self, n: usize) -> Option<(Handout, bool)> {
        let place = n.checked_rem(self.out.len())?;
        Some(self.out.swap_remove(place))
    }

    pub(crate) fn admit(&mut self, route: usize, recipients: usize, terms: Terms) {
        let id = EntryId(Uuid::from_u128(self.admitted.len() as u128 + 1));
        let to = (0..recipients).map(|n| format!("r{n}@example.com").parse().expect("address"));
        let message = Message {
            envelope: Envelope::new("me@example.com".parse().ok(), to),
            message_id: String::new(),
            from: String::new(),
            subject: String::new(),
            content: Bytes::from_static(b"\r\n").into(),
            eight_bit: false,
            draft: None,
        };
        let (route, now) = (self.routes[route].clone(), self.clock.now());
        let admitted = self.state.admit(id, &route, message.into(), terms, now);
        assert!(admitted.is_ok());
        self.admitted.push((id, recipients));
    }

    fn handed_out(&mut self, handouts: Vec<Handout>, known: bool, max: usize) {
        let now = self.clock.now();
        assert!(handouts.len() <= max);
        let snapshot = self.state.snapshot();
        assert!(
            handouts.is_empty() || snapshot.paused.is_none(),
            "handed out while all is paused"
        );
        for handout in handouts {
            let id = handout.parcel.entry;
            let entry = &snapshot.live[&id];
            assert!(entry.held.is_none(), "a held entry was handed out");
            assert!(entry.expires > now.wall, "an expired entry was handed out");
            assert!(
                entry.due > now.tick,
                "no back-off was stored before the parcel left"
            );
            let before = self.dues.get(&id).copied().unwrap_or_default();
            assert!(
                before <= now.tick || self.by_hand.contains(&id),
                "handed out before it was due"
            );
            assert!(
                self.out.iter().all(|(other, _)| other.parcel.entry != id),
                "handed out twice"
            );
            let closed = self.closed.get(&entry.route).copied().unwrap_or_default();
            assert!(closed <= now.tick, "handed out while the host is paused");
            self.out.push((handout, known));
        }
    }

    /// Whether the route's host is known to be well, judged from outside: no pause, and some claim told so since.
    fn probes(&self, route: &Route) -> usize {
        self.out
            .iter()
            .filter(|(handout, known)| !known && self.route_of(handout) == *route)
            .count()
    }

    fn route_of(&self, handout: &Handout) -> Route {
        self.state
            .entry(handout.parcel.entry)
            .expect("kept")
            .route
            .clone()
    }

    pub(crate) fn report(&mut self, handout: &Handout, verdict: Verdict) {
        let report = Report {
            entry: handout.parcel.entry,
            verdict,
            connection: Connection::default(),
            took: Duration::ZERO,
        };
        let now = self.clock.now();
        assert!(
            self.state.settle(handout.claim, report, now),
            "the report of a running claim was ignored"
        );
        let entry = self.state.entry(handout.parcel.entry).expect("kept");
        assert!(
            entry.end.is_some() || entry.held.is_some() || entry.expires > now.wall,
            "a retry won over expiry"
        );
        self.reported.push((handout.claim, handout.parcel.entry));
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each verb")]
    pub(crate) fn run(&mut self, op: Op) {
        let now = self.clock.now();
        match op {
            Op::Admit {
                route,
                recipients,
                held,
                delay,
                expire,
            } => {
                let terms = Terms {
                    held,
                    expire: (expire > 0).then_some(seconds(expire)),
                    not_before: (delay > 0).then(|| now.after(seconds(delay)).wall),
                    schedule: None,
                    ..Terms::default()
                };
                self.admit(route, recipients, terms);
            }
            Op::Claim { route, max } => {
                let route = self.routes[route].clone();
                let handouts = self.state.claim(&route, max, now);
                // More than one at a time only where the host has let us in.
                let known = self.known(&route);
                assert!(
                    known || handouts.len() + self.probes(&route) <= 1,
                    "two probes at a time"
                );
                self.handed_out(handouts, known, max);
            }
            Op::ClaimOne(n) => {
                let Some(id) = self.id(n) else { return };
                let Some(route) = self.state.entry(id).map(|entry| entry.route.clone()) else {
                    return;
                };
                let handout = self.state.claim_one(id, now);
                let known = self.known(&route);
                assert!(
                    handout.is_none() || known || self.probes(&route) == 0,
                    "two probes at a time"
                );
                self.handed_out(handout.into_iter().collect(), known, 1);
            }
            Op::Ready(n) => {
                let Some(place) = n.checked_rem(self.out.len()) else {
                    return;
                };
                let route = self.route_of(&self.out[place].0);
                let claim = self.out[place].0.claim;
                self.state.ready(claim, &route, now);
                self.learn(&route);
            }
            Op::Settle { which, outcomes } => {
                let Some((handout, _)) = self.take(which) else {
                    return;
                };
                let route = self.route_of(&handout);
                let outcomes = outcomes.into_iter().map(outcome).collect();
                self.report(&handout, Verdict::Settled(outcomes));
                self.learn(&route);
            }
            Op::Trouble { which, login } => {
                let Some((handout, _)) = self.take(which) else {
                    return;
                };
                let before = self
                    .state
                    .entry(handout.parcel.entry)
                    .expect("kept")
                    .clone();
                let failure = if login {
                    Failure::refused(Stage::Auth, Reply::new(535, ["no"]))
                } else {
                    Failure::new(Stage::Connect, Cause::Io("refused".into()))
                };
                self.report(&handout, Verdict::HostTrouble(failure));
                let after = self.state.entry(handout.parcel.entry).expect("kept");
                assert_eq!(before.tries, after.tries, "host trouble burnt a try");
                let tries = |entry: &Entry| entry.recipients.iter().map(|r| r.tries).sum::<u32>();
                assert_eq!(tries(&before), tries(after));
                self.close(&before.route);
            }
            Op::Return(n) => {
                let Some((handout, _)) = self.take(n) else {
                    return;
                };
                self.by_hand.insert(handout.parcel.entry);
                self.report(&handout, Verdict::Returned);
            }
            Op::Lose(n) => {
                let Some((handout, _)) = self.take(n) else {
                    return;
                };
                assert!(
                    self.state
                        .lost(handout.claim, handout.parcel.entry, "panicked", now)
                );
                self.reported.push((handout.claim, handout.parcel.entry));
            }
            Op::SettleAgain { outcome: kind } => {
                for (claim, entry) in &self.reported {
                    let report = Report {
                        entry: *entry,
                        verdict: Verdict::Settled(vec![outcome(kind)]),
                        connection: Connection::default(),
                        took: Duration::ZERO,
                    };
                    assert!(
                        !self.state.settle(*claim, report, now),
                        "a claim was settled twice"
                    );
                }
            }
            Op::Hold(n) => drop(self.id(n).map(|id| self.state.hold(id, now))),
            Op::Release(n) => self.hand(n, |state, id| {
                let life = state.entry(id).map(|entry| entry.life_left(now));
                let held = state.entry(id).is_some_and(|entry| entry.held.is_some());
                let released = state.release(id, now).is_ok();
                if let Some(entry) = state.entry(id).filter(|_| released && held) {
                    assert!(entry.held.is_none());
                    assert_eq!(Some(entry.life_left(now)), life, "holding cost life");
                }
                released
            }),
            Op::Retry(n) => {
                let Some(id) = self.id(n) else { return };
                if self.state.retry_now(id, now).is_ok() {
                    self.by_hand.insert(id);
                    let route = self.state.entry(id).expect("kept").route.clone();
                    self.closed.remove(&route);
                }
            }
            Op::Drop(n) => drop(self.id(n).map(|id| self.state.drop(id, now))),
            Op::Restore(n) => self.hand(n, |state, id| state.restore(id, now).is_ok()),
            Op::Pay(n) => self.pay(n),
            Op::PauseAll => self.state.pause_all(now),
            Op::ResumeAll => self.state.resume_all(),
            Op::ResumeRoute(n) => {
                let route = self.routes[n].clone();
                if self.state.resume_route(&route, now) {
                    self.closed.remove(&route);
                }
            }
            Op::Pass(n) => self.clock.advance(seconds(n)),
            Op::SetWall(n) => {
                let wall = now.wall.checked_add(jiff::SignedDuration::from_secs(n));
                self.clock.set_wall(wall.expect("near the epoch"));
            }
            Op::Expire => self.state.expire(now),
        }
    }

    fn hand(&mut self, n: usize, verb: impl FnOnce(&mut State, EntryId) -> bool) {
        if let Some(id) = self.id(n)
            && verb(&mut self.state, id)
        {
            self.by_hand.insert(id);
        }
    }

    fn known(&self, route: &Route) -> bool {
        self.known.contains(route)
    }

    /// The route may have become known: no pause is left in the snapshot.
    fn learn(&mut self, route: &Route) {
        if self.state.snapshot().routes[route].pause.is_none() {
            self.known.insert(route.clone());
            self.closed.remove(route);
        }
    }

    /// The route may have been paused.
    fn close(&mut self, route: &Route) {
        if let Some(pause) = &self.state.snapshot().routes[route].pause {
            self.closed.insert(route.clone(), pause.until);
            self.known.remove(route);
            // What went out before the trouble is no probe.
            for (handout, known) in &mut self.out {
                let entry = self.state.entry(handout.parcel.entry).expect("kept");
                *known |= entry.route == *route;
            }
        }
    }

    /// What is late is said once, and of nothing that is held.
    fn check_warnings(&mut self) {
        for event in self.state.take_events() {
            if let Kind::Delayed(id) = event.kind {
                assert!(self.late.insert(id), "said twice that it is late");
                let entry = self.state.entry(id).expect("kept");
                assert!(entry.held.is_none(), "late while it is held");
                assert!(entry.end.is_some() || entry.open().count() > 0);
            }
        }
    }

    pub(crate) fn check(&mut self) {
        self.check_warnings();
        self.check_owed();
        let (snapshot, now) = (self.state.snapshot(), self.clock.now());
        let mut sending: BTreeMap<Route, usize> = BTreeMap::new();
        self.touched.extend(&self.by_hand);
        for (id, recipients) in &self.admitted {
            let live = snapshot.live.get(id);
            let done = snapshot.done.get(id);
            assert!(live.is_some() != done.is_some(), "lost, or in two places");
            let entry = live.or(done).expect("somewhere");
            assert_eq!(entry.recipients.len(), *recipients);
            assert_eq!(live.is_some(), entry.end.is_none());
            let open = entry.open().count();
            match entry.end {
                None => assert!(open > 0, "nothing is open and it is still live"),
                Some((End::Settled, _)) => assert_eq!(open, 0),
                Some((End::Dropped, _)) => assert!(open > 0),
            }
            for (n, recipient) in entry.recipients.iter().enumerate() {
                let place = (*id, n);
                if let Some(known) = self.delivered.get(&place) {
                    assert_eq!(known, &recipient.status, "an end state changed");
                } else if !recipient.status.is_open() {
                    self.delivered.insert(place, recipient.status.clone());
                }
            }
            let out = self
                .out
                .iter()
                .any(|(handout, _)| handout.parcel.entry == *id);
            assert_eq!(
                entry.running().is_some(),
                out,
                "the attempts disagree with what is out"
            );
            if out {
                *sending.entry(entry.route.clone()).or_default() += 1;
            } else if let Some(before) = self.dues.insert(*id, entry.due) {
                assert!(
                    entry.due >= before || self.by_hand.contains(id),
                    "due moved back by itself"
                );
            }
            assert!(entry.attempts.len() <= 50);
            let waits = entry.end.is_none() && entry.due > now.tick;
            if waits && !self.touched.contains(id) {
                is_timely(&entry.route, entry.due);
            }
        }
        for (route, state) in &snapshot.routes {
            if let Some(pause) = state.pause.as_ref().filter(|pause| pause.until > now.tick) {
                is_timely(route, pause.until);
            }
        }
        for route in &self.routes {
            let counted = sending.get(route).copied().unwrap_or_default();
            assert_eq!(snapshot.routes[route].sending, counted);
            // Whoever sleeps until the next wake never sleeps through work.
            let wake = self.state.next_wake(route, now);
            let claimable = self.state.is_claimable(route, now);
            assert!(
                !claimable || wake.is_some_and(|wake| wake <= now.tick),
                "work without a wake"
            );
        }
        self.by_hand.clear();
    }
}

/// What waits, waits for a moment at which its account's mail is handed over.
fn is_timely(route: &Route, due: Tick) {
    let rhythm = rules(route).rhythm;
    assert_eq!(rhythm.next(due), due, "due between two batches");
}

/// Mail of the second account goes out by a timer.
pub(crate) fn rules(route: &Route) -> RouteRules {
    let timed = **route == *ROUTES[1];
    RouteRules {
        rhythm: if timed {
            Rhythm::Every(seconds(7))
        } else {
            Rhythm::AtOnce
        },
        schedule: Arc::new(Schedule::steps(&[10, 20], 40)),
        expire: seconds(300),
        warn: Some(seconds(60)),
        report: !timed,
        pauses: HostPauses {
            steps: Schedule::steps(&[5, 10], 20),
            login_refused: seconds(50),
        },
        ..RouteRules::default()
    }
}

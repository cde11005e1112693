//! A queue on a bench: a clock that moves when told, messages made of nothing, and reports in one word.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::mail::clock::{Clock, ManualClock, Now};
use crate::mail::entry::{Entry, Route, State as Standing};
use crate::mail::envelope::Envelope;
use crate::mail::event::Kind;
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Failure, Outcome};
use crate::mail::parcel::{Connection, EntryId, Report, Verdict};
use crate::mail::reply::Reply;
use crate::mail::stage::Stage;
use crate::queue::{Handout, HostPauses, RouteRules, Schedule, State, Terms};

pub(super) struct Bench {
    pub(super) clock: Arc<ManualClock>,
    pub(super) state: State,
    pub(super) route: Route,
}

pub(super) fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(super) fn message(recipients: &[&str]) -> Arc<Message> {
    let recipients = recipients
        .iter()
        .map(|name| format!("{name}@example.com").parse().expect("address"));
    Arc::new(Message {
        envelope: Envelope::new(None, recipients),
        message_id: "<1@example.com>".into(),
        from: String::new(),
        subject: String::new(),
        content: Bytes::from_static(b"Subject: x\r\n\r\nx\r\n").into(),
        eight_bit: false,
        draft: None,
    })
}

pub(super) fn reply(code: u16) -> Reply {
    Reply::new(code, ["so it is"])
}

pub(super) fn delivered() -> Outcome {
    Outcome::Delivered(reply(250))
}

pub(super) fn refused(code: u16) -> Outcome {
    Outcome::from(Failure::refused(Stage::Rcpt, reply(code)))
}

pub(super) fn unreachable() -> Verdict {
    Verdict::HostTrouble(Failure::new(
        Stage::Connect,
        Cause::Io("connection refused".into()),
    ))
}

pub(super) fn login_refused() -> Verdict {
    Verdict::HostTrouble(Failure::refused(Stage::Auth, reply(535)))
}

pub(super) fn rules() -> RouteRules {
    RouteRules {
        schedule: Arc::new(Schedule::steps(&[10, 20], 40)),
        expire: seconds(200),
        warn: None,
        pauses: HostPauses {
            steps: Schedule::steps(&[5, 10], 20),
            login_refused: seconds(50),
        },
        ..RouteRules::default()
    }
}

impl Bench {
    /// Retries after 10 s, 20 s, then every 40 s; life of 200 s, no warning; host pauses of 5 s, 10 s, then 20 s, 50 s for a refused login.
    pub(super) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let mut state = State::new(clock.clone());
        let route = Route::from("work");
        state.set_rules(&route, rules());
        state.take_events();
        Self {
            clock,
            state,
            route,
        }
    }

    /// As [`new`](Self::new), with a host that is known to be well.
    pub(super) fn well() -> Self {
        let mut bench = Self::new();
        let id = bench.admit(&["first"]);
        let handout = bench.claim(1).remove(0);
        bench.settle(&handout, Verdict::Settled(vec![delivered()]));
        assert!(bench.entry(id).end.is_some());
        bench.state.take_events();
        bench
    }

    pub(super) fn now(&self) -> Now {
        self.clock.now()
    }

    pub(super) fn pass(&self, wait: u64) {
        self.clock.advance(seconds(wait));
    }

    pub(super) fn admit(&mut self, recipients: &[&str]) -> EntryId {
        self.admit_on(recipients, Terms::default())
    }

    pub(super) fn admit_on(&mut self, recipients: &[&str], terms: Terms) -> EntryId {
        let (id, now) = (EntryId::new(), self.now());
        self.state
            .admit(id, &self.route, message(recipients), terms, now)
            .expect("admitted");
        id
    }

    pub(super) fn claim(&mut self, max: usize) -> Vec<Handout> {
        let now = self.now();
        self.state.claim(&self.route, max, now)
    }

    pub(super) fn settle(&mut self, handout: &Handout, verdict: Verdict) -> bool {
        let report = Report {
            entry: handout.parcel.entry,
            verdict,
            connection: Connection::default(),
            took: seconds(1),
        };
        let now = self.now();
        self.state.settle(handout.claim, report, now)
    }

    pub(super) fn entry(&self, id: EntryId) -> Arc<Entry> {
        self.state.entry(id).expect("kept").clone()
    }

    pub(super) fn standing(&self, id: EntryId) -> Standing {
        self.entry(id).state(self.now())
    }

    /// The status names of an entry's recipients.
    pub(super) fn names(&self, id: EntryId) -> Vec<&'static str> {
        let entry = self.entry(id);
        entry.recipients.iter().map(|r| r.status.name()).collect()
    }

    pub(super) fn kinds(&mut self) -> Vec<Kind> {
        let events = self.state.take_events();
        assert!(
            events
                .iter()
                .all(|event| event.number <= self.state.number())
        );
        events.into_iter().map(|event| event.kind).collect()
    }

    /// When the next attempt is due, in seconds from now.
    pub(super) fn wait(&self, id: EntryId) -> u64 {
        self.entry(id).wait(self.now()).as_secs()
    }
}

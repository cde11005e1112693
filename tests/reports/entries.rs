//! Entries that went through a real queue: messages from drafts, outcomes from a script, and a clock moved by hand.

use std::sync::Arc;
use std::time::Duration;

use turbomail::compose::report::{About, Options, report};
use turbomail::compose::{self, build};
use turbomail::mail::clock::{Clock, ManualClock};
use turbomail::mail::draft::Draft;
use turbomail::mail::dsn::Return;
use turbomail::mail::entry::{Entry, Route};
use turbomail::mail::message::Message;
use turbomail::mail::outcome::{Cause, Failure, Outcome};
use turbomail::mail::parcel::{Connection, EntryId, Report, Verdict};
use turbomail::mail::reply::Reply;
use turbomail::mail::stage::Stage;
use turbomail::queue::{RouteRules, State, Terms};

pub(crate) const AUTHOR: &str = "me@example.com";

pub(crate) fn message(from: &str, to: &str, subject: &str) -> Message {
    let options = compose::Options {
        now: "2026-11-21T12:00:00Z".parse().expect("a time"),
        ..compose::Options::default()
    };
    build(&Draft::new(from, to, subject, "Hello\n"), &options).expect("a message")
}

pub(crate) fn refused(code: u16, words: &str) -> Outcome {
    Outcome::from(Failure::refused(Stage::Rcpt, Reply::new(code, [words])))
}

pub(crate) fn delivered() -> Outcome {
    Outcome::Delivered(Reply::new(250, ["2.0.0 taken"]))
}

pub(crate) fn uncertain() -> Outcome {
    Outcome::Uncertain(Failure::new(Stage::Content, Cause::Closed))
}

/// A queue with one message in it.
pub(crate) struct Life {
    pub(crate) clock: Arc<ManualClock>,
    state: State,
    route: Route,
    id: EntryId,
}

impl Life {
    /// From noon on, with a day to live.
    pub(crate) fn of(message: Message) -> Self {
        let noon = "2026-11-21T12:00:00Z".parse().expect("a time");
        let clock = Arc::new(ManualClock::at(noon));
        let (mut state, route, id) = (
            State::new(clock.clone()),
            Route::from("work"),
            EntryId::new(),
        );
        let rules = RouteRules {
            expire: Duration::from_hours(24),
            ..RouteRules::default()
        };
        state.set_rules(&route, rules);
        let admitted = state.admit(id, &route, message.into(), Terms::default(), clock.now());
        admitted.expect("admitted");
        Self {
            clock,
            state,
            route,
            id,
        }
    }

    /// An attempt, three hours after the last.
    pub(crate) fn attempt(mut self, verdict: Verdict) -> Self {
        self.clock.advance(Duration::from_hours(3));
        let now = self.clock.now();
        // A host in trouble is tried again although its pause may not be over.
        self.state.resume_route(&self.route, now);
        let handout = self.state.claim(&self.route, 1, now).pop().expect("due");
        let report = Report {
            entry: self.id,
            verdict,
            connection: Connection {
                server: "relay.example.net:587".to_owned(),
                ..Connection::default()
            },
            took: Duration::from_secs(1),
        };
        assert!(self.state.settle(handout.claim, report, now));
        self
    }

    pub(crate) fn settle(self, outcomes: Vec<Outcome>) -> Self {
        self.attempt(Verdict::Settled(outcomes))
    }

    /// Its time is over.
    pub(crate) fn expire(mut self) -> Self {
        self.clock.advance(Duration::from_hours(24));
        // In steps of less than a day, as the calendar is looked at.
        self.state.expire(self.clock.now());
        self
    }

    pub(crate) fn entry(&self) -> Arc<Entry> {
        self.state.entry(self.id).expect("kept").clone()
    }

    pub(crate) fn report(&self, about: About, ret: Return) -> Option<Message> {
        let options = Options {
            about,
            ret,
            now: self.clock.now().wall,
            host: String::new(),
        };
        let entry = self.entry();
        report(&entry, entry.message.octets(), &options)
    }

    pub(crate) fn failed(&self, ret: Return) -> Message {
        self.report(About::Failed, ret).expect("a report")
    }
}

//! All that a walk has seen: what a diagnosis is made from, and what screens and reports show.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::check::{Check, Verdict};
use super::plan::Plan;
use crate::mail::address::Address;
use crate::mail::certificate::Certificate;
use crate::mail::clean::Clean;
use crate::mail::outcome::Failure;
use crate::mail::parcel::TlsFacts;
use crate::mail::reply::Reply;
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::SmartHost;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};
use crate::smtp::{Capabilities, Try};

/// What a server has said to one RCPT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The recipient.
    pub address: Address,
    /// Its reply, or why there is none that welcomes.
    pub said: Result<Reply, Failure>,
}

/// The record of a walk. All of it is bounded, and no secret is in it but those of `host`, which its `Debug` form hides.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The settings it was made with.
    pub host: Arc<SmartHost>,
    /// The reverse path that MAIL was to say; `None` is the empty one.
    pub sender: Option<Address>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took as a whole.
    pub took: Duration,
    /// Every stage in the order in which it was met, those that were not tried at the end.
    pub checks: Vec<Check>,
    /// Why it ended before its end; `None` where it did not.
    pub failure: Option<Failure>,
    /// The addresses of the name, in the resolver's order; of a smart host that is an address, that one.
    pub addresses: Vec<SocketAddr>,
    /// How the try of each address went. Those that were never tried are not here.
    pub tries: Vec<Try>,
    /// The address that was spoken with, such as `192.0.2.1:587` or `unix:/run/lmtp`.
    pub peer: Option<Clean>,
    /// This side's address of the connection; `None` where there was none, and behind a UNIX socket or a command.
    pub local: Option<IpAddr>,
    /// The first octets that came where TLS was not spoken: a greeting, or what speaks there in its place. 256 at the most.
    pub first_octets: Vec<u8>,
    /// The first octets that came in answer to a handshake that failed: empty where nothing came. 256 at the most.
    pub tls_octets: Vec<u8>,
    /// Whether a server that said nothing in clear answers a handshake; `None` where that was not looked at.
    pub speaks_tls: Option<bool>,
    /// The greeting.
    pub greeting: Option<Reply>,
    /// The last EHLO, HELO or LHLO as it was said, with the name.
    pub hello: Option<Clean>,
    /// What was promised in clear; `None` where nothing was said in clear.
    pub before_tls: Option<Capabilities>,
    /// What was promised inside TLS; `None` where that did not come about.
    pub after_tls: Option<Capabilities>,
    /// What protects the connection; `None` in clear, and where the handshake failed.
    pub tls: Option<TlsFacts>,
    /// The certificates that the server has shown, its own first; also where they were not trusted, in which case `tls` is `None`.
    pub certificates: Vec<Certificate>,
    /// The login mechanism that was tried last.
    pub mechanism: Option<Sasl>,
    /// Whether the server has taken the login.
    pub authenticated: bool,
    /// The reply to MAIL that welcomes.
    pub mail: Option<Reply>,
    /// What was said to each RCPT, in order; those behind the end are not here.
    pub answers: Vec<Answer>,
    /// What was said to the test message: to each recipient that was taken, in order. Empty where none was sent, and where
    /// nothing was said.
    pub content: Vec<Answer>,
    /// The conversation, masked.
    pub transcript: Transcript,
}

impl Walk {
    pub(in crate::probe) fn new(plan: &Plan, transcript: &Transcript) -> Self {
        Self {
            host: plan.host.clone(),
            sender: plan.sender.clone(),
            started: Timestamp::now(),
            took: Duration::ZERO,
            checks: Vec::new(),
            failure: None,
            addresses: Vec::new(),
            tries: Vec::new(),
            peer: None,
            local: None,
            first_octets: Vec::new(),
            tls_octets: Vec::new(),
            speaks_tls: None,
            greeting: None,
            hello: None,
            before_tls: None,
            after_tls: None,
            tls: None,
            certificates: Vec::new(),
            mechanism: None,
            authenticated: false,
            mail: None,
            answers: Vec::new(),
            content: Vec::new(),
            transcript: transcript.clone(),
        }
    }

    /// What it has come to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.checks)
    }

    /// The last check of a stage.
    #[must_use]
    pub fn check(&self, stage: Stage) -> Option<&Check> {
        self.checks.iter().rev().find(|check| check.stage == stage)
    }

    /// What the server promised last: inside TLS where that came about, else in clear.
    #[must_use]
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.after_tls.as_ref().or(self.before_tls.as_ref())
    }

    /// Whole days until the server's own certificate expires, by the clock at the start; `None` where it has shown none.
    #[must_use]
    pub fn days_left(&self) -> Option<i64> {
        self.certificates
            .first()
            .map(|leaf| leaf.days_left(self.started))
    }

    /// The last line that one side has said at a stage.
    pub(super) fn last_said(&self, stage: Stage, by: By) -> Option<Clean> {
        let lines = self.transcript.lines().into_iter().rev();
        { lines }
            .find(|line| line.stage == stage && line.by == by)
            .map(|line| line.text)
    }
}

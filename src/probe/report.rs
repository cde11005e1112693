//! A walk as it is told to programs: plain values that travel as JSON, with every text fit to be shown.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::conclude::conclude;
use super::walk::{Status, Verdict, Walk};
use crate::mail::certificate::Certificate;
use crate::mail::clean::Clean;
use crate::mail::diagnosis::Finding;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::mail::told::ToldLine;
use crate::smtp::{Capabilities, Try, TryEnd};

/// A walk.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Who was asked.
    pub server: ToldServer,
    /// When the walk began.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What it has come to.
    pub verdict: Verdict,
    /// The stages in the order in which they were met.
    pub checks: Vec<ToldCheck>,
    /// What is wrong, the best diagnosis first.
    pub findings: Vec<Finding>,
    /// What the server promised in its replies to EHLO.
    pub capabilities: ToldCapabilities,
    /// What protects the connection, or would if its certificate were trusted; nothing where there was no certificate.
    pub tls: Option<ToldProtection>,
    /// What was said to each RCPT.
    pub recipients: Vec<ToldAnswer>,
    /// What was said to the test message for each recipient; empty where none was sent.
    pub content: Vec<ToldAnswer>,
    /// The conversation.
    pub transcript: Vec<ToldLine>,
}

/// Who was asked.
#[derive(Clone, Debug, Serialize)]
pub struct ToldServer {
    /// The host as it is set.
    pub host: Clean,
    /// The port.
    pub port: u16,
    /// How the connection was to be protected.
    pub security: Security,
    /// The address that was spoken with.
    pub address: Option<Clean>,
    /// How the try of each address went.
    pub tries: Vec<ToldTry>,
    /// The first octets that came where no greeting did, with escapes.
    pub first_octets: Option<Clean>,
    /// Whether a server that said nothing in clear answers a TLS handshake; nothing where that was not looked at.
    pub speaks_tls: Option<bool>,
    /// The login mechanism that was tried last.
    pub mechanism: Option<&'static str>,
}

/// The try of an address.
#[derive(Clone, Debug, Serialize)]
pub struct ToldTry {
    /// The address and the port.
    pub address: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// `connected`, `failed`, `given-up` or `no-use`.
    pub result: &'static str,
    /// Why, where it failed.
    pub detail: Option<Clean>,
}

/// A stage.
#[derive(Clone, Debug, Serialize)]
pub struct ToldCheck {
    /// The stage.
    pub stage: Stage,
    /// How it went.
    pub status: Status,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What came of it.
    pub detail: Clean,
}

/// What was promised, line by line.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ToldCapabilities {
    /// In clear.
    pub before_tls: Vec<Clean>,
    /// Inside TLS.
    pub after_tls: Vec<Clean>,
}

/// What protects a connection.
#[derive(Clone, Debug, Serialize)]
pub struct ToldProtection {
    /// Such as `TLS 1.3`; nothing where the handshake failed.
    pub version: Option<&'static str>,
    /// The cipher suite; nothing where the handshake failed.
    pub cipher: Option<String>,
    /// Whole days until the server's own certificate expires; negative when it has.
    pub days_left: Option<i64>,
    /// The chain as the server has shown it, its own first.
    pub certificates: Vec<Certificate>,
}

impl ToldProtection {
    /// Whether it is trusted, and by what the connection is protected then.
    #[must_use]
    pub fn in_words(&self) -> String {
        match (self.version, &self.cipher) {
            (Some(version), Some(cipher)) => format!("trusted, {version}, {cipher}"),
            _ => "not accepted".to_owned(),
        }
    }
}

/// What was said to one RCPT.
#[derive(Clone, Debug, Serialize)]
pub struct ToldAnswer {
    /// The recipient.
    pub address: String,
    /// Whether it was taken.
    pub taken: bool,
    /// The reply code, where there was a reply.
    pub code: Option<u16>,
    /// The enhanced status code.
    pub enhanced: Option<String>,
    /// The words.
    pub text: Clean,
}

impl Report {
    /// Tells a walk.
    #[must_use]
    pub fn of(walk: &Walk) -> Self {
        Self::with(walk, conclude(walk))
    }

    /// Tells a walk with findings that were made from more than the walk.
    #[must_use]
    pub fn with(walk: &Walk, findings: Vec<Finding>) -> Self {
        let check = |check: &super::walk::Check| ToldCheck {
            stage: check.stage,
            status: check.status,
            took_ms: millis(check.took),
            detail: check.detail.clone(),
        };
        let line = |line: crate::mail::transcript::Line| ToldLine {
            at_ms: millis(line.at),
            stage: line.stage,
            from: line.by,
            text: line.text,
        };
        Self {
            server: server(walk),
            started: walk.started,
            took_ms: millis(walk.took),
            verdict: walk.verdict(),
            checks: walk.checks.iter().map(check).collect(),
            findings,
            capabilities: ToldCapabilities {
                before_tls: lines(walk.before_tls.as_ref()),
                after_tls: lines(walk.after_tls.as_ref()),
            },
            tls: protection(walk),
            recipients: walk.answers.iter().map(answer).collect(),
            content: walk.content.iter().map(answer).collect(),
            transcript: walk.transcript.lines().into_iter().map(line).collect(),
        }
    }
}

fn server(walk: &Walk) -> ToldServer {
    let foreign = match (&walk.greeting, walk.tls_octets.as_slice()) {
        (None, []) => walk.first_octets.as_slice(),
        (_, octets) => octets,
    };
    ToldServer {
        host: Clean::from(match &walk.host.reach.socket {
            Some(_) => walk.host.name(),
            None => walk.host.host.clone(),
        }),
        port: walk.host.port,
        security: walk.host.security,
        address: walk.peer.clone(),
        tries: walk.tries.iter().map(told_try).collect(),
        first_octets: (!foreign.is_empty()).then(|| Clean::from_bytes(foreign)),
        speaks_tls: walk.speaks_tls,
        mechanism: walk.mechanism.map(crate::mail::sasl::Sasl::name),
    }
}

fn told_try(one: &Try) -> ToldTry {
    let (result, cause) = match &one.end {
        TryEnd::Connected => ("connected", None),
        TryEnd::Failed(cause) => ("failed", Some(cause)),
        TryEnd::GivenUp => ("given-up", None),
        TryEnd::NoUse(cause) => ("no-use", Some(cause)),
    };
    ToldTry {
        address: one.address.to_string(),
        took_ms: millis(one.took),
        result,
        detail: cause.map(|cause| Clean::from(cause.to_string())),
    }
}

fn protection(walk: &Walk) -> Option<ToldProtection> {
    let facts = walk.tls.as_ref();
    (facts.is_some() || !walk.certificates.is_empty()).then(|| ToldProtection {
        version: facts.map(|facts| facts.version),
        cipher: facts.map(|facts| facts.cipher.clone()),
        days_left: walk.days_left(),
        certificates: walk.certificates.clone(),
    })
}

fn answer(one: &super::walk::Answer) -> ToldAnswer {
    let failure = one.said.as_ref().err();
    let reply = match &one.said {
        Ok(reply) => Some(reply),
        Err(failure) => failure.reply(),
    };
    let words = reply.map(crate::mail::reply::Reply::text);
    let words = words.or_else(|| failure.map(crate::mail::outcome::Failure::text));
    ToldAnswer {
        address: one.address.to_string(),
        taken: failure.is_none(),
        code: reply.map(|reply| reply.code),
        enhanced: reply.and_then(|reply| reply.enhanced.map(|code| code.to_string())),
        text: Clean::from(words.unwrap_or_default()),
    }
}

fn lines(offered: Option<&Capabilities>) -> Vec<Clean> {
    offered.map_or_else(Vec::new, |offered| offered.lines().to_vec())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

//! A scene of the test data, and the circumstances that it stands for.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use turbomail::mail::certificate::Certificate;
use turbomail::mail::circumstances::{Circumstances, Reached, TlsState, Tried};
use turbomail::mail::clean::Clean;
use turbomail::mail::fingerprint::Fingerprint;
use turbomail::mail::outcome::{Cause, Failure};
use turbomail::mail::reply::Reply;
use turbomail::mail::sasl::Sasl;
use turbomail::mail::smarthost::Security;
use turbomail::mail::stage::Stage;

/// What was seen, as the test data write it: at most one of `reply` to `local` says what failed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Scene {
    stage: Option<Stage>,
    reply: Option<String>,
    timeout: Option<u64>,
    closed: bool,
    dns: Option<String>,
    io: Option<String>,
    tls_words: Option<String>,
    out_of_step: Option<String>,
    local: Option<String>,
    done: Option<String>,
    words: Option<String>,
    written: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    security: Option<Security>,
    source: Option<String>,
    container: Option<bool>,
    login: Option<String>,
    sender: Option<String>,
    hello: Option<String>,
    tried: Vec<String>,
    greeting: Option<String>,
    greeting_ms: Option<u64>,
    first_bytes: String,
    speaks_tls: Option<bool>,
    bare_lf: Option<bool>,
    before: Option<Vec<String>>,
    after: Option<Vec<String>>,
    last_good: Option<Vec<String>>,
    forced_starttls: Option<bool>,
    tls: Option<String>,
    certificates: Vec<Shown>,
    days_left: Option<i64>,
    now: Option<Timestamp>,
    mechanism: Option<Sasl>,
    authenticated: Option<bool>,
    accepted: Option<usize>,
    refused: Option<usize>,
    committed: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    subject: String,
    issuer: String,
    names: Vec<String>,
    until: Option<Timestamp>,
}

impl Shown {
    fn certificate(&self) -> Certificate {
        let at = |text: &str| text.parse::<Timestamp>().expect("a moment");
        Certificate {
            subject: self.subject.as_str().into(),
            issuer: self.issuer.as_str().into(),
            names: self.names.iter().map(|name| name.as_str().into()).collect(),
            not_before: at("2020-01-01T00:00:00Z"),
            not_after: self.until.unwrap_or_else(|| at("2099-01-01T00:00:00Z")),
            sha256: Fingerprint([1; 32]),
            key_sha256: Fingerprint([2; 32]),
        }
    }
}

fn reply(text: &str) -> Reply {
    let (code, rest) = text.split_at_checked(3).expect("a code");
    Reply::new(
        code.parse().expect("a code"),
        [rest.trim_start_matches([' ', '-'])],
    )
}

fn tried(text: &str) -> Tried {
    let (address, how) = text.split_once(' ').expect("an address and a result");
    Tried {
        address: address.parse().expect("an address"),
        reached: match how {
            "open" => Reached::Open,
            "refused" => Reached::Refused,
            "silent" => Reached::TimedOut,
            "unreachable" => Reached::Unreachable,
            "reset" => Reached::Reset,
            "given-up" => Reached::GivenUp,
            _ => panic!("{how}"),
        },
    }
}

impl Scene {
    /// The scene's failure.
    fn failure(&self) -> Option<Failure> {
        let clean = |text: &Option<String>| text.as_deref().map(Clean::from);
        let cause = if let Some(text) = &self.reply {
            Cause::Refused(reply(text))
        } else if let Some(seconds) = self.timeout {
            Cause::TimedOut(Duration::from_secs(seconds))
        } else if self.closed {
            Cause::Closed
        } else {
            clean(&self.dns)
                .map(Cause::Dns)
                .or(clean(&self.io).map(Cause::Io))
                .or(clean(&self.tls_words).map(Cause::Tls))
                .or(clean(&self.out_of_step).map(Cause::OutOfStep))
                .or(clean(&self.local).map(Cause::Local))?
        };
        Some(Failure::new(self.stage.expect("a stage"), cause))
    }

    /// The scene in one line.
    pub(crate) fn told(&self) -> String {
        match self.failure() {
            Some(failure) => format!("{} at {}", failure, failure.stage),
            None => format!("{self:?}"),
        }
    }

    /// The circumstances.
    pub(crate) fn circumstances(&self) -> Circumstances {
        let clean = |text: &Option<String>| text.as_deref().map(Clean::from);
        let lines = |lines: &Option<Vec<String>>| {
            let lines = lines.as_ref()?;
            Some(
                lines
                    .iter()
                    .map(|line| Clean::from(line.as_str()))
                    .collect(),
            )
        };
        Circumstances {
            written: clean(&self.written),
            host: clean(&self.host),
            port: self.port,
            security: self.security,
            source: clean(&self.source),
            container: self.container,
            login: clean(&self.login),
            sender: clean(&self.sender),
            hello: clean(&self.hello),
            tried: self.tried.iter().map(|text| tried(text)).collect(),
            greeting: clean(&self.greeting),
            greeting_took: self.greeting_ms.map(Duration::from_millis),
            first_bytes: self.first_bytes.clone().into_bytes(),
            speaks_tls: self.speaks_tls,
            bare_lf: self.bare_lf,
            before_tls: lines(&self.before),
            after_tls: lines(&self.after),
            last_good: lines(&self.last_good),
            forced_starttls: self.forced_starttls,
            tls: self.tls.as_deref().map(|tls| match tls {
                "none" => TlsState::None,
                "starttls" => TlsState::StartTls,
                "implicit" => TlsState::Implicit,
                _ => panic!("{tls}"),
            }),
            certificates: self.certificates.iter().map(Shown::certificate).collect(),
            days_left: self.days_left,
            now: self.now,
            mechanism: self.mechanism,
            authenticated: self.authenticated,
            accepted: self.accepted,
            refused: self.refused,
            committed: self.committed,
            stage: self.stage,
            failure: self.failure(),
            words: clean(&self.words),
            reply: self.done.as_deref().map(reply),
        }
    }
}

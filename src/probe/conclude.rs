//! From a walk to what it means: everything that the walk has seen, as the knowledge base wants to know it.

use super::compare::Record;
use super::diagnosis::Knowledge;
use super::grid::Cell;
use super::walk::{Status, Walk};
use crate::mail::address::Address;
use crate::mail::circumstances::{Circumstances, Reached, TlsState, Tried};
use crate::mail::clean::Clean;
use crate::mail::diagnosis::Finding;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::smtp::{Capabilities, Try, TryEnd};

/// What is known beside a walk. Whatever is not known stays empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// What a look around at the host's ports has shown.
    pub cells: &'a [Cell],
    /// The last walk to the same server that went well.
    pub last_good: Option<&'a Record>,
    /// Whether this program runs in a container.
    pub container: Option<bool>,
    /// The server as a person has written it, before it was taken apart.
    pub written: Option<&'a str>,
    /// What is known of failures; the program's own knowledge where none is given.
    pub knowledge: Option<&'a Knowledge>,
}

/// What a walk most likely means, the best explanation first; nothing where there is nothing to be said.
#[must_use]
pub fn conclude(walk: &Walk) -> Vec<Finding> {
    conclude_with(walk, &Beside::default())
}

/// The same, with all that is known beside the walk.
#[must_use]
pub fn conclude_with(walk: &Walk, beside: &Beside<'_>) -> Vec<Finding> {
    let knowledge = beside.knowledge.unwrap_or_else(|| Knowledge::standard());
    let all = circumstances_with(walk, beside);
    let refused = refused(walk);
    if refused.len() < 2 {
        return knowledge.diagnose(&all);
    }
    knowledge.diagnose_each(&all, refused)
}

/// The recipients that were refused, the one whose refusal ended the walk first; nobody where something else ended it.
fn refused(walk: &Walk) -> Vec<(&Address, &Failure)> {
    let answers = walk.answers.iter().chain(&walk.content);
    let all = answers.filter_map(|one| Some((&one.address, one.said.as_ref().err()?)));
    let mut all: Vec<_> = all.collect();
    if let Some(end) = &walk.failure {
        match all.iter().position(|(_, failure)| *failure == end) {
            Some(at) => all.rotate_left(at),
            None => all.clear(),
        }
    }
    all
}

/// All that a walk has seen, and what is known beside it.
#[must_use]
pub fn circumstances_with(walk: &Walk, beside: &Beside<'_>) -> Circumstances {
    let mut all = circumstances(walk);
    for one in beside.cells.iter().flat_map(|cell| &cell.walk.tries) {
        let same = all
            .tried
            .iter_mut()
            .find(|other| other.address == one.address);
        let reached = reached(one);
        match same {
            // It was given up for a quicker one, and now it is known.
            Some(other) if other.reached == Reached::GivenUp => other.reached = reached,
            Some(_) => {}
            None => all.tried.push(Tried {
                address: one.address,
                reached,
            }),
        }
    }
    all.last_good = beside
        .last_good
        .and_then(Record::offered)
        .map(<[Clean]>::to_vec);
    all.container = beside.container;
    all.written = beside.written.map(Clean::new);
    all
}

/// All that a walk has seen.
#[must_use]
pub fn circumstances(walk: &Walk) -> Circumstances {
    let host = &walk.host;
    let refusals = || {
        walk.answers
            .iter()
            .filter_map(|one| one.said.as_ref().err())
    };
    let met = |stage| {
        walk.check(stage)
            .is_some_and(|check| check.status != Status::Skipped)
    };
    let lines = |offered: Option<&Capabilities>| offered.map(|offered| offered.lines().to_vec());
    Circumstances {
        host: Some(Clean::new(&host.host)),
        port: Some(host.port),
        security: Some(host.security),
        source: host
            .reach
            .source
            .map(|source| Clean::from(source.to_string())),
        login: host.credentials.as_ref().map(|one| Clean::new(&one.user)),
        sender: walk
            .sender
            .as_ref()
            .map(|sender| Clean::from(sender.to_string())),
        hello: name(walk.hello.as_ref()),
        tried: tried(walk),
        greeting: walk
            .greeting
            .as_ref()
            .map(|reply| Clean::from(reply.text())),
        greeting_took: walk
            .check(Stage::Greeting)
            .filter(|_| met(Stage::Greeting))
            .map(|check| check.took),
        first_bytes: foreign(walk),
        speaks_tls: walk.speaks_tls,
        bare_lf: bare_lf(walk),
        forced_starttls: walk
            .check(Stage::StartTls)
            .map(|check| check.status == Status::Warning),
        before_tls: lines(walk.before_tls.as_ref()),
        after_tls: lines(walk.after_tls.as_ref()),
        tls: tls(walk),
        certificates: walk.certificates.clone(),
        now: Some(walk.started),
        mechanism: walk.mechanism,
        authenticated: met(Stage::Hello).then_some(walk.authenticated),
        committed: Some(walk.transcript.progress().committed),
        stage: last(walk),
        failure: walk.failure.clone().or_else(|| refusals().next().cloned()),
        reply: walk.mail.clone(),
        ..Circumstances::default()
    }
}

/// What came where a greeting or TLS was due and was neither.
fn foreign(walk: &Walk) -> Vec<u8> {
    // Handshake and alert (RFC 8446 §5.1): that is TLS, whatever became of it.
    let is_tls = matches!(walk.tls_octets.as_slice(), [0x15 | 0x16, 0x03, ..]);
    if walk.greeting.is_none() && !walk.first_octets.is_empty() {
        walk.first_octets.clone()
    } else if is_tls {
        Vec::new()
    } else {
        walk.tls_octets.clone()
    }
}

/// Whether the first lines end in LF without CR (RFC 5321 §2.3.8). Inside TLS the octets are not seen.
fn bare_lf(walk: &Walk) -> Option<bool> {
    let octets = &walk.first_octets;
    // What speaks another protocol may have other line ends.
    walk.greeting.as_ref()?;
    let bare = |(at, octet): (usize, &u8)| {
        let before = at.checked_sub(1).and_then(|at| octets.get(at));
        *octet == b'\n' && before != Some(&b'\r')
    };
    octets
        .contains(&b'\n')
        .then(|| octets.iter().enumerate().any(bare))
}

/// The name in an EHLO, HELO or LHLO.
fn name(said: Option<&Clean>) -> Option<Clean> {
    let (_, name) = said?.split_once(' ')?;
    Some(Clean::new(name))
}

/// The last stage that was met.
fn last(walk: &Walk) -> Option<Stage> {
    let met = walk
        .checks
        .iter()
        .filter(|check| check.status != Status::Skipped);
    met.map(|check| check.stage)
        .filter(|stage| *stage != Stage::Quit)
        .max()
}

/// How the connection was protected, or was about to be.
fn tls(walk: &Walk) -> Option<TlsState> {
    let begun = walk.tls.is_some()
        || walk
            .failure
            .as_ref()
            .is_some_and(|one| one.stage == Stage::Tls);
    match (begun, walk.host.security) {
        (true, Security::Tls) => Some(TlsState::Implicit),
        (true, _) if walk.before_tls.is_some() => Some(TlsState::StartTls),
        (true, _) => Some(TlsState::Implicit),
        (false, _) => walk.greeting.is_some().then_some(TlsState::None),
    }
}

fn tried(walk: &Walk) -> Vec<Tried> {
    let known = walk.tries.iter().map(|one| one.address);
    let known: Vec<_> = known.collect();
    let others = walk
        .addresses
        .iter()
        .filter(|address| !known.contains(address));
    let others = others.map(|address| Tried {
        address: *address,
        reached: Reached::GivenUp,
    });
    walk.tries
        .iter()
        .map(|one| Tried {
            address: one.address,
            reached: reached(one),
        })
        .chain(others)
        .collect()
}

fn reached(one: &Try) -> Reached {
    match &one.end {
        TryEnd::Connected | TryEnd::NoUse(_) => Reached::Open,
        TryEnd::GivenUp => Reached::GivenUp,
        TryEnd::Failed(Cause::TimedOut(_)) => Reached::TimedOut,
        TryEnd::Failed(cause) => {
            // The system's words are all that is left of its error by now.
            let words = cause.to_string().to_lowercase();
            let has = |word: &str| words.contains(word);
            if has("refused") {
                Reached::Refused
            } else if has("reset") {
                Reached::Reset
            } else if has("timed out") || has("no answer") {
                Reached::TimedOut
            } else {
                Reached::Unreachable
            }
        }
    }
}

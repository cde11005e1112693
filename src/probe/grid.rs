//! What listens on a host's mail ports, and which way of protection works there: each way is tried once at the most.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde::Serialize;

use super::each::shorten;
use super::walk::{LookUp, Plan, Walk, walk};
use crate::mail::clock::SystemClock;
use crate::mail::outcome::Cause;
use crate::mail::reach::{Family, Place};
use crate::mail::smarthost::{Security, SmartHost};
use crate::mail::stage::Stage;
use crate::mail::transcript::Transcript;

/// The ports where mail is taken by convention: relaying, submission with TLS, submission, and what providers offer beside.
pub const PORTS: [u16; 4] = [25, 465, 587, 2525];

/// How long a port is waited for at the most; a look around is no place for patience.
const PATIENCE: Duration = Duration::from_secs(8);

/// What there is at a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// A mail server that can be spoken with in this way, and whose certificate is trusted.
    Works,
    /// A mail server that offers no TLS.
    InClear,
    /// A mail server that this way does not lead to: its certificate is not trusted, or TLS did not come about.
    Untrusted,
    /// A mail server that does not want us.
    Unwilling,
    /// Something listens, and it is no mail server that we know to speak with.
    Foreign,
    /// The connection was refused: nothing listens, or a wall says no.
    Refused,
    /// No answer came: most often something on the way drops what is sent there.
    Dropped,
    /// The name is not known, or the machine cannot be reached at all.
    Unreachable,
}

impl Found {
    /// A few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::InClear => "in clear only",
            Self::Untrusted => "TLS fails",
            Self::Unwilling => "refuses us",
            Self::Foreign => "no mail server",
            Self::Refused => "refused",
            Self::Dropped => "no answer",
            Self::Unreachable => "not reachable",
        }
    }
}

/// One port.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The port.
    pub port: u16,
    /// The family of the addresses that were called, where the host has both and each was called by itself.
    pub family: Family,
    /// The way that says most about it.
    pub security: Security,
    /// What there is.
    pub found: Found,
    /// The walk that showed it.
    pub walk: Walk,
}

/// Looks at these ports of a host at the same time, with no login and no envelope: over each family of addresses by itself,
/// where the host has both. A port is called once, and a second time where it is silent or speaks the other way: TLS from the
/// first byte, or STARTTLS.
pub async fn grid(host: &SmartHost, ports: &[u16]) -> Vec<Cell> {
    grid_by(None, host, ports).await
}

/// The same, with the addresses from somebody else than the system's resolver.
pub async fn grid_by(
    names: Option<&Arc<dyn LookUp>>,
    host: &SmartHost,
    ports: &[u16],
) -> Vec<Cell> {
    let mut ports = ports.to_vec();
    ports.sort_unstable();
    ports.dedup();
    let cells = join_all(ports.into_iter().map(|port| look(names, host, port))).await;
    cells.into_iter().flatten().collect()
}

/// The cell that is the best way out: trusted TLS and a login offered before trusted TLS alone, TLS from the first byte before
/// STARTTLS (RFC 8314 §3), and the relays' port last.
#[must_use]
pub fn best(cells: &[Cell]) -> Option<&Cell> {
    let works = cells.iter().filter(|cell| cell.found == Found::Works);
    works.min_by_key(|cell| {
        let offered = cell
            .walk
            .capabilities()
            .map(crate::smtp::Capabilities::mechanisms);
        (
            offered.is_none_or(|all| all.is_empty()),
            cell.port == 25,
            cell.security != Security::Tls,
            cell.port,
        )
    })
}

/// The cell to go to where there is no best one: a mail server whose certificate is shown and not trusted, which is the next
/// question there. In the same order otherwise.
#[must_use]
pub fn in_question(cells: &[Cell]) -> Option<&Cell> {
    let shows_one = cells.iter().filter(|cell| cell.is_in_question());
    shows_one.min_by_key(|cell| (cell.port == 25, cell.security != Security::Tls, cell.port))
}

/// The cell of a mail server that takes mail in clear and in no other way, in the same order otherwise.
#[must_use]
pub fn in_clear(cells: &[Cell]) -> Option<&Cell> {
    let clear = cells.iter().filter(|cell| cell.found == Found::InClear);
    clear.min_by_key(|cell| (cell.port == 25, cell.port))
}

/// The cell that most can be made of: the best one, else one in question, else one in clear, else any mail server at all.
#[must_use]
pub fn foremost(cells: &[Cell]) -> Option<&Cell> {
    let speaks = |cell: &&Cell| matches!(cell.found, Found::Untrusted | Found::Unwilling);
    best(cells)
        .or_else(|| in_question(cells))
        .or_else(|| in_clear(cells))
        .or_else(|| cells.iter().find(speaks))
}

impl Cell {
    /// Whether a mail server is there whose certificate is not trusted.
    #[must_use]
    pub fn is_in_question(&self) -> bool {
        self.found == Found::Untrusted && !self.walk.certificates.is_empty()
    }
}

async fn look(names: Option<&Arc<dyn LookUp>>, host: &SmartHost, port: u16) -> Vec<Cell> {
    let found = addresses(names, host, port).await;
    let has = |family: Family| found.iter().any(|one| family.has(&one.ip()));
    let is_both = has(Family::V4) && has(Family::V6) && host.reach.family == Family::Any;
    let families: &[Family] = if is_both {
        &[Family::V6, Family::V4]
    } else {
        &[host.reach.family]
    };
    join_all(families.iter().map(|family| {
        let mut host = SmartHost {
            port,
            credentials: None,
            ..host.clone()
        };
        host.reach.family = *family;
        shorten(&mut host, PATIENCE);
        let addresses = found.iter().filter(|one| family.has(&one.ip()));
        let plan = Plan {
            // The other way is tried anyway.
            second_look: false,
            names: names.cloned(),
            addresses: addresses.copied().collect(),
            ..Plan::new(host)
        };
        both_ways(plan, if is_both { *family } else { Family::Any })
    }))
    .await
}

/// The addresses of the host with this port; none where it has no name, or none is found, which the walk then tells.
async fn addresses(
    names: Option<&Arc<dyn LookUp>>,
    host: &SmartHost,
    port: u16,
) -> Vec<SocketAddr> {
    let mut host = SmartHost {
        port,
        ..host.clone()
    };
    shorten(&mut host, PATIENCE);
    if !matches!(host.place(), Place::Host(..)) || host.reach.detour.is_some() {
        return Vec::new();
    }
    let plan = Plan {
        stop_after: Some(Stage::Resolve),
        names: names.cloned(),
        ..Plan::new(host)
    };
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    walk(&plan, &transcript, &mut |_| {}).await.addresses
}

async fn both_ways(plan: Plan, family: Family) -> Cell {
    let (first, second) = if plan.host.port == 465 {
        (Security::Tls, Security::StartTls)
    } else {
        (Security::StartTls, Security::Tls)
    };
    let cell = try_one(&plan, family, first).await;
    if !is_worth_another(&cell.walk) {
        return cell;
    }
    let other = try_one(&plan, family, second).await;
    if matches!(
        other.found,
        Found::Works | Found::Untrusted | Found::InClear | Found::Unwilling
    ) {
        other
    } else {
        cell
    }
}

/// Whether the other way may say more: something listens and is silent, or speaks what was not expected.
fn is_worth_another(walk: &Walk) -> bool {
    walk.failure
        .as_ref()
        .is_some_and(|failure| match (failure.stage, &failure.cause) {
            (Stage::Greeting, Cause::TimedOut(_) | Cause::Closed) => true,
            (Stage::Greeting, Cause::OutOfStep(_)) => walk
                .first_octets
                .first()
                .is_some_and(|octet| matches!(octet, 21 | 22)),
            (Stage::Tls, Cause::Tls(_)) => walk.tls_octets.starts_with(b"220"),
            _ => false,
        })
}

async fn try_one(plan: &Plan, family: Family, security: Security) -> Cell {
    let host = SmartHost {
        security,
        ..SmartHost::clone(&plan.host)
    };
    let plan = Plan {
        host: Arc::new(host),
        ..plan.clone()
    };
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    let walk = walk(&plan, &transcript, &mut |_| {}).await;
    Cell {
        port: plan.host.port,
        family,
        security,
        found: found(&walk),
        walk,
    }
}

/// What a walk as far as the login says of the port.
fn found(walk: &Walk) -> Found {
    let Some(failure) = &walk.failure else {
        return Found::Works;
    };
    match (failure.stage, &failure.cause) {
        (Stage::Connect, Cause::TimedOut(_)) => Found::Dropped,
        (Stage::Connect, Cause::Io(words)) if words.contains("refused") => Found::Refused,
        (Stage::Resolve | Stage::Connect, _) => Found::Unreachable,
        (Stage::StartTls, Cause::Local(_)) => Found::InClear,
        (Stage::Tls, _) if walk.certificates.is_empty() && walk.greeting.is_none() => {
            Found::Foreign
        }
        (Stage::StartTls | Stage::Tls, _) => Found::Untrusted,
        (_, Cause::Refused(_)) => Found::Unwilling,
        _ => Found::Foreign,
    }
}

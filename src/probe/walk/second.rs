//! A second look at a server that lets us in and says nothing: whether it waits for TLS.

use std::net::SocketAddr;
use std::time::Duration;

use super::record::Walk;
use crate::mail::outcome::Cause;
use crate::mail::smarthost::{Security, SmartHost};
use crate::mail::stage::Stage;
use crate::mail::transcript::By;
use crate::smtp::{Session, Tls, call_telling};

/// How long it may take at the most, beside what the walk has taken.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);

/// The address of a server that let us in, and was silent in clear; `None` where there is none such.
pub(super) fn silent(walk: &Walk) -> Option<SocketAddr> {
    let failure = walk.failure.as_ref()?;
    let is_silent = failure.stage == Stage::Greeting
        && matches!(failure.cause, Cause::TimedOut(_))
        && walk.first_octets.is_empty()
        && !walk.host.is_implicit_tls();
    walk.peer.as_deref().filter(|_| is_silent)?.parse().ok()
}

/// Whether a silent server answers a handshake, by one more connection on which nothing else is said. `None` where it does not
/// let us in again.
pub(super) async fn speaks_tls(walk: &Walk, address: SocketAddr) -> Option<bool> {
    let note = |text: &str| walk.transcript.push(Stage::Tls, By::Note, text);
    note("a second connection, to see whether the silence waits for TLS");
    let mut host = SmartHost {
        security: Security::Tls,
        credentials: None,
        ..SmartHost::clone(&walk.host)
    };
    host.timeouts.connect = host.timeouts.connect.min(PATIENCE);
    host.timeouts.tls = host.timeouts.tls.min(PATIENCE);
    let called = call_telling(&host, vec![address], &walk.transcript, &mut Vec::new()).await;
    let (link, ear) = called.ok()?.with_ear();
    ear.listen();
    let tls = Tls::of(&host);
    let mut session = Session::new(link, host.into(), tls, &walk.transcript);
    // Trusted or not: what counts is whether a TLS record came back, a handshake's (22) or an alert (21).
    session.handshake().await.ok();
    let speaks = matches!(ear.heard().as_slice(), [21 | 22, 3, ..]);
    note(if speaks {
        "it speaks TLS from the first byte: use security = tls"
    } else {
        "it does not speak TLS either"
    });
    Some(speaks)
}

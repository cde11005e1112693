//! What a remedy is judged by: the walk, its findings and the grid, with the questions that several of them ask.

use crate::mail::diagnosis::Finding;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::{Reply, Severity};
use crate::mail::smarthost::{Security, SmartHost};
use crate::mail::stage::Stage;
use crate::probe::grid::Cell;
use crate::probe::walk::Walk;

/// Everything there is to judge by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) walk: &'a Walk,
    pub(super) findings: &'a [Finding],
    pub(super) cells: &'a [Cell],
}

impl<'a> Seen<'a> {
    pub(super) fn host(self) -> &'a SmartHost {
        &self.walk.host
    }

    pub(super) fn failure(self) -> Option<&'a Failure> {
        self.walk.failure.as_ref()
    }

    pub(super) fn stage(self) -> Option<Stage> {
        self.failure().map(|failure| failure.stage)
    }

    pub(super) fn cause(self) -> Option<&'a Cause> {
        self.failure().map(|failure| &failure.cause)
    }

    /// The refusal, where it is one for good: what is only put off needs no other settings.
    pub(super) fn refused(self) -> Option<&'a Reply> {
        let reply = self.failure()?.reply()?;
        (reply.severity() == Severity::Permanent).then_some(reply)
    }

    /// Whether the failure is a refusal of our own.
    pub(super) fn is_local(self) -> bool {
        matches!(self.cause(), Some(Cause::Local(_)))
    }

    /// Whether one of these explanations was found, be it the best or not.
    pub(super) fn is_found(self, ids: &[&str]) -> bool {
        let mut all = self.findings.iter();
        all.any(|finding| ids.contains(&finding.id.as_str()))
    }

    /// Whether the server is on this machine, where nobody can listen on the way.
    pub(super) fn is_here(self) -> bool {
        self.host().is_here()
    }

    /// Whether the conversation was in clear when it ended.
    pub(super) fn is_clear(self) -> bool {
        self.walk.tls.is_none() && !self.host().is_implicit_tls()
    }

    /// Whether STARTTLS was offered in clear.
    pub(super) fn offers_starttls(self) -> bool {
        let before = self.walk.before_tls.as_ref();
        before.is_some_and(|offered| offered.offers("STARTTLS"))
    }

    /// The login mechanisms that were offered last.
    pub(super) fn mechanisms(self) -> Vec<String> {
        let offered = self.walk.capabilities();
        offered.map_or_else(Vec::new, crate::smtp::Capabilities::mechanisms)
    }

    /// Whether another port leads elsewhere: a UNIX socket has none, and a detour stays where it is.
    pub(super) fn calls_a_port(self) -> bool {
        let reach = &self.host().reach;
        reach.socket.is_none() && reach.detour.is_none()
    }

    /// The ports of submission that are not in use yet, as the conventions pair them with protection (RFC 6409 §3.1,
    /// RFC 8314 §7).
    pub(super) fn other_ports(self) -> Vec<(u16, Security)> {
        let host = self.host();
        if !self.calls_a_port() {
            return Vec::new();
        }
        let both = [(587, Security::StartTls), (465, Security::Tls)];
        both.into_iter()
            .filter(|(port, _)| *port != host.port)
            .collect()
    }
}

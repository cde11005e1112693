//! The way to the server: the lookup, the connection, and the next address where one is of no use.

use std::net::SocketAddr;

use super::check::Status;
use super::detail::shortened;
use super::event::Event;
use super::lookup::look_up_by;
use super::walker::{Over, Walker};
use crate::mail::outcome::Failure;
use crate::mail::reach::Place;
use crate::mail::stage::Stage;
use crate::mail::transcript::By;
use crate::smtp::{Link, Session, TryEnd, call_again, call_telling, dial, is_of_address, resolve};

impl Walker<'_, '_> {
    /// Looks the name up and connects.
    pub(super) async fn reach(&mut self) -> Result<Link, Over> {
        let host = self.plan.host.clone();
        let (limit, place) = (host.timeouts.connect, host.place());
        let begun = self.enter(Stage::Resolve, limit);
        // Who has no name is dialled at once, which is noted there.
        if host.reach.detour.is_some() && matches!(place, Place::Host(..)) {
            let text = format!("{place} is called in place of {}", host.name());
            self.walk.transcript.push(Stage::Resolve, By::Note, text);
        }
        let Place::Host(name, port) = place else {
            let why = match place {
                Place::Command(_) => "a command has no address",
                _ => "a UNIX socket has no name",
            };
            self.done(Stage::Resolve, begun, Status::Ok, why);
            self.stop_after(Stage::Resolve).await?;
            let begun = self.enter(Stage::Connect, limit);
            let link = dial(&host, &self.walk.transcript).await;
            let link = link.map_err(|failure| self.failed(Stage::Connect, begun, failure))?;
            let peer = link.connection().peer.clone().unwrap_or_default();
            self.done(Stage::Connect, begun, Status::Ok, peer);
            self.stop_after(Stage::Connect).await?;
            return Ok(link);
        };
        let found = if self.plan.addresses.is_empty() {
            let found = match &self.plan.names {
                Some(names) => {
                    look_up_by(names.as_ref(), &name, port, limit, &self.walk.transcript).await
                }
                None => resolve(&name, port, limit, &self.walk.transcript).await,
            };
            found.map_err(|failure| self.failed(Stage::Resolve, begun, failure))?
        } else {
            self.plan.addresses.clone()
        };
        let names: Vec<_> = found.iter().map(|one| one.ip().to_string()).collect();
        self.done(Stage::Resolve, begun, Status::Ok, shortened(&names));
        self.walk.addresses.clone_from(&found);
        self.stop_after(Stage::Resolve).await?;
        let begun = self.enter(Stage::Connect, limit);
        let transcript = self.walk.transcript.clone();
        let link = call_telling(&host, found, &transcript, &mut self.walk.tries).await;
        let link = link.map_err(|failure| self.failed(Stage::Connect, begun, failure))?;
        self.connected(&link, begun);
        self.stop_after(Stage::Connect).await?;
        Ok(link)
    }

    /// Writes down who answered, and with a warning who did not.
    fn connected(&mut self, link: &Link, begun: tokio::time::Instant) {
        let peer = link.connection().peer.clone().unwrap_or_default();
        self.walk.local = link.local();
        let in_vain = self.walk.tries.iter().filter_map(|one| match &one.end {
            TryEnd::Failed(cause) => Some(format!("not {}: {cause}", one.address)),
            TryEnd::NoUse(cause) => Some(format!("{} is of no use: {cause}", one.address)),
            TryEnd::Connected | TryEnd::GivenUp => None,
        });
        let in_vain: Vec<_> = in_vain.collect();
        let (status, detail) = if in_vain.is_empty() {
            (Status::Ok, peer)
        } else {
            (Status::Warning, format!("{peer}; {}", shortened(&in_vain)))
        };
        self.done(Stage::Connect, begun, status, detail);
    }

    /// Whether the failure may be that of this address alone, as whoever sends would take it.
    pub(super) fn is_of_address(&self) -> bool {
        let failure = self.walk.failure.as_ref();
        failure.is_some_and(|failure| is_of_address(failure, &self.plan.host))
    }

    /// Leaves an address that is of no use, and calls the next. Where none answers, what the first has said stands.
    pub(super) async fn next_address(
        &mut self,
        session: &mut Session,
        others: Vec<SocketAddr>,
    ) -> Result<Link, Over> {
        let (host, transcript) = (self.plan.host.clone(), self.walk.transcript.clone());
        let peer = session.connection().peer.clone().unwrap_or_default();
        let text = format!("{peer} is of no use; the next address is tried");
        transcript.push(Stage::Connect, By::Note, text);
        let mut tries = Vec::new();
        let begun = tokio::time::Instant::now();
        // A server that counts connections must not count this one.
        if self.walk.failure.as_ref().and_then(Failure::code) != Some(421) {
            session.quit().await;
        }
        let next = call_again(&host, others, &transcript, &mut tries).await;
        let Ok(link) = next else {
            self.walk.tries.extend(tries);
            return Err(Over::Failed);
        };
        // Those that had been given up for the quicker one may stand here twice; the later try counts.
        let again = |one: SocketAddr| tries.iter().any(|later| later.address == one);
        self.walk.tries.retain(|one| !again(one.address));
        if let Some(failure) = self.walk.failure.take()
            && let Some(left) =
                { self.walk.tries.iter_mut() }.find(|one| one.end == TryEnd::Connected)
        {
            left.end = TryEnd::NoUse(failure.cause);
        }
        self.walk.tries.extend(tries);
        { &mut self.walk.checks }.retain(|check| check.stage == Stage::Resolve);
        (self.walk.first_octets, self.walk.tls_octets) = (Vec::new(), Vec::new());
        self.tell(&Event::NextAddress);
        self.connected(&link, begun);
        Ok(link)
    }
}

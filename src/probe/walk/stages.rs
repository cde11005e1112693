//! The stages of a walk, one after another.

use std::net::SocketAddr;

use super::check::Status;
use super::event::Event;
use super::lookup::look_up_by;
use super::record::Answer;
use super::walker::{Over, Walker};
use crate::mail::clean::Clean;
use crate::mail::outcome::Failure;
use crate::mail::reach::Place;
use crate::mail::reply::Reply;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::mail::transcript::By;
use crate::smtp::{
    Capabilities, Link, Session, Tls, TryEnd, call_again, call_telling, dial, is_of_address,
    resolve,
};

/// Days of a certificate below which it is worth a warning: less than the time in which the usual automatic renewal has failed.
const FEW_DAYS: i64 = 14;
/// Octets kept of what speaks there.
const MOST_OCTETS: usize = 256;
/// The longest list of names in a detail, in characters.
const LIST: usize = 120;

impl Walker<'_, '_> {
    /// Goes from stage to stage. The session stays behind in `slot`, so that it can be ended.
    pub(super) async fn stages(&mut self, slot: &mut Option<Session>) -> Result<(), Over> {
        let tls = Tls::of(&self.plan.host);
        let mut link = self.reach().await?;
        loop {
            let others = link.take_others();
            let (heard, ear) = link.with_ear();
            self.ear = ear;
            let host = self.plan.host.clone();
            let session = Session::new(heard, host, tls.clone(), &self.walk.transcript);
            let session = session
                .with_logins(self.plan.logins.clone())
                .with_patience(self.plan.patience.clone());
            let session = slot.insert(session);
            match self.open(session).await {
                Err(Over::Failed) if self.is_of_address() && !others.is_empty() => {
                    link = self.next_address(session, others).await?;
                }
                opened => {
                    opened?;
                    break;
                }
            }
        }
        let Some(session) = slot else {
            return Ok(());
        };
        if self.plan.host.security != Security::None {
            // Whoever has greeted will most likely come to TLS.
            tls.prepare();
        }
        self.hello(session).await?;
        self.stop_after(Stage::Hello).await?;
        self.protect(session).await?;
        self.tell_client(session).await?;
        self.login(session).await?;
        self.envelope(session).await?;
        self.content(session).await
    }

    /// Looks the name up and connects.
    async fn reach(&mut self) -> Result<Link, Over> {
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
    fn is_of_address(&self) -> bool {
        let failure = self.walk.failure.as_ref();
        failure.is_some_and(|failure| is_of_address(failure, &self.plan.host))
    }

    /// Leaves an address that is of no use, and calls the next. Where none answers, what the first has said stands.
    async fn next_address(
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

    /// TLS from the first byte where that is the way, and the greeting.
    async fn open(&mut self, session: &mut Session) -> Result<(), Over> {
        let host = self.plan.host.clone();
        self.ear.listen();
        if host.is_implicit_tls() {
            self.handshake(session).await?;
            self.stop_after(Stage::Tls).await?;
        }
        let begun = self.enter(Stage::Greeting, host.timeouts.greeting);
        let said = session.greet().await;
        self.walk.first_octets = if host.is_implicit_tls() {
            let first = self.walk.last_said(Stage::Greeting, By::Server);
            first.map_or_else(Vec::new, |line| line.as_bytes().to_vec())
        } else {
            self.ear.heard()
        };
        self.walk.first_octets.truncate(MOST_OCTETS);
        let reply = said.map_err(|failure| self.failed(Stage::Greeting, begun, failure))?;
        self.done(Stage::Greeting, begun, Status::Ok, in_short(&reply));
        self.walk.greeting = Some(reply);
        self.stop_after(Stage::Greeting).await
    }

    /// EHLO or what stands in its place.
    pub(super) async fn hello(&mut self, session: &mut Session) -> Result<(), Over> {
        let begun = self.enter(Stage::Hello, self.plan.host.timeouts.hello);
        let said = session.hello().await;
        said.map_err(|failure| self.failed(Stage::Hello, begun, failure))?;
        let names = keywords(session.capabilities());
        let (status, detail) = if names.is_empty() {
            (Status::Warning, "the server offers no extension".to_owned())
        } else {
            (Status::Ok, shortened(&names))
        };
        self.done(Stage::Hello, begun, status, detail);
        Ok(())
    }

    /// STARTTLS, the handshake and EHLO again, where the settings ask for them.
    async fn protect(&mut self, session: &mut Session) -> Result<(), Over> {
        let host = self.plan.host.clone();
        let begun = tokio::time::Instant::now();
        let is_clear = session.connection().tls.is_none();
        let wanted = match session.wants_starttls() {
            _ if self.plan.force_starttls && is_clear => true,
            Ok(wanted) => wanted,
            Err(failure) => return Err(self.failed(Stage::StartTls, begun, failure)),
        };
        if !wanted {
            if !is_clear {
                self.leave_out(Stage::StartTls, "not needed: TLS from the first byte");
                return self.stop_after(Stage::StartTls).await;
            }
            let why = match host.security {
                Security::None => "in clear, as security = none says",
                _ => "in clear: the server is on this machine",
            };
            self.leave_out(Stage::StartTls, why);
            self.stop_after(Stage::StartTls).await?;
            self.leave_out(Stage::Tls, why);
            return self.stop_after(Stage::Tls).await;
        }
        let begun = self.enter(Stage::StartTls, host.timeouts.starttls);
        let unoffered = !session.capabilities().offers("STARTTLS");
        let reply = session.say_starttls().await;
        let reply = reply.map_err(|failure| self.failed(Stage::StartTls, begun, failure))?;
        let (status, detail) = if unoffered {
            let words = format!("{reply}, though it was not offered");
            (Status::Warning, words)
        } else {
            (Status::Ok, reply.to_string())
        };
        self.done(Stage::StartTls, begun, status, detail);
        self.stop_after(Stage::StartTls).await?;
        self.ear.listen();
        self.handshake(session).await?;
        self.stop_after(Stage::Tls).await?;
        self.hello(session).await
    }

    /// The handshake. The ear listens already, since a server may speak first.
    async fn handshake(&mut self, session: &mut Session) -> Result<(), Over> {
        let begun = self.enter(Stage::Tls, self.plan.host.timeouts.tls);
        let done = session.handshake().await;
        let heard = self.ear.heard();
        if let Err(failure) = done {
            self.walk.tls_octets = heard;
            return Err(self.failed(Stage::Tls, begun, failure));
        }
        let Some(facts) = &session.connection().tls else {
            return Ok(());
        };
        let few = facts.days_left < FEW_DAYS;
        let status = if few { Status::Warning } else { Status::Ok };
        let detail = format!(
            "{}, {}, {} days left",
            facts.version, facts.subject, facts.days_left
        );
        self.done(Stage::Tls, begun, status, detail);
        Ok(())
    }

    /// The login, where there is one.
    async fn login(&mut self, session: &mut Session) -> Result<(), Over> {
        let host = self.plan.host.clone();
        let Some(credentials) = &host.credentials else {
            let offered = session.capabilities().mechanisms();
            let why = if offered.is_empty() {
                "no user is set, and no login is offered".to_owned()
            } else {
                format!("no user is set; offered: {}", shortened(&offered))
            };
            self.leave_out(Stage::Auth, &why);
            return self.stop_after(Stage::Auth).await;
        };
        let begun = self.enter(Stage::Auth, host.timeouts.auth);
        let result = session.login().await;
        result.map_err(|failure| self.failed(Stage::Auth, begun, failure))?;
        self.walk.authenticated = true;
        let way = session.mechanism().map_or("", |one| one.name());
        let detail = format!("{} by {way}", credentials.user);
        self.done(Stage::Auth, begun, Status::Ok, detail);
        self.stop_after(Stage::Auth).await
    }

    /// MAIL, and RCPT for everybody who was named.
    async fn envelope(&mut self, session: &mut Session) -> Result<(), Over> {
        if !self.plan.goes_to_mail() {
            self.leave_out(Stage::Mail, "no recipient was named");
            self.leave_out(Stage::Rcpt, "no recipient was named");
            return Ok(());
        }
        let plan = self.plan;
        let begun = self.enter(Stage::Mail, plan.host.timeouts.mail);
        let said = session.taste_sender(plan.sender.as_ref(), &plan.recipients);
        let said = said.await;
        let reply = said.map_err(|failure| self.failed(Stage::Mail, begun, failure))?;
        self.done(Stage::Mail, begun, Status::Ok, in_short(&reply));
        self.walk.mail = Some(reply);
        self.stop_after(Stage::Mail).await?;
        let begun = self.enter(Stage::Rcpt, plan.host.timeouts.rcpt);
        for to in &plan.recipients {
            let said = session.taste_recipient(to).await;
            let ends =
                session.is_over() || matches!(&said, Err(failure) if failure.code() == Some(421));
            self.walk.answers.push(Answer {
                address: to.clone(),
                said,
            });
            if ends {
                break;
            }
        }
        self.recipients(begun)
    }

    /// What the answers to RCPT come to: it fails where nobody is taken, or where the connection was lost.
    fn recipients(&mut self, begun: tokio::time::Instant) -> Result<(), Over> {
        let answers = &self.walk.answers;
        let refused = answers.iter().find_map(|one| one.said.clone().err());
        let taken = answers.iter().filter(|one| one.said.is_ok()).count();
        let asked = self.plan.recipients.len();
        let lost = answers.last().and_then(|one| match &one.said {
            Err(failure) if failure.reply().is_none_or(|reply| reply.code == 421) => {
                Some(failure.clone())
            }
            _ => None,
        });
        // What cannot be told to this server is no loss of the connection.
        let lost = lost.filter(|failure| answers.len() < asked || failure.code() == Some(421));
        if let Some(failure) = lost {
            return Err(self.failed(Stage::Rcpt, begun, failure));
        }
        match (refused, answers.first()) {
            (Some(failure), _) if taken == 0 => Err(self.failed(Stage::Rcpt, begun, failure)),
            (Some(failure), _) => {
                let detail = format!("{taken} of {asked} taken; {}", failure.cause);
                self.done(Stage::Rcpt, begun, Status::Warning, detail);
                Ok(())
            }
            (
                None,
                Some(Answer {
                    said: Ok(reply), ..
                }),
            ) => {
                let detail = in_short(reply);
                self.done(Stage::Rcpt, begun, Status::Ok, detail);
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }
}

/// The first line of a reply with its code.
pub(super) fn in_short(reply: &Reply) -> Clean {
    let first = Reply {
        lines: reply.lines.iter().take(1).cloned().collect(),
        ..reply.clone()
    };
    Clean::from(first.to_string())
}

/// The keywords of what was promised.
fn keywords(offered: &Capabilities) -> Vec<String> {
    let first = |line: &Clean| line.split_ascii_whitespace().next().map(str::to_owned);
    offered.lines().iter().filter_map(first).collect()
}

/// A list with commas, cut where it becomes long.
fn shortened(list: &[String]) -> String {
    let mut text = String::new();
    for (at, one) in list.iter().enumerate() {
        if at > 0 && text.len() + one.len() > LIST {
            return format!("{text} and {} more", list.len() - at);
        }
        if at > 0 {
            text.push_str(", ");
        }
        text.push_str(one);
    }
    text
}

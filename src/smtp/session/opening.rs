//! Opens a session: greeting, EHLO or HELO; and ends it: QUIT.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::envelope::objection;
use super::hello;
use super::limits::Limits;
use crate::mail::certificate::Certificate;
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::parcel::Connection;
use crate::mail::reach::Protocol;
use crate::mail::reply::Reply;
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::{Security, SmartHost};
use crate::mail::stage::Stage;
use crate::mail::transcript::Transcript;
use crate::smtp::auth::Logins;
use crate::smtp::capabilities::Capabilities;
use crate::smtp::dial::Link;
use crate::smtp::patience::Patience;
use crate::smtp::tls::{Binding, Tls};
use crate::smtp::wire::{Flight, Surplus, Wire};

/// A conversation with a smart host over one connection.
///
/// [`Session::establish`] goes through greeting, EHLO, TLS and login; then [`Session::deliver_batch`] sends messages, one after
/// another; [`Session::quit`] ends it. The steps before the first message can also be taken one by one.
pub struct Session {
    pub(super) wire: Wire,
    pub(super) host: Arc<SmartHost>,
    pub(super) capabilities: Capabilities,
    pub(super) phase: Phase,
    pub(super) tls: Tls,
    pub(super) binding: Option<Binding>,
    pub(super) logins: Logins,
    pub(super) connection: Connection,
    pub(super) certificates: Vec<Certificate>,
    pub(super) before_tls: Option<Capabilities>,
    /// The login mechanism that was tried last.
    pub(super) mechanism: Option<Sasl>,
    local: Option<IpAddr>,
    pub(super) loopback: bool,
    opened: Instant,
    pub(super) messages: usize,
    /// Transactions begun, which a server may limit (RFC 9422).
    pub(super) mails: usize,
    /// Where content is put together for a write; kept so that each message need not ask for memory.
    pub(super) block: Vec<u8>,
}

/// What a session may do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The greeting, EHLO, TLS or login is still to come.
    Opening,
    /// A message may begin.
    Ready,
    /// A message may begin behind a RSET: the server may have one half open.
    Dirty,
    /// QUIT has left with the last message; only its reply is still to come.
    Leaving,
    /// Nothing more. Also while a message is being delivered, so that one whose delivery was dropped leaves nothing to use.
    Over,
}

impl Session {
    /// A session on a link on which nothing was said yet.
    #[must_use]
    pub fn new(link: Link, host: Arc<SmartHost>, tls: Tls, transcript: &Transcript) -> Self {
        Self {
            wire: Wire::new(link.stream, transcript),
            host,
            capabilities: Capabilities::default(),
            phase: Phase::Opening,
            tls,
            binding: None,
            logins: Logins::new(),
            connection: link.connection,
            certificates: Vec::new(),
            before_tls: None,
            mechanism: None,
            local: link.local,
            loopback: link.loopback,
            opened: Instant::now(),
            messages: 0,
            mails: 0,
            block: Vec::new(),
        }
    }

    /// Lets this session's login take turns with those of other connections, and heed their refusals.
    #[must_use]
    pub fn with_logins(mut self, logins: Logins) -> Self {
        self.logins = logins;
        self
    }

    /// Waits longer for a reply where somebody grants more time for it.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.wire.be_patient(patience);
        self
    }

    /// What is known of the connection so far.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The certificates that the server has shown, its own first; also where they were not trusted and nothing is protected.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// What the server's last reply to EHLO promised.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// What the server promised before STARTTLS. Nothing of it counts afterwards (RFC 3207 §4.2).
    #[must_use]
    pub fn capabilities_before_tls(&self) -> Option<&Capabilities> {
        self.before_tls.as_ref()
    }

    /// The login mechanism that was tried last; `None` where none was.
    pub(crate) const fn mechanism(&self) -> Option<Sasl> {
        self.mechanism
    }

    /// How many messages this session was given.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.messages
    }

    /// How many more messages it takes: the smart host's `count`, and what the server limits (RFC 9422).
    #[must_use]
    pub fn room(&self) -> usize {
        let mails = Limits::read(&self.capabilities).mails;
        self.count_left().min(mails.saturating_sub(self.mails))
    }

    /// How many more messages the smart host's `count` allows.
    pub(super) fn count_left(&self) -> usize {
        self.host.count.max(1).saturating_sub(self.messages)
    }

    /// Whether another message may begin, as far as this side knows.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.wire.is_broken() && matches!(self.phase, Phase::Ready | Phase::Dirty)
    }

    /// Whether nothing more can be said: it failed, was given up, or QUIT was said. Such a session is best dropped at once,
    /// which closes the connection.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.wire.is_broken() || self.phase == Phase::Over
    }

    /// How long the connection has been open.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// Whether what is said is protected by TLS, or never leaves this machine.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.connection.tls.is_some() || self.loopback
    }

    /// Why this server would not be offered a message, or one of its recipients, as far as its reply to EHLO says.
    #[must_use]
    pub fn objection(&self, message: &Message) -> Option<Failure> {
        objection(message, &self.capabilities, self.connection.tls.is_some())
    }

    /// Goes through everything that comes before the first message. Where it fails, the session is ended politely.
    ///
    /// # Errors
    /// The failure, at one of the stages before MAIL: trouble with the host, never with a message.
    pub async fn establish(&mut self) -> Result<(), Failure> {
        let result = self.steps().await;
        match &result {
            Ok(()) => self.phase = Phase::Ready,
            Err(failure) if failure.code() == Some(421) => self.phase = Phase::Over,
            Err(_) => self.quit().await,
        }
        result
    }

    async fn steps(&mut self) -> Result<(), Failure> {
        if self.host.is_implicit_tls() {
            self.handshake().await?;
        }
        self.greet().await?;
        self.hello().await?;
        self.starttls().await?;
        self.login().await
    }

    /// Reads the greeting.
    ///
    /// # Errors
    /// The server's refusal, or why there is no greeting.
    pub async fn greet(&mut self) -> Result<Reply, Failure> {
        let limit = self.host.timeouts.greeting;
        let result = self.wire.reply(Stage::Greeting, limit).await;
        if let Err(Cause::TimedOut(_)) = result.as_ref().map_err(|failure| &failure.cause)
            && self.host.port == 465
            && self.connection.tls.is_none()
        {
            let hint = "a silent port 465 most often waits for TLS: use security = tls";
            self.wire.note(Stage::Greeting, hint);
        }
        let reply = result?;
        self.expect(Stage::Greeting, reply, 220)
    }

    /// Says EHLO, or LHLO where LMTP is spoken; HELO where the server knows no EHLO and neither TLS nor login is needed
    /// (RFC 5321 §3.2).
    ///
    /// # Errors
    /// The server's refusal, or why there is no reply.
    pub async fn hello(&mut self) -> Result<Reply, Failure> {
        let name = hello::name(self.host.hello.as_deref(), self.local)
            .map_err(|words| Failure::local(Stage::Hello, words))?;
        let (limit, protocol) = (self.host.timeouts.hello, self.host.reach.protocol);
        let reply = self
            .exchange(Stage::Hello, &format!("{} {name}", protocol.hello()), limit)
            .await?;
        // LMTP has no older form (RFC 2033 §4.1).
        let bare =
            protocol == Protocol::Smtp && self.host.credentials.is_none() && !self.must_start_tls();
        if bare && matches!(reply.code, 500 | 502) {
            self.capabilities = Capabilities::default();
            let reply = self
                .exchange(Stage::Hello, &format!("HELO {name}"), limit)
                .await?;
            return self.expect(Stage::Hello, reply, 250);
        }
        let reply = self.expect(Stage::Hello, reply, 250)?;
        self.capabilities = Capabilities::read(&reply);
        Ok(reply)
    }

    /// Whether going on without TLS would break the configured security.
    pub(super) fn must_start_tls(&self) -> bool {
        self.connection.tls.is_none()
            && match self.host.security {
                // Who pins a certificate wants it to be seen.
                Security::Auto => !self.loopback || !self.host.pins.is_empty(),
                Security::StartTls | Security::Tls => true,
                Security::None => false,
            }
    }

    /// Whether another message may be sent. It looks, without waiting, whether the server has closed the connection or said
    /// anything while it was idle, which is no fault of any message; a remark in the transcript tells of it.
    pub async fn is_usable(&mut self, transcript: &Transcript) -> bool {
        self.wire.write_down_in(transcript);
        if self.wire.is_broken() || !matches!(self.phase, Phase::Ready | Phase::Dirty) {
            return false;
        }
        let found = self.wire.surplus().await;
        if found == Surplus::Nothing {
            return true;
        }
        self.phase = Phase::Over;
        if found == Surplus::Bytes {
            self.interrupted(Stage::Connect).await;
        }
        let note = "the server has ended the idle connection; another one is opened";
        self.wire.note(Stage::Connect, note);
        false
    }

    /// Says QUIT and waits for the reply within the `quit` limit. Nothing that happens here changes a result.
    pub async fn quit(&mut self) {
        self.part().await;
    }

    /// The same; what the server has said to it, or why that is not known. `None` where there was nobody to say it to.
    pub(crate) async fn part(&mut self) -> Option<Result<Reply, Failure>> {
        let can_speak = !self.wire.is_broken() && self.phase != Phase::Over;
        let mut end = None;
        if can_speak {
            let limit = self.host.timeouts.quit;
            let farewell = async {
                let flight = Flight::of(Stage::Quit, "QUIT");
                if self.phase != Phase::Leaving {
                    self.wire.send(&flight, limit).await?;
                }
                self.wire.reply(Stage::Quit, limit).await
            };
            let said = tokio::time::timeout(limit, farewell).await;
            let late = |_| Err(Failure::new(Stage::Quit, Cause::TimedOut(limit)));
            end = Some(said.unwrap_or_else(late));
        }
        self.phase = Phase::Over;
        self.wire.give_up();
        end
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("connection", &self.connection)
            .field("phase", &self.phase)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}

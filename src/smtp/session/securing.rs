//! Protects a session: STARTTLS, the handshake, and what the server has shown of itself in it.

use super::opening::Session;
use crate::mail::certificate::left_in_words;
use crate::mail::outcome::Failure;
use crate::mail::reply::Reply;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::smtp::tls::{Secured, Unsecured};

impl Session {
    /// Starts TLS where the configured security asks for it, forgets what was promised in clear, and says EHLO again.
    ///
    /// # Errors
    /// Why there is no TLS. It never goes on in clear where TLS is wanted.
    pub async fn starttls(&mut self) -> Result<(), Failure> {
        if self.wants_starttls()? {
            self.say_starttls().await?;
            self.handshake().await?;
            self.hello().await?;
        }
        Ok(())
    }

    /// Whether STARTTLS comes next: the configured security asks for it and the server offers it.
    ///
    /// # Errors
    /// Where going on without would break the configured security.
    pub(crate) fn wants_starttls(&mut self) -> Result<bool, Failure> {
        let in_clear = match self.host.security {
            // What passes a UNIX socket passes no network.
            Security::Auto => self.loopback && self.host.reach.socket.is_some(),
            Security::StartTls | Security::Tls => false,
            Security::None => true,
        };
        if self.connection.tls.is_some() || in_clear {
            return Ok(false);
        }
        if !self.capabilities.offers("STARTTLS") {
            if self.must_start_tls() {
                return Err(Failure::local(
                    Stage::StartTls,
                    "the server does not offer STARTTLS; nothing was sent in clear. Use security = tls if this port \
                     speaks TLS from the first byte, or security = none if clear text is meant",
                ));
            }
            let note = "no TLS: the server is on this machine and does not offer it";
            self.wire.note(Stage::StartTls, note);
            return Ok(false);
        }
        Ok(true)
    }

    /// Says STARTTLS, whether it is offered or not, and forgets what was promised in clear.
    ///
    /// # Errors
    /// The server's refusal, or why there is no reply.
    pub(crate) async fn say_starttls(&mut self) -> Result<Reply, Failure> {
        let limit = self.host.timeouts.starttls;
        let reply = self.exchange(Stage::StartTls, "STARTTLS", limit).await?;
        let reply = self.expect(Stage::StartTls, reply, 220)?;
        self.before_tls = Some(std::mem::take(&mut self.capabilities));
        Ok(reply)
    }

    /// Does the TLS handshake at once.
    ///
    /// # Errors
    /// Why it failed, in words that name the remedy.
    pub async fn handshake(&mut self) -> Result<(), Failure> {
        self.wire.transcript().enter(Stage::Tls);
        let host = self.host.clone();
        let name = host.tls_name.as_deref().unwrap_or(&host.host);
        let stream = self.wire.take_stream();
        match self.tls.wrap(stream, name, host.timeouts.tls).await {
            Ok(secured) => {
                self.secured(secured);
                Ok(())
            }
            Err(Unsecured {
                failure,
                certificates,
            }) => {
                self.wire.note(Stage::Tls, failure.cause.to_string());
                self.certificates = certificates;
                self.note_chain();
                Err(failure)
            }
        }
    }

    /// Goes on inside TLS.
    fn secured(&mut self, secured: Secured) {
        let Secured {
            stream,
            facts,
            certificates,
            binding,
        } = secured;
        self.wire.put_back(stream);
        let pinned = if self.host.pins.is_empty() {
            ""
        } else {
            ", pinned"
        };
        let note = format!(
            "{}, {}, certificate for {}, {}{pinned}",
            facts.version,
            facts.cipher,
            facts.subject,
            left_in_words(facts.days_left)
        );
        self.wire.note(Stage::Tls, note);
        self.connection.tls = Some(facts);
        self.certificates = certificates;
        self.binding = binding;
        self.note_chain();
    }

    /// Writes down what the server's certificates say of themselves.
    fn note_chain(&self) {
        for certificate in &self.certificates {
            let note = format!(
                "certificate {}, issuer {}, for {}, {} to {}, sha256 {}",
                certificate.subject,
                certificate.issuer,
                certificate.names_in_words(),
                certificate.not_before.strftime("%Y-%m-%d"),
                certificate.not_after.strftime("%Y-%m-%d"),
                certificate.sha256
            );
            self.wire.note(Stage::Tls, note);
        }
    }
}

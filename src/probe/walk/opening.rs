//! The opening of the conversation: the greeting, EHLO and TLS.

use super::check::Status;
use super::detail::{in_short, keywords, shortened};
use super::walker::{Over, Walker};
use crate::mail::certificate::left_in_words;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::mail::transcript::By;
use crate::smtp::Session;

/// Days of a certificate below which it is worth a warning: less than the time in which the usual automatic renewal has failed.
const FEW_DAYS: i64 = 14;
/// Octets kept of what speaks there.
const MOST_OCTETS: usize = 256;

impl Walker<'_, '_> {
    /// TLS from the first byte where that is the way, and the greeting.
    pub(super) async fn open(&mut self, session: &mut Session) -> Result<(), Over> {
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
    pub(super) async fn protect(&mut self, session: &mut Session) -> Result<(), Over> {
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
            "{}, {}, {}",
            facts.version,
            facts.subject,
            left_in_words(facts.days_left)
        );
        self.done(Stage::Tls, begun, status, detail);
        Ok(())
    }
}

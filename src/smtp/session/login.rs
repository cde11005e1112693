//! The AUTH exchange (RFC 4954): only where nobody can listen, at most five rounds, and nothing secret in the transcript.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;

use super::opening::Session;
use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::{Reply, Severity};
use crate::mail::stage::Stage;
use crate::smtp::auth::{Login, Mechanism, choose, fetch};
use crate::smtp::wire::Flight;

/// Rounds of challenge and answer, after which the exchange is cancelled.
const ROUNDS: usize = 5;
/// The longest line of the exchange in octets, with its line end (RFC 4954 §4).
const LINE: usize = 12288;

fn local(words: impl Into<String>) -> Failure {
    Failure::local(Stage::Auth, words)
}

impl Session {
    /// Logs in with the configured user and password, where there are any.
    ///
    /// # Errors
    /// The server's refusal; a refusal of our own where the password could be overheard; or words about a password that
    /// cannot be had. All of these are trouble with the host.
    pub async fn login(&mut self) -> Result<(), Failure> {
        let Some(credentials) = self.host.credentials.clone() else {
            return Ok(());
        };
        self.wire.transcript().enter(Stage::Auth);
        if !self.is_private() {
            return Err(local(
                "the password is not sent over a connection in clear; use security = starttls or tls",
            ));
        }
        let offered = self.capabilities.mechanisms();
        if offered.is_empty() {
            return Err(local(
                "a user is configured, but the server offers no login (AUTH) here; \
                 use another port or TLS mode, or leave the user out",
            ));
        }
        let none = Login {
            user: String::new(),
            password: String::new().into(),
        };
        if choose(&offered, &none).is_empty() {
            return Err(local(format!(
                "the server offers only login mechanisms that are not known here: {}",
                offered.join(", ")
            )));
        }
        let password = fetch(&credentials.secret).await.map_err(local)?;
        let login = Login {
            user: credentials.user,
            password,
        };
        if let Some(fault) = login.fault() {
            return Err(local(fault));
        }
        self.hide(&login);
        let result = self.log_in(&offered, &login).await;
        self.wire.forget_hidden();
        result
    }

    fn hide(&mut self, login: &Login) {
        let password = login.password.expose_secret();
        self.wire.hide(Zeroizing::new(password.as_bytes().to_vec()));
        self.wire
            .hide(Zeroizing::new(STANDARD.encode(password).into_bytes()));
    }

    async fn log_in(&mut self, offered: &[String], login: &Login) -> Result<(), Failure> {
        let mut refused = None;
        for mut mechanism in choose(offered, login) {
            let reply = self.rounds(mechanism.as_mut()).await?;
            match reply.severity() {
                Severity::Positive => return Ok(()),
                // Offered and yet not known (504): the next best may do.
                _ if reply.code == 504 => refused = Some(reply),
                _ => return Err(Failure::refused(Stage::Auth, reply)),
            }
        }
        Err(refused.map_or_else(
            || local("no login mechanism is left to try"),
            |reply| Failure::refused(Stage::Auth, reply),
        ))
    }

    /// Runs one mechanism; the reply that ended it.
    async fn rounds(&mut self, mechanism: &mut dyn Mechanism) -> Result<Reply, Failure> {
        let limit = self.host.timeouts.auth;
        let command = format!("AUTH {}", mechanism.name());
        let flight = match mechanism.initial() {
            // An empty answer is written as one equals sign (RFC 4954 §4).
            Some(answer) if answer.is_empty() => Flight::of(Stage::Auth, &format!("{command} =")),
            Some(answer) => self.secret_line(&format!("{command} "), &answer)?,
            None => Flight::of(Stage::Auth, &command),
        };
        let mut reply = self.ask(&flight, Stage::Auth, limit).await?;
        for _ in 0..ROUNDS {
            if reply.severity() != Severity::Intermediate {
                return Ok(reply);
            }
            let challenge = STANDARD.decode(reply.text().trim()).unwrap_or_default();
            let answer = match mechanism.answer(&challenge) {
                Ok(answer) => answer,
                Err(words) => return self.cancel(words).await,
            };
            let flight = self.secret_line("", &answer)?;
            reply = self.ask(&flight, Stage::Auth, limit).await?;
        }
        if reply.severity() == Severity::Intermediate {
            return self.cancel("the server asks without end").await;
        }
        Ok(reply)
    }

    /// Ends an exchange that makes no sense (RFC 4954 §4).
    async fn cancel(&mut self, words: &str) -> Result<Reply, Failure> {
        let limit = self.host.timeouts.auth;
        self.exchange(Stage::Auth, "*", limit).await?;
        Err(Failure::new(
            Stage::Auth,
            Cause::OutOfStep(Clean::from(words)),
        ))
    }

    fn secret_line(&mut self, command: &str, answer: &[u8]) -> Result<Flight, Failure> {
        let payload = Zeroizing::new(STANDARD.encode(answer));
        let mut line = Zeroizing::new(Vec::with_capacity(command.len() + payload.len()));
        line.extend_from_slice(command.as_bytes());
        line.extend_from_slice(payload.as_bytes());
        if line.len() + 2 > LINE {
            return Err(local("user and password are longer than a login can carry"));
        }
        let shown = format!("{command}‹hidden, {} bytes›", payload.len());
        self.wire.hide(Zeroizing::new(payload.as_bytes().to_vec()));
        Ok(Flight::secret(Stage::Auth, &line, shown))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mail::clock::SystemClock;
    use crate::mail::smarthost::{Credentials, Secret, Security, SmartHost};
    use crate::mail::transcript::Transcript;
    use crate::smtp::script::{Journal, Script, Server};
    use crate::smtp::{Link, Tls};

    const SCRIPT: &str = "auth_in_clear = true\naccounts = { tim = 'tanstaaf' }";

    /// Opens a session in clear with a server that is, or is not, on this machine.
    async fn open(security: Security, loopback: bool) -> (Result<(), Failure>, Journal) {
        let script: Script = SCRIPT.parse().expect("a script");
        let server = Server::new(script);
        let (ours, theirs) = tokio::io::duplex(4096);
        let journal = server.journal().clone();
        tokio::spawn(async move { server.serve(theirs).await });
        let mut host = SmartHost::new("relay.example".parse().expect("a server"), security);
        host.credentials = Some(Credentials {
            user: "tim".to_owned(),
            secret: Secret::Value("tanstaaf".to_owned().into()),
        });
        let mut link = Link::inside(ours, &host);
        link.loopback = loopback;
        let transcript = Transcript::new(Arc::new(SystemClock::new()));
        let mut session = Session::new(link, Arc::new(host), Tls::new(Vec::new()), &transcript);
        (session.establish().await, journal)
    }

    #[tokio::test]
    async fn no_password_goes_over_a_line_that_others_can_hear() {
        let (result, journal) = open(Security::None, false).await;
        let failure = result.expect_err("refused here");
        assert_eq!(failure.stage, Stage::Auth);
        assert!(
            failure.is_host_trouble() && failure.text().contains("in clear"),
            "{failure}"
        );
        assert!(
            journal
                .commands()
                .iter()
                .all(|(_, text)| !text.starts_with("AUTH"))
        );
        let (result, journal) = open(Security::Auto, false).await;
        assert_eq!(result.expect_err("no STARTTLS").stage, Stage::StartTls);
        assert!(
            journal
                .commands()
                .iter()
                .all(|(_, text)| !text.starts_with("AUTH"))
        );
    }

    #[tokio::test]
    async fn on_this_machine_it_may() {
        let (result, journal) = open(Security::Auto, true).await;
        assert_eq!(result, Ok(()));
        assert!(
            journal
                .commands()
                .iter()
                .any(|(_, text)| text == "AUTH PLAIN ‹hidden›")
        );
    }
}

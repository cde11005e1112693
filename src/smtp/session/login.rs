//! The login: only where nobody can listen, with which secret, by which mechanisms, and whether it is believed.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::opening::Session;
use super::rounds::{Ended, local, untrue};
use super::veil;
use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::{Reply, Severity};
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::{Credentials, Secret};
use crate::mail::stage::Stage;
use crate::smtp::auth::{Login, Mechanism, Turn, choose, fetch, kind, start};

impl Session {
    /// Logs in with the configured credentials, where there are any.
    ///
    /// # Errors
    /// The server's refusal, also one of less than a quarter of an hour ago, after which nothing is tried; a refusal of our
    /// own where the password could be overheard; or words about a secret that cannot be had. All of these are trouble with
    /// the host.
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
        let (auth, kind) = (self.host.auth, kind(&credentials.secret));
        let secure = self.connection().tls.is_some();
        let chosen = choose(&offered, auth, kind, self.binding.as_ref(), secure).map_err(local)?;
        let logins = self.logins.clone();
        let turn = logins
            .turn(self.host.name(), credentials.user.clone())
            .await;
        if let Some((ago, failure)) = turn.refusal() {
            let note = format!(
                "no login: the last one was refused {} s ago, and servers lock accounts that try too often",
                ago.as_secs()
            );
            self.wire.note(Stage::Auth, note);
            return Err(failure);
        }
        let result = self.log_in_by(&chosen, &offered, &credentials, &turn).await;
        // What was sent stays hidden: a server may repeat it in any reply to come.
        self.wire.veil_challenges(false);
        result
    }

    /// Fetches the secret and logs in. A kept token that is refused has most likely expired: a new one is tried at once.
    async fn log_in_by(
        &mut self,
        chosen: &[Sasl],
        offered: &[String],
        credentials: &Credentials,
        turn: &Turn,
    ) -> Result<(), Failure> {
        let is_token = matches!(credentials.secret, Secret::Token(_));
        let now = Timestamp::now().as_second();
        let kept = is_token.then(|| turn.token(now)).flatten();
        let mut secret = match &kept {
            Some(token) => token.clone(),
            None => fetch(&credentials.secret).await.map_err(local)?,
        };
        let mut result = self
            .log_in(chosen, offered, &credentials.user, &secret)
            .await;
        if kept.is_some() && result.as_ref().is_err_and(is_login_refused) {
            let fresh = fetch(&credentials.secret).await.map_err(local)?;
            if fresh.expose_secret() != secret.expose_secret() {
                let note = "the token that was good before is refused; the token command has given another";
                self.wire.note(Stage::Auth, note);
                secret = fresh;
                result = self
                    .log_in(chosen, offered, &credentials.user, &secret)
                    .await;
            }
        }
        match &result {
            Ok(()) => turn.taken(is_token.then_some(&secret)),
            Err(failure) if is_login_refused(failure) => turn.refused(failure),
            Err(_) => {}
        }
        result
    }

    /// Tries the mechanisms until one is understood. A refused password is not tried by another.
    async fn log_in(
        &mut self,
        chosen: &[Sasl],
        offered: &[String],
        user: &str,
        secret: &SecretString,
    ) -> Result<(), Failure> {
        let login = Login {
            user: user.to_owned(),
            password: secret.clone(),
            host: self.host.host.clone(),
            port: self.host.port,
            binding: self.binding.clone(),
        };
        veil::hide(&mut self.wire, secret.expose_secret().as_bytes());
        veil::hide(&mut self.wire, login.prepared().1.as_bytes());
        let mut last = None;
        for sasl in chosen {
            if let Some(fault) = login.fault(*sasl) {
                return Err(local(fault));
            }
            self.mechanism = Some(*sasl);
            let mut mechanism = start(*sasl, &login, offered);
            let reply = match self.rounds(&mut mechanism).await? {
                Ended::Reply(reply) => reply,
                Ended::Broken(words) => {
                    let cause = Cause::OutOfStep(Clean::from(format!("{sasl}: {words}")));
                    last = Some(Failure::new(Stage::Auth, cause));
                    continue;
                }
            };
            if reply.severity() == Severity::Positive {
                return self.welcomed(mechanism.as_ref());
            }
            let unfit = mechanism.is_unfit() || reply.code == 504;
            let failure = self.refused(mechanism.as_ref(), reply, offered);
            // Offered and yet not known, or not in this way: the next best may do.
            if !unfit {
                return Err(failure);
            }
            last = Some(failure);
        }
        Err(last.unwrap_or_else(|| local("no login mechanism is left to try")))
    }

    /// Believes the server's welcome, where the mechanism does.
    fn welcomed(&mut self, mechanism: &dyn Mechanism) -> Result<(), Failure> {
        mechanism.done().map_err(|fault| {
            self.wire.give_up();
            untrue(fault)
        })
    }

    /// The refusal, with what the server has said of it inside the exchange, and a hint where the mechanism may be the reason.
    fn refused(
        &mut self,
        mechanism: &dyn Mechanism,
        mut reply: Reply,
        offered: &[String],
    ) -> Failure {
        if let Some(words) = mechanism.complaint() {
            let words = self.wire.without_hidden(words);
            self.wire.note(Stage::Auth, words.clone());
            if !reply.lines.contains(&words) {
                reply.lines.push(words);
            }
        }
        let by_proof = !matches!(mechanism.sasl(), Sasl::Plain | Sasl::Login);
        let has_plain = offered.iter().any(|word| word == Sasl::Plain.name());
        if by_proof && has_plain && !mechanism.sasl().is_bearer() && reply.code == 535 {
            let note = "if the password is right, the server may keep it in a form that only PLAIN can check: \
                        set auth = \"plain\"";
            self.wire.note(Stage::Auth, note);
        }
        Failure::refused(Stage::Auth, reply)
    }
}

/// Whether the server has refused user and password, or the token.
fn is_login_refused(failure: &Failure) -> bool {
    failure.stage == Stage::Auth
        && failure
            .reply()
            .is_some_and(|reply| reply.severity() == Severity::Permanent && reply.code != 504)
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

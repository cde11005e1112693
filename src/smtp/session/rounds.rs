//! One run of a login mechanism (RFC 4954): the AUTH command, then challenge and answer, at most five rounds, and nothing secret
//! in the transcript.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

use super::opening::Session;
use super::turns::{is_refusal, out_of_step};
use super::veil;
use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::{Reply, Severity};
use crate::mail::sasl::Sasl;
use crate::mail::stage::Stage;
use crate::smtp::auth::{Answer, Fault, Mechanism};
use crate::smtp::wire::Flight;

/// Rounds of challenge and answer, after which the exchange is cancelled.
const ROUNDS: usize = 5;
/// The longest line of the exchange in octets, with its line end (RFC 4954 §4).
const LINE: usize = 12288;

/// How an exchange has ended.
pub(super) enum Ended {
    /// With this reply.
    Reply(Reply),
    /// It was cancelled for these words, since the server's side made no sense.
    Broken(&'static str),
}

impl Session {
    /// Runs one mechanism.
    pub(super) async fn rounds(
        &mut self,
        mechanism: &mut Box<dyn Mechanism>,
    ) -> Result<Ended, Failure> {
        let limit = self.host.timeouts.auth;
        self.wire.veil_challenges(false);
        let command = format!("AUTH {}", mechanism.sasl());
        let flight = match mechanism.initial() {
            // An empty answer is written as one equals sign (RFC 4954 §4).
            Some(answer) if answer.octets.is_empty() => {
                Flight::of(Stage::Auth, &format!("{command} ="))
            }
            Some(answer) => match self.secret_line(&format!("{command} "), answer) {
                Ok(flight) => flight,
                // What is too long for the command may still go behind it.
                Err(_) => Flight::of(Stage::Auth, &command),
            },
            None => Flight::of(Stage::Auth, &command),
        };
        let mut reply = self.ask(&flight, Stage::Auth, limit).await?;
        for _ in 0..ROUNDS {
            if reply.severity() != Severity::Intermediate {
                return Ok(Ended::Reply(reply));
            }
            let challenge = match STANDARD.decode(reply.text().trim()) {
                Ok(challenge) => challenge,
                Err(_) if !mechanism.reads_challenges() => Vec::new(),
                Err(_) => return self.break_off("the server's challenge is not base64").await,
            };
            let answer = match answer(mechanism, challenge).await? {
                Ok(answer) => answer,
                Err(Fault::Broken(words)) => return self.break_off(words).await,
                Err(fault @ Fault::Untrue(_)) => {
                    self.cancel().await?;
                    return Err(untrue(fault));
                }
            };
            self.wire.veil_challenges(mechanism.next_is_secret());
            let flight = self.secret_line("", answer)?;
            reply = self.ask(&flight, Stage::Auth, limit).await?;
        }
        if reply.severity() == Severity::Intermediate {
            self.cancel().await?;
            let words = Clean::from("the server asks without end");
            return Err(Failure::new(Stage::Auth, Cause::OutOfStep(words)));
        }
        Ok(Ended::Reply(reply))
    }

    /// Ends an exchange that makes no sense (RFC 4954 §4).
    async fn break_off(&mut self, words: &'static str) -> Result<Ended, Failure> {
        self.wire.note(Stage::Auth, words);
        self.cancel().await?;
        Ok(Ended::Broken(words))
    }

    async fn cancel(&mut self) -> Result<(), Failure> {
        let limit = self.host.timeouts.auth;
        let reply = self.exchange(Stage::Auth, "*", limit).await?;
        if reply.code == 421 {
            return Err(Failure::refused(Stage::Auth, reply));
        }
        if is_refusal(&reply) {
            return Ok(());
        }
        // A server that says welcome to a cancellation, or asks on, is not to be followed.
        self.wire.give_up();
        if reply.severity() == Severity::Intermediate {
            let words = "the server asks on behind a cancellation";
            return Err(Failure::new(Stage::Auth, Cause::OutOfStep(words.into())));
        }
        Err(Failure::new(Stage::Auth, out_of_step(&reply, 501)))
    }

    fn secret_line(&mut self, command: &str, answer: Answer) -> Result<Flight, Failure> {
        let payload = Zeroizing::new(STANDARD.encode(&*answer.octets));
        let mut line = Zeroizing::new(Vec::with_capacity(command.len() + payload.len()));
        line.extend_from_slice(command.as_bytes());
        line.extend_from_slice(payload.as_bytes());
        if line.len() + 2 > LINE {
            return Err(local("user and password are longer than a login can carry"));
        }
        let shown = format!("{command}‹hidden, {} bytes›", payload.len());
        self.wire.hide(Zeroizing::new(payload.as_bytes().to_vec()));
        for secret in answer.secrets {
            veil::hide(&mut self.wire, &secret);
        }
        Ok(Flight::secret(Stage::Auth, &line, shown))
    }
}

/// A failure of our own.
pub(super) fn local(words: impl Into<String>) -> Failure {
    Failure::local(Stage::Auth, words)
}

/// The failure of an exchange in which the server is not what it claims to be.
pub(super) fn untrue(fault: Fault) -> Failure {
    let (Fault::Untrue(words) | Fault::Broken(words)) = fault;
    Failure::new(Stage::Auth, Cause::OutOfStep(Clean::from(words)))
}

/// The mechanism's answer. The derivation of a key takes long and must not hold up others.
async fn answer(
    mechanism: &mut Box<dyn Mechanism>,
    challenge: Vec<u8>,
) -> Result<Result<Answer, Fault>, Failure> {
    let mut working = std::mem::replace(mechanism, Box::new(Nobody));
    let work = tokio::task::spawn_blocking(move || {
        let answer = working.answer(&challenge);
        (working, answer)
    });
    let (working, answer) = work
        .await
        .map_err(|_| local("the answer to the server's challenge could not be worked out"))?;
    *mechanism = working;
    Ok(answer)
}

/// Stands in for a mechanism that is at work elsewhere.
struct Nobody;

impl Mechanism for Nobody {
    fn sasl(&self) -> Sasl {
        Sasl::External
    }

    fn initial(&mut self) -> Option<Answer> {
        None
    }

    fn answer(&mut self, _: &[u8]) -> Result<Answer, Fault> {
        Err(Fault::Broken("nobody is here"))
    }
}

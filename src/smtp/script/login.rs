//! AUTH on the scripted server's side. What the client sends is compared and forgotten, never recorded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

use super::act::Act;
use super::dialogue::{Dialogue, Over};
use super::line::Pipe;
use super::sasl::{self, Channel, Scram};
use crate::smtp::auth::Hash;

impl<S: Pipe> Dialogue<S> {
    /// The AUTH command, or an answer to a 334 that a rule gave.
    pub(super) async fn auth(&mut self, line: &str, argument: &str) -> Result<(), Over> {
        if self.asking {
            self.note_command(if line == "*" {
                "*".to_owned()
            } else {
                "‹hidden›".to_owned()
            });
            if line == "*" {
                self.asking = false;
                return self
                    .answer("auth", &["*"], "501 5.7.0 Cancelled")
                    .await
                    .map(drop);
            }
            let said = self.answer("auth", &["answer"], "535 5.7.8 No").await?;
            self.asking = said.is(334);
            return Ok(());
        }
        let (mechanism, initial) = argument.split_once(' ').unwrap_or((argument, ""));
        let mechanism = mechanism.to_ascii_uppercase();
        let hidden = if initial.is_empty() {
            ""
        } else {
            " ‹hidden›"
        };
        self.note_command(format!("AUTH {mechanism}{hidden}"));
        let script = self.server.script();
        let refusal = if !self.greeted {
            Some("503 5.5.1 EHLO first")
        } else if self.user.is_some() {
            Some("503 5.5.1 Logged in already")
        } else if script.accounts.is_empty() {
            Some("502 5.5.1 No login here")
        } else if !self.is_secure() && !script.auth_in_clear {
            Some("538 5.7.11 Encryption required")
        } else if !script.mechanisms.contains(&mechanism) {
            Some("504 5.5.4 Mechanism not known")
        } else {
            None
        };
        // A rule speaks first; its reply stands for the whole exchange.
        let usual = refusal.unwrap_or("");
        let said = self.answer("auth", &[&mechanism], usual).await?;
        if said.is(334) {
            self.asking = true;
        }
        if !said.is(0) || refusal.is_some() {
            return Ok(());
        }
        self.exchange(&mechanism, initial).await
    }

    async fn exchange(&mut self, mechanism: &str, initial: &str) -> Result<(), Over> {
        let user = match mechanism {
            "CRAM-MD5" => self.cram().await?,
            "XOAUTH2" | "OAUTHBEARER" => self.bearer(initial).await?,
            "EXTERNAL" => {
                let named = self.first_message(initial).await?;
                let named = named.and_then(|named| text(&named));
                let known = self.has_client_certificate();
                named.filter(|_| known).map(|named| named.to_string())
            }
            "LOGIN" => {
                let user = self.question("334 VXNlcm5hbWU6").await?;
                let password = self.question("334 UGFzc3dvcmQ6").await?;
                let given = user.and_then(|user| text(&user));
                self.known(given.zip(password.and_then(|word| text(&word))))
            }
            _ => {
                if let Some(flavour) = sasl::flavour(mechanism) {
                    self.scram(flavour, initial).await?
                } else {
                    let message = self.first_message(initial).await?;
                    self.known(message.and_then(|message| plain(&message)))
                }
            }
        };
        self.user = user;
        let reply = if self.user.is_some() {
            "235 2.7.0 Welcome"
        } else {
            "535 5.7.8 User or password wrong"
        };
        self.perform(&Act::default(), reply).await.map(drop)
    }

    /// What came with the command, else what is asked for with an empty challenge.
    async fn first_message(&mut self, initial: &str) -> Result<Option<Octets>, Over> {
        match initial {
            "" => self.question("334 ").await,
            "=" => Ok(Some(Zeroizing::new(Vec::new()))),
            initial => Ok(STANDARD.decode(initial).ok().map(Zeroizing::new)),
        }
    }

    /// The user, where the password is the user's.
    fn known(&self, given: Option<(Word, Word)>) -> Option<String> {
        let accounts = &self.server.script().accounts;
        let is_right = |(user, password): &(Word, Word)| {
            { accounts.get(user.as_str()) }.is_some_and(|word| *word == **password)
        };
        given.filter(is_right).map(|(user, _)| user.to_string())
    }

    async fn cram(&mut self) -> Result<Option<String>, Over> {
        let name = &self.server.script().name;
        let challenge = format!("<{}.{}@{name}>", std::process::id(), self.connected.number);
        let asked = format!("334 {}", STANDARD.encode(&challenge));
        let answer = self.question(&asked).await?.unwrap_or_default();
        let accounts = &self.server.script().accounts;
        Ok(sasl::cram(&answer, &challenge, |user| accounts.get(user)))
    }

    async fn bearer(&mut self, initial: &str) -> Result<Option<String>, Over> {
        let message = self.first_message(initial).await?;
        let given = message.and_then(|message| sasl::bearer(&message));
        let user = self.known(given.map(|(user, token)| (Zeroizing::new(user), token)));
        if user.is_none() {
            let json =
                r#"{"status":"401","schemes":"bearer","scope":"https://mail.script.example/"}"#;
            let asked = format!("334 {}", STANDARD.encode(json));
            self.question(&asked).await?;
        }
        Ok(user)
    }

    async fn scram(
        &mut self,
        flavour: (Hash, bool),
        initial: &str,
    ) -> Result<Option<String>, Over> {
        let first = self.first_message(initial).await?.unwrap_or_default();
        let mechanisms = &self.server.script().mechanisms;
        let channel = Channel {
            exporter: self.exporter(),
            end_point: { self.server.end_point() }
                .filter(|_| self.is_secure())
                .map(<[u8]>::to_vec),
            offers_plus: mechanisms.iter().any(|name| name.ends_with("-PLUS")),
        };
        let fresh = format!("{}script{}", std::process::id(), self.connected.number);
        let run = match Scram::begin(flavour, &first, &channel, &fresh) {
            Ok(run) => run,
            Err(error) => return self.complain(error).await,
        };
        let asked = format!("334 {}", STANDARD.encode(run.challenge()));
        let last = self.question(&asked).await?.unwrap_or_default();
        let password = self.server.script().accounts.get(&run.user);
        let judged = match password {
            Some(password) => run.judge(&last, password),
            None => Err("unknown-user"),
        };
        match judged {
            Ok(signature) => {
                let asked = format!("334 {}", STANDARD.encode(signature));
                self.question(&asked).await?;
                Ok(Some(run.user))
            }
            Err(error) => self.complain(error).await,
        }
    }

    /// Says what is wrong in SCRAM's own words, before the refusal.
    async fn complain(&mut self, error: &str) -> Result<Option<String>, Over> {
        let asked = format!("334 {}", STANDARD.encode(format!("e={error}")));
        self.question(&asked).await?;
        Ok(None)
    }

    async fn question(&mut self, challenge: &str) -> Result<Option<Octets>, Over> {
        self.perform(&Act::default(), challenge).await?;
        let answer = Zeroizing::new(self.read_line().await?);
        self.note_command("‹hidden›".to_owned());
        Ok(STANDARD.decode(answer.as_bytes()).ok().map(Zeroizing::new))
    }
}

type Octets = Zeroizing<Vec<u8>>;
type Word = Zeroizing<String>;

fn text(bytes: &[u8]) -> Option<Word> {
    std::str::from_utf8(bytes)
        .ok()
        .map(|text| Zeroizing::new(text.to_owned()))
}

/// User and password of PLAIN's message (RFC 4616 §2).
fn plain(message: &[u8]) -> Option<(Word, Word)> {
    let mut parts = message.split(|octet| *octet == 0);
    let (_authorise_as, user, password) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(())?;
    text(user).zip(text(password))
}

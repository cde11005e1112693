//! AUTH on the scripted server's side. What the client sends is compared and forgotten, never recorded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

use super::dialogue::{Dialogue, Over};
use super::line::Pipe;

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
        let given = if mechanism == "PLAIN" {
            let message = match initial {
                "" => self.question("334 ").await?,
                "=" => Some(Zeroizing::new(Vec::new())),
                initial => STANDARD.decode(initial).ok().map(Zeroizing::new),
            };
            message.and_then(|message| plain(&message))
        } else {
            let user = self.question("334 VXNlcm5hbWU6").await?;
            let password = self.question("334 UGFzc3dvcmQ6").await?;
            user.and_then(|user| text(&user))
                .zip(password.and_then(|word| text(&word)))
        };
        let script = self.server.script();
        let known = given.filter(|(user, password)| {
            script
                .accounts
                .get(user.as_str())
                .is_some_and(|word| *word == **password)
        });
        self.user = known.map(|(user, _)| user.to_string());
        let reply = if self.user.is_some() {
            "235 2.7.0 Welcome"
        } else {
            "535 5.7.8 User or password wrong"
        };
        self.perform(&super::act::Act::default(), reply)
            .await
            .map(drop)
    }

    async fn question(&mut self, challenge: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Over> {
        self.perform(&super::act::Act::default(), challenge).await?;
        let answer = Zeroizing::new(self.read_line().await?);
        self.note_command("‹hidden›".to_owned());
        Ok(STANDARD.decode(answer.as_bytes()).ok().map(Zeroizing::new))
    }
}

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

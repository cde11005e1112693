//! A session by hand: lines go out as they were typed, whatever they are, and what belongs to a login is shown nowhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

use super::opening::Session;
use super::veil;
use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::Reply;
use crate::mail::sasl::Sasl;
use crate::mail::stage::Stage;
use crate::smtp::capabilities::Capabilities;
use crate::smtp::wire::{Flight, Surplus};

/// A typed line, for what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// A command.
    Command,
    /// An answer inside a login.
    Answer,
}

/// What was heard where nothing was asked.
#[derive(Debug)]
pub(crate) enum Overheard {
    /// A reply, or why it could not be read.
    Reply(Result<Reply, Failure>),
    /// The server has ended the connection.
    End,
}

impl Session {
    /// Sends a line as it was typed and reads the reply. What the server says out of turn is no fault here.
    ///
    /// # Errors
    /// Why there is no reply; and words of our own for a login that could be overheard.
    pub(crate) async fn say_as_typed(
        &mut self,
        line: &[u8],
        typed: Typed,
        stage: Stage,
    ) -> Result<Reply, Failure> {
        if stage == Stage::Auth && !self.is_private() {
            return Err(Failure::local(
                Stage::Auth,
                "no login is sent over a connection in clear; protect it with .starttls first",
            ));
        }
        let shown = self.shown_of(line, typed);
        let mut limits = self.host.timeouts.clone();
        let usual = limits.mail;
        let limit = limits.named(stage.name()).map_or(usual, |limit| *limit);
        let flight = Flight::secret(stage, line, shown);
        self.wire.send(&flight, limit).await?;
        let reply = self.wire.reply(stage, limit).await?;
        let verb = verb(line);
        if matches!(typed, Typed::Command) && reply.code == 250 {
            match verb.as_str() {
                "EHLO" | "LHLO" => self.capabilities = Capabilities::read(&reply),
                "HELO" => self.capabilities = Capabilities::default(),
                _ => {}
            }
        }
        if verb == "STARTTLS" && reply.code == 220 {
            self.before_tls = Some(std::mem::take(&mut self.capabilities));
        }
        Ok(reply)
    }

    /// Sends a line of content as it was typed, to which nothing is said.
    ///
    /// # Errors
    /// Why it did not leave.
    pub(crate) async fn write_as_typed(&mut self, line: &[u8]) -> Result<(), Failure> {
        let shown = self.shown_of(line, Typed::Command);
        let flight = Flight::secret(Stage::Content, line, shown);
        if line == b"." {
            self.wire.transcript().commit();
        }
        self.wire.send(&flight, self.host.timeouts.block).await
    }

    /// Reads what is said to a final dot.
    ///
    /// # Errors
    /// Why nothing is.
    pub(crate) async fn reply_to_dot(&mut self) -> Result<Reply, Failure> {
        let limit = self.host.timeouts.dot;
        self.wire.reply(Stage::Content, limit).await
    }

    /// Looks, without waiting, whether the server has said something of itself.
    pub(crate) async fn glance(&mut self) -> Surplus {
        self.wire.surplus().await
    }

    /// Waits until the server says something of itself, and reads it. Nothing is lost where this is dropped before anything
    /// came; behind that it must not be.
    pub(crate) async fn overhear(&mut self) -> Surplus {
        self.wire.overhear().await
    }

    /// Reads what was overheard.
    pub(crate) async fn read_overheard(&mut self, found: Surplus, stage: Stage) -> Overheard {
        if found == Surplus::End {
            self.wire.note(stage, Cause::Closed.to_string());
            self.wire.give_up();
            return Overheard::End;
        }
        let limit = self.host.timeouts.quit;
        Overheard::Reply(self.wire.reply(stage, limit).await)
    }

    /// Whether there is something to log in with.
    pub(crate) fn has_login(&self) -> bool {
        self.host.credentials.is_some()
    }

    /// Logs in by this mechanism from now on, where one is named.
    pub(crate) fn prefer(&mut self, mechanism: Option<Sasl>) {
        if mechanism.is_some() {
            std::sync::Arc::make_mut(&mut self.host).auth = mechanism;
        }
    }

    /// Ends the connection without a word.
    pub(crate) fn cut(&mut self) {
        self.wire.give_up();
        drop(self.wire.take_stream());
    }

    /// What a transcript shows of a typed line: of a login nothing but its mechanism.
    fn shown_of(&mut self, line: &[u8], typed: Typed) -> String {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if typed == Typed::Answer {
            self.keep_secret(line);
            // A cancellation is no secret (RFC 4954 §4).
            return match line {
                b"*" => "*".to_owned(),
                _ => format!("‹hidden, {} bytes›", line.len()),
            };
        }
        let words: Vec<&[u8]> = line.split(u8::is_ascii_whitespace).collect();
        let mut words = words.into_iter().filter(|word| !word.is_empty());
        let (first, mechanism) = (words.next(), words.next());
        if !first.is_some_and(|first| first.eq_ignore_ascii_case(b"AUTH")) {
            let text = Clean::from_bytes(line);
            return self.wire.without_hidden(&text).to_string();
        }
        let mut hidden = 0;
        for word in words {
            hidden += word.len();
            self.keep_secret(word);
        }
        // What stands where the mechanism should is shown only where it can be one.
        let known = |word: &&[u8]| {
            word.len() <= 20
                && word.iter().all(|octet| {
                    octet.is_ascii_uppercase() || octet.is_ascii_digit() || b"-_".contains(octet)
                })
        };
        let name = mechanism.map(<[u8]>::to_ascii_uppercase);
        let is_name = mechanism.is_some_and(|word| {
            Sasl::ALL
                .iter()
                .any(|one| one.name().as_bytes().eq_ignore_ascii_case(word))
        });
        let shown = match (mechanism, &name) {
            (None, _) => return "AUTH".to_owned(),
            (Some(word), Some(name)) if is_name || (known(&word) && hidden > 0) => {
                String::from_utf8_lossy(name).into_owned()
            }
            (Some(word), _) => {
                self.keep_secret(word);
                format!("‹hidden, {} bytes›", word.len())
            }
        };
        match hidden {
            0 => format!("AUTH {shown}"),
            _ => format!("AUTH {shown} ‹hidden, {hidden} bytes›"),
        }
    }

    /// Hides an answer of a login from now on, as it is and in its parts.
    fn keep_secret(&mut self, word: &[u8]) {
        if word.len() < 4 {
            return;
        }
        veil::hide(&mut self.wire, word);
        let Ok(octets) = STANDARD.decode(word).map(Zeroizing::new) else {
            return;
        };
        veil::hide(&mut self.wire, &octets);
        // PLAIN separates its parts by NUL, bearer tokens theirs by a control (RFC 4616 §2, RFC 7628 §3.1).
        for part in octets.split(|octet| matches!(octet, 0 | 1)) {
            veil::hide(&mut self.wire, part);
            if let Some((_, token)) = split_at_blank(part) {
                veil::hide(&mut self.wire, token);
            }
        }
    }
}

fn split_at_blank(part: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = part.iter().position(|octet| *octet == b' ')?;
    part.split_at_checked(at + 1)
}

/// The first word of a line, in capitals.
fn verb(line: &[u8]) -> String {
    let first = { line.split(u8::is_ascii_whitespace) }.find(|word| !word.is_empty());
    String::from_utf8_lossy(first.unwrap_or_default()).to_ascii_uppercase()
}

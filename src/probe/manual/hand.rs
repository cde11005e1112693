//! The session by hand: one line in, what came of it in the transcript.

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::words::{HELP, Word, is_verb, read};
use crate::mail::address::Address;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::Severity;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};
use crate::probe::walk::{Plan, Walk, Watcher, letter, walk_and_stay};
use crate::smtp::{Overheard, Session, Surplus, Typed};

/// Replies that are read in one go where nothing was asked: a server that never stops talking must not keep this side from it.
const REPLIES: usize = 32;

/// What kind of line comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// A command, or a word behind a dot.
    Command,
    /// An answer inside a login, which nobody should see.
    Secret,
    /// A line of content; a dot alone ends it.
    Content,
}

/// What came of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What was said is in the transcript.
    Said,
    /// Words for whoever has typed, fit to be shown; nothing was said to the server.
    Words(String),
    /// The transcript is to be shown from its beginning.
    Transcript,
}

/// A session that is spoken by hand. When it is dropped the connection is closed.
pub struct Manual {
    session: Session,
    transcript: Transcript,
    wants: Wants,
    sender: Option<Address>,
    taken: Vec<Address>,
    failure: Option<Failure>,
    /// Whether a login was refused and nothing else was said since: whoever pastes a whole login goes on with its answers.
    login_refused: bool,
}

impl Manual {
    /// Walks as far as the plan says and stays there. There is no session where nobody is left to speak with.
    pub async fn begin(
        plan: &Plan,
        transcript: &Transcript,
        watcher: &mut Watcher<'_>,
    ) -> (Walk, Option<Self>) {
        let (walk, session) = walk_and_stay(plan, transcript, watcher).await;
        let taken = walk.answers.iter().filter(|one| one.said.is_ok());
        let manual = session.map(|session| Self {
            session,
            transcript: transcript.clone(),
            // A walk that has asked for content owes it.
            wants: match walk.check(Stage::Data) {
                Some(check)
                    if check.status == crate::probe::walk::Status::Ok
                        && walk.content.is_empty() =>
                {
                    Wants::Content
                }
                _ => Wants::Command,
            },
            sender: plan.sender.clone(),
            taken: taken.map(|one| one.address.clone()).collect(),
            failure: None,
            login_refused: false,
        });
        (walk, manual)
    }

    /// What kind of line comes next.
    #[must_use]
    pub const fn wants(&self) -> Wants {
        self.wants
    }

    /// Whether nothing more can be said.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.session.is_over()
    }

    /// Why the last of the session's own steps failed, or why the connection was lost; what the server says to typed commands is
    /// no failure.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Waits until the server says something of itself. It may be dropped at any time; [`Manual::hear`] then reads it.
    pub async fn listen(&mut self) {
        self.session.overhear().await;
    }

    /// Reads what the server has said of itself: all of it, or the beginning where there is no end of it.
    pub async fn hear(&mut self) {
        for _ in 0..REPLIES {
            if self.session.is_over() {
                return;
            }
            let found = self.session.glance().await;
            if found == Surplus::Nothing {
                return;
            }
            let stage = self.transcript.progress().stage;
            match self.session.read_overheard(found, stage).await {
                Overheard::Reply(Ok(_)) => {}
                Overheard::Reply(Err(failure)) => return self.lost(failure),
                Overheard::End => return self.lost(Failure::new(stage, Cause::Closed)),
            }
        }
    }

    /// Says a line, without its line end.
    pub async fn say(&mut self, line: &[u8]) -> Answer {
        let said = match self.wants {
            Wants::Content => self.content_line(line).await,
            Wants::Secret => self.command(line, Typed::Answer).await,
            Wants::Command => {
                self.hear().await;
                let text = String::from_utf8_lossy(line);
                match read(&text) {
                    _ if self.is_over() => return Answer::Said,
                    Some(Ok(Word::Help)) => return Answer::Words(HELP.to_owned()),
                    Some(Ok(Word::Transcript)) => return Answer::Transcript,
                    Some(Ok(word)) => self.step(word).await,
                    Some(Err(words)) => return Answer::Words(words + "\n"),
                    None if text.trim().is_empty() => return Answer::Said,
                    None => self.command(line, Typed::Command).await,
                }
            }
        };
        match said {
            Ok(()) => Answer::Said,
            // What this side refuses by itself was not said, and the session goes on.
            Err(Failure {
                cause: Cause::Local(words),
                ..
            }) if !self.is_over() => Answer::Words(format!("{words}\n")),
            Err(failure) => {
                self.lost(failure);
                Answer::Said
            }
        }
    }

    /// Ends it: with QUIT where that can be said.
    pub async fn end(&mut self) {
        if self.wants == Wants::Command && !self.is_over() {
            self.session.quit().await;
        }
        self.session.cut();
    }

    fn lost(&mut self, failure: Failure) {
        self.failure = Some(failure);
    }

    /// Says a line as it was typed, and finds out what the server waits for behind it.
    async fn command(&mut self, line: &[u8], typed: Typed) -> Result<(), Failure> {
        let text = String::from_utf8_lossy(line);
        let verb = { text.split_ascii_whitespace().next() }.map(str::to_ascii_uppercase);
        let verb = verb.unwrap_or_default();
        if self.login_refused && !is_verb(&verb) {
            let words = "the login is over and this looks like an answer to it; it was not sent";
            return Err(Failure::local(Stage::Auth, words));
        }
        let stage = match (typed, verb.as_str()) {
            (Typed::Answer, _) | (_, "AUTH") => Stage::Auth,
            (_, "EHLO" | "HELO" | "LHLO" | "XCLIENT") => Stage::Hello,
            (_, "STARTTLS") => Stage::StartTls,
            (_, "RCPT") => Stage::Rcpt,
            (_, "DATA") => Stage::Data,
            (_, "QUIT") => Stage::Quit,
            (_, "BDAT") => {
                let words = "BDAT counts octets, which lines cannot carry; say DATA or .data";
                return Err(Failure::local(Stage::Data, words));
            }
            _ => Stage::Mail,
        };
        self.login_refused = stage == Stage::Auth;
        let said = self.session.say_as_typed(line, typed, stage).await;
        let reply = match said {
            Err(_) if stage == Stage::Quit => {
                self.session.cut();
                return Ok(());
            }
            Err(failure) => {
                self.wants = Wants::Command;
                return Err(failure);
            }
            Ok(reply) => reply,
        };
        let asks_on = reply.severity() == Severity::Intermediate;
        self.login_refused &= !asks_on && reply.severity() != Severity::Positive;
        self.wants = match stage {
            Stage::Auth if asks_on => Wants::Secret,
            Stage::Data if asks_on => Wants::Content,
            _ => Wants::Command,
        };
        match stage {
            Stage::Quit => self.session.cut(),
            // Behind this nothing else can be said (RFC 3207 §4).
            Stage::StartTls if reply.code == 220 => return self.session.handshake().await,
            Stage::Hello => self.taken.clear(),
            Stage::Mail if verb == "RSET" => self.taken.clear(),
            _ => {}
        }
        Ok(())
    }

    async fn content_line(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.session.write_as_typed(line).await?;
        if line == b"." {
            self.wants = Wants::Command;
            self.taken.clear();
            self.session.reply_to_dot().await?;
        }
        Ok(())
    }

    /// Takes one of the session's own steps.
    async fn step(&mut self, word: Word) -> Result<(), Failure> {
        match word {
            Word::Hello => {
                self.taken.clear();
                self.session.hello().await.map(drop)
            }
            Word::StartTls => {
                self.session.say_starttls().await?;
                self.session.handshake().await?;
                self.session.hello().await.map(drop)
            }
            Word::Tls => self.session.handshake().await,
            Word::Auth(mechanism) => {
                if !self.session.has_login() {
                    let words = "no user is set; give --user and --password-command";
                    return Err(Failure::local(Stage::Auth, words));
                }
                self.session.prefer(mechanism);
                self.session.login().await
            }
            Word::From(sender) => {
                let said = self.session.taste_sender(sender.as_ref(), &[]).await;
                self.sender = sender;
                self.taken.clear();
                said.map(drop)
            }
            Word::To(to) => {
                self.session.taste_recipient(&to).await?;
                self.taken.push(to);
                Ok(())
            }
            Word::Data => self.test_message().await,
            Word::Wait(time) => {
                self.wait(time).await;
                Ok(())
            }
            Word::Quit => {
                self.session.quit().await;
                Ok(())
            }
            Word::Drop => {
                let note = "the connection was cut by hand";
                let stage = self.transcript.progress().stage;
                self.transcript.push(stage, By::Note, note);
                self.session.cut();
                Ok(())
            }
            Word::Help | Word::Transcript => Ok(()),
        }
    }

    async fn test_message(&mut self) -> Result<(), Failure> {
        let Some(sender) = self.sender.clone().filter(|_| !self.taken.is_empty()) else {
            let words = "a test message needs a sender and somebody who was taken: .from and .to";
            return Err(Failure::local(Stage::Data, words));
        };
        let message = letter(&sender, &self.taken, jiff::Timestamp::now());
        self.session.ask_for_content().await?;
        let taken = std::mem::take(&mut self.taken);
        let said = self.session.give_content(&message, taken.len()).await?;
        let refused = said.into_iter().find_map(Result::err);
        refused.map_or(Ok(()), Err)
    }

    /// Listens for so long, and reads what comes.
    async fn wait(&mut self, time: Duration) {
        let now = Instant::now();
        let end = now.checked_add(time).unwrap_or(now);
        // Looked at by itself: a server that always has something to say cannot outrun it.
        while !self.is_over()
            && Instant::now() < end
            && timeout_at(end, self.session.overhear()).await.is_ok()
        {
            self.hear().await;
        }
    }
}

impl fmt::Debug for Manual {
    /// Without what was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manual")
            .field("session", &self.session)
            .field("wants", &self.wants)
            .finish_non_exhaustive()
    }
}

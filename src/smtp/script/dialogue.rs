//! One connection of a scripted server: the states of RFC 5321 §4.1.4, and a rule's word before the usual one.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use super::act::{Act, Then};
use super::body::{Body, Fed};
use super::journal::{Connected, Received};
use super::line::{Line, Pipe};
use super::server::Server;

/// The longest command line that is read.
const LINE: usize = 16 * 1024;

/// The connection has ended.
pub(super) struct Over;

/// A transaction that is under way.
#[derive(Default)]
struct Transaction {
    path: String,
    parameters: String,
    recipients: Vec<String>,
}

pub(super) struct Dialogue<S> {
    pub(super) server: Server,
    line: Line<S>,
    connected: Connected,
    input: Vec<u8>,
    output: Vec<u8>,
    pub(super) greeted: bool,
    pub(super) user: Option<String>,
    transaction: Option<Transaction>,
    /// A rule has answered AUTH with 334, so the next line is an answer.
    pub(super) asking: bool,
}

impl<S: Pipe> Dialogue<S> {
    pub(super) fn new(server: Server, line: Line<S>) -> Self {
        let connected = server.journal().connected();
        Self {
            server,
            line,
            connected,
            input: Vec::new(),
            output: Vec::new(),
            greeted: false,
            user: None,
            transaction: None,
            asking: false,
        }
    }

    pub(super) async fn run(mut self, tls: bool) {
        // However it ended, there is nothing more to do.
        self.converse(tls).await.ok();
    }

    async fn converse(&mut self, tls: bool) -> Result<(), Over> {
        if tls {
            self.handshake().await?;
        }
        let limit = self.server.script().connections;
        if limit > 0 && self.server.journal().open() > limit {
            self.write(b"421 4.7.0 Too many connections\r\n", None)
                .await?;
            return self.end(Then::Close).await;
        }
        let greeting = format!("220 {} ESMTP ready", self.server.script().name);
        self.answer("connect", &[], &greeting).await?;
        loop {
            let line = self.read_line().await?;
            self.command(&line).await?;
        }
    }

    pub(super) fn is_secure(&self) -> bool {
        self.line.is_secure()
    }

    async fn command(&mut self, line: &str) -> Result<(), Over> {
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        let (verb, argument) = (verb.to_ascii_uppercase(), argument.trim());
        if self.asking || verb == "AUTH" {
            return self.auth(line, argument).await;
        }
        self.server
            .journal()
            .command(self.connected.number, line.to_owned());
        match verb.as_str() {
            "EHLO" => self.ehlo(argument).await,
            "HELO" => {
                let usual = format!("250 {}", self.server.script().name);
                self.greeted |= self
                    .answer("helo", &[argument], &usual)
                    .await?
                    .is_positive();
                self.transaction = None;
                Ok(())
            }
            "STARTTLS" => self.starttls().await,
            "MAIL" => self.mail(argument).await,
            "RCPT" => self.rcpt(argument).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.transaction = None;
                self.answer("rset", &[], "250 2.0.0 Ok").await.map(drop)
            }
            "NOOP" => self.answer("noop", &[], "250 2.0.0 Ok").await.map(drop),
            "QUIT" => {
                let usual = format!("221 2.0.0 {} closing", self.server.script().name);
                self.answer("quit", &[], &usual).await?;
                self.end(Then::Close).await
            }
            _ => {
                let usual = "500 5.5.2 Command not known";
                self.answer("unknown", &[line], usual).await.map(drop)
            }
        }
    }

    async fn ehlo(&mut self, argument: &str) -> Result<(), Over> {
        let script = self.server.script();
        let secure = self.is_secure();
        let inside = script.tls_capabilities.as_ref().filter(|_| secure);
        let mut lines = vec![script.name.clone()];
        lines.extend(inside.unwrap_or(&script.capabilities).iter().cloned());
        if script.starttls && !secure && self.server.acceptor().is_some() {
            lines.push("STARTTLS".to_owned());
        }
        if !script.accounts.is_empty() && (secure || script.auth_in_clear) {
            lines.push(format!("AUTH {}", script.mechanisms.join(" ")));
        }
        let last = lines.len() - 1;
        let lines = lines.iter().enumerate();
        let usual: Vec<_> = lines
            .map(|(number, line)| format!("250{}{line}", if number == last { ' ' } else { '-' }))
            .collect();
        self.greeted |= self
            .answer("ehlo", &[argument], &usual.join("\r\n"))
            .await?
            .is_positive();
        self.transaction = None;
        Ok(())
    }

    async fn starttls(&mut self) -> Result<(), Over> {
        let possible = self.server.acceptor().is_some() && !self.is_secure();
        let usual = if possible {
            "220 2.0.0 Go ahead"
        } else {
            "502 5.5.1 Not here"
        };
        if !self.answer("starttls", &[], usual).await?.is(220) {
            return Ok(());
        }
        self.handshake().await?;
        // What was said in clear counts no more (RFC 3207 §4.2).
        (self.greeted, self.transaction, self.user) = (false, None, None);
        self.input.clear();
        Ok(())
    }

    async fn handshake(&mut self) -> Result<(), Over> {
        self.flush().await?;
        let number = self.connected.number;
        if let Some(act) = self.server.act("tls", &[], false, number) {
            self.perform(&act, "").await?;
            return self.end(Then::Close).await;
        }
        let acceptor = self.server.acceptor().cloned().ok_or(Over)?;
        self.line.start_tls(&acceptor).await.map_err(|_| Over)
    }

    async fn mail(&mut self, argument: &str) -> Result<(), Over> {
        let script = self.server.script();
        let (path, parameters) = path(argument);
        let needs_login = script.auth_required && self.user.is_none();
        let usual = match (self.greeted, &self.transaction, argument.get(..5)) {
            (false, ..) => "503 5.5.1 EHLO first",
            (_, Some(_), _) => "503 5.5.1 One transaction at a time",
            _ if needs_login => "530 5.7.0 Authentication required",
            (_, _, Some(word)) if word.eq_ignore_ascii_case("FROM:") => "250 2.1.0 Sender ok",
            _ => "501 5.5.4 MAIL FROM:<address> is expected",
        };
        if self.answer("mail", &[&path], usual).await?.is_positive() {
            self.transaction = Some(Transaction {
                path,
                parameters,
                recipients: Vec::new(),
            });
        }
        Ok(())
    }

    async fn rcpt(&mut self, argument: &str) -> Result<(), Over> {
        let limit = self.server.script().recipients;
        let (path, _) = path(argument);
        let usual = match &self.transaction {
            None => "503 5.5.1 MAIL first",
            Some(open) if limit > 0 && open.recipients.len() >= limit => {
                "452 4.5.3 Too many recipients"
            }
            Some(_) => "250 2.1.5 Recipient ok",
        };
        // Without a transaction there is nobody to be asked about.
        let said = if self.transaction.is_some() {
            self.answer("rcpt", &[&path], usual).await?
        } else {
            self.perform(&Act::default(), usual).await?
        };
        if let Some(open) = self.transaction.as_mut().filter(|_| said.is_positive()) {
            open.recipients.push(path);
        }
        Ok(())
    }

    async fn data(&mut self) -> Result<(), Over> {
        let Some(open) = &self.transaction else {
            return self
                .perform(&Act::default(), "503 5.5.1 MAIL first")
                .await
                .map(drop);
        };
        let recipients = open.recipients.clone();
        let subjects: Vec<&str> = recipients.iter().map(String::as_str).collect();
        let usual = if subjects.is_empty() {
            "554 5.5.1 No valid recipients"
        } else {
            "354 End with a line that is a dot"
        };
        if !self.answer("data", &subjects, usual).await?.is(354) {
            return Ok(());
        }
        let content = self.content(&subjects).await?;
        let usual = format!("250 2.0.0 Ok, {} octets", content.len());
        let number = self.connected.number;
        let act = self
            .server
            .act("content", &subjects, self.is_secure(), number)
            .unwrap_or_default();
        // Recorded before the reply, so that whoever has the reply finds the record.
        let accepted = Said::read(act.reply.as_deref().unwrap_or(usual.as_bytes())).is_positive();
        let open = self.transaction.take().unwrap_or_default();
        self.server.journal().message(Received {
            connection: self.connected.number,
            reverse_path: open.path,
            parameters: open.parameters,
            recipients,
            content: Bytes::from(content),
            secure: self.is_secure(),
            user: self.user.clone(),
            accepted,
        });
        self.perform(&act, &usual).await.map(drop)
    }

    async fn content(&mut self, subjects: &[&str]) -> Result<Vec<u8>, Over> {
        let mut waits = self.server.body_rule(subjects, self.is_secure());
        let mut body = Body::new(self.server.script().lenient);
        let mut pace = 0;
        self.flush().await?;
        loop {
            if waits.is_some_and(|after| body.octets() >= after) {
                waits = None;
                let number = self.connected.number;
                if let Some(act) = self.server.act("body", subjects, self.is_secure(), number) {
                    pace = act.pace;
                    self.perform(&act, "").await?;
                    self.flush().await?;
                }
            }
            let waiting = std::mem::take(&mut self.input);
            for (at, octet) in waiting.iter().enumerate() {
                let taken = match body.feed(*octet) {
                    Fed::More => continue,
                    Fed::End => at + 1,
                    Fed::EndedBefore => at,
                };
                self.input = waiting.get(taken..).unwrap_or_default().to_vec();
                return Ok(body.into_content());
            }
            self.more(4096).await?;
            if pace > 0 {
                sleep(Duration::from_millis(pace)).await;
            }
        }
    }

    /// Says what a rule or the usual demands, and tells what was said.
    pub(super) async fn answer(
        &mut self,
        event: &str,
        subjects: &[&str],
        usual: &str,
    ) -> Result<Said, Over> {
        let number = self.connected.number;
        let act = self.server.act(event, subjects, self.is_secure(), number);
        self.perform(&act.unwrap_or_default(), usual).await
    }

    pub(super) async fn perform(&mut self, act: &Act, usual: &str) -> Result<Said, Over> {
        let said = self.speak(act, usual).await?;
        match act.then {
            Some(then) => self.end(then).await.map(|()| said),
            None => Ok(said),
        }
    }

    async fn speak(&mut self, act: &Act, usual: &str) -> Result<Said, Over> {
        let usual = if usual.is_empty() {
            String::new()
        } else {
            format!("{usual}\r\n")
        };
        let mut bytes = act.reply.clone().unwrap_or_else(|| usual.into_bytes());
        let said = Said::read(&bytes);
        bytes.extend_from_slice(&act.extra);
        if act.delay > 0 {
            self.flush().await?;
            sleep(Duration::from_millis(act.delay)).await;
        }
        self.write(&bytes, act.drip).await?;
        Ok(said)
    }

    async fn write(&mut self, bytes: &[u8], drip: Option<u64>) -> Result<(), Over> {
        let script = self.server.script();
        let drip = drip.or(script.drip);
        if script.batch && drip.is_none() {
            self.output.extend_from_slice(bytes);
            return Ok(());
        }
        self.line.say(bytes, drip).await.map_err(|_| Over)
    }

    async fn flush(&mut self) -> Result<(), Over> {
        let held = std::mem::take(&mut self.output);
        if held.is_empty() {
            return Ok(());
        }
        self.line.say(&held, None).await.map_err(|_| Over)
    }

    async fn end(&mut self, then: Then) -> Result<(), Over> {
        self.flush().await?;
        let mut line = std::mem::replace(&mut self.line, Line::Gone);
        match then {
            Then::Close => line.close().await,
            Then::Reset => line.reset(),
            Then::HalfClose => {
                line.half_close().await;
                line.drain().await;
            }
            Then::Silence => line.drain().await,
            // Longer than any limit that a test sets; the client's end is not seen without reading.
            Then::StopReading => sleep(Duration::from_mins(1)).await,
        }
        Err(Over)
    }

    pub(super) async fn read_line(&mut self) -> Result<String, Over> {
        loop {
            if let Some(end) = self.input.iter().position(|octet| *octet == b'\n') {
                let rest = self.input.split_off(end + 1);
                let line = std::mem::replace(&mut self.input, rest);
                let line = String::from_utf8_lossy(&line);
                return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
            }
            self.flush().await?;
            if self.input.len() > LINE {
                self.write(b"500 5.5.2 Line too long\r\n", None).await?;
                return self.end(Then::Close).await.map(|()| String::new());
            }
            self.more(4096).await?;
        }
    }

    async fn more(&mut self, most: usize) -> Result<(), Over> {
        let have = self.input.len();
        self.input.resize(have + most, 0);
        let space = self.input.get_mut(have..).unwrap_or_default();
        let count = self.line.read(space).await.unwrap_or(0);
        self.input.truncate(have + count);
        if count == 0 { Err(Over) } else { Ok(()) }
    }

    pub(super) fn note_command(&self, shown: String) {
        self.server.journal().command(self.connected.number, shown);
    }
}

/// The code of what was said; 0 where there was none.
#[derive(Clone, Copy)]
pub(super) struct Said(u16);

impl Said {
    fn read(bytes: &[u8]) -> Self {
        let digits = bytes
            .get(..3)
            .and_then(|code| std::str::from_utf8(code).ok());
        Self(digits.and_then(|code| code.parse().ok()).unwrap_or(0))
    }

    pub(super) const fn is_positive(self) -> bool {
        self.0 / 100 == 2
    }

    pub(super) const fn is(self, code: u16) -> bool {
        self.0 == code
    }
}

/// The path without its angle brackets, and what follows it.
fn path(argument: &str) -> (String, String) {
    let rest = argument.split_once(':').map_or("", |(_, rest)| rest).trim();
    // A quoted local part may hold an angle bracket; the path's own is the last before a space or the end.
    let end = rest
        .find("> ")
        .or_else(|| rest.rfind('>'))
        .unwrap_or(rest.len());
    let (path, rest) = rest.split_at(end);
    let path = path.strip_prefix('<').unwrap_or(path);
    let rest = rest.strip_prefix('>').unwrap_or(rest);
    (path.to_owned(), rest.trim().to_owned())
}

//! One connection of a scripted server: the states of RFC 5321 §4.1.4, and a rule's word before the usual one.

use std::time::Duration;

use tokio::time::sleep;

use super::act::{Act, Then};
use super::journal::Connected;
use super::line::{Line, Pipe};
use super::server::Server;
use super::transaction::Transaction;

/// The longest command line that is read.
const LINE: usize = 16 * 1024;

/// The connection has ended.
pub(super) struct Over;

pub(super) struct Dialogue<S> {
    pub(super) server: Server,
    line: Line<S>,
    pub(super) connected: Connected,
    pub(super) input: Vec<u8>,
    output: Vec<u8>,
    pub(super) greeted: bool,
    pub(super) user: Option<String>,
    pub(super) transaction: Option<Transaction>,
    /// A rule has answered AUTH with 334, so the next line is an answer.
    pub(super) asking: bool,
}

impl Server {
    /// Serves one connection until it ends.
    pub async fn serve(&self, stream: impl Pipe) {
        Dialogue::new(self.clone(), Line::Clear(stream))
            .run(false)
            .await;
    }

    /// Serves one connection with TLS from the first byte.
    pub async fn serve_tls(&self, stream: impl Pipe) {
        Dialogue::new(self.clone(), Line::Clear(stream))
            .run(true)
            .await;
    }
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

    /// Whether the client has shown a certificate that the acceptor takes.
    pub(super) fn has_client_certificate(&self) -> bool {
        self.line.has_client_certificate()
    }

    /// What binds a login to this connection, inside TLS 1.3 (RFC 9266).
    pub(super) fn exporter(&self) -> Option<Vec<u8>> {
        self.line.exporter()
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
            "EHLO" if !self.server.script().lmtp => self.ehlo(argument).await,
            "LHLO" if self.server.script().lmtp => self.ehlo(argument).await,
            "HELO" if !self.server.script().lmtp => {
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
            "BDAT" => self.bdat(argument).await,
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

    pub(super) async fn flush(&mut self) -> Result<(), Over> {
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
            // Longer than any usual limit; the client's end is not seen without reading.
            Then::StopReading => sleep(Duration::from_mins(15)).await,
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

    pub(super) async fn more(&mut self, most: usize) -> Result<(), Over> {
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
    pub(super) fn read(bytes: &[u8]) -> Self {
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

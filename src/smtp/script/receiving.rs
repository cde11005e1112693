//! A message on the scripted server's side: MAIL, RCPT, DATA and the content.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use super::act::Act;
use super::body::{Body, Fed};
use super::dialogue::{Dialogue, Over, Said};
use super::journal::Received;
use super::line::Pipe;
use super::transaction::Transaction;

impl<S: Pipe> Dialogue<S> {
    pub(super) async fn mail(&mut self, argument: &str) -> Result<(), Over> {
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
                ..Transaction::default()
            });
        }
        Ok(())
    }

    pub(super) async fn rcpt(&mut self, argument: &str) -> Result<(), Over> {
        let limit = self.server.script().recipients;
        let (path, parameters) = path(argument);
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
            open.recipient_parameters.push(parameters);
        }
        Ok(())
    }

    pub(super) async fn data(&mut self) -> Result<(), Over> {
        let Some(open) = &self.transaction else {
            return self
                .perform(&Act::default(), "503 5.5.1 MAIL first")
                .await
                .map(drop);
        };
        let recipients = open.recipients.clone();
        let subjects: Vec<&str> = recipients.iter().map(String::as_str).collect();
        let usual = match (subjects.is_empty(), self.server.script().lmtp) {
            (true, true) => "503 5.5.1 No valid recipients",
            (true, false) => "554 5.5.1 No valid recipients",
            (false, _) => "354 End with a line that is a dot",
        };
        if !self.answer("data", &subjects, usual).await?.is(354) {
            return Ok(());
        }
        let content = self.content(&subjects).await?;
        self.receipt(&subjects, content).await
    }

    /// Records a message that has come whole, and answers.
    async fn receipt(&mut self, subjects: &[&str], content: Vec<u8>) -> Result<(), Over> {
        let usual = format!("250 2.0.0 Ok, {} octets", content.len());
        let verdicts: Vec<_> = if self.server.script().lmtp {
            let each = subjects.iter().map(|one| self.verdict(&[one], &usual));
            each.collect()
        } else {
            vec![self.verdict(subjects, &usual)]
        };
        let lmtp = self.server.script().lmtp;
        let taken = |at: usize| {
            verdicts
                .get(if lmtp { at } else { 0 })
                .is_some_and(|one| one.1)
        };
        let open = self.transaction.take().unwrap_or_default();
        let recipients = open.recipients.iter().enumerate();
        let accepted = verdicts.iter().any(|(_, accepted)| *accepted);
        // Recorded before the reply, so that whoever has the reply finds the record.
        self.server.journal().message(Received {
            connection: self.connected.number,
            reverse_path: open.path.clone(),
            parameters: open.parameters.clone(),
            recipients: recipients
                .filter(|(at, _)| !lmtp || taken(*at))
                .map(|(_, recipient)| recipient.clone())
                .collect(),
            recipient_parameters: open.recipient_parameters.clone(),
            content: Bytes::from(content),
            secure: self.is_secure(),
            user: self.user.clone(),
            accepted,
        });
        if !accepted && !open.chunks.is_empty() {
            self.transaction = Some(Transaction {
                failed: true,
                ..open
            });
        }
        for (act, _) in &verdicts {
            self.perform(act, &usual).await?;
        }
        Ok(())
    }

    /// What is said to the final dot, and whether that takes the message.
    fn verdict(&self, subjects: &[&str], usual: &str) -> (Act, bool) {
        let number = self.connected.number;
        let act = self
            .server
            .act("content", subjects, self.is_secure(), number)
            .unwrap_or_default();
        let said = Said::read(act.reply.as_deref().unwrap_or(usual.as_bytes()));
        (act, said.is_positive())
    }

    /// Takes a chunk (RFC 3030). Its octets are read whatever is said to it.
    pub(super) async fn bdat(&mut self, argument: &str) -> Result<(), Over> {
        let mut words = argument.split_ascii_whitespace();
        let size = words.next().and_then(|word| word.parse::<usize>().ok());
        let last = words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("LAST"));
        let Some(size) = size else {
            return self
                .perform(&Act::default(), "501 5.5.4 BDAT size is expected")
                .await
                .map(drop);
        };
        let chunk = self.chunk(size).await?;
        let open = self.transaction.as_mut();
        let Some(open) = open.filter(|open| !open.recipients.is_empty() && !open.failed) else {
            return self
                .perform(&Act::default(), "503 5.5.1 No valid recipients")
                .await
                .map(drop);
        };
        open.chunks.extend_from_slice(&chunk);
        let recipients = open.recipients.clone();
        let subjects: Vec<&str> = recipients.iter().map(String::as_str).collect();
        if last {
            let content = open.chunks.clone();
            return self.receipt(&subjects, content).await;
        }
        let usual = format!("250 2.0.0 {size} octets");
        self.answer("bdat", &subjects, &usual).await.map(drop)
    }

    async fn chunk(&mut self, size: usize) -> Result<Vec<u8>, Over> {
        let recipients = self
            .transaction
            .as_ref()
            .map(|open| open.recipients.clone());
        let recipients = recipients.unwrap_or_default();
        let subjects: Vec<&str> = recipients.iter().map(String::as_str).collect();
        let mut waits = self.server.body_rule(&subjects, self.is_secure());
        let (mut chunk, mut pace) = (Vec::new(), 0);
        while chunk.len() < size {
            if waits.is_some_and(|after| chunk.len() as u64 >= after) {
                waits = None;
                let number = self.connected.number;
                let act = self.server.act("body", &subjects, self.is_secure(), number);
                if let Some(act) = act {
                    pace = act.pace;
                    self.perform(&act, "").await?;
                }
            }
            if self.input.is_empty() {
                self.flush().await?;
                self.more(4096).await?;
                if pace > 0 {
                    sleep(Duration::from_millis(pace)).await;
                }
            }
            let most = self.input.len().min(size - chunk.len());
            chunk.extend(self.input.drain(..most));
        }
        Ok(chunk)
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

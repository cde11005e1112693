//! What became of a message, as a table for people. Pure functions of the entry.

use std::fmt::Write;

use crate::mail::clean::clean;
use crate::mail::clock::Now;
use crate::mail::entry::{Attempt, Entry};
use crate::mail::message::Message;
use crate::mail::outcome::Status;
use crate::mail::told::standing;
use crate::mailer::probe::export::conversation;

/// The envelope, for people who look at a dry run: Bcc shows nowhere else.
pub(super) fn envelope(message: &Message) -> String {
    let path = message
        .envelope
        .reverse_path
        .as_ref()
        .map(ToString::to_string);
    let mut text = format!(
        "Nothing is sent. {} octets, envelope from <{}> to:\n",
        message.size(),
        path.unwrap_or_default()
    );
    for one in &message.envelope.recipients {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {one}");
    }
    text
}

/// One line for each recipient, and one for the message.
pub(super) fn sent(entry: &Entry, now: Now, color: bool) -> String {
    let width = entry
        .recipients
        .iter()
        .map(|one| one.address.as_str().chars().count())
        .max();
    let width = width.unwrap_or(0).min(50);
    let trouble = entry.trouble();
    let mut text = String::new();
    for one in &entry.recipients {
        let (status, failure) = standing(one, trouble);
        let words = match (&one.status, failure) {
            (Status::Pending, Some(trouble)) => trouble.to_string(),
            (status, _) => status.words(),
        };
        let status = format!("{status:<10}");
        let status = if color { painted(&status) } else { status };
        let line = format!("{status} {:<width$}  {words}", one.address.as_str());
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let _ = writeln!(text, "{}", summary(entry, now));
    text
}

fn summary(entry: &Entry, now: Now) -> String {
    let mut parts = vec![clean(&entry.message.message_id).into_owned()];
    let last = entry
        .attempts
        .iter()
        .rev()
        .find_map(|attempt| attempt.end.as_ref());
    if let Some(end) = last {
        if !end.connection.server.is_empty() {
            parts.push(end.connection.server.clone());
        }
        match &end.connection.tls {
            Some(tls) => parts.push(tls.version.to_owned()),
            None if end.connection.peer.is_some() => parts.push("in clear".to_owned()),
            None => {}
        }
        parts.push(format!("{} ms", end.took.as_millis()));
    }
    if entry.attempts.len() > 1 {
        parts.push(format!("{} attempts", entry.attempts.len()));
    }
    if entry.end.is_none() && entry.open().next().is_some() {
        let wait = entry.wait(now).as_secs();
        parts.push(if entry.is_spooled() {
            format!("next try due in {wait} s, by whoever delivers from the spool")
        } else {
            format!("next try due in {wait} s, but nothing is kept: send it again")
        });
    }
    parts.join(" · ")
}

fn painted(status: &str) -> String {
    let code = match status.trim_end() {
        "delivered" => 32,
        "failed" | "expired" => 31,
        "queued" => 36,
        _ => 33,
    };
    format!("\x1b[{code}m{status}\x1b[0m")
}

/// The conversations of all attempts: milliseconds, who spoke, the words.
pub(super) fn transcript(entry: &Entry) -> String {
    conversations(
        entry.attempts.iter().map(AsRef::as_ref),
        entry.attempts.len() > 1,
    )
}

/// Conversations, each under a line that says which it is, where they are `named`.
pub(super) fn conversations<'a>(
    attempts: impl Iterator<Item = &'a Attempt>,
    named: bool,
) -> String {
    let mut text = String::new();
    for attempt in attempts {
        if named {
            let _ = writeln!(
                text,
                "attempt {}, {:.0}",
                attempt.number, attempt.started.wall
            );
        }
        text.push_str(&conversation(&attempt.transcript));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, at};
    use super::*;
    use crate::mail::outcome::{Cause, Failure};
    use crate::mail::stage::Stage;

    #[test]
    fn a_line_for_each_recipient_and_one_for_the_message() {
        let entry = sample::entry(vec![sample::delivered(), sample::deferred()]);
        assert_eq!(
            sent(&entry, at(1), false),
            "delivered  r0@x.org  250 2.0.0 queued as 17\n\
             deferred   r1@x.org  451 4.7.1 Greylisted\n\
             <1@x.org> · relay.example.com:587 · TLS 1.3 · 703 ms · next try due in 299 s, but nothing is kept: send it again\n"
        );
    }

    #[test]
    fn colours_are_the_only_controls() {
        let refused = sample::refused(550, "5.1.1 \u{1b}[31m\u{202e}no");
        let entry = sample::entry(vec![refused]);
        let plain = sent(&entry, at(1), false);
        assert!(
            !plain.replace('\n', "").contains(crate::mail::clean::acts),
            "{plain}"
        );
        let painted = sent(&entry, at(1), true);
        assert!(painted.starts_with("\u{1b}[31mfailed"), "{painted}");
    }

    #[test]
    fn the_transcript_has_time_speaker_and_words() {
        let failure = Failure::new(Stage::Connect, Cause::Closed);
        assert_eq!(
            transcript(&sample::troubled(failure)),
            "     0  ·  connected to 192.0.2.1:587\n     0  C  MAIL FROM:<me@x.org>\n     0  S  250 ok\n"
        );
    }
}

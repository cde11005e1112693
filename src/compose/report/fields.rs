//! The part for programs: fields about the message and about each recipient (RFC 3464 §2).

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::facts::Facts;
use crate::compose::header;
use crate::mail::address::Address;
use crate::mail::clean::clean;
use crate::mail::dsn::{About, utf8_xtext};
use crate::mail::entry::Entry;

/// The longest word that is not cut: a line may have 998 octets (RFC 5322 §2.1.1), and a character four.
const LONGEST_WORD: usize = 200;
/// The most characters of a server's words.
const MOST_WORDS: usize = 2000;

/// Writes fields. Whatever comes from outside is one line of harmless characters when it stands here.
pub(super) struct Fields {
    text: String,
    /// Whether the fields may hold UTF-8 (RFC 6533 §4).
    global: bool,
}

impl Fields {
    pub(super) fn new(global: bool) -> Self {
        Self {
            text: String::new(),
            global,
        }
    }

    /// The fields about the message.
    pub(super) fn message(&mut self, entry: &Entry, reporter: &str) {
        let message = &entry.message;
        let dsn = message.envelope.dsn.as_ref();
        if let Some(id) = dsn.and_then(|dsn| dsn.envid(&message.message_id)) {
            self.tokens("Original-Envelope-Id", [id]);
        }
        self.tokens("Reporting-MTA", ["dns;", reporter]);
        self.words("Arrival-Date", &date(entry.admitted.wall));
    }

    /// The fields about a recipient, behind the empty line that begins its group.
    pub(super) fn recipient(&mut self, entry: &Entry, facts: &Facts<'_>, about: About) {
        self.text.push_str("\r\n");
        let (kind, address) = self.address(&facts.recipient.address);
        if entry.message.envelope.dsn.is_some() {
            self.tokens("Original-Recipient", [kind, &address]);
        }
        self.tokens("Final-Recipient", [kind, &address]);
        let action = match about {
            About::Failed => "failed",
            About::Delayed => "delayed",
        };
        self.tokens("Action", [action]);
        self.tokens("Status", [facts.status().as_str()]);
        if let Some(host) = facts.host {
            self.tokens("Remote-MTA", ["dns;", host]);
        }
        if let Some(failure) = facts.failure {
            // Only what a server has said is in the words of SMTP.
            let kind = match failure.reply() {
                Some(_) => "smtp",
                None => "x-turbomail",
            };
            self.words("Diagnostic-Code", &format!("{kind}; {failure}"));
        }
        if let Some(tried) = facts.tried {
            self.words("Last-Attempt-Date", &date(tried));
        }
        if about == About::Delayed {
            self.words("Will-Retry-Until", &date(entry.expires));
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// An address with its type. Where the part is ASCII, an address that is not is written in ASCII (RFC 6533 §3).
    fn address(&self, address: &Address) -> (&'static str, String) {
        match (address.needs_smtputf8(), self.global) {
            (false, _) => ("rfc822;", address.to_ascii()),
            (true, true) => ("utf-8;", address.as_str().to_owned()),
            (true, false) => ("utf-8;", utf8_xtext(address.as_str())),
        }
    }

    /// A field of words, between which it may be folded.
    fn words(&mut self, name: &str, value: &str) {
        let value: String = value.chars().take(MOST_WORDS).collect();
        let value = self.harmless(&value);
        let words = value.split_whitespace().flat_map(cut);
        self.field(name, words.map(str::to_owned).collect());
    }

    /// A field of tokens, in which every character counts.
    fn tokens<const N: usize>(&mut self, name: &str, tokens: [&str; N]) {
        let tokens = tokens.map(|token| self.harmless(token));
        self.field(name, tokens.into());
    }

    fn field(&mut self, name: &str, tokens: Vec<String>) {
        let value = header::fold(name, tokens);
        // Writing into a String cannot fail.
        _ = write!(self.text, "{name}: {value}\r\n");
    }

    fn harmless(&self, text: &str) -> String {
        let text = clean(text);
        if self.global || text.is_ascii() {
            return text.into_owned();
        }
        let mut ascii = String::with_capacity(text.len() + 16);
        for c in text.chars() {
            if c.is_ascii() {
                ascii.push(c);
            } else {
                ascii.extend(c.escape_unicode());
            }
        }
        ascii
    }
}

/// Cuts a word into pieces that fit on a line.
fn cut(mut word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    while word.len() > LONGEST_WORD {
        let (piece, rest) = word.split_at(word.floor_char_boundary(LONGEST_WORD));
        pieces.push(piece);
        word = rest;
    }
    pieces.push(word);
    pieces
}

/// A date as headers write it (RFC 5322 §3.3), with the local offset.
pub(super) fn date(at: Timestamp) -> String {
    // Only years that no mail is from cannot be written.
    jiff::fmt::rfc2822::to_string(&at.to_zoned(TimeZone::system())).unwrap_or_default()
}

//! A walk in plain words: its verdict in one sentence, what it does not prove, and what a server's promises mean.

use super::walk::{Verdict, Walk};
use crate::mail::clean::Clean;
use crate::mail::octets::size;
use crate::mail::outcome::Cause;
use crate::mail::stage::Stage;

/// What a walk has come to, in one sentence.
#[must_use]
pub fn sentence(walk: &Walk) -> String {
    let host = Clean::from(walk.host.name());
    if walk.speaks_tls == Some(true) {
        return format!(
            "{host}: no way past the greeting: the server waits for TLS from the first byte; use security = tls"
        );
    }
    if let Some(failure) = &walk.failure {
        let at = part(failure.stage);
        let words = match &failure.cause {
            Cause::Refused(reply) => format!("the server said {reply}"),
            cause => cause.to_string(),
        };
        return format!("{host}: no way past {at}: {words}");
    }
    let far = part(reached(walk));
    match walk.verdict() {
        Verdict::Ok => format!("{host}: all is well, up to and with {far}"),
        _ => format!("{host}: up to and with {far} it works, with something to look at"),
    }
}

/// What a walk that found no fault leaves open; nothing where it found one.
#[must_use]
pub fn left_open(walk: &Walk) -> Option<&'static str> {
    if walk.failure.is_some() {
        return None;
    }
    Some(match reached(walk) {
        Stage::Content => {
            "A test message was taken. Whether it reaches a mailbox is for the servers behind this one to say."
        }
        Stage::Rcpt => {
            "No content was sent: the server may still refuse a message for what is in it."
        }
        Stage::Mail => "No recipient was asked for and no content was sent.",
        Stage::Auth => "Whether this sender and a recipient are taken was not asked.",
        Stage::Resolve | Stage::Connect => "What listens there was not asked.",
        _ => "There was no login, and no sender or recipient was asked for.",
    })
}

/// The last stage that went well.
fn reached(walk: &Walk) -> Stage {
    let good = |check: &&super::walk::Check| {
        check.stage != Stage::Quit
            && !matches!(
                check.status,
                super::walk::Status::Skipped | super::walk::Status::Failed
            )
    };
    let last = walk.checks.iter().rev().find(good);
    last.map_or(Stage::Resolve, |check| check.stage)
}

/// A stage, as part of a sentence.
const fn part(stage: Stage) -> &'static str {
    match stage {
        Stage::Resolve => "the look-up of the name",
        Stage::Connect => "the connection",
        Stage::Greeting => "the greeting",
        Stage::Hello => "EHLO",
        Stage::StartTls => "STARTTLS",
        Stage::Tls => "the TLS handshake",
        Stage::Auth => "the login",
        Stage::Mail => "the sender (MAIL)",
        Stage::Rcpt => "the recipient (RCPT)",
        Stage::Data | Stage::Content => "the content",
        Stage::Quit => "QUIT",
    }
}

/// What a line of the reply to EHLO promises; `None` for what is not known here.
#[must_use]
pub fn promise(line: &str) -> Option<String> {
    let (word, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
    let rest = rest.trim();
    Some(match word.to_ascii_uppercase().as_str() {
        "SIZE" => match rest.parse::<u64>() {
            Ok(0) => "no fixed limit for the size of a message".to_owned(),
            Ok(octets) => format!("messages of up to {}", size(octets)),
            Err(_) => "the size of a message is looked at before it is sent".to_owned(),
        },
        "STARTTLS" => "the connection can be protected".to_owned(),
        "AUTH" => logins(rest),
        "PIPELINING" => "commands may follow each other without a wait".to_owned(),
        "8BITMIME" => "text with accents goes as it is".to_owned(),
        "SMTPUTF8" => "addresses may have accents too".to_owned(),
        "CHUNKING" => "content goes in blocks whose size is told (BDAT)".to_owned(),
        "BINARYMIME" => "content may be binary".to_owned(),
        "DSN" => "reports of delivery can be asked for".to_owned(),
        "ENHANCEDSTATUSCODES" => "refusals carry an exact code".to_owned(),
        "REQUIRETLS" => "TLS on all the way can be demanded".to_owned(),
        "LIMITS" => format!("limits of this server: {rest}"),
        "DELIVERBY" => "a time limit for the delivery can be set".to_owned(),
        "FUTURERELEASE" => "a message can be held back until a moment".to_owned(),
        "MT-PRIORITY" => "messages may have a priority".to_owned(),
        "ETRN" => "a waiting queue can be asked for; of no use to a sender".to_owned(),
        "VRFY" => "whether an address exists can be asked".to_owned(),
        "EXPN" => "the members of a list can be asked for".to_owned(),
        "HELP" => "it explains its commands".to_owned(),
        "XCLIENT" | "XFORWARD" => "it trusts this machine to speak for others".to_owned(),
        "XXXXXXXA" | "XXXXXXXB" | "XXXXXXXX" => {
            "something on the way has struck this out, most likely STARTTLS".to_owned()
        }
        _ => return None,
    })
}

fn logins(mechanisms: &str) -> String {
    if mechanisms.is_empty() {
        return "a login is possible, by no way that is named".to_owned();
    }
    let ways: Vec<_> = mechanisms.split_ascii_whitespace().collect();
    format!("a login is possible by {}", ways.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_are_told_in_words_and_unknown_ones_are_left_alone() {
        for (line, words) in [
            ("SIZE 52428800", "messages of up to 50 MB"),
            ("size 0", "no fixed limit for the size of a message"),
            (
                "SIZE",
                "the size of a message is looked at before it is sent",
            ),
            ("AUTH PLAIN LOGIN", "a login is possible by PLAIN, LOGIN"),
            ("AUTH=LOGIN", "a login is possible by LOGIN"),
            ("LIMITS RCPTMAX=20", "limits of this server: RCPTMAX=20"),
        ] {
            assert_eq!(promise(line).as_deref(), Some(words), "{line}");
        }
        assert_eq!(promise("X-EXPS GSSAPI"), None);
        assert_eq!(promise(""), None);
    }
}

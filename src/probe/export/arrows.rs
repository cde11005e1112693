//! A conversation with arrows, as people know them from swaks: who spoke, whether inside TLS, and what went wrong.

use std::fmt::Write as _;

use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Line, Transcript};

/// Writes lines as they come.
///
/// ` ->` is this side and `<-` the server, `~>` and `<~` the same inside TLS; `<**` and `<~*` are refusals, `===` and `***` remarks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrows {
    is_protected: bool,
}

impl Arrows {
    /// The next line of a conversation, with its line end.
    pub fn line(&mut self, line: &Line) -> String {
        let sign = match line.by {
            By::Client if self.is_protected => " ~>",
            By::Client => " ->",
            By::Server => match (is_refusal(&line.text), self.is_protected) {
                (false, false) => "<- ",
                (false, true) => "<~ ",
                (true, false) => "<**",
                (true, true) => "<~*",
            },
            By::Note => {
                // Another connection begins in clear.
                let is_new = line.stage <= Stage::Connect;
                let begins = line.stage == Stage::Tls && line.text.starts_with("TLS 1.");
                self.is_protected = begins || (self.is_protected && !is_new);
                if is_trouble(&line.text) { "***" } else { "===" }
            }
        };
        format!("{sign} {}\n", line.text)
    }
}

/// A conversation as a whole.
#[must_use]
pub fn arrows(transcript: &Transcript) -> String {
    let mut arrows = Arrows::default();
    let mut text = String::new();
    for line in transcript.lines() {
        text.push_str(&arrows.line(&line));
    }
    text
}

/// The same with the milliseconds in front.
#[must_use]
pub(super) fn timed(transcript: &Transcript) -> String {
    let mut arrows = Arrows::default();
    let mut text = String::new();
    for line in transcript.lines() {
        // Writing into a String cannot fail.
        let _ = write!(text, "{:>6}  {}", line.at.as_millis(), arrows.line(&line));
    }
    text
}

fn is_refusal(text: &str) -> bool {
    text.starts_with(['4', '5'])
        && text
            .get(1..3)
            .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a remark tells that something did not go on.
fn is_trouble(text: &str) -> bool {
    [
        "no answer",
        "refused",
        "closed",
        "not found",
        "failed",
        "cannot",
        "ended",
        "the command says",
    ]
    .iter()
    .any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mail::clock::SystemClock;

    #[test]
    fn arrows_tell_who_spoke_and_how() {
        let transcript = Transcript::new(Arc::new(SystemClock::new()));
        for (stage, by, text) in [
            (
                Stage::Connect,
                By::Note,
                "connected to 192.0.2.1:587 (3 ms)",
            ),
            (Stage::Greeting, By::Server, "220 mx"),
            (Stage::StartTls, By::Client, "STARTTLS"),
            (Stage::StartTls, By::Server, "220 go on"),
            (
                Stage::Tls,
                By::Note,
                "TLS 1.3, SUITE, certificate for CN=x, 9 days left",
            ),
            (Stage::Hello, By::Client, "EHLO me"),
            (Stage::Hello, By::Server, "250 mx"),
            (Stage::Rcpt, By::Server, "550-5.7.1 no"),
            (
                Stage::Connect,
                By::Note,
                "192.0.2.1:587 is of no use; the next address is tried",
            ),
            (Stage::Greeting, By::Server, "554 no"),
            (
                Stage::Quit,
                By::Note,
                "the connection was closed by the server",
            ),
        ] {
            transcript.push(stage, by, text);
        }
        let text = arrows(&transcript);
        let signs: Vec<&str> = text.lines().filter_map(|line| line.get(..3)).collect();
        assert_eq!(
            signs,
            [
                "===", "<- ", " ->", "<- ", "===", " ~>", "<~ ", "<~*", "===", "<**", "***"
            ]
        );
        assert!(
            timed(&transcript)
                .lines()
                .all(|line| line.get(..8).is_some_and(|time| time.ends_with("  ")))
        );
    }
}

//! A flight: the commands that leave in one write (RFC 2920), with what the transcripts show of each.

use std::fmt;

use secrecy::zeroize::Zeroizing;

use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};

/// Commands that are sent together. What was sent is overwritten when the flight is dropped.
#[derive(Default)]
pub(crate) struct Flight {
    bytes: Zeroizing<Vec<u8>>,
    shown: Vec<Shown>,
    /// Where the next commands are written down, if not where the wire writes.
    transcript: Option<Transcript>,
}

/// A command as people see it.
struct Shown {
    stage: Stage,
    text: String,
    transcript: Option<Transcript>,
}

impl Shown {
    /// Where it is written down.
    fn of<'a>(&'a self, usual: &'a Transcript) -> &'a Transcript {
        self.transcript.as_ref().unwrap_or(usual)
    }
}

impl Flight {
    /// A flight of one command, without its line end.
    pub(crate) fn of(stage: Stage, command: &str) -> Self {
        let mut flight = Self::default();
        flight.command(stage, command);
        flight
    }

    /// A flight of one line that holds a secret; the transcript gets `shown` instead.
    pub(crate) fn secret(stage: Stage, line: &[u8], shown: String) -> Self {
        // The room is reserved at once, so that no half-grown copy of the secret stays behind in memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(line.len() + 2));
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(b"\r\n");
        Self {
            bytes,
            shown: vec![Shown {
                stage,
                text: shown,
                transcript: None,
            }],
            transcript: None,
        }
    }

    /// Writes the commands that are added from now on into this transcript: a flight may carry two messages' commands.
    pub(crate) fn write_down_in(&mut self, transcript: &Transcript) {
        self.transcript = Some(transcript.clone());
    }

    /// Adds a command. Controls in it would begin another command, so they are left out; callers refuse them earlier.
    pub(crate) fn command(&mut self, stage: Stage, command: impl Into<String>) {
        let text = command.into();
        let plain = |byte: &u8| !byte.is_ascii_control();
        if text.bytes().all(|byte| plain(&byte)) {
            self.bytes.extend_from_slice(text.as_bytes());
        } else {
            self.bytes.extend(text.bytes().filter(plain));
        }
        self.bytes.extend_from_slice(b"\r\n");
        self.shown.push(Shown {
            stage,
            text,
            transcript: self.transcript.clone(),
        });
    }

    /// What goes over the wire.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The stage of its first command.
    pub(super) fn stage(&self) -> Stage {
        self.shown.first().map_or(Stage::Quit, |shown| shown.stage)
    }

    /// Writes every command down, each in its transcript.
    pub(crate) fn write_down(&self, usual: &Transcript) {
        let same = |one: &Shown, other: &Shown| one.of(usual).is_same(other.of(usual));
        for together in self.shown.chunk_by(same) {
            let Some(first) = together.first() else {
                continue;
            };
            let transcript = first.of(usual);
            transcript.enter(first.stage);
            let lines = together.iter();
            transcript.push_all(
                By::Client,
                lines.map(|shown| (shown.stage, shown.text.as_str())),
            );
        }
    }
}

impl fmt::Debug for Flight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.shown.iter().map(|shown| (shown.stage, &shown.text));
        f.debug_list().entries(shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_command_can_begin_another() {
        let flight = Flight::of(Stage::Mail, "MAIL FROM:<a\r\nRCPT TO:<b>\0>");
        assert_eq!(flight.bytes(), b"MAIL FROM:<aRCPT TO:<b>>\r\n");
    }

    #[test]
    fn a_secret_is_not_shown() {
        let flight = Flight::secret(Stage::Auth, b"aHVudGVy", "‹hidden›".into());
        assert_eq!(flight.bytes(), b"aHVudGVy\r\n");
        assert!(!format!("{flight:?}").contains("aHVudGVy"));
    }
}

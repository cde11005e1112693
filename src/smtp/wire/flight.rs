//! A flight: the commands that leave in one write (RFC 2920), with what the transcript shows of each.

use std::fmt;

use secrecy::zeroize::Zeroizing;

use crate::mail::stage::Stage;

/// Commands that are sent together. What was sent is overwritten when the flight is dropped.
#[derive(Default)]
pub(crate) struct Flight {
    bytes: Zeroizing<Vec<u8>>,
    shown: Vec<(Stage, String)>,
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
            shown: vec![(stage, shown)],
        }
    }

    /// Adds a command. Controls in it would begin another command, so they are left out; callers refuse them earlier.
    pub(crate) fn command(&mut self, stage: Stage, command: &str) {
        let plain = |byte: &u8| !byte.is_ascii_control();
        self.bytes.extend(command.bytes().filter(plain));
        self.bytes.extend_from_slice(b"\r\n");
        self.shown.push((stage, command.to_owned()));
    }

    /// What goes over the wire.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the transcript shows, line by line.
    pub(super) fn shown(&self) -> &[(Stage, String)] {
        &self.shown
    }
}

impl fmt::Debug for Flight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.shown).finish()
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

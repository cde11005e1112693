//! A conversation as it is read in a terminal: the milliseconds, who spoke, and what was said.

use std::fmt::Write as _;

use crate::mail::transcript::{By, Transcript};

/// A conversation as a whole, a line for each of its own.
#[must_use]
pub fn conversation(transcript: &Transcript) -> String {
    let mut text = String::new();
    for line in transcript.lines() {
        let by = match line.by {
            By::Client => 'C',
            By::Server => 'S',
            By::Note => '·',
        };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{:>6}  {by}  {}", line.at.as_millis(), line.text);
    }
    text
}

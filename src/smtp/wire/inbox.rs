//! Reads replies within fixed bounds, whatever the server sends (RFC 5321 §4.2).

use crate::mail::clean::Clean;
use crate::mail::reply::{Reply, Severity};

/// Octets kept of a line; the rest is read and dropped.
const LINE: usize = 2048;
/// Lines of one reply.
const LINES: usize = 128;
/// Octets of one reply, kept or not.
const REPLY: usize = 64 * 1024;

/// Bytes received and not yet understood: one buffer that never grows.
pub(super) struct Inbox {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self {
            buffer: vec![0; 4096].into_boxed_slice(),
            start: 0,
            end: 0,
        }
    }

    /// What has come and was not yet taken.
    pub(super) fn waiting(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Where the next bytes may be put. It is never empty once what was waiting has been taken.
    pub(super) fn space(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// Says that this many bytes were put there.
    pub(super) fn filled(&mut self, count: usize) {
        self.end = self.buffer.len().min(self.end + count);
    }

    fn take(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }
}

/// One line as it came, cut to the limit, without its line end.
pub(super) struct Raw(pub(super) Vec<u8>);

/// A reply that is being read.
#[derive(Default)]
pub(super) struct Partial {
    line: Vec<u8>,
    octets: usize,
    code: Option<u16>,
    texts: Vec<Clean>,
}

impl Partial {
    /// The start of the line that is being read, for a look at what kind of server this is.
    pub(super) fn begun(&self) -> &[u8] {
        &self.line
    }

    /// Whether nothing has come yet.
    pub(super) fn is_untouched(&self) -> bool {
        self.octets == 0
    }

    /// Takes the next whole line out of the inbox; `None` where more bytes are needed.
    ///
    /// # Errors
    /// Words for a reply that is longer than any server's.
    pub(super) fn next_line(&mut self, inbox: &mut Inbox) -> Result<Option<Raw>, String> {
        let waiting = inbox.waiting();
        let end = waiting.iter().position(|byte| *byte == b'\n');
        let piece = waiting
            .get(..end.unwrap_or(waiting.len()))
            .unwrap_or_default();
        let room = LINE.saturating_sub(self.line.len()).min(piece.len());
        self.line
            .extend_from_slice(piece.get(..room).unwrap_or_default());
        let taken = piece.len() + usize::from(end.is_some());
        self.octets += taken;
        inbox.take(taken);
        if self.octets > REPLY {
            return Err(format!("a reply longer than {} KiB", REPLY / 1024));
        }
        if end.is_none() {
            return Ok(None);
        }
        let mut line = std::mem::take(&mut self.line);
        while line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(Raw(line)))
    }

    /// Takes a line in; the whole reply when it was the last.
    ///
    /// # Errors
    /// Words for what is no reply, or none that fits the lines before it.
    pub(super) fn accept(&mut self, line: &Raw) -> Result<Option<Reply>, String> {
        let (code, last, text) =
            parts(&line.0).ok_or_else(|| format!("this is no SMTP reply: {}", excerpt(&line.0)))?;
        if *self.code.get_or_insert(code) != code {
            return Err(format!("a reply with two codes: {}", excerpt(&line.0)));
        }
        self.texts.push(Clean::from_bytes(text));
        if !last {
            return if self.texts.len() < LINES {
                Ok(None)
            } else {
                Err(format!("a reply with more than {LINES} lines"))
            };
        }
        let reply = Reply::new(code, self.texts.iter().map(Clean::as_str));
        match reply.severity() {
            // RFC 5321 §4.2.1 knows no 1yz in SMTP, and nothing from 600 on.
            Severity::Unknown => Err(format!("a reply code that SMTP does not have: {reply}")),
            _ => Ok(Some(reply)),
        }
    }
}

/// Code, whether it is the last line, and text: `ddd`, `ddd text` or `ddd-text`.
fn parts(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    let code = digits.iter().try_fold(0, |code: u16, byte| {
        byte.is_ascii_digit()
            .then(|| code * 10 + u16::from(byte - b'0'))
    })?;
    match rest.split_first() {
        None => Some((code, true, rest)),
        Some((b' ', text)) => Some((code, true, text)),
        Some((b'-', text)) => Some((code, false, text)),
        Some(_) => None,
    }
}

/// The start of a line, cleaned, for a message to people.
fn excerpt(line: &[u8]) -> Clean {
    Clean::from_bytes(line.get(..80).unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], step: usize) -> Result<Option<Reply>, String> {
        let (mut inbox, mut partial) = (Inbox::new(), Partial::default());
        for chunk in bytes.chunks(step) {
            let space = inbox.space();
            space[..chunk.len()].copy_from_slice(chunk);
            inbox.filled(chunk.len());
            while let Some(line) = partial.next_line(&mut inbox)? {
                if let Some(reply) = partial.accept(&line)? {
                    return Ok(Some(reply));
                }
            }
        }
        Ok(None)
    }

    #[test]
    fn every_line_end_and_every_cut_gives_the_same_reply() {
        for end in ["\r\n", "\n", "\r\r\n"] {
            let text = format!("250-one{end}250-2.0.0 two{end}250{end}");
            for step in [1, 2, 3, 7, 4096] {
                let reply = read(text.as_bytes(), step).expect("valid").expect("whole");
                assert_eq!((reply.code, reply.lines.len()), (250, 3));
                assert_eq!(reply.text(), "one two");
            }
        }
    }

    #[test]
    fn what_is_no_reply_is_named() {
        for bytes in [
            &b"OK fine\r\n"[..],
            b"2200 four digits\r\n",
            b"25\r\n",
            b"\r\n",
            b"250_x\r\n",
            b"250-a\r\n251 b\r\n",
            b"999 odd\r\n",
            b"150 odd\r\n",
            b"\xff\xfe\r\n",
        ] {
            assert!(read(bytes, 4096).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn octets_that_are_no_text_are_kept_visible() {
        let reply = read(b"550 refus\xe9 \0\x1b[31m\r\n", 4)
            .expect("valid")
            .expect("whole");
        assert_eq!(reply.text(), "refus\\xe9 \\x00\\x1b[31m");
    }

    #[test]
    fn memory_stays_small_whatever_comes() {
        let (mut inbox, mut partial) = (Inbox::new(), Partial::default());
        let mut error = None;
        let mut octets = 0;
        while error.is_none() {
            let space = inbox.space();
            assert!(!space.is_empty());
            space.fill(b'x');
            let count = space.len();
            inbox.filled(count);
            octets += count;
            error = partial.next_line(&mut inbox).err();
            assert!(partial.line.len() <= LINE && partial.line.capacity() <= 2 * LINE);
            assert!(octets <= REPLY + 4096);
        }
        let long = format!("250-{}\r\n250 end\r\n", "x".repeat(5000));
        let reply = read(long.as_bytes(), 1000).expect("valid").expect("whole");
        assert_eq!(reply.lines[0].len(), LINE - 4);
        assert!(read("250-more\r\n".repeat(LINES).as_bytes(), 1000).is_err());
    }
}

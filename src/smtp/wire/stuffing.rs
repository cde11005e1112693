//! Dot-stuffing (RFC 5321 §4.5.2): the content, block by block, so that no line of it can end the message.

use memchr::memchr3_iter;
use memchr::memmem::Finder;

/// What keeps content from being sent, where something does: a bare CR or LF ends lines differently for different servers
/// and lets one message be read as two (RFC 5321 §2.3.8); NUL is no text at all. The place counts octets from 0.
pub(crate) fn fault(content: &[u8]) -> Option<(usize, &'static str)> {
    let mut places = memchr3_iter(b'\r', b'\n', 0, content);
    while let Some(at) = places.next() {
        match content.get(at) {
            Some(b'\n') => return Some((at, "a line feed without a carriage return")),
            Some(b'\r') if content.get(at + 1) == Some(&b'\n') => drop(places.next()),
            Some(b'\r') => return Some((at, "a carriage return without a line feed")),
            _ => return Some((at, "a NUL")),
        }
    }
    None
}

/// Cuts content into blocks with its dots doubled; the final dot is in the last block.
pub(crate) struct Stuffing<'a> {
    rest: &'a [u8],
    line_start: bool,
}

impl<'a> Stuffing<'a> {
    /// The size of a block in octets, before its dots are doubled.
    const BLOCK: usize = 32 * 1024;

    /// Begins with the content.
    pub(crate) const fn new(content: &'a [u8]) -> Self {
        Self {
            rest: content,
            line_start: true,
        }
    }

    /// Octets of content that are not yet in a block.
    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    /// Adds the next block to `block`, and says whether it was the last, which ends with the final dot.
    pub(crate) fn next_into(&mut self, block: &mut Vec<u8>) -> bool {
        let (mut piece, rest) = self.rest.split_at(self.rest.len().min(Self::BLOCK));
        self.rest = rest;
        if self.line_start && piece.first() == Some(&b'.') {
            block.push(b'.');
        }
        self.line_start = match piece.last() {
            Some(end) => *end == b'\n',
            None => self.line_start,
        };
        // A dot behind a line end within this piece; one at its start was met above.
        let dot = Finder::new(b"\n.");
        while let Some(at) = dot.find(piece) {
            let (line, after) = piece.split_at(at + 1);
            block.extend_from_slice(line);
            block.push(b'.');
            piece = after;
        }
        block.extend_from_slice(piece);
        let last = self.rest.is_empty();
        if last {
            if !self.line_start {
                block.extend_from_slice(b"\r\n");
            }
            block.extend_from_slice(b".\r\n");
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stuffed(content: &[u8]) -> Vec<u8> {
        let (mut stuffing, mut all, mut block) = (Stuffing::new(content), Vec::new(), Vec::new());
        loop {
            block.clear();
            let last = stuffing.next_into(&mut block);
            all.extend_from_slice(&block);
            if last {
                assert_eq!(stuffing.left(), 0);
                return all;
            }
        }
    }

    #[test]
    fn only_dots_at_the_start_of_a_line_are_doubled() {
        assert_eq!(stuffed(b""), b".\r\n");
        assert_eq!(stuffed(b".\r\n"), b"..\r\n.\r\n");
        assert_eq!(stuffed(b"a.b\r\n..c\r\n"), b"a.b\r\n...c\r\n.\r\n");
        assert_eq!(stuffed(b"no end"), b"no end\r\n.\r\n");
    }

    #[test]
    fn a_line_that_is_cut_between_blocks_stays_one_line() {
        for before in Stuffing::BLOCK - 3..=Stuffing::BLOCK + 1 {
            let mut content = vec![b'x'; before];
            content.extend_from_slice(b".y\r\n.z\r\n");
            let mut expected = vec![b'x'; before];
            expected.extend_from_slice(b".y\r\n..z\r\n.\r\n");
            assert!(stuffed(&content) == expected, "{before}");
        }
    }

    #[test]
    fn line_ends_that_servers_read_differently_are_found() {
        assert_eq!(fault(b"a\r\n.\r\nb\r\n"), None);
        for (content, at) in [
            (&b"a\n.\r\n"[..], 1),
            (b"a\r.\r\n", 1),
            (b"a\r\r\n", 1),
            (b"a\r", 1),
            (b"a\0b", 1),
            (b"\n", 0),
        ] {
            assert_eq!(
                fault(content).map(|(place, _)| place),
                Some(at),
                "{content:?}"
            );
        }
    }
}

//! Finds the end of the content and takes the doubled dots out, strictly or as careless servers do.

/// What became of an octet of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// It belongs to the content.
    More,
    /// It ended the content.
    End,
    /// The content ended before it; it belongs to the next command.
    EndedBefore,
}

/// Content that is coming in.
#[derive(Debug)]
pub(super) struct Body {
    lenient: bool,
    line: Vec<u8>,
    content: Vec<u8>,
    octets: u64,
}

impl Body {
    pub(super) const fn new(lenient: bool) -> Self {
        Self {
            lenient,
            line: Vec::new(),
            content: Vec::new(),
            octets: 0,
        }
    }

    /// Octets that have come so far.
    pub(super) const fn octets(&self) -> u64 {
        self.octets
    }

    /// The content, once it has ended.
    pub(super) fn into_content(self) -> Vec<u8> {
        self.content
    }

    pub(super) fn feed(&mut self, octet: u8) -> Fed {
        if self.lenient && self.line.last() == Some(&b'\r') && octet != b'\n' && self.end_line() {
            return Fed::EndedBefore;
        }
        self.octets += 1;
        self.line.push(octet);
        let ended = if self.lenient {
            octet == b'\n'
        } else {
            self.line.ends_with(b"\r\n")
        };
        if ended && self.end_line() {
            Fed::End
        } else {
            Fed::More
        }
    }

    /// Takes the line in; whether it was the lone dot.
    fn end_line(&mut self) -> bool {
        let line = std::mem::take(&mut self.line);
        let text: &[u8] = line
            .strip_suffix(b"\r\n")
            .or_else(|| line.strip_suffix(b"\n"))
            .or_else(|| line.strip_suffix(b"\r"))
            .unwrap_or(&line);
        if text == b"." {
            return true;
        }
        self.content
            .extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(lenient: bool, octets: &[u8]) -> Option<(usize, Vec<u8>)> {
        let mut body = Body::new(lenient);
        let end = octets
            .iter()
            .position(|octet| body.feed(*octet) != Fed::More)?;
        Some((end, body.into_content()))
    }

    #[test]
    fn the_strict_end_is_a_dot_between_crlf() {
        assert_eq!(ends(false, b".\r\n"), Some((2, vec![])));
        assert_eq!(ends(false, b"..a\r\n.\r\n"), Some((7, b".a\r\n".to_vec())));
        for octets in [&b"a\n.\n"[..], b"a\r.\r", b"a\n.\r\n", b"a\r\n.\n"] {
            assert_eq!(ends(false, octets), None, "{octets:?}");
        }
    }

    #[test]
    fn a_careless_server_is_fooled_by_all_of_them() {
        for octets in [
            &b"a\n.\n"[..],
            b"a\r.\rx",
            b"a\n.\r\n",
            b"a\r\n.\n",
            b"a\r\n.\rx",
        ] {
            assert!(ends(true, octets).is_some(), "{octets:?}");
        }
    }
}

//! The text: line ends made one kind, and the encoding that brings any Unicode through unharmed.

use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;

use super::error::{ComposeError, Field, Problem};

/// The text with every line end, bare CR and bare LF as CRLF, and with one at its end where it has any text.
///
/// This is done before anything is encoded or dot-stuffed: a bare CR or LF on the wire is how mail is smuggled.
pub(super) fn normalised(text: &str) -> Result<String, ComposeError> {
    let mut out = String::with_capacity(text.len() + text.len() / 32 + 2);
    let (mut line, mut after_cr) = (1, false);
    for (at, c) in text.chars().enumerate() {
        match c {
            '\0' => return Err(ComposeError::new(Field::Body, Problem::Nul { line, at })),
            '\n' if after_cr => {}
            '\r' | '\n' => {
                line += 1;
                out.push_str("\r\n");
            }
            c => out.push(c),
        }
        after_cr = c == '\r';
    }
    if !out.is_empty() && !out.ends_with("\r\n") {
        out.push_str("\r\n");
    }
    Ok(out)
}

/// The text in the encoding that suits it: as it is where it is short-lined printable ASCII, else quoted-printable or base64.
pub(super) fn encoded(text: String) -> Body {
    let acts = |c: char| c.is_ascii_control() && !matches!(c, '\r' | '\n' | '\t');
    if text.contains(acts) {
        let quoted = ContentTransferEncoding::QuotedPrintable;
        // Quoted-printable takes every text; were it ever refused, the octets come back and are encoded as they are.
        Body::new_with_encoding(text, quoted).unwrap_or_else(Body::new)
    } else {
        Body::new(text)
    }
}

/// The charset to name: ASCII is the safest word where it is true.
pub(super) const fn charset(ascii: bool) -> &'static str {
    if ascii { "us-ascii" } else { "utf-8" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_becomes_one_kind() {
        for (from, to) in [
            ("", ""),
            ("a", "a\r\n"),
            (
                "a\nb\rc\r\nd\n\re\r\r\n",
                "a\r\nb\r\nc\r\nd\r\n\r\ne\r\n\r\n",
            ),
            ("\r.\r\n.\n", "\r\n.\r\n.\r\n"),
        ] {
            assert_eq!(normalised(from).expect("no NUL"), to, "{from:?}");
        }
    }

    #[test]
    fn a_nul_is_refused_with_its_place() {
        let error = normalised("ab\r\ncd\nx\0").expect_err("refused");
        assert_eq!(error.problem, Problem::Nul { line: 3, at: 8 });
    }

    #[test]
    fn controls_do_not_travel_bare() {
        let body = encoded("bell \x07 escape \x1b[31m\r\n".to_owned());
        assert_eq!(body.as_ref(), b"bell =07 escape =1B[31m\r\n");
    }
}

//! Tells what speaks on a port where no SMTP server does, from its first bytes.

/// A plain hint for the first bytes that another protocol's server sends; `None` where nothing is recognised.
pub(super) fn hint(first: &[u8]) -> Option<&'static str> {
    const WORDS: [(&[u8], &str); 6] = [
        (b"HTTP/", "this is no SMTP server: it speaks HTTP"),
        (b"<!DOCTYPE", "this is no SMTP server: it speaks HTTP"),
        (b"<html", "this is no SMTP server: it speaks HTTP"),
        (b"SSH-", "this is no SMTP server: it speaks SSH"),
        (b"* ", "this is no SMTP server: it speaks IMAP"),
        (b"+OK", "this is no SMTP server: it speaks POP3"),
    ];
    // A TLS record begins with its type (21 alert, 22 handshake) and the major version 3 (RFC 8446 §5.1).
    if matches!(first, [21 | 22, 3, ..]) {
        return Some("the server speaks TLS from the first byte: use security = tls");
    }
    WORDS.iter().find_map(|(start, hint)| {
        let head = first.get(..start.len())?;
        head.eq_ignore_ascii_case(start).then_some(*hint)
    })
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn other_servers_are_recognised_and_mail_servers_are_not() {
        for (bytes, word) in [
            (&b"SSH-2.0-OpenSSH_9.6"[..], "SSH"),
            (b"HTTP/1.1 400 Bad Request", "HTTP"),
            (b"<HTML><head>", "HTTP"),
            (b"* OK IMAP4rev1 ready", "IMAP"),
            (b"+OK POP3 ready", "POP3"),
            (b"\x15\x03\x01\x00\x02\x02\x46", "TLS"),
        ] {
            assert!(
                hint(bytes).is_some_and(|text| text.contains(word)),
                "{word}"
            );
        }
        for bytes in [
            &b"220 mx ESMTP"[..],
            b"554 no",
            b"",
            b"S",
            b"\x15",
            b"OK fine",
        ] {
            assert_eq!(hint(bytes), None, "{bytes:?}");
        }
    }
}

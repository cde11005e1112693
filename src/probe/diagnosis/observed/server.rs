//! Facts about what the server sent, and what it did not.

use crate::mail::circumstances::TlsState;
use crate::mail::clean::Clean;
use crate::mail::stage::Stage;
use crate::probe::diagnosis::seen::Seen;
use crate::smtp::Capabilities;

/// A greeting that comes later than this is slow in seconds; RFC 5321 §4.5.3.2.1 lets it take five minutes.
const LATE: u64 = 5;

/// The first bytes are a TLS record: an alert or a handshake of version 3 (RFC 8446 §5.1).
pub(super) fn tls_record_first(seen: &Seen<'_>) -> Option<String> {
    let first = &seen.all.first_bytes;
    matches!(first.as_slice(), [21 | 22, 3, ..]).then(|| {
        let hex: Vec<String> = first.iter().take(8).map(|b| format!("{b:02x}")).collect();
        format!("the first bytes are a TLS record: {}", hex.join(" "))
    })
}

/// The first bytes are another protocol's.
pub(super) fn another_service(seen: &Seen<'_>) -> Option<String> {
    let first = &seen.all.first_bytes;
    let what = service(first)?;
    let end = first
        .iter()
        .position(|byte| matches!(byte, b'\r' | b'\n'))
        .unwrap_or(first.len());
    let line = Clean::from_bytes(first.get(..end.min(80)).unwrap_or_default());
    Some(format!("it is {what}: {line}"))
}

/// What begins a conversation with these bytes, where it is no mail server.
fn service(first: &[u8]) -> Option<&'static str> {
    const STARTS: [(&[u8], &str); 22] = [
        (b"SSH-", "SSH"),
        (b"HTTP/", "a web server"),
        (b"<!DOCTYPE", "a web server"),
        (b"<html", "a web server"),
        (b"+OK", "POP3"),
        (b"-ERR unknown command", "Redis"),
        (b"-ERR wrong number of arguments", "Redis"),
        (b"-NOAUTH", "Redis"),
        (b"-DENIED Redis", "Redis"),
        (b"-ERR", "POP3"),
        (b"* OK", "IMAP"),
        (b"* BYE", "IMAP"),
        (b"* PREAUTH", "IMAP"),
        (b"RFB ", "a remote desktop"),
        (b"@RSYNCD:", "rsync"),
        (b"\"IMPLEMENTATION\"", "ManageSieve"),
        (b"NOTICE ", "IRC"),
        (b"<?xml", "XMPP"),
        (b"<stream:", "XMPP"),
        (b"AMQP", "a message broker"),
        (b"Asterisk Call Manager", "a telephone exchange"),
        (b"-DENIED", "Redis"),
    ];
    let starts = |start: &[u8]| {
        let head = first.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    match first {
        // A command of Telnet: IAC, WILL to DONT, an option (RFC 854).
        [0xff, 0xfb..=0xfe, ..] => return Some("Telnet"),
        // MySQL's first packet: its length in three octets, number 0, protocol 10, the version as text.
        [_, _, 0, 0, 10, b'0'..=b'9', ..] => return Some("MySQL"),
        _ => {}
    }
    // Codes that the news service greets with (RFC 3977 §5.1); SMTP has none of them.
    if starts(b"200 ") || starts(b"201 ") {
        const NEWS: [&str; 5] = ["nntp", "nnrp", "posting", "internetnews", "news server"];
        let line = String::from_utf8_lossy(first.get(..first.len().min(200)).unwrap_or_default())
            .to_lowercase();
        return NEWS
            .iter()
            .any(|word| line.contains(word))
            .then_some("a news server");
    }
    let is_irc = || {
        let line = String::from_utf8_lossy(first.get(..first.len().min(200)).unwrap_or_default());
        line.starts_with(':') && line.contains(" NOTICE ")
    };
    let known = STARTS.iter().find(|(start, _)| starts(start));
    known
        .map(|(_, what)| *what)
        .or_else(|| is_irc().then_some("IRC"))
}

/// No greeting came, but a TLS handshake was answered.
pub(super) fn answers_tls(seen: &Seen<'_>) -> Option<String> {
    (seen.all.speaks_tls == Some(true))
        .then(|| "no greeting came, but a TLS handshake was answered".to_owned())
}

/// Neither a greeting came nor an answer to a TLS handshake.
pub(super) fn answers_nothing(seen: &Seen<'_>) -> Option<String> {
    (seen.all.speaks_tls == Some(false))
        .then(|| "the connection opens, and neither a greeting nor TLS follows".to_owned())
}

/// The server said something, whatever it was.
pub(super) fn something_came(seen: &Seen<'_>) -> Option<String> {
    let first = &seen.all.first_bytes;
    (!first.is_empty()).then(|| format!("the first bytes are {}", Clean::from_bytes(first)))
}

/// The login was accepted on this connection.
pub(super) fn logged_in(seen: &Seen<'_>) -> Option<String> {
    (seen.all.authenticated == Some(true)).then(|| "the login was accepted".to_owned())
}

/// The greeting came late.
pub(super) fn late_greeting(seen: &Seen<'_>) -> Option<String> {
    let took = seen.all.greeting_took?;
    (took.as_secs() >= LATE).then(|| format!("the greeting took {:.1} s", took.as_secs_f64()))
}

/// The greeting is painted over, as firewalls do that look into SMTP.
pub(super) fn masked_greeting(seen: &Seen<'_>) -> Option<String> {
    let refused = || {
        let reply = seen
            .all
            .said()
            .filter(|_| seen.stage == Some(Stage::Greeting))?;
        Some(reply.text())
    };
    let greeting = seen.all.greeting.as_ref().map(ToString::to_string);
    let greeting = greeting.or_else(refused)?;
    is_painted(&greeting).then(|| format!("the greeting is {greeting}"))
}

/// Whether nothing is left of a greeting but stars and the digits that firewalls leave: lines of stars around words are decoration.
fn is_painted(greeting: &str) -> bool {
    const MARKS: usize = 6;
    let is_left = |c: char| matches!(c, '*' | '0' | '2' | '-' | ' ');
    let marks = greeting.matches(['*', '0']).count();
    greeting.chars().all(is_left) && marks >= MARKS
}

/// A keyword of the offer is painted over with X, as the keyword STARTTLS becomes XXXXXXXA.
pub(super) fn masked_offer(seen: &Seen<'_>) -> Option<String> {
    let masked = |line: &&Clean| {
        let word = line.split_ascii_whitespace().next().unwrap_or_default();
        word.starts_with("XXX") && word.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    let lines = seen.before_tls.as_ref()?.lines();
    let line = lines.iter().find(masked)?;
    Some(format!("the server offers {line}"))
}

/// STARTTLS works though it was not offered.
pub(super) fn hidden_starttls(seen: &Seen<'_>) -> Option<String> {
    (seen.all.forced_starttls == Some(true))
        .then(|| "STARTTLS is not offered, and works".to_owned())
}

/// Something that was offered at the last good run is missing.
pub(super) fn smaller_offer(seen: &Seen<'_>) -> Option<String> {
    let lost = lost(seen);
    (!lost.is_empty()).then(|| format!("no longer offered: {}", lost.join(", ")))
}

/// The keywords that were offered at the last good run and are not now.
pub(in crate::probe) fn lost(seen: &Seen<'_>) -> Vec<String> {
    let (Some(now), Some(then)) = (seen.offered(), &seen.all.last_good) else {
        return Vec::new();
    };
    let in_tls = matches!(seen.all.tls, Some(TlsState::StartTls | TlsState::Implicit));
    then.iter()
        .filter_map(|line| line.split_ascii_whitespace().next())
        // Inside TLS nobody offers STARTTLS again (RFC 3207 §4.2).
        .filter(|word| !(in_tls && word.eq_ignore_ascii_case("STARTTLS")))
        .filter(|word| !offers(now, word))
        .map(str::to_ascii_uppercase)
        .collect()
}

fn offers(offer: &Capabilities, word: &str) -> bool {
    offer.offers(word) || (word.eq_ignore_ascii_case("AUTH") && !offer.mechanisms().is_empty())
}

/// The texts of the server, where escapes of a character that acts on terminals can be found.
fn texts(seen: &Seen<'_>) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(seen.all.greeting.as_ref().map(ToString::to_string));
    all.extend(seen.all.said().map(crate::mail::reply::Reply::text));
    all
}

/// The character behind each `\x` that stands for an octet.
fn octets(text: &str) -> impl Iterator<Item = u8> {
    text.split("\\x")
        .skip(1)
        .filter_map(|rest| u8::from_str_radix(rest.get(..2)?, 16).ok())
}

/// The server sent characters that act on terminals.
pub(super) fn control_octets(seen: &Seen<'_>) -> Option<String> {
    let acts = |text: &String| {
        octets(text).any(|octet| octet < 0x20 || octet == 0x7f) || text.contains("\\u{")
    };
    texts(seen).into_iter().find(acts)
}

/// The server sent octets that are not UTF-8.
pub(super) fn octets_not_utf8(seen: &Seen<'_>) -> Option<String> {
    let high = |text: &String| octets(text).any(|octet| octet >= 0x80);
    texts(seen).into_iter().find(high)
}

/// Lines end in LF alone.
pub(super) fn bare_lf(seen: &Seen<'_>) -> Option<String> {
    (seen.all.bare_lf == Some(true)).then(|| "lines end in LF without CR".to_owned())
}

/// The reply is a code without a text.
pub(super) fn no_text(seen: &Seen<'_>) -> Option<String> {
    let reply = seen.all.said()?;
    (reply.enhanced.is_none() && reply.text().is_empty())
        .then(|| format!("the whole reply is {}", reply.code))
}

/// Some recipients were taken and others refused.
pub(super) fn some_recipients_refused(seen: &Seen<'_>) -> Option<String> {
    let (accepted, refused) = (seen.all.accepted?, seen.all.refused?);
    (accepted > 0 && refused > 0).then(|| format!("{accepted} accepted, {refused} refused"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_services_are_known_by_their_first_bytes() {
        for (first, wanted) in [
            (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], "SSH"),
            (b"HTTP/1.1 400 Bad Request", "a web server"),
            (b"+OK Dovecot ready", "POP3"),
            (b"-ERR too many logins", "POP3"),
            (b"-ERR unknown command 'EHLO'", "Redis"),
            (b"-NOAUTH Authentication required.", "Redis"),
            (b"* OK [CAPABILITY IMAP4rev1]", "IMAP"),
            (b"RFB 003.008\n", "a remote desktop"),
            (b"\"IMPLEMENTATION\" \"Pigeonhole\"", "ManageSieve"),
            (b":irc.example NOTICE * :*** Looking up", "IRC"),
            (b"NOTICE AUTH :*** Looking up", "IRC"),
            (b"<?xml version='1.0'?><stream:stream", "XMPP"),
            (b"\xff\xfd\x18\xff\xfd\x20", "Telnet"),
            (b"J\0\0\0\x0a8.0.36\0", "MySQL"),
            (
                b"200 news.example INN 2.7 ready (posting ok)",
                "a news server",
            ),
            (b"201 NNTP Service ready, no posting", "a news server"),
        ] {
            assert_eq!(service(first), Some(wanted), "{first:?}");
        }
        for first in [
            &b"220 mx.example.net ESMTP"[..],
            b"200 hello",
            b"554 no",
            b"\xff",
            b":",
            b"J\0\0",
            b"",
        ] {
            assert_eq!(service(first), None, "{first:?}");
        }
    }

    #[test]
    fn a_painted_greeting_has_no_words_left() {
        assert!(is_painted("**22******* 0*0*0****"));
        assert!(is_painted("******0***2"));
        assert!(!is_painted("mx.example.net ** ESMTP **"));
        assert!(!is_painted("*** ready ***"));
        assert!(!is_painted("*****"));
        assert!(!is_painted("******** authorised use only ********"));
        assert!(!is_painted("2-0-2"));
    }
}

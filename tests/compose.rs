//! Messages as their readers see them: through `mail-parser`, through Python's `email`, and as octets on the wire.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;
use turbomail::compose::{Field, Level, Options, Problem, build, build_as, look_over};
use turbomail::mail::address::Address;
use turbomail::mail::draft::Draft;
use turbomail::mail::mailbox::Mailbox;
use turbomail::mail::message::Message;

fn options() -> Options {
    Options {
        from: "Me Myself <me@example.com>".parse().ok(),
        now: "2026-03-01T12:34:56Z".parse::<Timestamp>().expect("a time"),
        host: String::new(),
    }
}

fn made(draft: &Draft) -> Message {
    build(draft, &options()).expect("a message")
}

fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(message.header()).expect("text");
    let start = text
        .find(&format!("\r\n{name}: "))
        .map(|at| at + 2)
        .or_else(|| text.starts_with(&format!("{name}: ")).then_some(0))?;
    let rest = &text[start + name.len() + 2..];
    let end = rest
        .match_indices("\r\n")
        .find(|(at, _)| !rest[at + 2..].starts_with([' ', '\t']))
        .map_or(rest.len(), |(at, _)| at);
    Some(&rest[..end])
}

/// Only CRLF ends lines, none is longer than 998 octets, and there is no NUL: what every server may rely on.
fn assert_fit_for_the_wire(message: &Message) {
    let content = message.octets();
    assert!(content.ends_with(b"\r\n"));
    for line in content
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        assert_eq!(line.last(), Some(&b'\r'), "a bare LF");
        assert!(!line[..line.len() - 1].contains(&b'\r'), "a bare CR");
        assert!(!line.contains(&0), "a NUL");
        assert!(line.len() <= 999, "a line of {} octets", line.len());
    }
}

#[test]
fn the_header_has_what_it_must_and_nothing_private() {
    let mut draft = Draft::new("", "a@x.org", "Hello", "Text\n");
    draft.cc = "C <c@x.org>".into();
    draft.bcc = "secret@x.org".into();
    draft.reply_to = "answers@x.org".into();
    let message = made(&draft);
    let names: Vec<_> = std::str::from_utf8(message.header())
        .expect("text")
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_once(':').map(|(name, _)| name.to_owned()))
        .collect();
    assert_eq!(
        names,
        [
            "Date",
            "From",
            "To",
            "Cc",
            "Reply-To",
            "Subject",
            "Message-ID",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding"
        ]
    );
    assert!(!String::from_utf8_lossy(message.octets()).contains("secret"));
    let recipients: Vec<_> = message
        .envelope
        .recipients
        .iter()
        .map(Address::as_str)
        .collect();
    assert_eq!(recipients, ["a@x.org", "c@x.org", "secret@x.org"]);
    let reverse = message.envelope.reverse_path.as_ref().map(Address::as_str);
    assert_eq!(reverse, Some("me@example.com"));
    assert!(
        message.message_id.ends_with("@example.com>"),
        "{}",
        message.message_id
    );
    assert_eq!(
        header(&message, "Message-ID"),
        Some(message.message_id.as_str())
    );
    let date = jiff::fmt::rfc2822::parse(header(&message, "Date").expect("a date")).expect("valid");
    assert_eq!(date.timestamp(), options().now);
    assert!(message.octets().ends_with(b"\r\n\r\nText\r\n"));
    assert!(!message.eight_bit);
}

#[test]
fn every_form_of_address_is_right_on_the_wire() {
    for (from, wire, id_end) in [
        (
            "\"a b\"@example.com",
            "\"a b\"@example.com",
            "@example.com>",
        ),
        (
            "\"we@ird\\\"\"@example.com",
            "\"we@ird\\\"\"@example.com",
            "@example.com>",
        ),
        ("a@[127.0.0.1]", "a@[127.0.0.1]", "@[127.0.0.1]>"),
        ("a@[IPv6:::1]", "a@[IPv6:::1]", "@[IPv6:::1]>"),
        (
            "info@bücher.example",
            "info@xn--bcher-kva.example",
            "@xn--bcher-kva.example>",
        ),
        (
            "grüße@bücher.example",
            "grüße@bücher.example",
            "@xn--bcher-kva.example>",
        ),
        ("-x@localhost", "-x@localhost", "@localhost>"),
        (
            "Jörg <j@x.org>",
            "=?utf-8?q?J=C3=B6rg?= <j@x.org>",
            "@x.org>",
        ),
    ] {
        let message = made(&Draft::new(from, from, "s", "b"));
        assert_eq!(header(&message, "From"), Some(wire));
        assert_eq!(header(&message, "To"), Some(wire));
        assert!(
            message.message_id.ends_with(id_end),
            "{}",
            message.message_id
        );
        assert_eq!(message.eight_bit, message.needs_smtputf8(), "{from}");
        assert_fit_for_the_wire(&message);
    }
    let mut draft = Draft::new("", "a@x.org", "s", "b");
    draft.reply_to = "grüße@x.org".into();
    assert!(
        made(&draft).needs_smtputf8(),
        "a header can need it though the envelope does not"
    );
}

#[test]
fn ten_thousand_recipients_make_one_message() {
    let to: Vec<_> = (0..10_000).map(|n| format!("R {n} <r{n}@x.org>")).collect();
    let message = made(&Draft::new("", to.join(", "), "s", "b"));
    assert_eq!(message.envelope.recipients.len(), 10_000);
    assert_fit_for_the_wire(&message);
}

#[test]
fn faults_name_field_place_and_remedy() {
    let field = |edit: fn(&mut Draft)| {
        let mut draft = Draft::new("me@x.org", "you@x.org", "s", "b");
        edit(&mut draft);
        let error = build(&draft, &options()).expect_err("refused");
        assert!(
            !error.to_string().contains(turbomail::mail::clean::acts),
            "{error}"
        );
        (error.field, error.at())
    };
    assert_eq!(field(|d| d.from = "me@".into()), (Field::From, Some(3)));
    assert_eq!(
        field(|d| d.from = "a@x, b@x".into()),
        (Field::From, Some(0))
    );
    assert_eq!(field(|d| d.to = "a@x, b b@x".into()), (Field::To, Some(6)));
    assert_eq!(
        field(|d| d.to = "\"x\r\nBcc: y\" <a@x>".into()).0,
        Field::To
    );
    assert_eq!(field(|d| d.cc = "a@x;b@x".into()).0, Field::Cc);
    assert_eq!(field(|d| d.bcc = "a@b..c".into()), (Field::Bcc, Some(4)));
    assert_eq!(field(|d| d.reply_to = "<>".into()).0, Field::ReplyTo);
    assert_eq!(
        field(|d| d.subject = "a\r\nBcc: x@y".into()),
        (Field::Subject, Some(1))
    );
    assert_eq!(
        field(|d| d.subject = "\u{1b}]0;x\u{7}".into()),
        (Field::Subject, Some(0))
    );
    assert_eq!(field(|d| d.body = "a\nb\0".into()), (Field::Body, Some(3)));
    assert_eq!(
        field(|d| d.attachments.push("/no/such".into())).0,
        Field::Attachment(0)
    );
    assert_eq!(field(|d| d.to = " , ".into()), (Field::To, None));

    let nobody = Options {
        from: None,
        ..options()
    };
    let error = build(&Draft::new(" ", "a@x", "", ""), &nobody).expect_err("refused");
    assert_eq!(
        (error.field, error.problem),
        (Field::From, Problem::NoSender)
    );
}

#[test]
fn a_message_id_of_ones_own_is_checked() {
    let draft = Draft::new("", "a@x.org", "s", "b");
    for good in ["<a@b>", "a@b", " <order-17@[192.0.2.1]> "] {
        let message = build_as(&draft, &options(), good).expect("taken");
        assert!(message.message_id.starts_with('<') && message.message_id.ends_with('>'));
    }
    for bad in [
        "",
        "<a>",
        "<a@>",
        "<a@b",
        "a b@c",
        "<a@b>\r\nX: y",
        "<ä@b>",
        "a@b@c",
    ] {
        let error = build_as(&draft, &options(), bad).expect_err(bad);
        assert_eq!(error.field, Field::MessageId);
    }
}

#[test]
fn the_right_side_of_a_message_id_is_always_ascii() {
    for (host, end) in [
        ("mail.example.org", "@mail.example.org>"),
        ("bücher.example", "@xn--bcher-kva.example>"),
        ("", "@example.com>"),
        ("a b>\r\nX: y", "@example.com>"),
    ] {
        let options = Options {
            host: host.into(),
            ..options()
        };
        let message = build(&Draft::new("", "a@x.org", "s", "b"), &options).expect("a message");
        assert!(message.message_id.ends_with(end), "{}", message.message_id);
    }
}

#[test]
fn attachments_come_back_octet_for_octet() {
    let dir = tempfile::tempdir().expect("a folder");
    let files: [(&str, Vec<u8>, &str); 6] = [
        ("plain.txt", b"one\r\ntwo\rthree\n".to_vec(), "text/plain"),
        (
            "Rechnung März 2026 – Entwurf \"final\".pdf",
            (0..=255).collect(),
            "application/pdf",
        ),
        ("empty.bin", Vec::new(), "application/octet-stream"),
        (
            "forwarded.eml",
            b"From: x\n\nhi\n".to_vec(),
            "application/octet-stream",
        ),
        (
            "data.json",
            "{\"ü\":1}".as_bytes().to_vec(),
            "application/json",
        ),
        (
            &format!("{}.csv", "long-".repeat(40)),
            b"a,b\n".to_vec(),
            "text/csv",
        ),
    ];
    let mut draft = Draft::new("", "a@x.org", "s", "Body");
    for (name, octets, _) in &files {
        let path = dir.path().join(name);
        std::fs::write(&path, octets).expect("written");
        draft.attachments.push(path);
    }
    let message = made(&draft);
    assert_fit_for_the_wire(&message);
    assert!(!String::from_utf8_lossy(message.octets()).contains(&dir.path().display().to_string()));
    let parsed = MessageParser::default()
        .parse(message.octets())
        .expect("parses");
    assert_eq!(parsed.body_text(0).as_deref(), Some("Body\r\n"));
    assert_eq!(parsed.attachment_count(), files.len());
    for (part, (name, octets, kind)) in parsed.attachments().zip(&files) {
        assert_eq!(part.attachment_name(), Some(*name));
        assert_eq!(part.contents(), &octets[..], "{name}");
        let found = part.content_type().expect("a type");
        assert_eq!(
            format!("{}/{}", found.ctype(), found.subtype().unwrap_or("")),
            *kind
        );
    }
}

const PYTHON: &str = r"
import sys, json, email, email.policy
message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
text = message.get_body(('plain',))
files = [[p.get_filename(), list(p.get_content().encode() if isinstance(p.get_content(), str) else p.get_content())]
         for p in message.iter_attachments()]
json.dump({'subject': str(message['Subject']), 'body': text.get_content(), 'files': files,
           'names': [a.display_name for a in message['To'].addresses],
           'addresses': [a.addr_spec for a in message['To'].addresses],
           'defects': [str(d) for p in message.walk() for d in p.defects]
               + [str(d) for v in message.values() for d in getattr(v, 'defects', [])],
           'bcc': message['Bcc']}, sys.stdout)
";

/// What Python's `email` reads from a message; `None` on machines without Python.
fn python(message: &Message) -> Option<serde_json::Value> {
    let mut child = Command::new("python3")
        .args(["-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(message.octets()).expect("written");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "python could not read the message");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn another_reader_understands_every_field() {
    let dir = tempfile::tempdir().expect("a folder");
    for (subject, name, body, file) in [
        ("Plain", "Bob", "Hello\n", "a.txt"),
        (
            "Grüße aus Köln – 漢字 😀 עברית",
            "Jörg Größe",
            "Zeile 1\nünïcödé 😀\n",
            "Übersicht 😀.pdf",
        ),
        (
            "=?utf-8?q?not=20encoded?=",
            "=?x?q?y?=",
            "From here\n.\n..\n",
            "100% plain.txt",
        ),
        (
            &"word ".repeat(300),
            "Diaz, \"C\" (x)",
            &"x".repeat(100_000),
            "quote\"back\\slash.txt",
        ),
        (
            &"ü".repeat(700),
            "Ärzte ohne Ünterschrift",
            "\n\n  trailing  \n\n",
            "semi;colon=1.tar.gz",
        ),
        (
            "two  spaces",
            "a  b",
            "tab\there \u{1b}[31m\u{7}\n",
            "x y.txt",
        ),
    ] {
        let path = dir.path().join(file);
        std::fs::write(&path, [0, 255, 10, 13]).expect("written");
        let (subject, name) = (subject.trim(), name.trim());
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let mut draft = Draft::new("", format!("\"{quoted}\" <a@x.org>"), subject, body);
        draft.bcc = "hidden@x.org".into();
        draft.attachments.push(path);
        let message = made(&draft);
        assert_fit_for_the_wire(&message);
        let wanted = body.trim_end_matches('\n').to_owned()
            + &"\n".repeat(
                body.len() - body.trim_end_matches('\n').len() + usize::from(!body.ends_with('\n')),
            );

        let parsed = MessageParser::default()
            .parse(message.octets())
            .expect("parses");
        assert_eq!(parsed.subject(), Some(subject));
        assert_eq!(
            parsed.body_text(0).map(|text| text.replace("\r\n", "\n")),
            Some(wanted.clone())
        );
        assert_eq!(
            parsed
                .to()
                .and_then(|to| to.first())
                .and_then(|to| to.name()),
            Some(name)
        );

        let Some(seen) = python(&message) else {
            continue;
        };
        assert_eq!(seen["subject"], subject);
        assert_eq!(seen["names"][0], name);
        assert_eq!(seen["addresses"][0], "a@x.org");
        assert_eq!(
            seen["body"].as_str().map(|text| text.replace("\r\n", "\n")),
            Some(wanted)
        );
        assert_eq!(seen["files"], serde_json::json!([[file, [0, 255, 10, 13]]]));
        assert_eq!(seen["defects"], serde_json::json!([]), "{subject}");
        assert!(seen["bcc"].is_null());
    }
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -~]{0,12}",
        2 => Just("\r\n".to_owned()),
        1 => Just("\n.\r\n".to_owned()),
        1 => Just("\r".to_owned()),
        1 => Just("\nBcc: x@evil.example\n".to_owned()),
        1 => Just("=?utf-8?q?".to_owned()),
        2 => "\\PC{0,8}",
        1 => any::<char>().prop_map(String::from),
        1 => (1_usize..2000).prop_map(|n| "x".repeat(n)),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[ -~äß漢😀]{0,200}", 1 => text()]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![2 => "[ a-zA-Zäß漢,.;:@()<>\"\\\\]{0,30}", 1 => line()].prop_map(|name| {
        format!(
            "\"{}\" <a@x.org>",
            name.replace('\\', "\\\\").replace('"', "\\\"")
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, fork: false, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any draft is refused, or makes a message that every server may take and no reader is deceived by.
    #[test]
    fn any_draft_is_refused_or_safe(from in name(), to in name(), subject in line(), body in text()) {
        let mut draft = Draft::new(from, to, subject, body);
        draft.bcc = "hidden@x.org".into();
        let passes = look_over(&draft, options().from.as_ref()).iter().all(|check| check.level < Level::Error);
        let message = build(&draft, &options());
        prop_assert_eq!(passes, message.is_ok());
        let Ok(message) = message else { return Ok(()) };
        assert_fit_for_the_wire(&message);
        for line in std::str::from_utf8(message.header()).expect("text").split("\r\n") {
            let known = ["Date:", "From:", "To:", "Subject:", "Message-ID:", "MIME-Version:", "Content-"];
            prop_assert!(line.is_empty() || line.starts_with(' ') || known.iter().any(|k| line.starts_with(k)));
            prop_assert!(!line.chars().any(char::is_control));
        }
        let parsed = MessageParser::default().parse(message.octets()).expect("parses");
        let subject = draft.subject.replace('\t', " ").trim().to_owned();
        prop_assert_eq!(parsed.subject().unwrap_or(""), subject.as_str());
        let name = draft.from.parse::<Mailbox>().ok().and_then(|mailbox| mailbox.name);
        let seen = parsed.from().and_then(|from| from.first()).and_then(|from| from.name());
        prop_assert_eq!(seen.map(str::trim), name.as_deref().map(str::trim));
        prop_assert!(parsed.bcc().is_none());
        let mut body = draft.body.replace("\r\n", "\n").replace('\r', "\n");
        if !body.is_empty() && !body.ends_with('\n') {
            body.push('\n');
        }
        prop_assert_eq!(parsed.body_text(0).unwrap_or_default().replace("\r\n", "\n"), body);
    }
}

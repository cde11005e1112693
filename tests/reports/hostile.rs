//! Whatever a server says and whatever a message is called, a report is one well-formed message with no line of theirs.

use mail_parser::{MessageParser, PartType};
use proptest::prelude::*;
use turbomail::compose::report::About;
use turbomail::mail::dsn::{Dsn, Return};
use turbomail::mail::message::Message;
use turbomail::mail::outcome::{Failure, Outcome};
use turbomail::mail::reply::Reply;
use turbomail::mail::stage::Stage;

use crate::entries::{AUTHOR, Life, message};

/// Words as only an enemy says them.
fn words() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\r\n",
        "\n",
        "\r",
        "\0",
        "\t",
        "  ",
        "--=_",
        "Action: delivered",
        "\r\n\r\n",
        "Bcc: x@y.org",
        "\u{1b}[31m",
        "\u{202e}",
        "é",
        "漢",
        "😀",
        ".",
        "5.1.1 ",
        "=?utf-8?q?x?=",
        "no",
        ":",
        ";",
        "\"",
    ]);
    let many =
        prop::collection::vec(pieces.prop_map(str::to_owned), 0..30).prop_map(|list| list.concat());
    prop_oneof![8 => many, 1 => "[a-z]{0,3}".prop_map(|word| word.repeat(4000)), 1 => any::<String>()]
}

fn report(
    subject: &str,
    id: &str,
    said: &[String],
    from: &str,
    ret: Return,
    code: u16,
) -> (Life, Message) {
    let mut one = message(from, "bob@example.org, jürgen@bücher.example", "x");
    // A ready-made message may call itself anything, and a spool may hold anything.
    subject.clone_into(&mut one.subject);
    id.clone_into(&mut one.message_id);
    one.envelope.dsn = Some(Dsn::default());
    let reply = Reply::new(code, said.iter().map(String::as_str));
    let failure = Failure::refused(Stage::Rcpt, reply);
    let life = Life::of(one).settle(vec![Outcome::from(failure); 2]);
    let about = if code < 500 {
        About::Delayed
    } else {
        About::Failed
    };
    let report = life.report(about, ret).expect("a report");
    (life, report)
}

fn is_fit_for_the_wire(content: &[u8]) {
    assert!(content.ends_with(b"\r\n"));
    for line in content
        .split(|octet| *octet == b'\n')
        .filter(|line| !line.is_empty())
    {
        assert_eq!(line.last(), Some(&b'\r'), "a bare LF");
        assert!(!line[..line.len() - 1].contains(&b'\r'), "a bare CR");
        assert!(!line.contains(&0), "a NUL");
        assert!(line.len() <= 999, "a line of {} octets", line.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_gets_out_of_its_place(
        subject in words(),
        id in words(),
        said in prop::collection::vec(words(), 1..4),
        utf8 in any::<bool>(),
        full in any::<bool>(),
        code in prop::sample::select(vec![550_u16, 451]),
    ) {
        let from = if utf8 { "grüße@example.com" } else { AUTHOR };
        let ret = if full { Return::Full } else { Return::Headers };
        let (life, report) = report(&subject, &id, &said, from, ret, code);
        is_fit_for_the_wire(report.octets());
        prop_assert_eq!(report.envelope.recipients.len(), 1);
        let parsed = MessageParser::default().parse(report.octets()).expect("read");
        let names: Vec<&str> = parsed.headers().iter().map(mail_parser::Header::name).collect();
        let usual = ["Date", "From", "To", "Subject", "Message-ID", "In-Reply-To", "References",
            "Auto-Submitted", "MIME-Version", "Content-Type"];
        prop_assert!(names.iter().all(|name| usual.contains(name)), "{:?}", names);
        prop_assert_eq!(parsed.parts.len(), 4);
        let whole = String::from_utf8(report.octets().to_vec()).expect("UTF-8");
        let fields = whole.split("delivery-status\r\n").nth(1).expect("the fields");
        let fields = fields.split("\r\n--=_").next().expect("their end").replace("\r\n ", " ");
        let count = |name: &str| fields.lines().filter(|line| line.starts_with(name)).count();
        let (failed, delayed) = if code < 500 { (0, 2) } else { (2, 0) };
        prop_assert_eq!(count("Action: failed"), failed);
        prop_assert_eq!(count("Action: delayed"), delayed);
        prop_assert_eq!((count("Action:"), count("Final-Recipient:"), count("Status:")), (2, 2, 2));
        prop_assert!(count("Diagnostic-Code: smtp; ") == 2 && count("Bcc") == 0);
        prop_assert!(utf8 || fields.is_ascii());
        if full && code >= 500 {
            let PartType::Message(inner) = &parsed.parts[3].body else {
                panic!("no message");
            };
            let entry = life.entry();
            prop_assert_eq!(inner.raw_message(), entry.message.octets());
        }
    }
}

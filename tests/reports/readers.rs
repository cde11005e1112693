//! Other programs read the same facts: `mail-parser`, and Python's `email`, which knows delivery reports.

use std::io::Write as _;
use std::process::{Command, Stdio};

use mail_parser::{MessageParser, MimeHeaders, PartType};
use turbomail::mail::dsn::Return;
use turbomail::mail::message::Message;

use crate::entries::{AUTHOR, Life, message, refused};

fn two_refusals() -> Life {
    Life::of(message(
        AUTHOR,
        "bob@example.org, \"a  b\"@example.org",
        "Grüße",
    ))
    .settle(vec![refused(550, "5.1.1 no"), refused(554, "5.7.1 never")])
}

#[test]
fn a_parser_finds_three_parts_and_the_message_as_it_was() {
    let life = two_refusals();
    let report = life.failed(Return::Full);
    let parsed = MessageParser::default()
        .parse(report.octets())
        .expect("read");
    let kind = parsed.content_type().expect("a type");
    assert_eq!(
        (kind.ctype(), kind.subtype()),
        ("multipart", Some("report"))
    );
    assert_eq!(kind.attribute("report-type"), Some("delivery-status"));
    assert_eq!(parsed.subject(), Some("Not delivered: Grüße"));
    // The multipart itself, the words, the fields and the message.
    assert_eq!(parsed.parts.len(), 4);
    assert!(parsed.body_text(0).expect("words").contains("550 5.1.1 no"));
    let PartType::Message(inner) = &parsed.parts[3].body else {
        panic!("no message: {:?}", parsed.parts[3].body);
    };
    assert_eq!(inner.subject(), Some("Grüße"));
    let entry = life.entry();
    assert_eq!(inner.raw_message(), entry.message.octets(), "byte for byte");
}

const PYTHON: &str = r"
import email, email.policy, json, sys
message = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
parts = list(message.iter_parts())
groups = [dict(group.items()) for group in parts[1].get_payload()]
json.dump({'type': message.get_content_type(),
           'report': message.get_param('report-type'),
           'subject': message['Subject'],
           'kinds': [part.get_content_type() for part in parts],
           'words': parts[0].get_content(),
           'groups': groups,
           'defects': [str(d) for p in message.walk() for d in p.defects]}, sys.stdout)
";

/// What Python reads; `None` on machines without it.
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
    assert!(output.status.success(), "python could not read the report");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn python_reads_the_same_facts() {
    let Some(read) = python(&two_refusals().failed(Return::Headers)) else {
        eprintln!("skipped: no python3");
        return;
    };
    assert_eq!(read["type"], "multipart/report");
    assert_eq!(read["report"], "delivery-status");
    assert_eq!(read["subject"], "Not delivered: Grüße");
    let kinds = [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ];
    assert_eq!(read["kinds"], serde_json::json!(kinds));
    assert_eq!(read["defects"], serde_json::json!([]));
    let groups = read["groups"].as_array().expect("groups");
    assert_eq!(groups.len(), 3, "the message and two recipients");
    assert_eq!(groups[0]["Reporting-MTA"], "dns; example.com");
    assert_eq!(groups[1]["Final-Recipient"], "rfc822; bob@example.org");
    assert_eq!(groups[1]["Status"], "5.1.1");
    assert_eq!(groups[2]["Final-Recipient"], "rfc822; \"a  b\"@example.org");
    assert_eq!(groups[2]["Diagnostic-Code"], "smtp; 554 5.7.1 never");
    assert!(
        read["words"]
            .as_str()
            .is_some_and(|words| words.contains("could not be delivered"))
    );
}

//! The test message: small, and honest about what it is.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::mail::address::Address;
use crate::mail::envelope::Envelope;
use crate::mail::message::Message;

/// The subject.
const SUBJECT: &str = "turbomail test";

/// A message to these recipients that says that it is a test. `Auto-Submitted` keeps honest programs from answering it
/// (RFC 3834 §5).
pub(in crate::probe) fn letter(
    sender: &Address,
    recipients: &[Address],
    now: Timestamp,
) -> Message {
    // An address that needs SMTPUTF8 stands in the header as it is (RFC 6532); another one has A-labels.
    let written = |address: &Address| {
        if address.needs_smtputf8() {
            address.as_str().to_owned()
        } else {
            address.to_ascii()
        }
    };
    let from = written(sender);
    let to: Vec<String> = recipients.iter().map(written).collect();
    let ascii = sender.to_ascii();
    let domain = { ascii.rsplit_once('@') }.map_or("localhost", |(_, domain)| domain);
    let domain = domain.trim_matches(['[', ']']).replace(':', ".");
    let message_id = format!("<{}@{domain}>", Uuid::now_v7());
    let date = jiff::fmt::rfc2822::to_string(&now.to_zoned(TimeZone::system()));
    let content = format!(
        "Date: {}\r\nFrom: {from}\r\nTo: {}\r\nSubject: {SUBJECT}\r\nMessage-ID: {message_id}\r\n\
         Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
         This is a test message. Somebody who looks after mail for {domain} has sent it\r\n\
         with turbomail, to see whether a mail server takes it. Nothing need be done.\r\n",
        date.unwrap_or_default(),
        to.join(",\r\n "),
    );
    Message {
        envelope: Envelope::new(Some(sender.clone()), recipients.iter().cloned()),
        message_id,
        from,
        subject: SUBJECT.to_owned(),
        eight_bit: !content.is_ascii(),
        content: content.into_bytes().into(),
        draft: None,
    }
}

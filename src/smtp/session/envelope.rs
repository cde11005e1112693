//! The envelope on the wire: MAIL and RCPT with the parameters that the server promised to understand.

use crate::mail::address::Address;
use crate::mail::clean::clean;
use crate::mail::dsn::{utf8_xtext, xtext};
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::stage::Stage;
use crate::smtp::capabilities::Capabilities;
use crate::smtp::wire::fault;

/// The longest value of ORCPT in characters (RFC 3461 §4.2).
const LONGEST_ORCPT: usize = 500;

/// Why a message cannot be offered to this server at all, where it cannot. `secure` says whether the connection has TLS.
pub(super) fn refusal(message: &Message, offered: &Capabilities, secure: bool) -> Option<Failure> {
    if message.content.here().is_none() {
        let words = "the content was not read from the spool".into();
        return Some(Failure::new(Stage::Mail, Cause::Io(words)));
    }
    if let Some((at, what)) = fault(message.octets()) {
        return Some(Failure::local(
            Stage::Content,
            format!(
                "the content holds {what} at octet {at}; servers could read it as two messages"
            ),
        ));
    }
    if let Some(limit) = offered.size()
        && message.size() > limit
    {
        return Some(Failure::local(
            Stage::Mail,
            format!(
                "the message is {} octets, the server takes at most {limit}",
                message.size()
            ),
        ));
    }
    if message.envelope.require_tls && !(secure && offered.offers("REQUIRETLS")) {
        return Some(Failure::local(Stage::Mail, not_required(secure)));
    }
    let sender = message.envelope.reverse_path.as_ref()?;
    travels(sender, offered, Stage::Mail)
}

/// Why a message cannot be offered, or not to one of its recipients.
pub(super) fn objection(
    message: &Message,
    offered: &Capabilities,
    secure: bool,
) -> Option<Failure> {
    let recipients = &message.envelope.recipients;
    refusal(message, offered, secure).or_else(|| {
        let mut failures = recipients
            .iter()
            .filter_map(|to| travels(to, offered, Stage::Rcpt));
        failures.next()
    })
}

/// Why a message that demands TLS on all its way may not be given to this server (RFC 8689 §3).
fn not_required(secure: bool) -> &'static str {
    if secure {
        "the message demands TLS on all its way (REQUIRETLS), and the server does not offer to see to that; \
         leave require_tls out if it may also travel in clear"
    } else {
        "the message demands TLS on all its way (REQUIRETLS), and this connection is in clear; \
         use security = starttls or tls"
    }
}

/// A remark for the transcript where the server cannot do what the message asks for, and it goes without.
pub(super) fn remark(message: &Message, offered: &Capabilities) -> Option<&'static str> {
    (message.envelope.dsn.is_some() && !offered.offers("DSN")).then_some(
        "the server does not offer DSN; the message goes without asking for delivery reports",
    )
}

/// Why an address cannot be told to this server, where it cannot.
pub(super) fn travels(address: &Address, offered: &Capabilities, stage: Stage) -> Option<Failure> {
    (address.needs_smtputf8() && !offered.offers("SMTPUTF8")).then(|| {
        Failure::local(
            stage,
            format!(
                "the server does not offer SMTPUTF8, which {} needs",
                clean(address.as_str())
            ),
        )
    })
}

/// The MAIL command. SIZE counts the content as it is, without doubled dots (RFC 1870 §5).
pub(super) fn mail(message: &Message, recipients: &[&Address], offered: &Capabilities) -> String {
    let sender = message.envelope.reverse_path.as_ref();
    let mut command = format!(
        "MAIL FROM:<{}>",
        sender.map(Address::to_ascii).unwrap_or_default()
    );
    if offered.offers("SIZE") {
        command = format!("{command} SIZE={}", message.size());
    }
    if message.eight_bit && offered.offers("8BITMIME") {
        command.push_str(" BODY=8BITMIME");
    }
    let mut addresses = sender.into_iter().chain(recipients.iter().copied());
    if addresses.any(Address::needs_smtputf8) {
        command.push_str(" SMTPUTF8");
    }
    if let Some(dsn) = &message.envelope.dsn
        && offered.offers("DSN")
    {
        if let Some(ret) = dsn.ret {
            command = format!("{command} RET={}", ret.parameter());
        }
        if let Some(id) = dsn.envid(&message.message_id) {
            command = format!("{command} ENVID={}", xtext(id));
        }
    }
    if message.envelope.require_tls {
        command.push_str(" REQUIRETLS");
    }
    command
}

/// The RCPT command. The domain goes as A-labels, which every server understands.
pub(super) fn rcpt(message: &Message, recipient: &Address, offered: &Capabilities) -> String {
    let ascii = recipient.to_ascii();
    let mut command = format!("RCPT TO:<{ascii}>");
    if let Some(dsn) = &message.envelope.dsn
        && offered.offers("DSN")
    {
        if let Some(notify) = dsn.notify {
            command = format!("{command} NOTIFY={}", notify.parameter());
        }
        // The address as the author knows it, so that a report can be matched with it (RFC 3461 §4.2, RFC 6533 §3).
        let original = if recipient.needs_smtputf8() {
            format!("utf-8;{}", utf8_xtext(recipient.as_str()))
        } else {
            format!("rfc822;{}", xtext(&ascii))
        };
        if original.len() <= LONGEST_ORCPT {
            command = format!("{command} ORCPT={original}");
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::mail::dsn::{Dsn, Return};
    use crate::mail::envelope::Envelope;
    use crate::mail::reply::Reply;

    fn offered(lines: &[&str]) -> Capabilities {
        let all = std::iter::once("mx").chain(lines.iter().copied());
        Capabilities::read(&Reply::new(250, all))
    }

    fn message(from: &str, content: &'static str) -> Message {
        Message {
            envelope: Envelope::new(from.parse().ok(), []),
            message_id: String::new(),
            from: String::new(),
            subject: String::new(),
            content: Bytes::from_static(content.as_bytes()).into(),
            eight_bit: !content.is_ascii(),
            draft: None,
        }
    }

    #[test]
    fn parameters_are_sent_only_where_they_are_offered_and_needed() {
        let plain = message("a@bücher.example", "hi\r\n");
        let eight = message("ü@x.example", "ü\r\n");
        let all = offered(&["SIZE 100", "8BITMIME", "SMTPUTF8"]);
        assert_eq!(
            mail(&plain, &[], &all),
            "MAIL FROM:<a@xn--bcher-kva.example> SIZE=4"
        );
        assert_eq!(
            mail(&eight, &[], &all),
            "MAIL FROM:<ü@x.example> SIZE=4 BODY=8BITMIME SMTPUTF8"
        );
        assert_eq!(mail(&message("", ""), &[], &offered(&[])), "MAIL FROM:<>");
    }

    #[test]
    fn what_the_server_could_not_take_is_refused_before_mail() {
        let small = offered(&["SIZE 3"]);
        let failure = refusal(&message("a@x.example", "hi\r\n"), &small, false).expect("too large");
        assert!(failure.is_permanent() && failure.text().contains("at most 3"));
        let failure = refusal(&message("ü@x.example", ""), &small, false).expect("no SMTPUTF8");
        assert!(failure.is_permanent() && failure.text().contains("SMTPUTF8"));
        assert!(refusal(&message("a@x.example", "a\n.\r\n"), &offered(&[]), false).is_some());
        assert_eq!(
            refusal(
                &message("a@x.example", "hi\r\n"),
                &offered(&["SIZE 4"]),
                false
            ),
            None
        );
    }

    #[test]
    fn reports_are_asked_for_where_they_are_offered() {
        let mut message = message("a@x.example", "hi\r\n");
        message.message_id = "<1+2@x.example>".to_owned();
        message.envelope.dsn = Some(Dsn {
            notify: "failure,delay".parse().ok(),
            ret: Some(Return::Headers),
            envid: None,
        });
        let (with, without) = (offered(&["dsn", "SMTPUTF8"]), offered(&[]));
        let address = |text: &str| text.parse::<Address>().expect("an address");
        assert_eq!(
            mail(&message, &[], &with),
            "MAIL FROM:<a@x.example> RET=HDRS ENVID=1+2B2@x.example"
        );
        assert_eq!(
            rcpt(&message, &address("j+o@bücher.example"), &with),
            "RCPT TO:<j+o@xn--bcher-kva.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;j+2Bo@xn--bcher-kva.example"
        );
        assert_eq!(
            rcpt(&message, &address("jö@x.example"), &with),
            "RCPT TO:<jö@x.example> NOTIFY=FAILURE,DELAY ORCPT=utf-8;j\\x{F6}@x.example"
        );
        assert_eq!(mail(&message, &[], &without), "MAIL FROM:<a@x.example>");
        assert_eq!(
            rcpt(&message, &address("b@x.example"), &without),
            "RCPT TO:<b@x.example>"
        );
        assert!(remark(&message, &without).is_some() && remark(&message, &with).is_none());
        message.envelope.dsn = None;
        assert_eq!(mail(&message, &[], &with), "MAIL FROM:<a@x.example>");
        assert!(remark(&message, &without).is_none());
    }

    #[test]
    fn what_demands_tls_goes_nowhere_without() {
        let mut message = message("a@x.example", "hi\r\n");
        message.envelope.require_tls = true;
        let (with, without) = (offered(&["REQUIRETLS"]), offered(&[]));
        for (offered, secure, word) in [
            (&with, false, "in clear"),
            (&without, true, "not offer"),
            (&without, false, "in clear"),
        ] {
            let failure = refusal(&message, offered, secure).expect("refused");
            assert!(
                failure.is_permanent() && failure.text().contains(word),
                "{failure}"
            );
        }
        assert_eq!(refusal(&message, &with, true), None);
        assert_eq!(
            mail(&message, &[], &with),
            "MAIL FROM:<a@x.example> REQUIRETLS"
        );
    }
}

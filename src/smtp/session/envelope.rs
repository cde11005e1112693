//! The envelope on the wire: MAIL and RCPT with the parameters that the server promised to understand.

use crate::mail::address::Address;
use crate::mail::clean::clean;
use crate::mail::message::Message;
use crate::mail::outcome::Failure;
use crate::mail::stage::Stage;
use crate::smtp::capabilities::Capabilities;
use crate::smtp::wire::fault;

/// Why a message cannot be offered to this server at all, where it cannot.
pub(super) fn refusal(message: &Message, offered: &Capabilities) -> Option<Failure> {
    if let Some((at, what)) = fault(&message.content) {
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
    let sender = message.envelope.reverse_path.as_ref()?;
    travels(sender, offered, Stage::Mail)
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
    command
}

/// The RCPT command. The domain goes as A-labels, which every server understands.
pub(super) fn rcpt(recipient: &Address) -> String {
    format!("RCPT TO:<{}>", recipient.to_ascii())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
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
            content: Bytes::from_static(content.as_bytes()),
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
        let failure = refusal(&message("a@x.example", "hi\r\n"), &small).expect("too large");
        assert!(failure.is_permanent() && failure.text().contains("at most 3"));
        let failure = refusal(&message("ü@x.example", ""), &small).expect("no SMTPUTF8");
        assert!(failure.is_permanent() && failure.text().contains("SMTPUTF8"));
        assert!(refusal(&message("a@x.example", "a\n.\r\n"), &offered(&[])).is_some());
        assert_eq!(
            refusal(&message("a@x.example", "hi\r\n"), &offered(&["SIZE 4"])),
            None
        );
    }
}

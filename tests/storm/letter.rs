//! The messages of the storm: all of one follows from its name, so that whoever meets it can check every octet.

use turbomail::mail::address::Address;
use turbomail::mail::envelope::Envelope;
use turbomail::mail::message::Message;

use crate::chance::Chance;

/// Who wrote them all.
pub(crate) const AUTHOR: &str = "me@storm.example";

/// What the server does with an address, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is taken.
    Taken,
    /// It is deferred once and then taken.
    Grey,
    /// It is refused for good.
    Refused,
}

impl Fate {
    /// The fate of an address, which is its first word.
    pub(crate) fn of(address: &str) -> Self {
        match address.split('.').next() {
            Some("grey") => Self::Grey,
            Some("no") => Self::Refused,
            _ => Self::Taken,
        }
    }
}

/// The two recipients of a message.
pub(crate) fn recipients(name: &str) -> [String; 2] {
    let mut chance = Chance::of(0, name);
    ["a", "b"].map(|place| {
        let fate = match chance.below(20) {
            0..=2 => "no",
            3..=7 => "grey",
            _ => "ok",
        };
        format!("{fate}.{name}.{place}@storm.example")
    })
}

/// The Message-ID of a message.
pub(crate) fn message_id(name: &str) -> String {
    format!("<{name}@storm.example>")
}

/// Its octets: mostly a few KiB, sometimes more than goes out in one write.
pub(crate) fn content(name: &str) -> Vec<u8> {
    let mut chance = Chance::of(1, name);
    let lines = match chance.below(20) {
        0 => 600 + chance.below(900),
        _ => 1 + chance.below(60),
    };
    let mut text = format!(
        "From: me@storm.example\r\nMessage-ID: {}\r\nSubject: {name}\r\n\r\n",
        message_id(name)
    );
    for number in 0..lines {
        // A dot in front now and then, which has to be doubled on the way.
        let dot = if chance.below(8) == 0 { "." } else { "" };
        let noise = chance.next();
        text.extend([dot, &format!("{number} {noise:016x} of {name}\r\n")]);
    }
    text.into_bytes()
}

/// The message.
pub(crate) fn message(name: &str) -> Message {
    let address = |text: &String| -> Address { text.parse().expect("an address") };
    Message {
        envelope: Envelope::new(AUTHOR.parse().ok(), recipients(name).iter().map(address)),
        message_id: message_id(name),
        from: AUTHOR.to_owned(),
        subject: name.to_owned(),
        content: content(name).into(),
        eight_bit: false,
        draft: None,
    }
}

/// The name in a message's octets.
pub(crate) fn name_in(octets: &[u8]) -> Option<String> {
    left_side(octets, "Message-ID: <")
}

/// The name of the message that a report is about.
pub(crate) fn answered_in(octets: &[u8]) -> Option<String> {
    left_side(octets, "In-Reply-To: <")
}

/// The left side of an identity in a header field.
fn left_side(octets: &[u8], field: &str) -> Option<String> {
    let text = String::from_utf8_lossy(octets);
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.split('@').next()?.to_owned())
}

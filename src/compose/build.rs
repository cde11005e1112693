//! From a draft to a message: everything is checked first, then lettre's builder puts the parts together.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::TimeZone;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{MessageBuilder, MultiPart, SinglePart};
use uuid::Uuid;

use super::error::{ComposeError, Field, Problem};
use super::fields::Fields;
use super::{attachment, body, header};
use crate::mail::address::Address;
use crate::mail::draft::Draft;
use crate::mail::mailbox::Mailbox;
use crate::mail::message::Message;

/// What a message needs beside its draft.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The author of drafts that name none.
    pub from: Option<Mailbox>,
    /// The time for the Date header.
    pub now: Timestamp,
    /// The right side of the Message-ID; empty for the author's domain. It should not tell this machine's private name.
    pub host: String,
}

/// Makes a message from a draft. It reads the attachments, so it blocks.
///
/// # Errors
/// The first fault of the draft: its field, its place and what to do.
pub fn build(draft: &Draft, options: &Options) -> Result<Message, ComposeError> {
    let fields = Fields::read(draft, options.from.as_ref())?;
    let id = new_id(&options.host, &fields.from.address);
    assemble(draft, &fields, options, &id)
}

/// Makes a message with a Message-ID of one's own, with or without its angle brackets.
///
/// # Errors
/// As [`build`], and when the identity is not of the form `<left@right>` (RFC 5322 §3.6.4).
pub fn build_as(draft: &Draft, options: &Options, id: &str) -> Result<Message, ComposeError> {
    let fields = Fields::read(draft, options.from.as_ref())?;
    assemble(draft, &fields, options, id)
}

fn assemble(
    draft: &Draft,
    fields: &Fields,
    options: &Options,
    id: &str,
) -> Result<Message, ComposeError> {
    let id = checked_id(id)?;
    let text = body::normalised(&draft.body)?;
    let builder = headers(fields, options, &id)?;
    let built = if draft.attachments.is_empty() {
        let kind = text_kind(&text);
        builder
            .header(MIME_VERSION_1_0)
            .header(kind)
            .body(body::encoded(text))
    } else {
        builder.multipart(parts(draft, text)?)
    };
    let mut content = built.map_err(|error| unbuilt(&error))?.formatted();
    if !content.ends_with(b"\r\n") {
        content.extend_from_slice(b"\r\n");
    }
    Ok(Message {
        envelope: fields.envelope(),
        message_id: id,
        from: fields.from.to_string(),
        subject: fields.subject.clone(),
        eight_bit: !content.is_ascii(),
        content: content.into(),
        draft: Some(Arc::new(draft.clone())),
    })
}

fn unbuilt(error: &impl std::fmt::Display) -> ComposeError {
    let problem = Problem::Build(format!("it could not be put together: {error}"));
    ComposeError::new(Field::Message, problem)
}

/// A new identity. A host that cannot stand on its right side gives way to the author's domain: a message must not fail for
/// its identity's sake.
pub(super) fn new_id(host: &str, author: &Address) -> String {
    let left = Uuid::now_v7();
    let ascii = idna::domain_to_ascii(host.trim()).unwrap_or_default();
    let id = format!("<{left}@{ascii}>");
    checked_id(&id).unwrap_or_else(|_| format!("<{left}@{}>", right_side(author)))
}

/// The author's domain as ASCII; of an address literal, its brackets stay (RFC 5322 §3.6.4 allows them).
pub(super) fn right_side(author: &Address) -> String {
    let whole = author.to_ascii();
    whole
        .rsplit_once('@')
        .map_or(whole.clone(), |(_, domain)| domain.to_owned())
}

/// The identity with its angle brackets.
pub(super) fn checked_id(text: &str) -> Result<String, ComposeError> {
    let wrong = || ComposeError::new(Field::MessageId, Problem::MessageId(text.to_owned()));
    let inner = text.trim();
    let inner = match inner.strip_prefix('<') {
        Some(rest) => rest.strip_suffix('>').ok_or_else(wrong)?,
        None => inner,
    };
    let (left, right) = inner.split_once('@').ok_or_else(wrong)?;
    let good = |side: &str| {
        !side.is_empty()
            && side
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"<>()\\,;\"@".contains(&byte))
    };
    // 250 octets leave room for the header's name on one line of any length limit.
    if !good(left) || !good(right) || inner.len() > 250 {
        return Err(wrong());
    }
    Ok(format!("<{inner}>"))
}

/// The header fields. Bcc is not among them, and never will be: it belongs to the envelope.
fn headers(fields: &Fields, options: &Options, id: &str) -> Result<MessageBuilder, ComposeError> {
    let mut builder = lettre::Message::builder()
        .envelope(envelope(fields).map_err(|error| unbuilt(&error))?)
        .raw_header(date_header(options.now)?)
        .raw_header(from_header(&fields.from));
    for (name, list) in [
        ("To", &fields.to),
        ("Cc", &fields.cc),
        ("Reply-To", &fields.reply_to),
    ] {
        if !list.is_empty() {
            let value = header::mailboxes(name, list);
            builder = builder.raw_header(raw(HeaderName::new_from_ascii_str(name), value));
        }
    }
    if !fields.subject.is_empty() {
        let value = header::unstructured("Subject", &fields.subject);
        builder = builder.raw_header(raw(HeaderName::new_from_ascii_str("Subject"), value));
    }
    Ok(builder.raw_header(raw(
        HeaderName::new_from_ascii_str("Message-ID"),
        id.to_owned(),
    )))
}

/// A header whose value is already encoded and folded.
fn raw(name: HeaderName, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value)
}

/// The Date header with the local offset. The builder would put its own in the place of one that it cannot read, and it reads
/// only UTC, so the plain form is that; only the encoded form is ever written.
fn date_header(now: Timestamp) -> Result<HeaderValue, ComposeError> {
    let utc = DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now)
        .map_err(|error| unbuilt(&error))?;
    let local = jiff::fmt::rfc2822::to_string(&now.to_zoned(TimeZone::system()))
        .map_err(|error| unbuilt(&error))?;
    let name = HeaderName::new_from_ascii_str("Date");
    Ok(HeaderValue::dangerous_new_pre_encoded(name, utc, local))
}

/// The From header. lettre reads the plain form of it to see that there is an author, and its address type knows neither
/// quoted local parts nor address literals nor SMTPUTF8, so the plain form is an address that it can always read. Only the
/// encoded form is ever written.
fn from_header(from: &Mailbox) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str("From"),
        "author@example.com".to_owned(),
        header::mailboxes("From", [from]),
    )
}

/// The envelope in the builder's words. Our addresses are checked already, and are known to forms that its parser refuses.
fn envelope(fields: &Fields) -> Result<lettre::address::Envelope, lettre::error::Error> {
    let theirs =
        |address: &Address| lettre::Address::new_dangerous(address.local(), address.domain());
    let ours = fields.envelope();
    lettre::address::Envelope::new(
        ours.reverse_path.as_ref().map(theirs),
        ours.recipients.iter().map(theirs).collect(),
    )
}

fn text_kind(text: &str) -> ContentType {
    let kind = format!("text/plain; charset={}", body::charset(text.is_ascii()));
    ContentType::parse(&kind).unwrap_or(ContentType::TEXT_PLAIN)
}

fn parts(draft: &Draft, text: String) -> Result<MultiPart, ComposeError> {
    let kind = text_kind(&text);
    let text = SinglePart::builder().header(kind).body(body::encoded(text));
    let mut mixed = MultiPart::mixed().singlepart(text);
    let mut room = attachment::LIMIT;
    for (index, path) in draft.attachments.iter().enumerate() {
        let (part, octets) = attachment::part(index, path, room)?;
        room = room.saturating_sub(octets);
        mixed = mixed.singlepart(part);
    }
    Ok(mixed)
}

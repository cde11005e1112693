//! Puts a report together: words for people, fields for programs, and the message or its header.

use jiff::Timestamp;
use lettre::message::Body;
use uuid::Uuid;

use super::facts::Facts;
use super::fields::{Fields, date};
use super::words::words;
use crate::compose::build::{checked_id, new_id, right_side};
use crate::compose::{body, header};
use crate::mail::address::Address;
use crate::mail::clean::clean;
use crate::mail::dsn::{About, Return};
use crate::mail::entry::{Entry, Recipient};
use crate::mail::envelope::Envelope;
use crate::mail::mailbox::Mailbox;
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Status};

/// The largest message that comes back whole, in octets.
const MOST_FULL: usize = 10 * 1024 * 1024;
/// The most of a header that comes back, in octets.
const MOST_HEADER: usize = 256 * 1024;
/// The most characters of a subject that is repeated.
const MOST_SUBJECT: usize = 200;
/// A message was too large for the server (RFC 1870 §6.2).
const TOO_LARGE: u16 = 552;

/// What a report needs beside its entry.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it tells.
    pub about: About,
    /// How much of the message comes back, where the message itself does not ask for another part (RET, RFC 3461 §4.3). Only
    /// the header comes back with a delay, with what is larger than 10 MiB, and with what was refused for its size or form.
    pub ret: Return,
    /// The time for its Date header.
    pub now: Timestamp,
    /// The domain that speaks; empty for the author's.
    pub host: String,
}

/// A report to the author of an entry's message (RFC 3464), whose content is `content`. It comes from nobody and goes to the
/// reverse path.
///
/// `None` where there is nobody to tell or nothing to be told: the message is a report itself, no recipient is concerned, or
/// its NOTIFY does not ask for this (RFC 3461 §4.1).
#[must_use]
pub fn report(entry: &Entry, content: &[u8], options: &Options) -> Option<Message> {
    let about = options.about;
    let author = entry.message.envelope.reverse_path.as_ref()?;
    if !is_asked(entry, about) {
        return None;
    }
    let concerned = entry.recipients.iter().filter(|one| concerns(one, about));
    let list: Vec<Facts<'_>> = concerned.map(|one| Facts::of(entry, one)).collect();
    if list.is_empty() {
        return None;
    }
    let speaker = speaker(&options.host, author);
    let message_id = new_id(&options.host, author);
    let subject = subject(entry, about);
    // An author with such an address can be reached by UTF-8 only; for every other one ASCII is the safe way.
    let global = author.needs_smtputf8();
    let mut fields = Fields::new(global);
    fields.message(entry, &right_side(&speaker.address));
    for facts in &list {
        fields.recipient(entry, facts, about);
    }
    let told = body::normalised(&words(entry, about, &list, options.now)).ok()?;
    let kind = if global {
        "message/global-delivery-status"
    } else {
        "message/delivery-status"
    };
    let mut parts = Parts::new(content);
    parts.text(&told);
    parts.raw(kind, fields.into_text().as_bytes());
    match returned(entry, content, &list, options) {
        Return::Full => parts.message(content),
        Return::Headers => parts.header(content),
    }
    let head = head(entry, author, &speaker, &subject, &message_id, options.now);
    let kind = format!(
        "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"{}\"\r\n\r\n",
        parts.boundary
    );
    let content = [head.into_bytes(), kind.into_bytes(), parts.end()].concat();
    let mut envelope = Envelope::new(None, [author.clone()]);
    // What it repeats has to be as safe on its way as it was before (RFC 8689 §5).
    envelope.require_tls = entry.message.envelope.require_tls;
    Some(Message {
        envelope,
        message_id,
        from: speaker.to_string(),
        subject,
        eight_bit: !content.is_ascii(),
        content: content.into(),
        draft: None,
    })
}

/// Whether the message wants to know of this. One that says nothing of it wants what the account wants.
fn is_asked(entry: &Entry, about: About) -> bool {
    let dsn = entry.message.envelope.dsn.as_ref();
    dsn.and_then(|dsn| dsn.notify)
        .is_none_or(|notify| match about {
            About::Failed => notify.failure,
            About::Delayed => notify.delay,
        })
}

fn concerns(recipient: &Recipient, about: About) -> bool {
    match about {
        About::Failed => matches!(recipient.status, Status::Failed(_) | Status::Expired(_)),
        About::Delayed => recipient.status.is_open(),
    }
}

/// How much comes back. What was refused for its size or form would be refused again within a report.
fn returned(entry: &Entry, content: &[u8], list: &[Facts<'_>], options: &Options) -> Return {
    let dsn = entry.message.envelope.dsn.as_ref();
    let refused = |facts: &Facts<'_>| {
        facts.failure.is_some_and(|failure| {
            matches!(failure.cause, Cause::Local(_)) || failure.code() == Some(TOO_LARGE)
        })
    };
    if options.about == About::Delayed || content.len() > MOST_FULL || list.iter().any(refused) {
        return Return::Headers;
    }
    dsn.and_then(|dsn| dsn.ret).unwrap_or(options.ret)
}

/// Who speaks: a name at the author's own domain, so that this machine's is not told.
fn speaker(host: &str, author: &Address) -> Mailbox {
    let at = |domain: &str| format!("mailer-daemon@{domain}").parse().ok();
    let ascii = idna::domain_to_ascii(host.trim()).unwrap_or_default();
    let address = at(&ascii).or_else(|| at(&right_side(author)));
    Mailbox {
        name: Some("TurboMail".to_owned()),
        address: address.unwrap_or_else(|| author.clone()),
    }
}

fn subject(entry: &Entry, about: About) -> String {
    let before = match about {
        About::Failed => "Not delivered",
        About::Delayed => "Not yet delivered",
    };
    let subject: String = entry.message.subject.chars().take(MOST_SUBJECT).collect();
    match clean(&subject).trim() {
        "" => before.to_owned(),
        subject => format!("{before}: {subject}"),
    }
}

/// The header but for the type of the content.
fn head(
    entry: &Entry,
    author: &Address,
    speaker: &Mailbox,
    subject: &str,
    message_id: &str,
    now: Timestamp,
) -> String {
    let to = Mailbox {
        name: None,
        address: author.clone(),
    };
    let mut lines = vec![
        ("Date", date(now)),
        ("From", header::mailboxes("From", [speaker])),
        ("To", header::mailboxes("To", [&to])),
        ("Subject", header::unstructured("Subject", subject)),
        ("Message-ID", message_id.to_owned()),
    ];
    // A ready-made message may call itself anything.
    if let Ok(about) = checked_id(&entry.message.message_id) {
        lines.push(("In-Reply-To", about.clone()));
        lines.push(("References", about));
    }
    // RFC 3834 §5.2, so that no vacation notice answers.
    lines.push(("Auto-Submitted", "auto-replied".to_owned()));
    lines.push(("MIME-Version", "1.0".to_owned()));
    let lines = lines
        .into_iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"));
    lines.collect()
}

/// The parts of the report, one behind the other.
struct Parts {
    boundary: String,
    content: Vec<u8>,
}

impl Parts {
    /// Parts with a boundary that does not occur in what is sent back.
    fn new(returned: &[u8]) -> Self {
        loop {
            let boundary = format!("=_{}", Uuid::now_v7().simple());
            if memchr::memmem::find(returned, boundary.as_bytes()).is_none() {
                let content = Vec::with_capacity(4096);
                return Self { boundary, content };
            }
        }
    }

    fn begin(&mut self, kind: &str, encoding: &str) {
        let lines = [
            format!("--{}", self.boundary),
            format!("Content-Type: {kind}"),
            format!("Content-Transfer-Encoding: {encoding}"),
            "\r\n".to_owned(),
        ];
        self.content.extend(lines.join("\r\n").into_bytes());
    }

    /// A part as it is.
    fn raw(&mut self, kind: &str, content: &[u8]) {
        let encoding = if content.is_ascii() { "7bit" } else { "8bit" };
        self.begin(kind, encoding);
        self.content.extend_from_slice(content);
        self.line_end();
    }

    /// A part in the encoding that brings it through unharmed.
    fn encoded(&mut self, kind: &str, body: &Body) {
        self.begin(kind, &body.encoding().to_string());
        self.content.extend_from_slice(body.as_ref());
        self.line_end();
    }

    fn text(&mut self, text: &str) {
        let kind = format!("text/plain; charset={}", body::charset(text.is_ascii()));
        self.encoded(&kind, &body::encoded(text.to_owned()));
    }

    fn message(&mut self, content: &[u8]) {
        let is_ascii = header_of(content).is_ascii();
        let kind = if is_ascii {
            "message/rfc822"
        } else {
            "message/global"
        };
        self.raw(kind, content);
    }

    /// The header alone, in ASCII where it has to be encoded: a report has to arrive also where 8BITMIME is not offered.
    fn header(&mut self, content: &[u8]) {
        let header = bounded(header_of(content));
        let kind = if header.is_ascii() {
            "text/rfc822-headers"
        } else {
            "message/global-headers"
        };
        self.encoded(kind, &Body::new(header.to_vec()));
    }

    /// This line end belongs to the boundary (RFC 2046 §5.1.1), so that what came before it stays as it was.
    fn line_end(&mut self) {
        self.content.extend_from_slice(b"\r\n");
    }

    fn end(mut self) -> Vec<u8> {
        self.content
            .extend(format!("--{}--\r\n", self.boundary).into_bytes());
        self.content
    }
}

/// The header section, without the empty line behind it.
fn header_of(content: &[u8]) -> &[u8] {
    let end = memchr::memmem::find(content, b"\r\n\r\n");
    end.and_then(|end| content.get(..end + 2))
        .unwrap_or(content)
}

/// The header up to the last whole line that fits.
fn bounded(header: &[u8]) -> &[u8] {
    let Some(fits) = header.get(..MOST_HEADER) else {
        return header;
    };
    let end = memchr::memmem::rfind(fits, b"\r\n").map_or(0, |at| at + 2);
    fits.get(..end).unwrap_or_default()
}

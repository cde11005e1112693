//! From the flags of `send` to a draft, and from the draft to a message.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use jiff::Timestamp;

use super::args::SendArgs;
use super::desk;
use super::exit::{Exit, Stop};
use crate::config::Loaded;
use crate::config::settings::Account;
use crate::mail::draft::Draft;
use crate::mail::mailbox::Mailbox;
use crate::mail::message::Message;

/// The longest text that is taken as a text; more is an attachment.
const LIMIT: u64 = 64 * 1024 * 1024;

/// What the author has said with flags and standard input.
pub(super) fn draft(args: &SendArgs) -> Result<Draft, Stop> {
    let to: Vec<&str> = args
        .to
        .iter()
        .chain(&args.recipients)
        .map(String::as_str)
        .chain(args.stray_recipient())
        .collect();
    Ok(Draft {
        from: args.from.clone().unwrap_or_default(),
        to: to.join(", "),
        cc: args.cc.join(", "),
        bcc: args.bcc.join(", "),
        reply_to: args.reply_to.join(", "),
        subject: args.subject.clone(),
        body: body(args)?,
        attachments: args.attach.clone(),
        account: None,
    })
}

fn body(args: &SendArgs) -> Result<String, Stop> {
    match (&args.body, &args.body_file) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some(path)) if path.as_os_str() != "-" => {
            let name = crate::mail::clean::Clean::new(&path.display().to_string());
            let file = open(path).map_err(|error| {
                Stop::new(Exit::NoInput, format!("--body-file {name}: {error}"))
            })?;
            text(file, &format!("--body-file {name}"))
        }
        (None, None) if io::stdin().is_terminal() => Ok(String::new()),
        (None, _) => text(io::stdin().lock(), "standard input"),
    }
}

fn open(path: &Path) -> io::Result<File> {
    if std::fs::metadata(path)?.is_dir() {
        return Err(io::Error::other("this is a folder"));
    }
    File::open(path)
}

fn text(from: impl Read, name: &str) -> Result<String, Stop> {
    let mut octets = Vec::new();
    from.take(LIMIT + 1)
        .read_to_end(&mut octets)
        .map_err(|error| Stop::new(Exit::NoInput, format!("{name}: {error}")))?;
    if octets.len() as u64 > LIMIT {
        let words =
            format!("{name}: a text of more than 64 MiB is refused; attach it with --attach");
        return Err(Stop::new(Exit::Data, words));
    }
    String::from_utf8(octets).map_err(|_| {
        let words =
            format!("{name}: this is no UTF-8 text; convert it, or attach it with --attach");
        Stop::new(Exit::Data, words)
    })
}

/// The message, with its Message-ID and Date fixed.
pub(super) fn build(args: &SendArgs, draft: &Draft, loaded: &Loaded) -> Result<Message, Stop> {
    let author = loaded.selected().and_then(|account| account.from.as_ref());
    let author: Option<Mailbox> = author.map(|from| from.value.clone());
    let mut message = desk::build(draft, author, Timestamp::now(), args.message_id.as_deref())?;
    let usual = loaded.selected().and_then(Account::reports);
    message.envelope.dsn = args.reports(usual);
    message.envelope.require_tls = args.require_tls;
    Ok(message)
}

//! Files that go along: looked at before they are opened, read in bounded pieces, encoded as they are read.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, SinglePart};

use super::error::{ComposeError, Field, Problem};
use crate::mail::clean::{Clean, acts};

/// The largest sum of attached octets; hardly a server takes more than 50 MB, and the message is held in memory.
pub(super) const LIMIT: u64 = 128 * 1024 * 1024;

/// What is known of a file to attach: its size in octets, or why it cannot be attached; nothing while nobody has looked.
pub type Known = Option<Result<u64, Clean>>;

/// What is known of a file that was not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Facts {
    /// Its base name, fit for a header.
    name: String,
    /// Its size in octets.
    size: u64,
}

/// The size in octets of a file that can be attached. Only a plain file is ever opened, but the disk may take its time.
///
/// # Errors
/// Why it cannot be attached, and what would help, as [`build`](super::build()) would say it.
pub fn attachable(path: &Path) -> Result<u64, Clean> {
    look(path).map(|facts| facts.size).map_err(Clean::from)
}

/// The last part of a path, cleaned, as the recipient will see it.
#[must_use]
pub fn name_of(path: &Path) -> Clean {
    let name = path.file_name().unwrap_or(path.as_os_str());
    Clean::from_bytes(name.as_encoded_bytes())
}

/// Looks at a file before it is opened: it must be a plain file, for opening a FIFO or a device may wait for ever.
fn look(path: &Path) -> Result<Facts, String> {
    let Some(name) = path.file_name() else {
        return Err("this names a folder, not a file".to_owned());
    };
    let Some(name) = name.to_str() else {
        return Err("the file's name is no valid Unicode; rename it".to_owned());
    };
    if let Some(c) = name.chars().find(|c| acts(*c)) {
        return Err(format!(
            "the file's name holds an invisible character ({}); rename it",
            c.escape_unicode()
        ));
    }
    match std::fs::metadata(path) {
        Err(error) => Err(words(&error)),
        Ok(facts) if facts.is_dir() => {
            Err("this is a folder; pack it into one file first".to_owned())
        }
        Ok(facts) if !facts.is_file() => {
            Err("this is no plain file but a device, a pipe or a socket".to_owned())
        }
        // A plain file opens at once, and only opening it tells whether it may be read.
        Ok(facts) => match File::open(path) {
            Err(error) => Err(words(&error)),
            Ok(_) => Ok(Facts {
                name: name.to_owned(),
                size: facts.len(),
            }),
        },
    }
}

/// Reads a file and makes a MIME part of it. `room` is how many octets may still be attached.
pub(super) fn part(
    index: usize,
    path: &Path,
    room: u64,
) -> Result<(SinglePart, u64), ComposeError> {
    let facts = look(path).map_err(|reason| refused(index, path, reason))?;
    if facts.size > room {
        return Err(too_large(index, path));
    }
    let wrong = |error: io::Error| refused(index, path, words(&error));
    let mut file = File::open(path).map_err(wrong)?;
    let before = file.metadata().map_err(wrong)?;
    // The name may have been given to something else since it was looked at.
    if !before.is_file() {
        return Err(refused(index, path, "this is no plain file".to_owned()));
    }
    let read = encode(&mut file, room).map_err(wrong)?;
    let Some(read) = read else {
        return Err(too_large(index, path));
    };
    let after = file.metadata().map_err(wrong)?;
    if read.octets != before.len() || changed(&before, &after) {
        let reason = "it changed while it was read; wait until it is complete and send again";
        return Err(refused(index, path, reason.to_owned()));
    }
    let body = Body::dangerous_pre_encoded(read.base64, ContentTransferEncoding::Base64);
    let part = Attachment::new(facts.name).body(body, kind(path, read.text));
    Ok((part, read.octets))
}

fn changed(before: &Metadata, after: &Metadata) -> bool {
    before.len() != after.len() || before.modified().ok() != after.modified().ok()
}

/// The type guessed from the name. What may not be base64 within MIME (RFC 2046 §5) goes as plain octets.
fn kind(path: &Path, text: Option<&'static str>) -> ContentType {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    let octets =
        || ContentType::parse("application/octet-stream").unwrap_or(ContentType::TEXT_PLAIN);
    match (guess.type_().as_str(), text) {
        ("text", Some(charset)) => {
            ContentType::parse(&format!("{}; charset={charset}", guess.essence_str()))
                .unwrap_or_else(|_| octets())
        }
        ("text", None) | ("message" | "multipart", _) => octets(),
        _ => ContentType::parse(guess.essence_str()).unwrap_or_else(|_| octets()),
    }
}

struct Encoded {
    base64: Vec<u8>,
    octets: u64,
    /// The charset, where the octets are text.
    text: Option<&'static str>,
}

/// Octets for each line of 76 characters (RFC 2045 §6.8).
const LINE: usize = 57;

/// Reads to the end and encodes on the way, so that a large file is never held twice. `None` when it is larger than `room`.
fn encode(file: &mut impl Read, room: u64) -> io::Result<Option<Encoded>> {
    let mut piece = Vec::with_capacity(LINE * 1024);
    let (mut base64, mut octets, mut line) = (Vec::new(), 0_u64, String::new());
    let (mut ascii, mut text) = (true, Utf8::default());
    loop {
        piece.clear();
        let taken = file
            .by_ref()
            .take((LINE * 1024) as u64)
            .read_to_end(&mut piece)?;
        if taken == 0 {
            break;
        }
        octets += taken as u64;
        if octets > room {
            return Ok(None);
        }
        ascii &= piece.is_ascii();
        text.feed(&piece);
        for octets in piece.chunks(LINE) {
            line.clear();
            STANDARD.encode_string(octets, &mut line);
            base64.extend_from_slice(line.as_bytes());
            base64.extend_from_slice(b"\r\n");
        }
    }
    // The writer of the part ends it with a line end of its own.
    base64.truncate(base64.len().saturating_sub(2));
    let text = text.is_whole().then(|| super::body::charset(ascii));
    Ok(Some(Encoded {
        base64,
        octets,
        text,
    }))
}

/// Whether octets that come in pieces are UTF-8.
#[derive(Default)]
struct Utf8 {
    rest: Vec<u8>,
    broken: bool,
}

impl Utf8 {
    fn feed(&mut self, piece: &[u8]) {
        if self.broken {
            return;
        }
        let mut joined = std::mem::take(&mut self.rest);
        joined.extend_from_slice(piece);
        if let Err(error) = std::str::from_utf8(&joined) {
            self.broken = error.error_len().is_some();
            self.rest = joined.split_off(error.valid_up_to());
        }
    }

    fn is_whole(&self) -> bool {
        !self.broken && self.rest.is_empty()
    }
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read by you".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}

pub(super) fn too_large(index: usize, path: &Path) -> ComposeError {
    let limit = LIMIT / (1024 * 1024);
    let reason =
        format!("with this file the attachments are larger than {limit} MiB; send a link instead");
    refused(index, path, reason)
}

pub(super) fn refused(index: usize, path: &Path, reason: String) -> ComposeError {
    let path = path.to_owned();
    ComposeError::new(
        Field::Attachment(index),
        Problem::Attachment { path, reason },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_size_make_the_same_lines() {
        struct Drip<'a>(&'a [u8]);
        impl Read for Drip<'_> {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                let n = self.0.len().min(into.len()).min(7);
                into[..n].copy_from_slice(&self.0[..n]);
                self.0 = &self.0[n..];
                Ok(n)
            }
        }
        let text = "Grüße ".repeat(20_000);
        let got = encode(&mut Drip(text.as_bytes()), LIMIT)
            .expect("reads")
            .expect("fits");
        assert_eq!((got.octets, got.text), (text.len() as u64, Some("utf-8")));
        assert!(
            got.base64
                .split(|b| *b == b'\n')
                .all(|line| line.len() <= 77)
        );
        let joined: Vec<u8> = got
            .base64
            .into_iter()
            .filter(|b| !b"\r\n".contains(b))
            .collect();
        assert_eq!(STANDARD.decode(joined).expect("base64"), text.as_bytes());
        assert!(encode(&mut Drip(b"12345678"), 7).expect("reads").is_none());
    }

    #[test]
    fn text_is_told_from_octets() {
        let text = |octets: &[u8]| {
            encode(&mut &octets[..], LIMIT)
                .expect("reads")
                .expect("fits")
                .text
        };
        assert_eq!(text(b""), Some("us-ascii"));
        assert_eq!(text(b"abc"), Some("us-ascii"));
        assert_eq!(text("ü".as_bytes()), Some("utf-8"));
        assert_eq!(text(b"\xfc"), None);
        assert_eq!(text(&"ü".as_bytes()[..1]), None);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_plain_file_is_told_and_never_opened() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("bound");
        for (path, word) in [
            (dir.path().join("missing"), "no such file"),
            (dir.path().to_owned(), "folder"),
            (dir.path().join(".."), "folder"),
            ("/dev/zero".into(), "device"),
            (socket, "no plain file"),
            (dir.path().join("a\nb"), "invisible"),
            (dir.path().join("exe\u{202e}fdp"), "invisible"),
        ] {
            let reason = look(&path).expect_err("refused");
            let error = refused(0, &path, reason).to_string();
            assert!(error.contains(word), "{error}");
            assert!(!error.contains(acts), "{error}");
        }
    }
}

//! The checks before sending: what is wrong with a draft, what wants a second look, and what is as it should be.

use std::collections::HashMap;

use super::attachment::{self, Known, name_of};
use super::body;
use super::error::{ComposeError, Field, Problem};
use super::fields;
use super::finding::{Check, Level};
use super::promise::promises_a_file;
use crate::mail::address::Address;
use crate::mail::clean::clean;
use crate::mail::draft::Draft;
use crate::mail::envelope::Envelope;
use crate::mail::mailbox::Mailbox;
use crate::mail::octets::size;

/// From this size on, in octets, servers are known to refuse mail.
const HEAVY: u64 = 20_000_000;

/// Looks a draft over before it is sent. `author` stands in for an empty From.
///
/// Its attachments are looked at, which may wait for a disk; they are not read, and the message is not built. Where no check
/// is an error, [`build`](super::build()) accepts the draft, unless a file changes in between.
#[must_use]
pub fn look_over(draft: &Draft, author: Option<&Mailbox>) -> Vec<Check> {
    let files: Vec<Known> = draft
        .attachments
        .iter()
        .map(|path| Some(attachment::attachable(path)))
        .collect();
    checks(draft, author, &files)
}

/// As [`look_over`], by what is known already of each of the draft's attachments, in their order. It does no I/O.
///
/// A file that `files` does not tell of counts as one that nobody has looked at yet, and nothing is said against it.
#[must_use]
pub fn checks(draft: &Draft, author: Option<&Mailbox>, files: &[Known]) -> Vec<Check> {
    let mut checks = Vec::new();
    checks.push(match fields::sender(&draft.from, author) {
        Ok(from) => Check::new(
            Level::Ok,
            Field::From,
            format!("from {}", clean(&from.to_string())),
        ),
        Err(error) => error.into(),
    });
    recipients(draft, &mut checks);
    if let Err(error) = fields::list(Field::ReplyTo, &draft.reply_to) {
        checks.push(error.into());
    }
    words(draft, &mut checks);
    attachments(draft, files, &mut checks);
    checks
}

fn recipients(draft: &Draft, checks: &mut Vec<Check>) {
    let (mut all, mut wrong) = (Vec::new(), false);
    for (field, text) in [
        (Field::To, &draft.to),
        (Field::Cc, &draft.cc),
        (Field::Bcc, &draft.bcc),
    ] {
        match fields::list(field, text) {
            Ok(list) => {
                checks.extend(list.iter().filter_map(|one| deceiving(field, one)));
                all.extend(list.into_iter().map(|mailbox| mailbox.address));
            }
            Err(error) => {
                wrong = true;
                checks.push(error.into());
            }
        }
    }
    let doubles = doubles(&all);
    if !wrong {
        checks.push(match Envelope::new(None, all).recipients.len() {
            0 => ComposeError::new(Field::To, Problem::NoRecipient).into(),
            1 => Check::new(Level::Ok, Field::To, "1 recipient, well formed"),
            n => Check::new(
                Level::Ok,
                Field::To,
                format!("{n} recipients, all well formed"),
            ),
        });
    }
    let text = match doubles {
        0 => return,
        1 => "one address is written more than once; it gets one copy".to_owned(),
        n => format!("{n} addresses are written more than once; each gets one copy"),
    };
    checks.push(Check::new(Level::Warning, Field::To, text));
}

/// A name that is an address of its own is how people are deceived.
fn deceiving(field: Field, mailbox: &Mailbox) -> Option<Check> {
    let name = mailbox.name.as_deref()?;
    let address = mailbox.address.as_str();
    // Some programs put the address itself there, within apostrophes.
    let own = name.trim().trim_matches('\'').eq_ignore_ascii_case(address);
    let text = format!("{} goes to {}", clean(name), clean(address));
    (name.contains('@') && !own).then(|| Check::new(Level::Warning, field, text))
}

/// How many addresses stand there more than once.
fn doubles(all: &[Address]) -> usize {
    let mut seen: HashMap<_, usize> = HashMap::new();
    for address in all {
        // Compared as the envelope does it.
        let key = (address.local(), address.domain().to_lowercase());
        *seen.entry(key).or_default() += 1;
    }
    seen.values().filter(|times| **times > 1).count()
}

/// Subject and text: first what is refused, then what may have been forgotten.
fn words(draft: &Draft, checks: &mut Vec<Check>) {
    let mut blank = |read: Result<String, ComposeError>| match read {
        Ok(text) => Some(text.trim().is_empty()),
        Err(error) => {
            checks.push(error.into());
            None
        }
    };
    let subject = blank(fields::subject(&draft.subject));
    let text = blank(body::normalised(&draft.body));
    let (level, field, found) = match (subject, text) {
        (Some(false), Some(false)) => (Level::Ok, Field::Subject, "subject and text are not empty"),
        (Some(true), Some(true)) => (Level::Warning, Field::Subject, "subject and text are empty"),
        (Some(true), _) => (Level::Warning, Field::Subject, "the subject is empty"),
        (_, Some(true)) => (Level::Warning, Field::Body, "the text is empty"),
        _ => return,
    };
    checks.push(Check::new(level, field, found));
}

fn attachments(draft: &Draft, files: &[Known], checks: &mut Vec<Check>) {
    let (mut octets, mut good, mut unknown) = (0_u64, 0_usize, false);
    for (index, path) in draft.attachments.iter().enumerate() {
        let field = Field::Attachment(index);
        match files.get(index).cloned().flatten() {
            None => {
                good += 1;
                unknown = true;
            }
            Some(Err(reason)) => {
                checks.push(attachment::refused(index, path, reason.to_string()).into());
            }
            Some(Ok(size)) if size > attachment::LIMIT.saturating_sub(octets) => {
                checks.push(attachment::too_large(index, path).into());
            }
            Some(Ok(size)) => {
                good += 1;
                octets = octets.saturating_add(size);
                if size == 0 {
                    let text = format!("{} is empty", name_of(path));
                    checks.push(Check::new(Level::Warning, field, text));
                }
            }
        }
    }
    if draft.attachments.is_empty()
        && (promises_a_file(&draft.subject) || promises_a_file(&draft.body))
    {
        let text = "the text speaks of an attachment, and there is none";
        checks.push(Check::new(Level::Warning, Field::Body, text));
    }
    if good > 0 {
        let files = if good == 1 { "file" } else { "files" };
        let weight = match (octets, unknown) {
            (0, true) => String::new(),
            (some, true) => format!(", {} so far", size(some)),
            (all, false) => format!(", {}", size(all)),
        };
        let text = format!("{good} {files} attached{weight}");
        checks.push(Check::new(Level::Ok, Field::Attachment(0), text));
    }
    if good == draft.attachments.len() {
        checks.extend(weight(draft, octets, unknown));
    }
}

/// How large the message will be, as far as that can be said before it is built.
fn weight(draft: &Draft, octets: u64, unknown: bool) -> Option<Check> {
    let text = draft.body.len() as u64;
    let text = if draft.body.is_ascii() {
        text
    } else {
        base64(text)
    };
    // The headers of message and parts are some hundred octets.
    let whole = text.saturating_add(base64(octets)).saturating_add(1024);
    let about = format!("about {}", size(whole));
    match (whole > HEAVY, unknown) {
        (true, _) => Some(Check::new(
            Level::Warning,
            Field::Message,
            format!("{about} with all its parts; many servers refuse so much"),
        )),
        (false, true) => None,
        (false, false) => Some(Check::new(Level::Ok, Field::Message, about)),
    }
}

/// Base64 turns 57 octets into a line of 78 (RFC 2045 §6.8).
const fn base64(octets: u64) -> u64 {
    octets.div_ceil(57).saturating_mul(78)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::clean::Clean;

    fn found(draft: &Draft, files: &[Known], level: Level) -> Vec<(Field, String)> {
        let author = "Me <me@example.com>".parse().ok();
        checks(draft, author.as_ref(), files)
            .into_iter()
            .filter(|check| check.level == level)
            .map(|check| (check.field, check.text))
            .collect()
    }

    fn words(draft: &Draft, files: &[Known], level: Level) -> Vec<String> {
        let found = found(draft, files, level).into_iter();
        found.map(|(_, text)| text).collect()
    }

    fn with_files(paths: &[&str]) -> Draft {
        let mut draft = Draft::new("", "a@x.org", "s", "b");
        draft.attachments = paths.iter().map(Into::into).collect();
        draft
    }

    #[test]
    fn a_good_draft_has_nothing_to_complain_about() {
        let draft = Draft::new("", "a@x.org, B <b@x.org>", "Hello", "Text");
        assert!(words(&draft, &[], Level::Error).is_empty());
        assert!(words(&draft, &[], Level::Warning).is_empty());
        assert_eq!(
            words(&draft, &[], Level::Ok),
            [
                "from Me <me@example.com>",
                "2 recipients, all well formed",
                "subject and text are not empty",
                "about 1.0 KB"
            ]
        );
    }

    #[test]
    fn errors_name_their_field_and_what_is_wrong_in_it() {
        let mut draft = Draft::new("a@", "x@y.org, carol@", "a\nb", "\0");
        draft.reply_to = "<>".into();
        let errors = found(&draft, &[], Level::Error);
        let fields: Vec<Field> = errors.iter().map(|(field, _)| *field).collect();
        assert_eq!(
            fields,
            [
                Field::From,
                Field::To,
                Field::ReplyTo,
                Field::Subject,
                Field::Body
            ]
        );
        assert_eq!(errors[1].1, "To: the domain after @ is missing, in carol@");
        let nobody = Draft::new("", " , ", "s", "b");
        let text = "nobody to send it to".to_owned();
        assert_eq!(found(&nobody, &[], Level::Error), [(Field::To, text)]);
        let anonymous = checks(&Draft::new(" ", "a@x.org", "s", "b"), None, &[]);
        assert_eq!(anonymous[0].level, Level::Error);
        assert!(anonymous[0].text.starts_with("From is empty"));
    }

    #[test]
    fn what_is_empty_or_double_is_told() {
        let list = "a@x.org, A <a@X.org>, a@x.org";
        assert_eq!(
            words(&Draft::new("", list, "", " \n"), &[], Level::Warning),
            [
                "one address is written more than once; it gets one copy",
                "subject and text are empty"
            ]
        );
        let ok = words(&Draft::new("", list, "", "b"), &[], Level::Ok);
        assert!(ok.contains(&"1 recipient, well formed".to_owned()));
        let two = Draft::new("", "a@x.org, b@x.org, a@x.org, b@x.org", "s", "b");
        assert_eq!(
            words(&two, &[], Level::Warning),
            ["2 addresses are written more than once; each gets one copy"]
        );
    }

    #[test]
    fn a_name_that_is_another_address_is_told() {
        let to = "\"bob@bank.example\" <mallory@x.org>, \"'Al@x.org'\" <al@x.org>, Al <al2@x.org>";
        let draft = Draft::new("", to, "s", "b");
        assert_eq!(
            words(&draft, &[], Level::Warning),
            ["bob@bank.example goes to mallory@x.org"]
        );
    }

    #[test]
    fn files_are_judged_by_what_is_known_of_them() {
        let draft = with_files(&["/f/a.pdf", "/f/b.txt", "/f/c.txt", "/f/d\u{202e}"]);
        let files = [
            Some(Ok(46 * 1024)),
            Some(Ok(0)),
            None,
            Some(Err(Clean::new("it is gone"))),
        ];
        let errors = found(&draft, &files, Level::Error);
        let text = "d\\u{202e} cannot be attached: it is gone".to_owned();
        assert_eq!(errors, [(Field::Attachment(3), text)]);
        let warnings = found(&draft, &files, Level::Warning);
        let text = "b.txt is empty".to_owned();
        assert_eq!(warnings, [(Field::Attachment(1), text)]);
        let good = words(&draft, &files, Level::Ok);
        assert_eq!(
            good.last().map(String::as_str),
            Some("3 files attached, 46 KB so far")
        );
        let unseen = words(&draft, &[], Level::Ok);
        assert_eq!(unseen.last().map(String::as_str), Some("4 files attached"));
    }

    #[test]
    fn the_limit_is_that_of_build_and_much_is_told_before() {
        let draft = with_files(&["/f/a", "/f/b"]);
        let most = [Some(Ok(attachment::LIMIT - 1)), Some(Ok(1))];
        assert!(found(&draft, &most, Level::Error).is_empty());
        let warnings = found(&draft, &most, Level::Warning);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert_eq!(warnings[0].0, Field::Message);
        let over = [Some(Ok(attachment::LIMIT - 1)), Some(Ok(2))];
        let errors = found(&draft, &over, Level::Error);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].0, Field::Attachment(1));
        let huge = [Some(Ok(u64::MAX)), Some(Ok(u64::MAX))];
        assert_eq!(found(&draft, &huge, Level::Error).len(), 2);
    }

    #[test]
    fn a_promised_file_that_is_there_is_no_matter() {
        let mut draft = Draft::new("", "a@x.org", "s", "See attached.");
        assert_eq!(
            words(&draft, &[], Level::Warning),
            ["the text speaks of an attachment, and there is none"]
        );
        draft.attachments.push("/f/a.pdf".into());
        assert!(words(&draft, &[], Level::Warning).is_empty());
    }
}

//! The checks of the review step: one sentence each, before anything is sent.

use super::attachment::{self, LIMIT};
use super::body;
use super::build::Options;
use super::error::{ComposeError, Field};
use super::fields;
use crate::mail::draft::Draft;
use crate::mail::envelope::Envelope;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Worth a second look; sending is possible.
    Warning,
    /// Sending is refused until it is mended.
    Error,
}

/// One check of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How it came out.
    pub level: Level,
    /// The field it is about.
    pub field: Field,
    /// What was found, in one sentence.
    pub text: String,
}

impl Check {
    fn new(level: Level, field: Field, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { level, field, text }
    }
}

impl From<ComposeError> for Check {
    fn from(error: ComposeError) -> Self {
        Self::new(Level::Error, error.field, error.to_string())
    }
}

/// Looks a draft over for the review step. Attachments are looked at, not read; the message is not built.
///
/// Where no check is an error, [`build`](super::build()) accepts the draft, unless a file changes in between.
#[must_use]
pub fn checks(draft: &Draft, options: &Options) -> Vec<Check> {
    let mut checks = Vec::new();
    match fields::sender(&draft.from, options.from.as_ref()) {
        Ok(from) => checks.push(Check::new(Level::Ok, Field::From, format!("From {from}"))),
        Err(error) => checks.push(error.into()),
    }
    recipients(draft, &mut checks);
    if let Err(error) = fields::list(Field::ReplyTo, &draft.reply_to) {
        checks.push(error.into());
    }
    checks.push(match fields::subject(&draft.subject) {
        Err(error) => error.into(),
        Ok(text) if text.is_empty() => {
            Check::new(Level::Warning, Field::Subject, "The subject is empty")
        }
        Ok(_) => Check::new(Level::Ok, Field::Subject, "There is a subject"),
    });
    checks.push(match body::normalised(&draft.body) {
        Err(error) => error.into(),
        Ok(text) if text.trim().is_empty() => {
            Check::new(Level::Warning, Field::Body, "The text is empty")
        }
        Ok(_) => Check::new(Level::Ok, Field::Body, "There is a text"),
    });
    attachments(draft, &mut checks);
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
            Ok(list) => all.extend(list.into_iter().map(|mailbox| mailbox.address)),
            Err(error) => {
                wrong = true;
                checks.push(error.into());
            }
        }
    }
    let given = all.len();
    let unique = Envelope::new(None, all).recipients;
    if unique.is_empty() && !wrong {
        let text = "There is no recipient; write at least one address in To, Cc or Bcc";
        checks.push(Check::new(Level::Error, Field::To, text));
    } else if !wrong {
        let text = match unique.len() {
            1 => "1 recipient, well formed".to_owned(),
            n => format!("{n} recipients, all well formed"),
        };
        checks.push(Check::new(Level::Ok, Field::To, text));
    }
    if unique.len() < given {
        let text = format!(
            "{} named more than once; each gets the mail once",
            count(given - unique.len(), "address is", "addresses are")
        );
        checks.push(Check::new(Level::Warning, Field::To, text));
    }
}

fn attachments(draft: &Draft, checks: &mut Vec<Check>) {
    let (mut octets, mut good) = (0_u64, 0);
    for (index, path) in draft.attachments.iter().enumerate() {
        match attachment::look(index, path) {
            Ok(facts) if facts.size == 0 => {
                good += 1;
                let text = format!("The attachment {} is empty", facts.name);
                checks.push(Check::new(Level::Warning, Field::Attachment(index), text));
            }
            Ok(facts) => {
                good += 1;
                octets = octets.saturating_add(facts.size);
            }
            Err(error) => checks.push(error.into()),
        }
    }
    if good > 0 {
        let text = format!("{} present", count(good, "attachment", "attachments"));
        checks.push(Check::new(Level::Ok, Field::Attachment(0), text));
    } else if draft.attachments.is_empty()
        && let Some(word) = mentioned(&draft.subject).or_else(|| mentioned(&draft.body))
    {
        let text = format!("The text speaks of an attachment (\"{word}\"), but none is there");
        checks.push(Check::new(Level::Warning, Field::Body, text));
    }
    if octets > LIMIT {
        let text = format!("The attachments are larger than {}", size(LIMIT));
        checks.push(Check::new(Level::Error, Field::Attachment(0), text));
    } else {
        // Base64 turns 57 octets into 78; the headers of parts and message are some hundred octets.
        let estimate = draft.body.len() as u64 + octets / 57 * 78 + 1024;
        let level = if estimate > 20_000_000 {
            Level::Warning
        } else {
            Level::Ok
        };
        let remark = if level == Level::Ok {
            ""
        } else {
            "; many servers refuse so much"
        };
        let text = format!("About {}{remark}", size(estimate));
        checks.push(Check::new(level, Field::Message, text));
    }
}

/// Beginnings of words that speak of an attachment: English, German, French.
const WORDS: [&str; 15] = [
    "attach",
    "enclosed",
    "enclosure",
    "anhang",
    "anhäng",
    "angehängt",
    "angehangen",
    "anbei",
    "beigefügt",
    "beiliegend",
    "anlage",
    "ci-joint",
    "pièce jointe",
    "pièces jointes",
    "en annexe",
];

/// The first such word in the author's own lines; quoted lines speak of others' attachments.
fn mentioned(text: &str) -> Option<&'static str> {
    text.lines()
        .filter(|line| !line.starts_with('>'))
        .take_while(|line| *line != "-- ")
        .find_map(|line| {
            let line = line.to_lowercase();
            WORDS.into_iter().find(|word| {
                line.match_indices(word).any(|(at, _)| {
                    !line[..at]
                        .chars()
                        .next_back()
                        .is_some_and(char::is_alphanumeric)
                })
            })
        })
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Octets for people, in the powers of ten that servers announce.
fn size(octets: u64) -> String {
    match octets {
        0..1_000 => format!("{octets} octets"),
        1_000..1_000_000 => format!("{} KB", octets.div_ceil(1000)),
        _ => format!("{}.{} MB", octets / 1_000_000, octets % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(draft: &Draft, level: Level) -> Vec<String> {
        let options = Options {
            from: "Me <me@example.com>".parse().ok(),
            ..Options::default()
        };
        let all = checks(draft, &options).into_iter();
        all.filter(|check| check.level == level)
            .map(|check| check.text)
            .collect()
    }

    #[test]
    fn a_good_draft_has_nothing_to_complain_about() {
        let draft = Draft::new("", "a@x.org, B <b@x.org>", "Hello", "Text");
        assert!(found(&draft, Level::Error).is_empty());
        assert!(found(&draft, Level::Warning).is_empty());
        assert!(
            found(&draft, Level::Ok)
                .iter()
                .any(|text| text.starts_with("2 recipients"))
        );
    }

    #[test]
    fn what_is_missing_or_double_is_told() {
        let errors = found(&Draft::new("a@", "", "a\nb", "\0"), Level::Error);
        assert_eq!(errors.len(), 4, "{errors:?}");
        let warnings = found(
            &Draft::new("", "a@x.org, A <a@X.org>", "", " \n"),
            Level::Warning,
        );
        assert_eq!(warnings.len(), 3, "{warnings:?}");
    }

    #[test]
    fn a_forgotten_attachment_is_noticed_in_three_languages() {
        for text in [
            "See attached.",
            "im Anhang",
            "Anbei die Datei",
            "Ci-joint le devis",
        ] {
            assert_eq!(
                found(&Draft::new("", "a@x.org", "s", text), Level::Warning).len(),
                1,
                "{text}"
            );
        }
        for text in [
            "> see attached",
            "Die Platzanlage",
            "Hi\n-- \nno attachments please",
        ] {
            let warnings = found(&Draft::new("", "a@x.org", "s", text), Level::Warning);
            assert!(warnings.is_empty(), "{text}: {warnings:?}");
        }
    }
}

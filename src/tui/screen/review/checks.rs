//! What can be said about a message before it goes out, from its words alone.

use crate::mail::address::AddressError;
use crate::mail::clean::clean;
use crate::mail::mailbox::Mailbox;
use crate::tui::effect::{Field, Level, Outgoing};
use crate::tui::screen::compose::{File, name_of};
use crate::tui::widget::time::size;
use crate::tui::world::World;

/// One finding. An error keeps the message from being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How it is meant; [`Level::Info`] is good news.
    pub level: Level,
    /// The finding, in one sentence.
    pub words: String,
    /// Where it is put right.
    pub field: Field,
}

/// Checks a message whose files are known this well.
pub fn checks(outgoing: &Outgoing, files: &[File], world: &World) -> Vec<Check> {
    let mut list = Vec::new();
    author(&mut list, outgoing, world);
    recipients(&mut list, outgoing);
    words(&mut list, outgoing, files);
    attachments(&mut list, files);
    if let Some(account) = world.account(&outgoing.route)
        && !account.leaves
    {
        push(
            &mut list,
            Level::Info,
            Field::From,
            "nothing leaves this machine",
        );
    }
    list
}

fn push(list: &mut Vec<Check>, level: Level, field: Field, words: impl Into<String>) {
    list.push(Check {
        level,
        words: words.into(),
        field,
    });
}

fn author(list: &mut Vec<Check>, outgoing: &Outgoing, world: &World) {
    let draft = &outgoing.draft;
    let account = world.account(&outgoing.route);
    let from = match (draft.from.trim(), account) {
        ("", Some(account)) => account.from.trim(),
        (typed, _) => typed,
    };
    if from.is_empty() {
        push(
            list,
            Level::Error,
            Field::From,
            "From is empty, and the account has no address either",
        );
    } else if let Err(fault) = from.parse::<Mailbox>() {
        push(
            list,
            Level::Error,
            Field::From,
            format!("From: {}", near(&fault)),
        );
    }
    if let Err(fault) = Mailbox::parse_list(&draft.reply_to) {
        let words = format!("Reply-To: {}", near(&fault));
        push(list, Level::Error, Field::ReplyTo, words);
    }
}

fn recipients(list: &mut Vec<Check>, outgoing: &Outgoing) {
    let draft = &outgoing.draft;
    let (mut count, mut faulty) = (0, false);
    let mut seen = std::collections::HashSet::new();
    let mut doubles = 0;
    for (field, text) in [
        (Field::To, &draft.to),
        (Field::Cc, &draft.cc),
        (Field::Bcc, &draft.bcc),
    ] {
        let mailboxes = match Mailbox::parse_list(text) {
            Ok(mailboxes) => mailboxes,
            Err(fault) => {
                faulty = true;
                push(
                    list,
                    Level::Error,
                    field,
                    format!("{}: {}", field.label(), near(&fault)),
                );
                continue;
            }
        };
        count += mailboxes.len();
        for mailbox in mailboxes {
            let address = &mailbox.address;
            if !seen.insert((address.local().to_owned(), address.domain().to_lowercase())) {
                doubles += 1;
            }
            // A name that is an address of its own is how people are deceived.
            if let Some(name) = mailbox
                .name
                .filter(|name| name.contains('@') && *name != address.as_str())
            {
                let words = format!("{} goes to {}", clean(&name), clean(address.as_str()));
                push(list, Level::Warning, field, words);
            }
        }
    }
    match (count, faulty) {
        (0, false) => push(list, Level::Error, Field::To, "nobody to send it to"),
        (_, true) => {}
        (1, _) => push(list, Level::Info, Field::To, "1 recipient, well formed"),
        (many, _) => push(
            list,
            Level::Info,
            Field::To,
            format!("{many} recipients, all well formed"),
        ),
    }
    match doubles {
        0 => {}
        1 => push(
            list,
            Level::Warning,
            Field::To,
            "one address is written twice; it gets one copy",
        ),
        many => push(
            list,
            Level::Warning,
            Field::To,
            format!("{many} addresses are written twice; each gets one copy"),
        ),
    }
}

fn words(list: &mut Vec<Check>, outgoing: &Outgoing, files: &[File]) {
    let draft = &outgoing.draft;
    match (
        draft.subject.trim().is_empty(),
        draft.body.trim().is_empty(),
    ) {
        (false, false) => push(
            list,
            Level::Info,
            Field::Subject,
            "subject and text are not empty",
        ),
        (true, false) => push(list, Level::Warning, Field::Subject, "the subject is empty"),
        (false, true) => push(list, Level::Warning, Field::Body, "the text is empty"),
        (true, true) => push(
            list,
            Level::Warning,
            Field::Subject,
            "subject and text are empty",
        ),
    }
    let said = format!("{}\n{}", draft.subject, own_words(&draft.body)).to_lowercase();
    let promised = [
        "attach",
        "enclosed",
        "anhang",
        "angehängt",
        "beigefügt",
        "ci-joint",
        "adjunt",
        "bijlage",
        "allegat",
    ]
    .iter()
    .any(|word| said.contains(word));
    if promised && files.is_empty() {
        push(
            list,
            Level::Warning,
            Field::Attach,
            "the text speaks of an attachment, and there is none",
        );
    }
}

/// What is wrong with an address, and with which.
fn near(fault: &AddressError) -> String {
    let before: Vec<char> = fault.input.chars().take(fault.at).collect();
    let start = before
        .iter()
        .rposition(|c| *c == ',')
        .map_or(0, |comma| comma + 1);
    let around: String = fault
        .input
        .chars()
        .skip(start)
        .take_while(|c| *c != ',')
        .take(60)
        .collect();
    let around = around.trim();
    if around.is_empty() {
        return fault.reason.clone();
    }
    format!("{}, in {}", fault.reason, clean(around))
}

/// The text without what is quoted from others.
fn own_words(body: &str) -> String {
    body.lines()
        .filter(|line| !line.starts_with('>'))
        .collect::<Vec<_>>()
        .join("\n")
}

fn attachments(list: &mut Vec<Check>, files: &[File]) {
    let mut octets = 0_u64;
    let mut good = 0;
    for file in files {
        match &file.facts {
            Some(Err(reason)) => {
                let words = format!("{} cannot be attached: {reason}", name_of(&file.path));
                push(list, Level::Error, Field::Attach, words);
            }
            Some(Ok(size)) => {
                good += 1;
                octets = octets.saturating_add(*size);
                if *size == 0 {
                    push(
                        list,
                        Level::Warning,
                        Field::Attach,
                        format!("{} is empty", name_of(&file.path)),
                    );
                }
            }
            None => good += 1,
        }
    }
    match good {
        0 => {}
        1 => push(
            list,
            Level::Info,
            Field::Attach,
            format!("1 file attached, {}", size(octets)),
        ),
        many => push(
            list,
            Level::Info,
            Field::Attach,
            format!("{many} files attached, {}", size(octets)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_promise_nothing() {
        assert_eq!(own_words("> see attached\nno"), "no");
    }
}

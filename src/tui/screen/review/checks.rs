//! What the review shows of the checks before sending, and what only the console can add.

use crate::mail::mailbox::Mailbox;
use crate::mailer::compose::{self, Known};
use crate::tui::effect::{Field, Level, Outgoing};
use crate::tui::screen::compose::File;
use crate::tui::world::World;

/// One finding. An error keeps the message from being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    /// How it is meant; [`Level::Info`] is good news.
    pub(super) level: Level,
    /// The finding, in a few words.
    pub(super) words: String,
    /// Where it is put right, where that is a field.
    pub(super) field: Option<Field>,
}

/// Checks a message whose files are known this well.
pub(super) fn checks(outgoing: &Outgoing, files: &[File], world: &World) -> Vec<Check> {
    let account = world.account(&outgoing.route);
    let author = account.and_then(|account| account.from.parse::<Mailbox>().ok());
    let known: Vec<Known> = files.iter().map(|file| file.facts.clone()).collect();
    let mut list: Vec<Check> = compose::checks(&outgoing.draft, author.as_ref(), &known)
        .into_iter()
        .filter(|check| !is_seen(check))
        .map(|check| Check {
            level: level(check.level),
            words: check.text,
            field: Field::of(check.field),
        })
        .collect();
    if account.is_some_and(|account| !account.leaves) {
        list.push(Check {
            level: Level::Info,
            words: "nothing leaves this machine".into(),
            field: Some(Field::From),
        });
    }
    list
}

/// Good news that the fields above the checks show already: the author, and what the parts weigh.
fn is_seen(check: &compose::Check) -> bool {
    check.level == compose::Level::Ok
        && matches!(check.field, compose::Field::From | compose::Field::Message)
}

const fn level(level: compose::Level) -> Level {
    match level {
        compose::Level::Ok => Level::Info,
        compose::Level::Warning => Level::Warning,
        compose::Level::Error => Level::Error,
    }
}

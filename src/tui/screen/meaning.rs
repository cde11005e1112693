//! What keeps a message waiting or has failed it, in one plain sentence with the best step: the same words on every screen.

use crate::mail::clean::Clean;
use crate::mail::diagnosis::Finding;
use crate::mail::entry::Entry;

use super::contract::View;

/// The sentence and the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// What is wrong.
    pub title: Clean,
    /// What to do first.
    pub step: Clean,
}

/// A finding in short. Nothing where it says no more than the words of the failure do.
pub fn of(finding: Finding) -> Option<Meaning> {
    finding.says_more().then(|| in_short(finding))
}

fn in_short(finding: Finding) -> Meaning {
    Meaning {
        title: finding.title,
        step: finding.advice.into_iter().next().unwrap_or_default(),
    }
}

/// Of an entry: the host's trouble, else what was said to a recipient. It looks through all that is known, so it is asked for
/// one entry a frame, the one that is shown in full.
pub fn of_entry(entry: &Entry, view: View<'_>) -> Option<Meaning> {
    let meaning = of(view.world.knowledge().explain_entry(entry)?)?;
    Some(named(entry, meaning))
}

/// With the recipient that it is about, where it is about one of several.
fn named(entry: &Entry, meaning: Meaning) -> Meaning {
    let mut failed = entry
        .recipients
        .iter()
        .filter(|one| one.status.failure().is_some());
    match failed.next() {
        Some(one) if entry.trouble().is_none() && entry.recipients.len() > 1 => Meaning {
            title: Clean::from(format!("{}: {}", one.address, meaning.title)),
            ..meaning
        },
        _ => meaning,
    }
}

/// The same where there is room for more: also what is only the meaning of a code, since it still says what to do.
pub fn at_length(entry: &Entry, view: View<'_>) -> Option<Meaning> {
    let finding = view.world.knowledge().explain_entry(entry);
    finding.map(|finding| named(entry, in_short(finding)))
}

/// Whether anything has failed, so that room for its meaning is worth keeping.
pub fn has_any(entry: &Entry) -> bool {
    let failed = |one: &crate::mail::entry::Recipient| one.status.failure().is_some();
    entry.trouble().is_some() || entry.recipients.iter().any(failed)
}

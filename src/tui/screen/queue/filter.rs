//! The filter of a table: words that must be there, places where they must be, and `!` for what must not.

use crate::mail::entry::{Entry, State};

/// What a filter asks for. Case makes no difference. Empty, it lets everything through.
///
/// `alice invoice` asks for both words in any address, subject or reply (or at the start of the identity); `state:retry`,
/// `to:@example.com`, `from:billing`, `subject:invoice` and `reply:451` look in one place only; `!` before any of them turns
/// it round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    not: bool,
    place: Place,
    needle: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Anywhere,
    State,
    To,
    From,
    Subject,
    Reply,
}

impl Filter {
    /// Reads a filter. Every text is one; a place that does not exist is searched for as a word.
    pub fn new(text: &str) -> Self {
        let terms = text.split_whitespace().filter_map(Term::read).collect();
        Self {
            text: text.to_owned(),
            terms,
        }
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it lets everything through.
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether everything that this filter lets through was let through by `wider` too, as far as their texts show it: letters
    /// were added to a filter without negation, and no place was named anew.
    pub fn narrows(&self, wider: &Self) -> bool {
        !self.text.contains('!')
            && !wider.is_empty()
            && self
                .text
                .strip_prefix(&wider.text)
                .is_some_and(|added| !added.contains(':'))
    }

    /// Whether an entry in this state is let through.
    pub fn matches(&self, entry: &Entry, state: State) -> bool {
        self.terms
            .iter()
            .all(|term| term.finds(entry, state) != term.not)
    }
}

impl Term {
    fn read(word: &str) -> Option<Self> {
        let (not, word) = match word.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        let place = |name: &str| match name {
            "state" => Some(Place::State),
            "to" => Some(Place::To),
            "from" => Some(Place::From),
            "subject" => Some(Place::Subject),
            "reply" => Some(Place::Reply),
            _ => None,
        };
        let (place, needle) = word
            .split_once(':')
            .and_then(|(name, rest)| Some((place(&name.to_lowercase())?, rest)))
            .unwrap_or((Place::Anywhere, word));
        (!needle.is_empty()).then(|| Self {
            not,
            place,
            needle: needle.to_lowercase(),
        })
    }

    fn finds(&self, entry: &Entry, state: State) -> bool {
        let needle = self.needle.as_str();
        let to = || {
            let mut recipients = entry.recipients.iter();
            recipients.any(|recipient| has(recipient.address.as_str(), needle))
        };
        let reply = || {
            let mut recipients = entry.recipients.iter();
            recipients.any(|recipient| has(&recipient.status.words(), needle))
        };
        let from = || has(&entry.message.from, needle);
        let subject = || has(&entry.message.subject, needle);
        match self.place {
            Place::State => state.name().starts_with(needle),
            Place::To => to(),
            Place::From => from(),
            Place::Subject => subject(),
            Place::Reply => reply(),
            Place::Anywhere => to() || subject() || from() || reply() || names(entry, needle),
        }
    }
}

fn names(entry: &Entry, needle: &str) -> bool {
    let starts = |id: &str| {
        id.get(..needle.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(needle))
    };
    starts(&entry.id.short()) || starts(&entry.id.to_string())
}

/// Whether text has a needle of lower case in it, whatever its own case.
pub fn has(text: &str, needle: &str) -> bool {
    if needle.is_empty() {
        return true;
    }
    if text.is_ascii() {
        return text
            .as_bytes()
            .windows(needle.len())
            .any(|piece| piece.eq_ignore_ascii_case(needle.as_bytes()));
    }
    text.to_lowercase().contains(needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_text_narrows_only_where_it_must() {
        let narrows = |wide: &str, narrow: &str| Filter::new(narrow).narrows(&Filter::new(wide));
        assert!(narrows("ali", "alice inv"));
        assert!(narrows("state:re", "state:retry alice"));
        assert!(!narrows("state", "state:retry"));
        assert!(!narrows("!a", "!ab"));
        assert!(!narrows("alice", "ali"));
        assert!(!narrows("", "a"));
    }

    #[test]
    fn case_makes_no_difference_in_any_script() {
        assert!(has("Grüße an ALLE", "grüsse") || has("GRÜNE", "grüne"));
        assert!(has("INVOICE 1042", "voice 1"));
        assert!(!has("INVOICE", "invoices"));
        assert!(Filter::new(" ! to: ").is_empty());
        assert_eq!(Filter::new("time:10").terms.len(), 1);
    }
}

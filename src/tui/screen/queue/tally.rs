//! Sums over a table that are kept while it changes: entries by state, and what servers said last.

use std::collections::HashMap;
use std::fmt;

use crate::mail::entry::{Entry, State};
use crate::mail::outcome::{Cause, Failure};

use super::filter::has;

/// The sums.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    states: HashMap<State, usize>,
    troubles: HashMap<Kind, usize>,
}

/// What kind of trouble it was: few enough kinds to be counted at each frame, whatever servers write behind their codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Kind {
    code: Option<u16>,
    word: &'static str,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.word) {
            (Some(code), "") => write!(f, "{code:03}"),
            (Some(code), word) => write!(f, "{code:03} {word}"),
            (None, word) => f.write_str(word),
        }
    }
}

/// Words that servers use for what is wrong, and how they are called here; the first that is found counts.
const WORDS: [(&str, &str); 14] = [
    ("greylist", "greylisted"),
    ("graylist", "greylisted"),
    ("busy", "busy"),
    ("too many", "too many"),
    ("rate limit", "rate limit"),
    ("quota", "quota"),
    ("mailbox full", "mailbox full"),
    ("mailbox is full", "mailbox full"),
    ("insufficient", "no space"),
    ("reputation", "reputation"),
    ("blocked", "blocked"),
    ("unavailable", "unavailable"),
    ("not available", "unavailable"),
    ("policy", "policy"),
];

impl Tally {
    /// Counts an entry in.
    pub fn add(&mut self, entry: &Entry, state: State) {
        *self.states.entry(state).or_default() += 1;
        for kind in troubles(entry) {
            *self.troubles.entry(kind).or_default() += 1;
        }
    }

    /// Counts it out, in the state in which it was counted in.
    pub fn remove(&mut self, entry: &Entry, state: State) {
        self.less(state);
        for kind in troubles(entry) {
            if let Some(count) = self.troubles.get_mut(&kind) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.troubles.remove(&kind);
                }
            }
        }
    }

    /// Moves one entry from a state to another.
    pub fn moved(&mut self, from: State, to: State) {
        self.less(from);
        *self.states.entry(to).or_default() += 1;
    }

    fn less(&mut self, state: State) {
        if let Some(count) = self.states.get_mut(&state) {
            *count = count.saturating_sub(1);
        }
    }

    /// How many entries are in a state.
    pub fn count(&self, state: State) -> usize {
        self.states.get(&state).copied().unwrap_or_default()
    }

    /// The commonest troubles with the number of messages that have them, commonest first.
    pub fn troubles(&self) -> Vec<(usize, String)> {
        let counted = self.troubles.iter();
        let mut troubles: Vec<_> = counted.map(|(kind, count)| (*count, *kind)).collect();
        troubles.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let worded = |(count, kind): (usize, Kind)| (count, kind.to_string());
        troubles.into_iter().map(worded).collect()
    }
}

/// The kinds of trouble that an entry's open recipients have, each once.
fn troubles(entry: &Entry) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    for failure in entry.open().filter_map(|open| open.status.failure()) {
        let kind = kind(failure);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

fn kind(failure: &Failure) -> Kind {
    let word = match &failure.cause {
        Cause::Refused(reply) => {
            let text = reply.text();
            let known = WORDS.iter().find(|(needle, _)| has(&text, needle));
            known.map_or("", |(_, word)| word)
        }
        Cause::TimedOut(_) => "no answer",
        Cause::Closed => "connection closed",
        Cause::Dns(_) => "name not resolved",
        Cause::Io(_) => "network trouble",
        Cause::Tls(_) => "TLS trouble",
        Cause::OutOfStep(_) => "out of step",
        Cause::Local(_) => "refused here",
    };
    Kind {
        code: failure.code(),
        word,
    }
}

/// Whether a server itself speaks of greylisting.
pub fn is_greylisting(text: &str) -> bool {
    has(text, "greylist") || has(text, "graylist")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::reply::Reply;
    use crate::mail::stage::Stage;

    #[test]
    fn kinds_are_few_whatever_a_server_writes() {
        let shown = |text: &str| {
            let reply = Reply::new(451, [text]);
            kind(&Failure::refused(Stage::Rcpt, reply)).to_string()
        };
        assert_eq!(shown("4.7.1 Recipient Graylisted"), "451 greylisted");
        assert_eq!(shown("Too BUSY, come back later"), "451 busy");
        assert_eq!(shown("<bob@x> random-7f3a"), "451");
        let closed = Failure::new(Stage::Data, Cause::Closed);
        assert_eq!(kind(&closed).to_string(), "connection closed");
    }
}

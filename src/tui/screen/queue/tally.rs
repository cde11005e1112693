//! Sums over a table that are kept while it changes: entries by state, and what servers said last.

use std::collections::HashMap;

use crate::mail::entry::{Entry, State};
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::EnhancedStatus;

/// The sums.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    states: HashMap<State, usize>,
    words: HashMap<Kind, (usize, String)>,
}

/// What kind of trouble it was: few enough kinds to be counted, whatever servers write behind their codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Reply(u16, Option<EnhancedStatus>),
    Other(&'static str),
}

impl Tally {
    /// Counts an entry in.
    pub fn add(&mut self, entry: &Entry, state: State) {
        *self.states.entry(state).or_default() += 1;
        for (kind, failure) in troubles(entry) {
            let count = self
                .words
                .entry(kind)
                .or_insert_with(|| (0, label(kind, failure)));
            count.0 += 1;
        }
    }

    /// Counts it out, in the state in which it was counted in.
    pub fn remove(&mut self, entry: &Entry, state: State) {
        self.less(state);
        for (kind, _) in troubles(entry) {
            if let Some(count) = self.words.get_mut(&kind) {
                count.0 = count.0.saturating_sub(1);
                if count.0 == 0 {
                    self.words.remove(&kind);
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
    pub fn troubles(&self) -> Vec<(usize, &str)> {
        let mut troubles: Vec<_> = self
            .words
            .values()
            .map(|(count, label)| (*count, label.as_str()))
            .collect();
        troubles.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        troubles
    }
}

/// The kinds of trouble that an entry's open recipients have, each once.
fn troubles(entry: &Entry) -> Vec<(Kind, &Failure)> {
    let mut kinds: Vec<(Kind, &Failure)> = Vec::new();
    for failure in entry.open().filter_map(|open| open.status.failure()) {
        let kind = match &failure.cause {
            Cause::Refused(reply) => Kind::Reply(reply.code, reply.enhanced),
            Cause::TimedOut(_) => Kind::Other("no answer"),
            Cause::Closed => Kind::Other("connection closed"),
            Cause::Dns(_) => Kind::Other("name not resolved"),
            Cause::Io(_) => Kind::Other("network trouble"),
            Cause::Tls(_) => Kind::Other("TLS trouble"),
            Cause::OutOfStep(_) => Kind::Other("out of step"),
            Cause::Local(_) => Kind::Other("refused here"),
        };
        if !kinds.iter().any(|(known, _)| *known == kind) {
            kinds.push((kind, failure));
        }
    }
    kinds
}

fn label(kind: Kind, failure: &Failure) -> String {
    match kind {
        Kind::Other(word) => word.to_owned(),
        Kind::Reply(code, _) => format!("{code:03} {}", gist(&failure.text()))
            .trim_end()
            .to_owned(),
    }
}

/// The first few words of a reply, up to the first sign that is no letter. Greylisting is called by its name wherever the
/// server calls it so.
fn gist(text: &str) -> String {
    if is_greylisting(text) {
        return "greylisted".into();
    }
    let mut gist = String::new();
    for word in text.split(' ').take(3) {
        let bare = word.trim_end_matches([',', '.', ';', ':', '!']);
        if bare.is_empty() || !bare.chars().all(char::is_alphabetic) || gist.len() + bare.len() > 18
        {
            break;
        }
        if !gist.is_empty() {
            gist.push(' ');
        }
        gist.push_str(&bare.to_lowercase());
        if bare != word {
            break;
        }
    }
    gist
}

/// Whether a server itself speaks of greylisting.
pub fn is_greylisting(text: &str) -> bool {
    super::filter::has(text, "greylist") || super::filter::has(text, "graylist")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gist_of_a_reply_is_short() {
        assert_eq!(gist("Greylisted, try again in 300 seconds"), "greylisted");
        assert_eq!(gist("Recipient Graylisted"), "greylisted");
        assert_eq!(gist("Too busy, come back later"), "too busy");
        assert_eq!(gist("<bob@x> unknown"), "");
        assert_eq!(gist("Mailbox full."), "mailbox full");
    }
}

//! The pieces of a phrase, and how they are found: in their order, in one sentence, at the ends of words or not.

use memchr::memmem;

use super::sentence::{ends_sentence, is_sentence_over, sentence_end};

/// Pieces that follow each other in one sentence; never empty.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    first: Piece,
    rest: Vec<Piece>,
}

/// A part of a phrase between asterisks.
#[derive(Clone, Debug)]
struct Piece {
    text: String,
    finder: memmem::Finder<'static>,
    start: Edge,
    end: Edge,
}

/// What has to be at an end of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    /// The end of a word.
    Word,
    /// Anything, also the middle of a word.
    Open,
    /// The end of a sentence.
    Sentence,
}

impl Edge {
    const fn of(is_sentence: bool, is_open: bool) -> Self {
        match (is_sentence, is_open) {
            (true, _) => Self::Sentence,
            (false, true) => Self::Open,
            (false, false) => Self::Word,
        }
    }
}

impl Chain {
    /// What stands between two double asterisks; `None` where that is nothing.
    pub(super) fn of(raw: &str) -> Option<Self> {
        let mut pieces = raw.split('*').filter_map(Piece::of);
        Some(Self {
            first: pieces.next()?,
            rest: pieces.collect(),
        })
    }

    /// It begins where a sentence does, or in the middle of a word, or else with a word.
    pub(super) fn begins(&mut self, is_sentence: bool, is_open: bool) {
        self.first.start = Edge::of(is_sentence, is_open);
    }

    /// It ends where a sentence does, or in the middle of a word, or else with a word.
    pub(super) fn ends(&mut self, is_sentence: bool, is_open: bool) {
        let last = self.rest.last_mut().unwrap_or(&mut self.first);
        last.end = Edge::of(is_sentence, is_open);
    }

    /// How many octets of a text it decides about.
    pub(super) fn length(&self) -> usize {
        let pieces = std::iter::once(&self.first).chain(&self.rest);
        pieces.map(|piece| piece.text.len()).sum()
    }

    /// The end of its first place from here on.
    ///
    /// Within a sentence taking each piece at its first place behind the one before is enough. Where a piece is missing in it the
    /// search goes on behind the sentence, and so the time is linear in the text.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<usize> {
        let mut from = from;
        loop {
            let first = self.first.find(text, from, text.len())?;
            let mut end = first;
            let mut over = None;
            for piece in &self.rest {
                let stop = sentence_end(text, end);
                let Some(at) = piece.find(text, end, stop) else {
                    over = Some(stop);
                    break;
                };
                end = at;
            }
            let Some(stop) = over else {
                return Some(end);
            };
            // The first piece itself may hold the end of a sentence.
            let behind = first - self.first.text.len() + 1;
            from = behind.max(stop.saturating_sub(self.first.text.len()));
        }
    }
}

impl Piece {
    /// A piece between asterisks; a blank beside one asks for the end of a word. `None` where nothing is between them.
    fn of(raw: &str) -> Option<Self> {
        let text = raw.trim();
        (!text.is_empty()).then(|| Self {
            text: text.to_owned(),
            finder: memmem::Finder::new(text).into_owned(),
            start: Edge::of(false, !raw.starts_with(' ')),
            end: Edge::of(false, !raw.ends_with(' ')),
        })
    }

    /// The end of its first place from here on that begins at the last of these octets or before.
    fn find(&self, text: &str, from: usize, last: usize) -> Option<usize> {
        let room = last.saturating_add(self.text.len()).min(text.len());
        let mut from = from;
        loop {
            let at = from + self.finder.find(text.as_bytes().get(from..room)?)?;
            let end = at + self.text.len();
            let fits = text.get(..at).is_some_and(|before| self.may_follow(before))
                && text
                    .get(end..)
                    .is_some_and(|behind| self.may_precede(behind));
            if fits {
                return Some(end);
            }
            from = at + 1;
        }
    }

    /// Whether it may stand behind this text.
    fn may_follow(&self, before: &str) -> bool {
        let whole = || !joined(before.chars().next_back(), self.text.chars().next());
        match self.start {
            Edge::Open => true,
            Edge::Word => whole(),
            Edge::Sentence => whole() && is_sentence_over(before),
        }
    }

    /// Whether it may stand before this text.
    fn may_precede(&self, behind: &str) -> bool {
        let whole = || !joined(self.text.chars().next_back(), behind.chars().next());
        match self.end {
            Edge::Open => true,
            Edge::Word => whole(),
            Edge::Sentence => whole() && ends_sentence(behind),
        }
    }
}

/// Whether two neighbours belong to one word.
fn joined(left: Option<char>, right: Option<char>) -> bool {
    left.is_some_and(char::is_alphanumeric) && right.is_some_and(char::is_alphanumeric)
}

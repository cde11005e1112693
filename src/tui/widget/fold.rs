//! Folding of a transcript: a good reply of several lines, and content, are one line until they are unfolded.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Line};

/// One line as it is shown, for one or several lines as they were said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The line to show.
    pub line: usize,
    /// How many lines behind it are folded away.
    pub folded: usize,
    /// The lines that fold together with it.
    pub group: Range<usize>,
}

/// The lines to show. `unfolded` has the first lines of the groups that were unfolded by hand.
pub fn fold(lines: &[Line], unfolded: &BTreeSet<usize>) -> Vec<Item> {
    let mut items = Vec::with_capacity(lines.len());
    let mut start = 0;
    while start < lines.len() {
        let end = start + group(lines.get(start..).unwrap_or_default()).max(1);
        if end - start > 1 && !unfolded.contains(&start) {
            items.push(Item {
                line: start,
                folded: end - start - 1,
                group: start..end,
            });
        } else {
            items.extend((start..end).map(|line| Item {
                line,
                folded: 0,
                group: start..end,
            }));
        }
        start = end;
    }
    items
}

/// How many lines at the start belong together. Refusals are never folded: their words are what one came to read.
fn group(lines: &[Line]) -> usize {
    let Some(first) = lines.first() else {
        return 0;
    };
    let along = |belongs: &dyn Fn(&Line) -> bool| lines.iter().take_while(|l| belongs(l)).count();
    match first.by {
        By::Server if first.text.starts_with(['2', '3']) && is_continued(&first.text) => {
            let code = first.text.get(..3).unwrap_or_default();
            let same = |line: &Line| line.by == By::Server && line.text.starts_with(code);
            let continued = along(&|line| same(line) && is_continued(&line.text));
            continued + usize::from(lines.get(continued).is_some_and(same))
        }
        By::Client if first.stage == Stage::Content => {
            along(&|line| line.by == By::Client && line.stage == Stage::Content)
        }
        _ => 1,
    }
}

/// Whether a reply's line says that another follows (RFC 5321 §4.2.1).
pub fn is_continued(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.get(3) == Some(&b'-') && bytes.iter().take(3).all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn lines(said: &[(By, Stage, &str)]) -> Vec<Line> {
        said.iter()
            .map(|(by, stage, text)| Line {
                at: Duration::ZERO,
                stage: *stage,
                by: *by,
                text: (*text).into(),
            })
            .collect()
    }

    #[test]
    fn good_replies_and_content_fold_and_refusals_do_not() {
        let said = lines(&[
            (By::Client, Stage::Hello, "EHLO me"),
            (By::Server, Stage::Hello, "250-relay"),
            (By::Server, Stage::Hello, "250-SIZE 1"),
            (By::Server, Stage::Hello, "250 STARTTLS"),
            (By::Server, Stage::Rcpt, "550-5.1.1 No"),
            (By::Server, Stage::Rcpt, "550 5.1.1 such user"),
            (By::Client, Stage::Content, "Subject: a"),
            (By::Client, Stage::Content, "content: 12 bytes"),
            (By::Server, Stage::Content, "250 ok"),
        ]);
        let shown = |unfolded: &[usize]| -> Vec<(usize, usize)> {
            let items = fold(&said, &unfolded.iter().copied().collect());
            items.iter().map(|item| (item.line, item.folded)).collect()
        };
        assert_eq!(shown(&[]), [(0, 0), (1, 2), (4, 0), (5, 0), (6, 1), (8, 0)]);
        assert_eq!(
            shown(&[1]),
            [
                (0, 0),
                (1, 0),
                (2, 0),
                (3, 0),
                (4, 0),
                (5, 0),
                (6, 1),
                (8, 0)
            ]
        );
    }

    #[test]
    fn a_reply_that_is_cut_off_still_folds() {
        let said = lines(&[
            (By::Server, Stage::Hello, "250-relay"),
            (By::Server, Stage::Hello, "250-SIZE 1"),
            (By::Note, Stage::Hello, "no answer for 5 s"),
        ]);
        assert_eq!(fold(&said, &BTreeSet::new()).len(), 2);
    }
}

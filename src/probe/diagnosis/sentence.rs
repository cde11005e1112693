//! Where a sentence of a server begins and ends.

/// What can stand before a full stop that ends no sentence.
const SHORTENED: &[&str] = &[
    "approx", "co", "corp", "dept", "e.g", "etc", "i.e", "inc", "incl", "ltd", "max", "min", "nr",
    "resp", "vs", "z.b",
];

/// What begins a sentence that tells of a condition or of something beside the point.
const BESIDE: &[&str] = &[
    "although",
    "btw",
    "by the way",
    "even if",
    "even though",
    "falls",
    "for information",
    "fyi",
    "hint",
    "hinweis",
    "if",
    "in case",
    "incidentally",
    "note that",
    "p.s",
    "please note",
    "ps",
    "si",
    "tip",
    "unless",
    "wenn",
    "whether",
    "while",
];

/// Whether a sentence, in the form that phrases are looked for in, is not about what happened.
pub(super) fn is_beside(sentence: &str) -> bool {
    let sentence = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
    BESIDE.iter().any(|begin| {
        sentence
            .strip_prefix(begin)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

/// Whether a new sentence, or what stands behind a colon, can begin after this.
pub(super) fn is_sentence_over(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '"', '\'', '(']);
    before
        .chars()
        .next_back()
        .is_none_or(|c| matches!(c, '.' | ':' | ';' | '!' | '?'))
}

/// Whether what follows ends the sentence: the end of the text, a full stop and its like, or a dash between blanks.
pub(super) fn ends_sentence(behind: &str) -> bool {
    let behind = behind.trim_start_matches(['"', '\'', ')', '>', ']']);
    let mut rest = behind.chars();
    match rest.next() {
        None | Some('…') => true,
        Some('.' | ';' | '!' | '?') => rest.next().is_none_or(|c| !c.is_alphanumeric()),
        _ => behind.starts_with(" - "),
    }
}

/// Where the sentence ends that goes on from here: at a full stop and its like, or at the end of the text. The three dots of an
/// address that is quoted (`<a@example.org>... User unknown`) end none, and those of shortened words neither.
pub(super) fn sentence_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    for (at, mark) in rest.match_indices(['.', ';', '!', '?']) {
        let at = from + at;
        let before = text.get(..at).unwrap_or_default();
        let mut behind = text.get(at + 1..).unwrap_or_default().chars();
        let goes_on = behind
            .next()
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '&' | '=' | '-' | '/'));
        let shortens = mark == "." && is_shortened(before);
        if !goes_on && !shortens {
            return at;
        }
    }
    text.len()
}

/// Whether a full stop behind this only shortens a word, or is one of several.
fn is_shortened(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| !c.is_alphanumeric() && c != '.')
        .next();
    word.is_some_and(|word| word.ends_with('.') || SHORTENED.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_and_what_is_beside_the_point_are_known_by_their_begin() {
        for (sentence, wanted) in [
            ("if you are a spammer, go away", true),
            ("(while you are at it: mend your spf record)", true),
            ("note that tls is required on port 25", true),
            ("wenn sie es nochmal versuchen", true),
            ("iffy sender", false),
            ("note 17: mailbox full", false),
            ("user unknown", false),
            ("", false),
        ] {
            assert_eq!(is_beside(sentence), wanted, "{sentence}");
        }
    }
}

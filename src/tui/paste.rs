//! Pasted text: made harmless before it reaches a field, and recognised where it is a list of dropped files.

use std::path::PathBuf;

use crate::mail::clean::acts;

/// Takes out of pasted, typed or loaded text what acts on a terminal; line ends become `\n`. Says how many characters went.
///
/// Tabs stay, and so do the joiners and variation selectors that emoji and several scripts are written with.
pub fn scrub(text: &str) -> (String, usize) {
    let mut out = String::with_capacity(text.len());
    let (mut gone, mut after_cr) = (0, false);
    for c in text.chars() {
        let lone_lf = !after_cr;
        after_cr = c == '\r';
        match c {
            '\r' => out.push('\n'),
            '\n' if lone_lf => out.push('\n'),
            '\n' => {}
            c if c == '\t' || !acts(c) || joins(c) => out.push(c),
            _ => gone += 1,
        }
    }
    (out, gone)
}

/// Whether a character only shapes its neighbours: ZWNJ, ZWJ, text and emoji presentation.
fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')
}

/// Scrubs text for a field of one line: line ends and tabs become spaces.
pub fn one_line(text: &str) -> String {
    let (text, _) = scrub(text);
    text.trim_end_matches('\n').replace(['\n', '\t'], " ")
}

/// The ways in which a text can be read as nothing but paths, best first; empty where it cannot.
///
/// Terminals send a dropped file as its bare path, in quotes, with backslashes, or as a `file://` address; several files
/// stand on one line or on lines of their own.
pub fn paths(text: &str) -> Vec<Vec<PathBuf>> {
    let text = text.trim();
    if text.is_empty() || text.len() > 64 * 1024 {
        return Vec::new();
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut readings: Vec<Vec<PathBuf>> = Vec::new();
    for words in [shell_words(text), Some(lines.map(str::to_owned).collect())] {
        let found: Option<Vec<PathBuf>> = words
            .unwrap_or_default()
            .iter()
            .map(|word| path(word))
            .collect();
        if let Some(found) = found.filter(|found| !found.is_empty())
            && !readings.contains(&found)
        {
            readings.push(found);
        }
    }
    readings
}

/// A word as a path, where it looks like one.
fn path(word: &str) -> Option<PathBuf> {
    if let Some(rest) = word.strip_prefix("file://") {
        // Between the slashes a host may stand; only this one is meant.
        let at = rest.find('/')?;
        let host = rest.get(..at)?;
        let local = host.is_empty() || host.eq_ignore_ascii_case("localhost");
        return local.then(|| percent_decoded(rest.get(at..).unwrap_or_default()))?;
    }
    ["/", "~/", "./", "../"]
        .iter()
        .any(|start| word.starts_with(start))
        .then(|| PathBuf::from(word))
}

fn percent_decoded(text: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let value = digit()? * 16 + digit()?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

/// Splits as a shell does, with quotes and backslashes; nothing where a quote stays open.
fn shell_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_comes_through() {
        let (text, gone) = scrub("a\x1b[31mb\r\nc\rd\n\te\u{202e}f\u{0}g👩\u{200d}🚀");
        assert_eq!(text, "a[31mb\nc\nd\n\tefg👩\u{200d}🚀");
        assert_eq!(gone, 3);
        assert_eq!(one_line("a\r\nb\tc\n"), "a b c");
    }

    #[test]
    fn dropped_files_are_recognised_as_every_terminal_sends_them() {
        let one = |text: &str| paths(text).into_iter().next();
        let list = |list: &[&str]| Some(list.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(one("/tmp/a.pdf "), list(&["/tmp/a.pdf"]));
        assert_eq!(
            one("'/tmp/a b.pdf' /tmp/c"),
            list(&["/tmp/a b.pdf", "/tmp/c"])
        );
        assert_eq!(one("/tmp/a\\ b.pdf"), list(&["/tmp/a b.pdf"]));
        assert_eq!(
            one("file:///tmp/a%20b.pdf\r\nfile://localhost/c"),
            list(&["/tmp/a b.pdf", "/c"])
        );
        assert_eq!(one("~/notes.txt"), list(&["~/notes.txt"]));
        // With a space that nobody escaped, the whole line is the better reading and is offered too.
        assert!(paths("/tmp/my report.pdf").contains(&vec![PathBuf::from("/tmp/my report.pdf")]));
        for text in [
            "",
            "hello",
            "see /tmp/a",
            "file://elsewhere/a",
            "file:///%zz",
            "'/open",
        ] {
            assert_eq!(paths(text), Vec::<Vec<PathBuf>>::new(), "{text}");
        }
    }
}

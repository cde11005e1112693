//! The text of a page: sections in roff, as every formatter of manual pages reads it.

use std::fmt::Write as _;
use std::io::{self, Write};

use clap_mangen::roff::{Inline, Roff, bold, roman};

/// A page in the making.
#[derive(Default)]
pub(super) struct Sheet {
    text: String,
}

impl Sheet {
    /// Adds what this writes: into memory, which cannot fail.
    pub(super) fn add(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let mut octets = Vec::new();
        if write(&mut octets).is_ok() {
            self.text.push_str(&String::from_utf8_lossy(&octets));
        }
    }

    /// Adds a section.
    pub(super) fn section(&mut self, title: &str, fill: impl FnOnce(&mut Roff)) {
        let mut roff = Roff::new();
        roff.control("SH", [title]);
        fill(&mut roff);
        self.add(|out| roff.to_writer(out));
    }

    /// The whole text. Each piece defines how an apostrophe is written; once, in front of all, is enough.
    pub(super) fn done(self) -> String {
        let is_definition = |line: &&str| line.starts_with(".ie ") || line.starts_with(".el ");
        let definition = self.text.lines().filter(is_definition).take(2);
        let rest = self.text.lines().filter(|line| !is_definition(line));
        let mut page = String::with_capacity(self.text.len());
        for line in definition.chain(rest) {
            let line = if line.starts_with('.') {
                line.to_owned()
            } else {
                commands_in_bold(line)
            };
            ascii(&line, &mut page);
            page.push('\n');
        }
        page
    }
}

/// A term, and behind it what it means.
pub(super) fn term(roff: &mut Roff, term: impl Into<String>, means: impl Into<Vec<Inline>>) {
    roff.control("TP", []);
    roff.text([bold(term)]);
    roff.text(means);
}

/// Lines as they are, indented.
pub(super) fn verbatim<'a>(roff: &mut Roff, lines: impl IntoIterator<Item = &'a str>) {
    roff.control("PP", []);
    roff.control("RS", ["4"]);
    roff.control("nf", []);
    for line in lines {
        roff.text([bold(line)]);
    }
    roff.control("fi", []);
    roff.control("RE", []);
}

/// A sentence: its first letter is large, and a full stop ends it.
pub(super) fn sentence(text: &str) -> Inline {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let mut text: String = first.into_iter().flatten().chain(letters).collect();
    if !text.ends_with(['.', '…']) {
        text.push('.');
    }
    roman(text)
}

/// What stands between backticks in bold: roff makes quotation marks of them.
fn commands_in_bold(line: &str) -> String {
    let pieces: Vec<&str> = line.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return line.replace('`', r"\(ga");
    }
    let mut out = String::with_capacity(line.len());
    for (number, piece) in pieces.into_iter().enumerate() {
        if number % 2 == 1 {
            out.extend([r"\fB", piece, r"\fR"]);
        } else {
            out.push_str(piece);
        }
    }
    out
}

/// A formatter may take the octets beyond ASCII for Latin-1.
fn ascii(line: &str, out: &mut String) {
    for c in line.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, r"\[u{:04X}]", u32::from(c));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_plain_roff() {
        let mut sheet = Sheet::default();
        for _ in 0..2 {
            sheet.section("A NAME", |roff| {
                roff.text([roman("don't say `probe --to` …")]);
                term(roff, ".x", [sentence("one `")]);
            });
        }
        let text = sheet.done();
        let section = ".SH \"A NAME\"\ndon\\*(Aqt say \\fBprobe \\-\\-to\\fR \\[u2026]\n.TP\n\\fB.x\\fR\nOne \\(ga.\n";
        let definition = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";
        assert_eq!(text, [definition, section, section].concat());
    }
}

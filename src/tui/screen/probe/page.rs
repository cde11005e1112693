//! A page to scroll: its parts, its paragraphs, and which of its lines are seen.

use std::ops::Range;

use ratatui::style::Style;

use crate::tui::widget::text::{width, wrap};

/// A line of a page.
#[derive(Clone, Debug)]
pub(super) enum Row {
    /// The beginning of a part, with words on the left and on the right.
    Rule(String, String),
    /// Text.
    Text(Vec<(String, Style)>),
}

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) rows: Vec<Row>,
    /// The row behind the fixes.
    pub(super) fixes_end: usize,
    columns: usize,
    ruled: bool,
}

impl Page {
    pub(super) const fn new(columns: u16, ruled: bool) -> Self {
        Self {
            rows: Vec::new(),
            fixes_end: 0,
            columns: columns as usize,
            ruled,
        }
    }

    /// Begins a part.
    pub(super) fn section(&mut self, title: &str, right: &str) {
        if self.ruled {
            self.rows
                .push(Row::Rule(title.to_owned(), right.to_owned()));
        }
    }

    pub(super) fn line(&mut self, pieces: Vec<(String, Style)>) {
        self.rows.push(Row::Text(pieces));
    }

    /// A paragraph behind a lead, its further lines below the first one's text.
    pub(super) fn paragraph(&mut self, lead: (String, Style), text: &str, style: Style) {
        let columns = width(&lead.0);
        let room = self.columns.saturating_sub(columns + 1).max(8);
        let mut lead = Some(lead);
        for line in wrap(text, room) {
            let begin = lead
                .take()
                .unwrap_or_else(|| (" ".repeat(columns), Style::new()));
            self.line(vec![begin, (line, style)]);
        }
    }

    /// Where the parts begin.
    pub(super) fn sections(&self) -> Vec<usize> {
        let rows = self.rows.iter().enumerate();
        let begins = rows.filter(|(_, row)| matches!(row, Row::Rule(..)));
        begins.map(|(at, _)| at).collect()
    }

    /// All of it as text.
    pub(super) fn text(&self) -> String {
        let line = |row: &Row| match row {
            Row::Rule(left, right) => format!("\n{left} {right}").trim_end().to_owned(),
            Row::Text(pieces) => pieces.iter().map(|(text, _)| text.as_str()).collect(),
        };
        let lines: Vec<String> = self.rows.iter().map(line).collect();
        lines.join("\n") + "\n"
    }
}

/// The lines of a page that are seen from a line on, in a window of this height.
pub(super) fn window(page: &Page, scroll: usize, height: u16) -> Range<usize> {
    let count = page.rows.len();
    let height = usize::from(height);
    let first = scroll.min(count.saturating_sub(height));
    first..count.min(first + height)
}

//! How a table's screen is divided, by its size: what small screens go without.

use ratatui::layout::{Rect, Size};

use crate::tui::widget::table::{Column, Place, fit};
use crate::tui::widget::text::{below, row, top};

/// How a row is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The state as a word in its own column.
    Wide,
    /// The state moves into NEXT; its sign stays.
    Medium,
    /// Two lines for each message.
    Double,
    /// Whom it goes to and what comes next, and nothing else.
    Narrow,
}

/// The parts of a table's screen, from top to bottom.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Counts and sums.
    pub header: Rect,
    /// Lines over the whole width: a pause, a frozen view.
    pub banners: Rect,
    /// The filter, where one is on.
    pub filter: Rect,
    /// The columns' heads.
    pub heads: Rect,
    /// The rows.
    pub table: Rect,
    /// What is known of the selected message; empty where it has no room.
    pub pane: Rect,
    /// How a row is laid out.
    pub shape: Shape,
}

/// What the screen has to show beside its table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// Lines over the whole width.
    pub banners: u16,
    /// A filter.
    pub filter: bool,
    /// The pane.
    pub pane: bool,
    /// A second line of sums, where there is room.
    pub sums: bool,
}

/// Divides an area.
pub fn parts(area: Rect, wishes: Wishes) -> Parts {
    let shape = match area.width {
        100.. => Shape::Wide,
        80.. => Shape::Medium,
        60.. if area.height >= 12 => Shape::Double,
        60.. => Shape::Medium,
        _ => Shape::Narrow,
    };
    let header = match area.height {
        22.. if area.width >= 100 && wishes.sums => 3,
        4.. => 1,
        _ => 0,
    };
    let mut rest = area;
    let mut take = |lines: u16| {
        let part = top(rest, lines);
        rest = below(rest, part.height);
        part
    };
    let header = take(header);
    let banners = take(wishes.banners.min(area.height / 3));
    let filter = take(u16::from(wishes.filter));
    let heads = take(u16::from(area.height >= 6 && shape != Shape::Narrow));
    let pane = match rest.height {
        14.. if wishes.pane => (rest.height * 9 / 20).clamp(6, 14),
        _ => 0,
    };
    Parts {
        header,
        banners,
        filter,
        heads,
        table: top(rest, rest.height - pane),
        pane: below(rest, rest.height - pane),
        shape,
    }
}

impl Parts {
    /// How many lines a row has.
    pub const fn lines(&self) -> u16 {
        match self.shape {
            Shape::Double => 2,
            _ => 1,
        }
    }

    /// How many rows the table has room for.
    pub fn rows(&self) -> usize {
        usize::from(self.table.height / self.lines())
    }

    /// Where a row stands.
    pub fn row(&self, index: usize) -> Rect {
        let line = index.saturating_mul(usize::from(self.lines()));
        Rect {
            height: self
                .lines()
                .min(row(self.table, line).height * self.lines()),
            ..row(self.table, line)
        }
    }

    /// Where columns have their places behind cursor and sign.
    pub fn places(&self, columns: &[Column]) -> Vec<Place> {
        let wide = self.shape == Shape::Wide;
        let gap = if wide { 2 } else { 1 };
        let columns: Vec<Column> = columns
            .iter()
            .map(|column| Column {
                min: if column.rank == WIDE_ONLY && !wide {
                    u16::MAX
                } else {
                    column.min
                },
                ..*column
            })
            .collect();
        fit(&columns, self.table.width.saturating_sub(LEAD + 1), gap)
    }
}

/// The rank of a column that only the widest shape has.
pub const WIDE_ONLY: u8 = 9;

/// The columns of cursor and sign before a row's cells.
pub const LEAD: u16 = 4;

/// The area at the origin that a screen of this size has.
pub const fn whole(size: Size) -> Rect {
    Rect::new(0, 0, size.width, size.height)
}

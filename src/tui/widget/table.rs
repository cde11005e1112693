//! The columns of a table: which have room, how wide they are, and the cells of one row.
//!
//! A table never sees more rows than the screen has lines; whoever owns the rows hands over the visible ones.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::theme::Theme;

use super::text::{pad, put};

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its head.
    pub title: &'static str,
    /// The columns without which it is of no use.
    pub min: u16,
    /// The columns beyond which more are of no use.
    pub max: u16,
    /// Its part of the columns that are left over, relative to the others.
    pub grow: u16,
    /// Whether its text stands at its right end, as numbers do.
    pub right: bool,
    /// What goes first when there is no room: the highest. A column of rank 0 never goes.
    pub rank: u8,
}

impl Column {
    /// A column of words.
    pub const fn text(title: &'static str, min: u16, max: u16, grow: u16, rank: u8) -> Self {
        Self {
            title,
            min,
            max,
            grow,
            right: false,
            rank,
        }
    }

    /// A column of numbers or times, as wide as it must be.
    pub const fn number(title: &'static str, min: u16, rank: u8) -> Self {
        Self {
            right: true,
            ..Self::text(title, min, min, 0, rank)
        }
    }
}

/// Where a column has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The column's index.
    pub column: usize,
    /// From the row's start.
    pub x: u16,
    /// Its columns.
    pub width: u16,
}

/// Places as many columns as fit side by side with `gap` between them, by rank, and shares out what is left over.
pub fn fit(columns: &[Column], width: u16, gap: u16) -> Vec<Place> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let rank = |index: &usize| columns.get(*index).map_or(0, |column| column.rank);
    let needed = |kept: &[usize]| {
        let gaps = usize::from(gap) * kept.len().saturating_sub(1);
        let cells = kept.iter().filter_map(|index| columns.get(*index));
        gaps + cells.map(|column| usize::from(column.min)).sum::<usize>()
    };
    while needed(&kept) > usize::from(width) {
        let Some(worst) = kept.iter().copied().max_by_key(rank) else {
            break;
        };
        if rank(&worst) == 0 {
            break;
        }
        kept.retain(|index| *index != worst);
    }
    let spare = usize::from(width).saturating_sub(needed(&kept));
    let mut widths: Vec<u16> = kept
        .iter()
        .filter_map(|index| columns.get(*index))
        .map(|column| column.min)
        .collect();
    share(
        &mut widths,
        &kept,
        columns,
        u16::try_from(spare).unwrap_or(0),
    );
    let mut x = 0_u16;
    kept.into_iter()
        .zip(widths)
        .map(|(column, columns)| {
            let place = Place {
                column,
                x: x.min(width),
                width: columns.min(width.saturating_sub(x)),
            };
            x = x.saturating_add(columns).saturating_add(gap);
            place
        })
        .collect()
}

/// Gives the spare columns away one by one, always to the one that is furthest behind its part.
fn share(widths: &mut [u16], kept: &[usize], columns: &[Column], spare: u16) {
    for _ in 0..spare {
        let next = widths
            .iter()
            .enumerate()
            .filter_map(|(n, width)| {
                let column = columns.get(*kept.get(n)?)?;
                let open = column.grow > 0 && *width < column.max;
                let given = u32::from(width.saturating_sub(column.min));
                open.then(|| (n, given * 1000 / u32::from(column.grow)))
            })
            .min_by_key(|(_, behind)| *behind);
        match next.and_then(|(n, _)| widths.get_mut(n)) {
            Some(width) => *width += 1,
            None => return,
        }
    }
}

/// Draws the heads.
pub fn heads(buf: &mut Buffer, area: Rect, columns: &[Column], places: &[Place], theme: &Theme) {
    let titles: Vec<_> = columns
        .iter()
        .map(|column| (column.title.to_owned(), theme.quiet()))
        .collect();
    cells(buf, area, columns, places, &titles, theme);
}

/// Draws one row's cells, one for each column, into the places that have room.
pub fn cells(
    buf: &mut Buffer,
    area: Rect,
    columns: &[Column],
    places: &[Place],
    cells: &[(String, Style)],
    theme: &Theme,
) {
    for place in places {
        let (Some(column), Some((text, style))) =
            (columns.get(place.column), cells.get(place.column))
        else {
            continue;
        };
        let cell = Rect {
            x: area.x.saturating_add(place.x),
            width: place.width.min(area.width.saturating_sub(place.x)),
            ..area
        };
        let text = pad(
            text,
            usize::from(cell.width),
            theme.glyphs.ellipsis,
            column.right,
        );
        put(buf, cell, &text, *style, "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn column(min: u16, grow: u16, rank: u8) -> Column {
        Column::text("", min, 40, grow, rank)
    }

    #[test]
    fn columns_go_by_rank_and_share_what_is_left() {
        let columns = [column(10, 1, 0), column(5, 0, 3), column(8, 3, 1)];
        let widths = |width| -> Vec<_> {
            let places = fit(&columns, width, 1);
            places
                .iter()
                .map(|place| (place.column, place.width))
                .collect()
        };
        assert_eq!(widths(25), [(0, 10), (1, 5), (2, 8)]);
        assert_eq!(widths(33), [(0, 12), (1, 5), (2, 14)]);
        assert_eq!(widths(24), [(0, 12), (2, 11)]);
        assert_eq!(widths(18), [(0, 18)]);
        assert_eq!(widths(3), [(0, 3)]);
        assert_eq!(widths(0), [(0, 0)]);
    }
}

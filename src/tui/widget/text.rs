//! Text in cells: cleaned, cut, padded and wrapped by what a terminal makes of it, and put where it fits.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::mail::clean::clean;

/// Marks stacked on one letter beyond this many characters are left out: a cell is no tower.
const CLUSTER: usize = 4;

/// The columns that cleaned text takes.
pub fn width(text: &str) -> usize {
    graphemes(text).map(|(_, columns)| columns).sum()
}

/// What a terminal shows one by one, with the columns each takes; what takes none is left out.
fn graphemes(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.graphemes(true).filter_map(|cluster| {
        let short = match cluster.char_indices().nth(CLUSTER) {
            Some((end, _)) => cluster.get(..end).unwrap_or(cluster),
            None => cluster,
        };
        let columns = short.width();
        (columns > 0).then_some((short, columns))
    })
}

/// A piece from the start of outside text that is long enough for these columns, so that nobody's long subject costs a frame.
fn prefix(text: &str, columns: usize) -> &str {
    let limit = columns.saturating_mul(16).saturating_add(64);
    if text.len() <= limit {
        return text;
    }
    let end = (0..=limit)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    text.get(..end).unwrap_or(text)
}

/// Cleans text and cuts it to at most `columns`, with `ellipsis` where something was cut off.
pub fn cut(text: &str, columns: usize, ellipsis: &str) -> String {
    let piece = prefix(text, columns);
    let whole = piece.len() == text.len();
    let cleaned = clean(piece);
    let room = columns.saturating_sub(width(ellipsis));
    let (mut out, mut used, mut fits) = (String::new(), 0_usize, 0);
    for (symbol, wide) in graphemes(&cleaned) {
        if used + wide > columns {
            out.truncate(fits);
            if room < columns {
                out.push_str(ellipsis);
            }
            return out;
        }
        out.push_str(symbol);
        used += wide;
        if used <= room {
            fits = out.len();
        }
    }
    if !whole && columns > 0 {
        out.truncate(fits);
        out.push_str(ellipsis);
    }
    out
}

/// Cuts and fills with spaces to exactly `columns`, on the right, or on the left for numbers.
pub fn pad(text: &str, columns: usize, ellipsis: &str, to_the_right: bool) -> String {
    let text = cut(text, columns, ellipsis);
    let space = " ".repeat(columns.saturating_sub(width(&text)));
    if to_the_right {
        space + &text
    } else {
        text + &space
    }
}

/// Cleans one line of text and wraps it at spaces, and inside words that are longer than a line. Never empty.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let cleaned = clean(text);
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in cleaned.split_inclusive(' ') {
        let bare = width(word.trim_end_matches(' '));
        if used > 0 && used + bare > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for (symbol, wide) in graphemes(word) {
            if used + wide > columns {
                if symbol == " " {
                    continue;
                }
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(symbol);
            used += wide;
        }
    }
    lines.push(line);
    for line in &mut lines {
        line.truncate(line.trim_end_matches(' ').len());
    }
    lines
}

/// Puts text on the first line of an area, cut to it. Returns the columns used.
pub fn put(buf: &mut Buffer, area: Rect, text: &str, style: Style, ellipsis: &str) -> u16 {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return 0;
    }
    let text = cut(text, usize::from(area.width), ellipsis);
    let (end, _) = buf.set_stringn(area.x, area.y, text, usize::from(area.width), style);
    end.saturating_sub(area.x)
}

/// Puts pieces of text one behind the other, cut to the area. Returns the columns used.
pub fn put_all<T: AsRef<str>>(
    buf: &mut Buffer,
    area: Rect,
    pieces: &[(T, Style)],
    ellipsis: &str,
) -> u16 {
    let mut used = 0;
    for (text, style) in pieces {
        let rest = right_of(area, used);
        used = used.saturating_add(put(buf, rest, text.as_ref(), *style, ellipsis));
    }
    used
}

/// Puts text at the right end of an area's first line; nothing where it does not fit. Returns the columns used.
pub fn put_right(buf: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    let columns = u16::try_from(width(&clean(text))).unwrap_or(u16::MAX);
    if columns == 0 || columns > area.width {
        return 0;
    }
    put(buf, right_of(area, area.width - columns), text, style, "")
}

/// An area without its first `columns`.
pub fn right_of(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    Rect {
        x: area.x.saturating_add(columns),
        width: area.width - columns,
        ..area
    }
}

/// One line of an area; empty where the area has no such line.
pub fn row(area: Rect, line: usize) -> Rect {
    let line = u16::try_from(line).unwrap_or(u16::MAX);
    Rect {
        y: area.y.saturating_add(line.min(area.height)),
        height: u16::from(line < area.height),
        ..area
    }
}

/// An area without its first `lines`.
pub fn below(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect {
        y: area.y.saturating_add(lines),
        height: area.height - lines,
        ..area
    }
}

/// An area's first `lines`.
pub fn top(area: Rect, lines: u16) -> Rect {
    Rect {
        height: lines.min(area.height),
        ..area
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_columns_and_says_so() {
        assert_eq!(cut("greylisted", 10, "…"), "greylisted");
        assert_eq!(cut("greylisted", 6, "…"), "greyl…");
        assert_eq!(cut("漢字漢字", 7, "…"), "漢字漢…");
        assert_eq!(cut("漢字漢字", 6, "…"), "漢字…");
        assert_eq!(cut("abc", 0, "…"), "");
        assert_eq!(cut("abc", 1, "…"), "…");
        assert_eq!(cut("a\x1b[m", 20, "…"), "a\\x1b[m");
        assert_eq!(width(&cut(&"é\u{301}".repeat(9999), 12, "…")), 12);
    }

    #[test]
    fn towers_of_marks_stay_small() {
        let tower = format!("a{}b", "\u{301}".repeat(500));
        let cut = cut(&tower, 5, "…");
        assert!(cut.len() < 32, "{cut:?}");
        assert_eq!(width(&cut), 2);
    }

    #[test]
    fn long_words_wrap_inside() {
        assert_eq!(
            wrap("try again in 300 seconds", 10),
            ["try again", "in 300", "seconds"]
        );
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("漢字漢", 1), ["", "漢", "字", "漢"]);
        assert_eq!(wrap("ab cd ", 5), ["ab cd"]);
    }

    #[test]
    fn nothing_is_put_outside() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 4, 1));
        put(&mut buf, Rect::new(2, 0, 9, 9), "漢字", Style::new(), "…");
        put(
            &mut buf,
            Rect::new(0, 7, 9, 9),
            "outside",
            Style::new(),
            "…",
        );
        assert_eq!(
            put_right(&mut buf, Rect::new(0, 0, 2, 1), "long", Style::new()),
            0
        );
        let shown: String = buf
            .content
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect();
        assert_eq!(shown, "  … ");
    }
}

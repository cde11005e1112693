//! The status line: the latest remark, or what a screen says of itself while there is nothing new.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::effect::Level;
use super::screen::contract::View;
use super::theme::Theme;
use super::widget::text::{put, put_all, right_of, row, width, wrap};
use super::widget::time::clock;
use super::world::Remark;

/// Lines that a remark takes at the most.
const MOST: usize = 3;

/// What of the latest remark is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It is news, and goes before all else.
    News,
    /// It is known by now, and stands where a screen has nothing to say of itself.
    Known,
    /// Nothing: it was about a screen that is not in front any more.
    Nothing,
}

/// The lines that a remark needs in a window of this width to be read as a whole, within bounds.
pub fn lines(remark: &Remark, columns: u16, theme: &Theme) -> u16 {
    let count = wrap(&words(remark, theme), room(columns)).len().min(MOST);
    u16::try_from(count).unwrap_or(1)
}

fn room(columns: u16) -> usize {
    usize::from(columns.saturating_sub(2)).max(1)
}

/// The words with the sign of their level, which does not hang on colours.
fn words(remark: &Remark, theme: &Theme) -> String {
    match remark.level {
        Level::Info => remark.text.clone(),
        Level::Warning => format!("! {}", remark.text),
        Level::Error => format!("{} {}", theme.glyphs.failed, remark.text),
    }
}

/// Draws it; `status` is what the screen says of itself.
pub fn draw(area: Rect, buf: &mut Buffer, status: Option<&str>, shown: Shown, view: View<'_>) {
    let theme = view.theme;
    let ellipsis = theme.glyphs.ellipsis;
    let inner = right_of(area, 1);
    match (&view.world.remark, shown, status) {
        (Some(remark), Shown::News, _) | (Some(remark), Shown::Known, None) => {
            draw_remark(remark, area, buf, view);
        }
        (_, _, Some(status)) => {
            put(buf, inner, status, theme.quiet(), ellipsis);
        }
        (_, _, None) => {}
    }
}

fn draw_remark(remark: &Remark, area: Rect, buf: &mut Buffer, view: View<'_>) {
    let theme = view.theme;
    let ellipsis = theme.glyphs.ellipsis;
    let style = theme.level(remark.level);
    let words = words(remark, theme);
    let time = format!("{} ", clock(remark.at.wall, &view.world.zone));
    let inner = right_of(area, 1);
    // In a narrow window the words are worth more than the time.
    if width(&time) + width(&words) <= usize::from(inner.width) {
        let pieces = [(time.as_str(), theme.quiet()), (words.as_str(), style)];
        put_all(buf, row(inner, 0), &pieces, ellipsis);
        return;
    }
    let height = usize::from(area.height);
    let all = wrap(&words, room(area.width));
    if all.len() <= 1 || height <= 1 {
        put(buf, row(inner, 0), &words, style, ellipsis);
        return;
    }
    for (n, line) in all.iter().take(height).enumerate() {
        let is_cut = n + 1 == height && all.len() > height;
        let line = if is_cut {
            format!("{line}{ellipsis}")
        } else {
            line.clone()
        };
        put(buf, row(inner, n), &line, style, ellipsis);
    }
}

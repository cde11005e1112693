//! Drawing a screen into cells, and the cells as text.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use turbomail::tui::screen::contract::{Screen, View};
use turbomail::tui::theme::Theme;
use turbomail::tui::world::World;

/// The room that a screen has in a terminal of this size: the console keeps five lines, in small terminals two, in tiny none.
pub fn room(width: u16, height: u16) -> Size {
    let kept = match height {
        20.. => 5,
        8.. => 2,
        _ => 0,
    };
    Size::new(width, height - kept)
}

/// Follows the world and draws.
pub fn draw(
    screen: &mut dyn Screen,
    world: &World,
    theme: &Theme,
    size: Size,
) -> (Buffer, Option<Position>) {
    let area = Rect::new(0, 0, size.width, size.height);
    let mut buf = Buffer::empty(area);
    screen.follow(world, size);
    let cursor = screen.render(area, &mut buf, View { world, theme });
    (buf, cursor)
}

/// The cells as text, line by line; reversed lines end with a mark so that the cursor can be seen.
pub fn text(buf: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buf.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buf.area.width {
            let symbol = buf[(x, y)].symbol();
            line.push_str(symbol);
            x +=
                u16::try_from(unicode_width::UnicodeWidthStr::width(symbol).max(1)).expect("small");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

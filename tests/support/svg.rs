//! A picture of a screen: the cells of a buffer as an SVG, for the README.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

/// Width and height of a cell.
const CELL: (f32, f32) = (8.4, 18.0);
const INK: &str = "#d8dee9";
const PAPER: &str = "#1d2129";

/// Draws a buffer. Equal neighbours share one text element, so that the file stays small and can be read.
pub(crate) fn picture(buffer: &Buffer, title: &str) -> String {
    let area = buffer.area;
    let (width, height) = (
        f32::from(area.width) * CELL.0 + 24.0,
        f32::from(area.height) * CELL.1 + 24.0,
    );
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <title>{}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAPER}\"/>",
        escaped(title)
    );
    for y in 0..area.height {
        let mut x = 0;
        while x < area.width {
            let style = look(buffer, x, y);
            let start = x;
            let mut text = String::new();
            while x < area.width && look(buffer, x, y) == style {
                text.push_str(buffer[(x, y)].symbol());
                x += 1;
            }
            let (fill, back, bold) = style;
            let (left, top) = (
                12.0 + f32::from(start) * CELL.0,
                12.0 + f32::from(y) * CELL.1,
            );
            let length = f32::from(x - start) * CELL.0;
            if back != PAPER {
                let _ = writeln!(
                    svg,
                    "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"{}\" fill=\"{back}\"/>",
                    CELL.1
                );
            }
            if text.trim().is_empty() {
                continue;
            }
            let weight = if bold { " font-weight=\"bold\"" } else { "" };
            let _ = writeln!(
                svg,
                "<text x=\"{left:.1}\" y=\"{:.1}\" textLength=\"{length:.1}\" fill=\"{fill}\"{weight} \
                 xml:space=\"preserve\">{}</text>",
                top + 13.5,
                escaped(&text)
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Colour of the ink and of the paper, and whether it is bold.
fn look(buffer: &Buffer, x: u16, y: u16) -> (&'static str, &'static str, bool) {
    let cell = &buffer[(x, y)];
    let ink = match cell.fg {
        Color::Red => "#e07a76",
        Color::Green => "#9bbf7b",
        Color::Yellow => "#dfb96b",
        Color::Blue => "#7fa8d9",
        Color::Magenta => "#c79bd3",
        Color::Cyan => "#7cb7c4",
        _ if cell.modifier.contains(Modifier::DIM) => "#8a93a3",
        _ => INK,
    };
    let bold = cell.modifier.contains(Modifier::BOLD);
    if cell.modifier.contains(Modifier::REVERSED) {
        (PAPER, INK, bold)
    } else {
        (ink, PAPER, bold)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

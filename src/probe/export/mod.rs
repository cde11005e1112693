//! Walks as pages and texts for others. Secrets were masked before they came here.

mod arrows;
mod html;
mod style;

pub use arrows::{Arrows, arrows};
pub use html::html;

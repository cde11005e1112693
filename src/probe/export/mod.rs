//! Walks as pages and texts for others. Secrets were masked before they came here.

mod arrows;
mod conversation;
mod html;
mod markdown;
mod style;

pub use arrows::{Arrows, arrows};
pub use conversation::conversation;
pub use html::html;
pub use markdown::markdown;

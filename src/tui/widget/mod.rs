//! The parts that screens are made of. Each draws outside text only after it was cleaned.

pub mod ask;
pub mod field;
pub mod fold;
pub mod keyline;
pub mod life;
pub mod popup;
pub mod rule;
pub mod secret;
pub mod table;
pub mod text;
pub mod time;

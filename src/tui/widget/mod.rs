//! The parts that screens are made of. Each draws outside text only after it was cleaned.

pub mod ask;
pub mod fold;
pub mod life;
pub mod rule;
pub mod table;
pub mod text;
pub mod time;
